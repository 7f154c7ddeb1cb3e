"""One table, whatever fails in it, the same each time, and not computed twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import benchmark, filters, images, metrics, noise
from helpers.noise import Gaussian

NOISES = {"weak": Gaussian(10 / 255), "speckle": noise.Speckle(0.2), "blur": noise.GaussianBlur(2)}


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    return {
        "camera": images.load("camera", size=48),
        "coffee": images.load("coffee", size=40),
    }


def nothing(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    return noisy


class Spy:
    """A denoiser that remembers how it was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[np.ndarray, float | None]] = []

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        self.calls.append((noisy.copy(), sigma))
        return noisy


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Equal but for the seconds."""
    pd.testing.assert_frame_equal(*(t.drop(columns="seconds") for t in (first, second)))


# ---- the table -------------------------------------------------------------------------------


def test_one_row_for_each_image_noise_draw_and_method(pictures: dict) -> None:
    table = benchmark.run({"a": nothing, "b": nothing}, pictures, NOISES, draws=2)
    columns = ["image", "noise", "draw", "method", *metrics.PROTOCOL, "seconds", "error"]
    assert list(table.columns) == columns
    keys = table[["image", "noise", "draw", "method"]]
    assert len(table) == len(keys.drop_duplicates()) == 2 * 3 * 2 * 3
    assert list(table["method"]) == ["noisy input", "a", "b"] * 12
    assert (table["error"] == "").all()
    assert (table["seconds"] >= 0).all()


def test_the_noisy_input_is_scored_as_theory_says() -> None:
    gray = {"gray": np.full((256, 256), 0.5, np.float32)}
    table = benchmark.run({"mean": filters.mean}, gray, {"g": Gaussian(25 / 255)}, ["psnr", "mse"])
    first = table.iloc[0]
    assert first["method"] == "noisy input"
    assert first["psnr"] == pytest.approx(20.172, abs=0.05)  # −20·log₁₀(25/255)
    assert first["mse"] == pytest.approx(10 ** (-first["psnr"] / 10))
    assert table.iloc[1]["psnr"] > first["psnr"] + 5


def test_a_denoiser_is_told_the_rms_of_the_noise_and_nothing_of_a_blur(pictures: dict) -> None:
    spy = Spy()
    benchmark.run({"spy": spy}, pictures, NOISES)
    told = [sigma for _, sigma in spy.calls]
    assert told == [model.rms(x) for x in pictures.values() for model in NOISES.values()]
    assert told[2] is None


def test_all_methods_get_the_same_noise_and_each_draw_its_own(pictures: dict) -> None:
    first, second = Spy(), Spy()
    benchmark.run({"1": first, "2": second}, pictures, {"g": Gaussian(0.1)}, draws=3)
    seen = [noisy for noisy, _ in first.calls]
    for ours, (theirs, _) in zip(seen, second.calls):
        np.testing.assert_array_equal(ours, theirs)
    drawn = [noisy - pictures["camera"] for noisy in seen[:3]]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(drawn[a].ravel(), drawn[b].ravel())[0, 1]) < 0.1
    assert min(noisy.min() for noisy in seen) < 0  # unclipped


def test_a_method_cannot_spoil_the_input_of_another(pictures: dict) -> None:
    def vandal(noisy, sigma):
        noisy[:] = 0
        return noisy

    table = benchmark.run({"vandal": vandal, "after": nothing}, pictures, {"g": Gaussian(0.1)})
    scores = table.pivot(index="image", columns="method", values="psnr")
    assert (scores["after"] == scores["noisy input"]).all()


def test_the_same_table_twice_and_in_any_company(pictures: dict) -> None:
    methods = {"mean": filters.mean, "tv": filters.tv}
    table = benchmark.run(methods, pictures, NOISES)
    same(table, benchmark.run(methods, pictures, NOISES))
    alone = benchmark.run({"tv": filters.tv}, {"coffee": pictures["coffee"]}, NOISES)
    kept = table[(table["image"] == "coffee") & (table["method"] != "mean")]
    same(kept.reset_index(drop=True), alone)


def test_the_metrics_asked_for_are_those_of_score(pictures: dict) -> None:
    spy = Spy()
    table = benchmark.run({"spy": spy}, pictures, {"g": Gaussian(0.1)}, iter(["ssim", "psnr"]))
    assert list(table.columns[4:6]) == ["ssim", "psnr"]
    expected = metrics.score(pictures["camera"], spy.calls[0][0], ["ssim", "psnr"])
    assert table.loc[1, ["ssim", "psnr"]].to_dict() == expected


# ---- what fails ------------------------------------------------------------------------------


def broken(noisy, sigma=None):
    raise RuntimeError("no weights")


def test_a_method_that_fails_leaves_its_message_and_the_others_go_on(pictures: dict) -> None:
    methods = {
        "broken": broken,
        "nan": lambda noisy, sigma: np.full_like(noisy, np.nan),
        "small": lambda noisy, sigma: noisy[:20],
        "none": lambda noisy, sigma: None,
        "fine": nothing,
    }
    table = benchmark.run(methods, pictures, {"g": Gaussian(0.1)}).set_index("method")
    for method, reason in (
        ("broken", "RuntimeError: no weights"),
        ("nan", "NaN"),
        ("small", "differ in shape"),
        ("none", "Error"),
    ):
        rows = table.loc[[method]]
        assert rows["error"].str.contains(reason).all()
        assert rows[list(metrics.PROTOCOL)].isna().all(axis=None)
    assert table.loc["fine", list(metrics.PROTOCOL)].notna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"denoisers": {}}, "denoisers is a dictionary"),
        ({"denoisers": [nothing]}, "denoisers is a dictionary"),
        ({"denoisers": {"a": 3}}, "'a' cannot be called"),
        ({"denoisers": {"noisy input": nothing}}, "baseline's name"),
        ({"images": {}}, "images is a dictionary"),
        ({"images": [np.eye(32)]}, "images is a dictionary"),
        ({"images": {"x": np.full((32, 32), np.nan)}}, "image 'x'.*NaN"),
        ({"images": {"x": np.full((32, 32), 1.2)}}, r"image 'x'.*outside \[0, 1\]"),
        ({"images": {"x": np.eye(8)}}, "image 'x'.*11×11"),
        ({"noises": {}}, "noises is a dictionary"),
        ({"noises": {"g": 25}}, "noise 'g' is a noise model"),
        ({"noises": {"g": Gaussian}}, "noise 'g' is a noise model"),
        ({"metrics": "psnr"}, "list of names"),
        ({"metrics": []}, "list of names"),
        ({"metrics": ["snr"]}, "unknown metric 'snr'"),
        ({"metrics": ["ms_ssim"]}, "image 'x'.*161×161"),
        ({"draws": 0}, "draws"),
        ({"draws": 1.5}, "draws"),
        ({"draws": True}, "draws"),
        ({"scheduler": 4}, "submit"),
    ],
)
def test_wrong_input_is_refused_before_anything_runs(change: dict, reason: str) -> None:
    spy = Spy()
    right = {"denoisers": {"spy": spy}, "images": {"x": np.eye(32)}, "noises": {"g": Gaussian(0)}}
    with pytest.raises(ValueError, match=reason):
        benchmark.run(**{**right, **change})
    assert spy.calls == []


# ---- cache and scheduler ---------------------------------------------------------------------


def test_finished_rows_are_not_computed_again(tmp_path: Path, pictures: dict) -> None:
    spy, cache = Spy(), tmp_path / "new" / "folder"
    run = lambda **more: benchmark.run(  # noqa: E731
        **{"denoisers": {"spy": spy}, "images": pictures, "noises": NOISES, "cache": cache, **more}
    )
    first = run()
    assert len(spy.calls) == 6
    pd.testing.assert_frame_equal(run(), first)  # with the seconds
    assert len(spy.calls) == 6
    renamed = {name.upper(): picture for name, picture in pictures.items()}
    assert list(run(images=renamed)["image"].unique()) == ["CAMERA", "COFFEE"]
    assert len(spy.calls) == 6
    for more, calls in (
        ({"draws": 2}, 12),
        ({"metrics": ["psnr"]}, 18),
        ({"denoisers": {"other": spy}}, 24),
        ({"images": {name: x * 0.9 for name, x in pictures.items()}}, 30),
        ({"noises": {"weak": Gaussian(11 / 255)}}, 32),
    ):
        run(**more)
        assert len(spy.calls) == calls
    assert not list(cache.glob("*.part"))


def test_infinite_scores_are_kept_and_failures_are_not(tmp_path: Path) -> None:
    black = {"black": np.zeros((16, 16), np.float32)}
    methods = {"fine": nothing, "broken": broken}
    first = benchmark.run(methods, black, {"g": Gaussian(0)}, cache=tmp_path)
    assert first["psnr"].tolist()[:2] == [np.inf, np.inf]
    spy = Spy()
    again = benchmark.run(
        {"fine": broken, "broken": spy}, black, {"g": Gaussian(0)}, cache=tmp_path
    )
    assert again["psnr"].tolist() == [np.inf] * 3
    assert len(spy.calls) == 1


def test_a_damaged_file_is_computed_anew(tmp_path: Path, pictures: dict) -> None:
    first = benchmark.run({"a": nothing}, pictures, NOISES, cache=tmp_path)
    for number, path in enumerate(tmp_path.iterdir()):
        path.write_text(["", '{"image": "cam', "\0"][number % 3])
    same(benchmark.run({"a": nothing}, pictures, NOISES, cache=tmp_path), first)


def test_an_executor_gives_the_same_table(pictures: dict) -> None:
    methods = {"mean": filters.mean, "broken": broken, "wiener": filters.wiener}
    with ThreadPoolExecutor(2) as pool:
        table = benchmark.run(methods, pictures, NOISES, scheduler=pool)
    same(table, benchmark.run(methods, pictures, NOISES))


def test_rows_can_travel_to_another_process(pictures: dict) -> None:
    import pickle

    task = benchmark.Task(
        "x", "g", 0, "mean", pictures["camera"], Gaussian(0.1), filters.mean, ("psnr",)
    )
    assert pickle.loads(pickle.dumps(task)).row()["psnr"] == task.row()["psnr"]

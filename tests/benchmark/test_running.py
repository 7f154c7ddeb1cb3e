"""One table, whatever fails in it, the same each time, wherever it is computed."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from helpers import benchmark, filters, metrics, networks, noise
from helpers.noise import Gaussian
from tests.benchmark.methods import Spy, broken, nothing

NOISES = {"weak": Gaussian(10 / 255), "speckle": noise.Speckle(0.2), "blur": noise.GaussianBlur(2)}


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Equal but for what it took."""
    took = ["seconds", "megabytes"]
    pd.testing.assert_frame_equal(*(t.drop(columns=took) for t in (first, second)))


# ---- the table -------------------------------------------------------------------------------


def test_one_row_for_each_image_noise_draw_and_method(pictures: dict) -> None:
    table = benchmark.run({"a": nothing, "b": nothing}, pictures, NOISES, draws=2)
    costs = ["seconds", "megabytes", "parameters"]
    columns = ["image", "noise", "draw", "knows", "method", *metrics.PROTOCOL, *costs, "error"]
    assert list(table.columns) == columns
    keys = table[["image", "noise", "draw", "method"]]
    assert len(table) == len(keys.drop_duplicates()) == 2 * 3 * 2 * 3
    assert list(table["method"]) == ["noisy input", "a", "b"] * 12
    assert (table["error"] == "").all()
    assert (table["seconds"] >= 0).all()
    assert (table["parameters"] == 0).all()


def test_the_noisy_input_is_scored_as_theory_says() -> None:
    gray = {"gray": np.full((256, 256), 0.5, np.float32)}
    table = benchmark.run({"mean": filters.mean}, gray, {"g": Gaussian(25 / 255)}, ["psnr", "mse"])
    first = table.iloc[0]
    assert first["method"] == "noisy input"
    assert first["psnr"] == pytest.approx(20.172, abs=0.05)  # −20·log₁₀(25/255)
    assert first["mse"] == pytest.approx(10 ** (-first["psnr"] / 10))
    assert table.iloc[1]["psnr"] > first["psnr"] + 5


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
    assert list(table.columns[5:7]) == ["ssim", "psnr"]
    expected = metrics.score(pictures["camera"], spy.calls[0][0], ["ssim", "psnr"])
    assert table.loc[1, ["ssim", "psnr"]].to_dict() == expected


@pytest.mark.parametrize(
    "given", [np.float32(0.5), np.array(0.5), np.array([0.5]), torch.tensor(0.5), np.int64(2)]
)
def test_a_metric_may_give_any_single_number(pictures, tmp_path, monkeypatch, given) -> None:
    monkeypatch.setitem(metrics.METRICS, "mine", lambda reference, image: given)
    run = partial(benchmark.run, {"a": nothing}, pictures, {"g": Gaussian(0.1)}, ["mine"])
    first = run(cache=tmp_path)
    assert list(first["mine"]) == [float(np.ravel(given)[0])] * 4
    assert (first["error"] == "").all()
    pd.testing.assert_frame_equal(run(cache=tmp_path), first)  # from the disk


@pytest.mark.parametrize("given", [np.zeros(2), None, "1", 1j])
def test_what_a_metric_may_not_give_is_said(pictures, monkeypatch, given) -> None:
    monkeypatch.setitem(metrics.METRICS, "mine", lambda reference, image: given)
    with pytest.raises(ValueError, match="image 'camera': what metric 'mine' gives"):
        benchmark.run({"a": nothing}, pictures, {"g": Gaussian(0.1)}, ["mine"])


def test_a_metric_that_was_changed_is_computed_anew(pictures, tmp_path, monkeypatch) -> None:
    """A reader's own, in a cell that is run again."""
    for right, score in ((1.0, lambda r, x: 1.0), (2.0, lambda r, x: 2.0)):
        monkeypatch.setitem(metrics.METRICS, "own", score)
        asked = {"mean": filters.mean}, pictures, {"g": Gaussian(0.1)}
        table = benchmark.run(*asked, ["own"], cache=tmp_path)
        assert set(table["own"]) == {right}


@pytest.mark.usefixtures("own_models")
def test_a_noise_model_that_was_changed_is_drawn_anew() -> None:
    """Class and parameters are called as before, and do something else."""

    def scored(factor: float) -> float:
        @dataclass(frozen=True)
        class Own(noise.NoiseModel, register=False):
            """A reader's."""

            sigma: float = noise.parameter(0.1, 0, 0.4, valid=(0, 1), symbol="σ")

            def apply(self, image, rng):
                return image + factor * self.sigma * rng.standard_normal(image.shape)

        picture = {"gray": np.full((32, 32), 0.5, np.float32)}
        table = benchmark.run({"mean": filters.mean}, picture, {"own": Own()}, ["mse"])
        return float(table.query("method == 'noisy input'")["mse"].iloc[0])

    assert scored(2) > 3 * scored(1)


def test_a_card_need_not_say_anything(pictures: dict, tmp_path) -> None:
    torch.manual_seed(0)
    networks.weights.save(
        networks.build("rednet", depth=4, width=4), tmp_path / "x.safetensors", {}
    )
    denoise = networks.load(tmp_path / "x.safetensors")
    table = benchmark.run({"x": denoise, "broken": broken}, pictures, {"g": Gaussian(0.1)})
    known = sum(p.numel() for p in denoise.network.parameters())
    assert set(table.loc[table["method"] == "x", "parameters"]) == {known}
    for method in ("x", "noisy input"):
        assert (table.loc[table["method"] == method, "error"] == "").all()


# ---- what fails ------------------------------------------------------------------------------


def test_a_method_that_fails_leaves_its_message_and_the_others_go_on(pictures: dict) -> None:
    methods = {
        "broken": broken,
        "nan": lambda noisy, sigma: np.full_like(noisy, np.nan),
        "small": lambda noisy, sigma: noisy[:20],
        "none": lambda noisy, sigma: None,
        "levels": lambda noisy, sigma: 255 * np.clip(noisy, 0, 1),
        "far": lambda noisy, sigma: noisy - 7,
        "fine": nothing,
    }
    table = benchmark.run(methods, pictures, {"g": Gaussian(0.1)}).set_index("method")
    for method, reason in (
        ("broken", "RuntimeError: no weights"),
        ("nan", "NaN"),
        ("small", "shape"),
        ("none", "Error"),
        ("levels", "divide by 255"),
        ("far", "another range"),
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
        ({"knows": "all"}, "knows is one of told, strength, estimated, nothing, or a list"),
        ({"knows": []}, "knows is one of told"),
        ({"knows": ["told", 3]}, "knows is one of told"),
        ({"knows": None}, "knows is one of told"),
        ({"scheduler": 0}, "a scheduler is"),
        ({"scheduler": 1.5}, "a scheduler is"),
        ({"scheduler": True}, "a scheduler is"),
        ({"scheduler": "soon"}, "a scheduler is"),
        ({"scheduler": "tcp://somewhere"}, "tcp://HOST:PORT"),
        ({"scheduler": "tcp://somewhere:x"}, "tcp://HOST:PORT"),
        ({"cache": __file__}, "cache is a folder"),
    ],
)
def test_wrong_input_is_refused_before_anything_runs(change: dict, reason: str) -> None:
    spy = Spy()
    right = {"denoisers": {"spy": spy}, "images": {"x": np.eye(32)}, "noises": {"g": Gaussian(0)}}
    with pytest.raises(ValueError, match=reason):
        benchmark.run(**{**right, **change})
    assert spy.calls == []


# ---- what it took ----------------------------------------------------------------------------


def test_memory_and_parameters_are_those_of_the_method(pictures: dict) -> None:
    def greedy(noisy, sigma=None):
        return noisy + 0 * np.ones(50_000_000 // 8).sum()  # 50 MB

    methods = {"greedy": greedy, "nothing": nothing, "dncnn": networks.load("dncnn")}
    table = benchmark.run(methods, pictures, {"g": Gaussian(25 / 255)})
    found = table.groupby("method")[["megabytes", "parameters"]].mean()
    assert found["parameters"].to_dict() == {
        "noisy input": 0,
        "greedy": 0,
        "nothing": 0,
        "dncnn": networks.weights.read("dncnn")[1]["parameters"],
    }
    if found["megabytes"].notna().all():  # Linux
        assert 49 < found["megabytes"]["greedy"] < 60
        assert found["megabytes"]["nothing"] < 2


def test_rows_can_travel_to_another_process(pictures: dict) -> None:
    task = benchmark.Task(
        "x", "g", 0, "mean", pictures["camera"], Gaussian(0.1), filters.mean, ("psnr",)
    )
    assert pickle.loads(pickle.dumps(task)).row()["psnr"] == task.row()["psnr"]

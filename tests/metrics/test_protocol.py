"""The protocol of every table: clipped, rounded, scored; edges and flat parts apart."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, metrics, noise
from helpers.metrics import METRICS, PROTOCOL
from tests.metrics.pictures import eight_bit


def test_score_applies_the_metrics_of_the_protocol(clean: np.ndarray) -> None:
    scores = metrics.score(clean, noise.Gaussian(0.1)(clean, rng=0))
    assert tuple(scores) == PROTOCOL
    assert set(PROTOCOL) < set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_score_clips_and_rounds_first(name: str, clean: np.ndarray) -> None:
    restored = noise.Gaussian(0.2)(clean, rng=0)
    score = metrics.score(clean, restored, [name])[name]
    assert score == METRICS[name](clean, eight_bit(restored))
    if name != "deg":  # which rounds by itself and meets ±255 either way
        assert score != METRICS[name](clean, np.clip(restored, 0, 1))
    assert score != METRICS[name](clean, restored)


@pytest.mark.parametrize("name", METRICS)
def test_score_of_8_bits_is_the_metric_itself(name: str, clean: np.ndarray) -> None:
    restored = noise.Quantize(256)(noise.Gaussian(0.1)(clean, rng=0), rng=0)
    assert metrics.score(clean, restored, [name])[name] == METRICS[name](clean, restored)


def test_rounding_alone_costs_what_theory_says() -> None:
    # A restored image that is right but for rounding: 1/12 of a squared gray level.
    reference = np.random.default_rng(0).random((256, 256), np.float32)
    expected = -10 * np.log10(1 / 12 / 255**2)
    assert metrics.score(reference, reference)["psnr"] == pytest.approx(expected, abs=0.05)


def test_score_gives_the_metrics_that_are_asked_for(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(0.1)(clean, rng=0)
    assert metrics.score(clean, noisy, ["ssim", "mse"]) == {
        name: metrics.score(clean, noisy)[name] for name in ("ssim", "mse")
    }
    with pytest.raises(ValueError, match="unknown metric"):
        metrics.score(clean, noisy, ["snr"])


@pytest.mark.parametrize(
    ("restored", "reason"), [(np.zeros((5, 5)), "shape"), (np.full((256, 256), np.nan), "NaN")]
)
def test_score_refuses_what_cannot_be_compared(clean: np.ndarray, restored, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        metrics.score(clean, restored)


@pytest.mark.parametrize("score_of", [metrics.psnr, metrics.ssim, metrics.deg, metrics.score])
def test_gray_levels_up_to_255_are_refused_with_the_hint(score_of) -> None:
    levels = 255 * images.load("camera", size=32)
    for pair in ((levels, levels), (levels / 255, levels), (levels, levels / 255)):
        with pytest.raises(ValueError, match="divide by 255"):
            score_of(*pair)


@pytest.mark.parametrize("names", ["", "psnr", [], (), None.__class__, 3, {"psnr": 1}])
def test_a_score_without_names_is_refused(names: object) -> None:
    clean = images.load("camera", size=32)
    with pytest.raises(ValueError, match="names is a list of metrics"):
        metrics.score(clean, clean, names)


# ---- edges and flat parts -------------------------------------------------------------------


def test_regions_share_the_picture(clean: np.ndarray) -> None:
    masks = metrics.regions(clean, share=0.3)
    assert np.array_equal(masks["edges"], ~masks["flat"])
    assert masks["edges"].mean() == pytest.approx(0.3, abs=0.01)


def test_edges_are_where_the_step_is() -> None:
    step = np.zeros((32, 40))
    step[:, 20:] = 1
    columns = np.flatnonzero(metrics.regions(step, share=0.1)["edges"].any(axis=0))
    assert set(columns) == {18, 19, 20, 21}
    assert not metrics.regions(np.zeros((32, 32)))["edges"].any()


@pytest.mark.parametrize("kind", ["clean", "colour"])
def test_the_errors_of_the_regions_add_up_to_the_whole(kind: str, request) -> None:
    reference = request.getfixturevalue(kind)
    noisy = noise.Gaussian(0.2)(reference, rng=0)
    apart = metrics.score_by_region(reference, noisy, share=0.25)
    share = metrics.regions(reference, 0.25)["edges"].mean()
    whole = share * apart["edges"]["mse"] + (1 - share) * apart["flat"]["mse"]
    assert whole == pytest.approx(metrics.score(reference, noisy)["mse"], rel=1e-5)


def test_an_error_is_found_in_its_region() -> None:
    step = np.zeros((64, 64))
    step[:, 32:] = 1
    touched = step.copy()
    touched[:, 5] = 0.2  # far from the edge, a whole number of gray levels
    apart = metrics.score_by_region(step, touched, share=0.1)
    assert apart["edges"]["psnr"] == np.inf
    assert apart["edges"]["ssim"] == pytest.approx(1)
    assert apart["flat"]["ssim"] < 0.99
    assert apart["flat"]["psnr"] == pytest.approx(metrics.psnr(step, touched), abs=0.5)


def test_an_empty_region_has_no_score() -> None:
    flat = np.full((32, 32), 0.2)
    apart = metrics.score_by_region(flat, flat)
    assert np.isnan(list(apart["edges"].values())).all()
    assert apart["flat"]["ssim"] == pytest.approx(1)


def test_regions_refuse_what_makes_none(clean: np.ndarray) -> None:
    for share in (0, 1, -0.1, np.nan):
        with pytest.raises(ValueError, match="share"):
            metrics.regions(clean, share)
    with pytest.raises(ValueError, match="11×11"):
        metrics.score_by_region(clean[:10], clean[:10])


@pytest.mark.parametrize("wrong", [None, "0.2", 0, 1, [0.2], np.nan, True])
def test_a_share_is_between_0_and_1(wrong: object) -> None:
    clean = images.load("camera", size=32)
    for call in (metrics.regions, lambda x, share: metrics.score_by_region(x, x, share)):
        with pytest.raises(ValueError, match="share is a number between 0 and 1"):
            call(clean, wrong)

"""Scores against closed forms and against skimage, and the protocol of every table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from helpers import gradients, images, metrics, noise
from helpers.metrics import METRICS

BEST = {"mse": 0, "psnr": np.inf, "ssim": 1, "deg": 0}


def eight_bit(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


# ---- any metric -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_gets_worse_with_every_bit_of_noise(name: str, clean: np.ndarray) -> None:
    noisy = [noise.Gaussian(s / 255)(clean, rng=0) for s in (0, 2, 5, 10, 20, 40, 80)]
    scores = [METRICS[name](clean, image) for image in noisy]
    assert all(type(score) is float for score in scores)
    assert scores in (sorted(scores), sorted(scores, reverse=True))
    assert len(set(scores)) == len(scores)
    assert scores[0] == pytest.approx(BEST.get(name, scores[0]))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("kind", ["clean", "colour"])
def test_uint8_and_float_give_the_same_score(name: str, kind: str, request) -> None:
    # A difference of two uint8 wraps around: black against white would have 48.13 dB.
    reference = request.getfixturevalue(kind)
    other = noise.Gaussian(0.2)(reference, rng=0, clip=True)
    levels = eight_bit(reference), eight_bit(other)
    assert METRICS[name](*levels) == METRICS[name](*(x / 255 for x in levels))


@pytest.mark.parametrize("name", METRICS)
def test_the_reference_comes_first_and_can_be_named(name: str, clean: np.ndarray) -> None:
    noisy = noise.Gaussian(0.1)(clean, rng=0)
    assert METRICS[name](image=noisy, reference=clean) == METRICS[name](clean, noisy)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(
    ("reference", "image", "reason"),
    [
        (np.zeros((32, 32)), np.zeros((32, 31)), r"\(32, 32\).*\(32, 31\)"),
        (np.zeros((32, 32)), np.zeros((32, 32, 3)), "shape"),
        (np.zeros((32, 32)), np.zeros((1, 32)), "shape"),  # would broadcast
        (np.full((32, 32), np.nan), np.zeros((32, 32)), "NaN"),
        (np.zeros((32, 32)), np.full((32, 32), np.inf), "infinite"),
        (np.zeros((0, 32)), np.zeros((0, 32)), "empty"),
        (np.zeros((32, 32), complex), np.zeros((32, 32)), "complex"),
    ],
)
def test_what_cannot_be_compared_is_refused(name: str, reference, image, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        METRICS[name](reference, image)


def test_an_unknown_metric_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown metric 'snr'.*mse, psnr, ssim"):
        METRICS["snr"]


# ---- MSE and PSNR ---------------------------------------------------------------------------


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 99))
def test_mse_is_symmetric_and_that_of_numpy(height: int, width: int, seed: int) -> None:
    a, b = np.random.default_rng(seed).random((2, height, width), np.float32)
    assert metrics.mse(a, b) == metrics.mse(b, a)
    assert metrics.mse(a, b) == pytest.approx(np.mean((a.astype(float) - b) ** 2))


@pytest.mark.parametrize("dtype", [np.uint8, bool, float])
def test_black_against_white_has_0_db(dtype: type) -> None:
    white = np.full((8, 8), 255 if dtype == np.uint8 else 1, dtype)
    assert metrics.psnr(np.zeros_like(white), white) == 0
    assert metrics.psnr(white, np.zeros_like(white)) == 0


@pytest.mark.parametrize(("offset", "expected"), [(0.1, 20), (0.01, 40), (25 / 255, 20.1720)])
def test_psnr_of_an_offset(offset: float, expected: float) -> None:
    black = np.zeros((8, 8, 3))
    assert metrics.psnr(black, black + offset) == pytest.approx(expected, abs=1e-4)


def test_psnr_of_unclipped_noise_is_minus_20_log_sigma(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(25 / 255)(clean, rng=0)
    assert metrics.psnr(clean, noisy) == pytest.approx(20.172, abs=0.1)


def test_a_small_error_is_not_lost_in_single_precision() -> None:
    ramp = np.linspace(0, 1, 10_000).reshape(100, 100).astype(np.float32)
    image = ramp + np.float32(1e-3)
    expected = np.mean((image.astype(float) - ramp) ** 2)
    assert metrics.mse(ramp, image) == pytest.approx(expected, rel=1e-9, abs=0)


# ---- SSIM -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [noise.Gaussian(25 / 255), noise.GaussianBlur(2), noise.Jpeg(10), noise.Gaussian(0.5)],
    ids=str,
)
@pytest.mark.parametrize("kind", ["clean", "colour"])
def test_ssim_is_that_of_skimage_with_the_published_settings(model, kind: str, request) -> None:
    reference = request.getfixturevalue(kind)
    image = model(reference, rng=0)
    expected = structural_similarity(
        reference.astype(float),
        image.astype(float),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1,
        channel_axis=2 if kind == "colour" else None,
    )
    assert metrics.ssim(reference, image) == pytest.approx(expected, abs=1e-6)


def test_the_map_has_a_value_for_each_window_that_fits(clean: np.ndarray) -> None:
    part = clean[:40, :60].astype(float)
    assert metrics.ssim_map(part, part).shape == (30, 50)
    np.testing.assert_allclose(metrics.ssim_map(part, part), 1)


def test_ssim_of_constants_is_its_luminance_term() -> None:
    a, b = np.full((16, 16), 0.2), np.full((16, 16), 0.6)
    expected = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert metrics.ssim(a, b) == pytest.approx(expected, rel=1e-5)


def test_ssim_of_a_negative_is_negative(clean: np.ndarray) -> None:
    assert metrics.ssim(clean, 1 - clean) < 0


@pytest.mark.parametrize("shape", [(10, 10), (10, 200), (200, 1), (10, 11, 3)])
def test_ssim_needs_11x11_pixels(shape: tuple) -> None:
    with pytest.raises(ValueError, match="11×11"):
        metrics.ssim(np.zeros(shape), np.zeros(shape))
    with pytest.raises(ValueError, match="11×11"):
        metrics.score(np.zeros(shape), np.zeros(shape))
    assert metrics.ssim(np.zeros((11, 11)), np.zeros((11, 11))) == 1


# ---- the protocol ---------------------------------------------------------------------------


def test_score_applies_every_metric(clean: np.ndarray) -> None:
    scores = metrics.score(clean, noise.Gaussian(0.1)(clean, rng=0))
    assert list(scores) == list(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_score_clips_and_rounds_first(name: str, clean: np.ndarray) -> None:
    restored = noise.Gaussian(0.2)(clean, rng=0)
    score = metrics.score(clean, restored)[name]
    assert score == METRICS[name](clean, eight_bit(restored))
    if name != "deg":  # which rounds by itself and meets ±255 either way
        assert score != METRICS[name](clean, np.clip(restored, 0, 1))
    assert score != METRICS[name](clean, restored)


@pytest.mark.parametrize("name", METRICS)
def test_score_of_8_bits_is_the_metric_itself(name: str, clean: np.ndarray) -> None:
    restored = noise.Quantize(256)(noise.Gaussian(0.1)(clean, rng=0), rng=0)
    assert metrics.score(clean, restored)[name] == METRICS[name](clean, restored)


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


def test_deg_is_that_of_gradients_on_images_of_one_shape(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(0.1)(clean, rng=0)
    assert metrics.deg(clean, noisy) == gradients.deg(clean, noisy)
    with pytest.raises(ValueError, match="shape"):
        metrics.deg(clean, images.centre_crop(noisy, 100))


@pytest.mark.parametrize("score_of", [metrics.psnr, metrics.ssim, metrics.deg, metrics.score])
def test_gray_levels_up_to_255_are_refused_with_the_hint(score_of) -> None:
    levels = 255 * images.load("camera", size=32)
    for pair in ((levels, levels), (levels / 255, levels), (levels, levels / 255)):
        with pytest.raises(ValueError, match="divide by 255"):
            score_of(*pair)

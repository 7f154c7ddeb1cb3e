"""Scores against closed forms and against skimage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import convolve2d
from skimage.metrics import structural_similarity

from helpers import gradients, images, metrics, noise
from helpers.metrics import METRICS
from tests.metrics.pictures import eight_bit

BEST = {
    "mse": 0,
    "psnr": np.inf,
    "ssim": 1,
    "ms_ssim": 1,
    "deg": 0,
    "psnr_after_gain_and_offset": np.inf,
}


# ---- any metric -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_gets_worse_with_every_bit_of_noise(name: str, clean: np.ndarray) -> None:
    noisy = [noise.Gaussian(s / 255)(clean, rng=0) for s in (0, 2, 5, 10, 20, 40, 80)]
    scores = [METRICS[name](clean, image) for image in noisy]
    assert all(type(score) is float for score in scores)
    assert scores in (sorted(scores), sorted(scores, reverse=True))
    assert len(set(scores)) == len(scores)
    assert scores[0] == pytest.approx(BEST[name])


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


@pytest.mark.parametrize("name", METRICS)
def test_a_reference_lies_in_0_to_1_and_a_result_need_not(name: str) -> None:
    clean = images.load("camera", size=192)
    noisy = noise.Gaussian(0.2)(clean, rng=0)
    assert np.isfinite(METRICS[name](clean, noisy))
    for wrong in (noisy, 2 * clean - 1, 255 * clean, clean + 1e-3):
        with pytest.raises(ValueError, match=r"reference: .*(outside|divide by)"):
            METRICS[name](wrong, clean)


@pytest.mark.parametrize("name", METRICS)
def test_gray_is_a_reference_where_colour_is_white(name: str) -> None:
    white = np.ones((176, 176, 3), np.float32)  # weights of rounded floats must not pass 1
    white[:80, :80] = 0.5
    assert METRICS[name](images.to_gray(white), images.to_gray(white)) >= 0


# ---- MSE and PSNR ---------------------------------------------------------------------------


@pytest.mark.slow
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


# ---- MS-SSIM --------------------------------------------------------------------------------


def ms_ssim_by_definition(x: np.ndarray, y: np.ndarray) -> float:
    """Gray images with sides that 16 divides, by 2-D convolutions and reshaping."""
    window = np.outer(*2 * [np.exp(-(np.arange(-5.0, 6) ** 2) / 4.5)])
    mean = lambda z: convolve2d(z, window / window.sum(), mode="valid")  # noqa: E731
    result = 1.0
    for scale, exponent in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        covariance = mean(x * y) - mean(x) * mean(y)
        spread = mean(x * x) - mean(x) ** 2 + mean(y * y) - mean(y) ** 2
        similarity = (2 * covariance + 9e-4) / (spread + 9e-4)
        if scale == 4:
            similarity *= (2 * mean(x) * mean(y) + 1e-4) / (mean(x) ** 2 + mean(y) ** 2 + 1e-4)
        result *= similarity.mean() ** exponent
        height, width = x.shape
        x, y = (
            z.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)) if scale < 4 else z
            for z in (x, y)
        )
    return result


@pytest.mark.parametrize(
    ("model", "elsewhere"),
    [
        (noise.Gaussian(25 / 255), 0.825681),
        (noise.GaussianBlur(2), 0.923667),
        (noise.Jpeg(10), 0.942794),
    ],
    ids=str,
)
def test_ms_ssim_is_that_of_its_definition(model, elsewhere: float, clean: np.ndarray) -> None:
    """And of pytorch-msssim 1.0.0 on the same pair, which computes in single precision."""
    image = model(clean, rng=0)
    expected = ms_ssim_by_definition(clean.astype(float), image.astype(float))
    assert metrics.ms_ssim(clean, image) == pytest.approx(expected, abs=1e-9)
    assert metrics.ms_ssim(clean, image) == pytest.approx(elsewhere, abs=2e-6)


def test_ms_ssim_of_colour_is_the_mean_over_the_channels(colour: np.ndarray) -> None:
    noisy = noise.Gaussian(0.2)(colour, rng=0)
    channels = [metrics.ms_ssim(colour[..., c], noisy[..., c]) for c in range(3)]
    assert metrics.ms_ssim(colour, noisy) == pytest.approx(np.mean(channels), abs=1e-12)


def test_ms_ssim_forgives_fine_noise_and_not_coarse(clean: np.ndarray) -> None:
    """Equal PSNR, other scales: what the second to fifth scale are for."""
    white = noise.Gaussian(0.1)(np.zeros_like(clean), rng=0)
    coarse = noise.GaussianBlur(3)(white, rng=0)
    coarse *= white.std() / coarse.std()
    assert metrics.ms_ssim(clean, clean + white) > metrics.ms_ssim(clean, clean + coarse) + 0.1
    assert metrics.ssim(clean, clean + white) < metrics.ssim(clean, clean + coarse)


def test_ms_ssim_of_a_negative_is_0_and_no_nan(clean: np.ndarray) -> None:
    assert metrics.ms_ssim(clean, 1 - clean) == 0


@pytest.mark.parametrize("shape", [(161, 161), (161, 170), (300, 163)])
def test_ms_ssim_takes_161_pixels_odd_or_even(shape: tuple) -> None:
    picture = np.random.default_rng(0).random(shape)
    assert metrics.ms_ssim(picture, picture) == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match="161×161"):
        metrics.ms_ssim(picture[:160], picture[:160])


# ---- PSNR after the best gain and offset ----------------------------------------------------


def test_brightness_and_contrast_are_forgiven(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(0.1)(clean, rng=0)
    scored = metrics.psnr_after_gain_and_offset(clean, noisy)
    assert metrics.psnr_after_gain_and_offset(clean, 0.4 * noisy + 0.3) == pytest.approx(scored)
    assert metrics.psnr(clean, 0.4 * noisy + 0.3) < scored - 3


@pytest.mark.parametrize("model", [noise.Gaussian(0.2), noise.GaussianBlur(3)], ids=str)
def test_the_gain_and_offset_are_those_of_least_squares(model, colour: np.ndarray) -> None:
    image = model(colour, rng=0)
    gain, offset = np.polyfit(image.ravel().astype(float), colour.ravel().astype(float), 1)
    expected = metrics.psnr(colour, gain * image.astype(float) + offset)
    scored = metrics.psnr_after_gain_and_offset(colour, image)
    assert scored == pytest.approx(expected, abs=1e-4)
    assert scored > metrics.psnr(colour, image)


def test_nothing_is_forgiven_to_a_negative_or_a_constant(clean: np.ndarray) -> None:
    deviation = -20 * np.log10(clean.std(dtype=float))
    for image in (1 - clean, np.full_like(clean, 0.3)):
        scored = metrics.psnr_after_gain_and_offset(clean, image)
        assert scored == pytest.approx(deviation, abs=1e-6)


# ---- DE-G -----------------------------------------------------------------------------------


def test_deg_is_that_of_gradients_on_images_of_one_shape(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(0.1)(clean, rng=0)
    assert metrics.deg(clean, noisy) == gradients.deg(clean, noisy)
    with pytest.raises(ValueError, match="shape"):
        metrics.deg(clean, images.centre_crop(noisy, 100))

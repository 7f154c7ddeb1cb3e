"""Blurs, rounding and JPEG against SciPy and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from helpers import images, noise
from helpers.noise import (
    MODELS,
    AverageBlur,
    Gaussian,
    GaussianBlur,
    Jpeg,
    MedianBlur,
    MotionBlur,
    Quantize,
    distortions,
)
from tests.noise.models import BLURS, flat

# ---- how strong is it -----------------------------------------------------------------------


@pytest.mark.parametrize("name", BLURS)
def test_a_blur_has_no_rms(name: str, clean: np.ndarray) -> None:
    assert MODELS[name]().rms(clean) is None


# ---- distortions ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLURS)
@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (20, 30, 3)])
def test_a_blur_leaves_a_constant_image_alone(name: str, shape: tuple) -> None:
    blurred = MODELS[name].at(1)(flat(0.3, *shape), rng=0)
    np.testing.assert_allclose(blurred, np.float32(0.3), atol=1e-6)


@pytest.mark.parametrize("name", BLURS)
def test_a_blur_treats_channels_alike_and_apart(name: str, colour: np.ndarray) -> None:
    model = MODELS[name]()
    apart = np.dstack([model(colour[..., c], rng=0) for c in range(3)])
    np.testing.assert_allclose(model(colour, rng=0), apart, atol=1e-6)


@pytest.mark.parametrize("name", BLURS)
@pytest.mark.parametrize("turn", [np.fliplr, np.flipud])
def test_a_blur_shifts_nothing(name: str, turn, clean: np.ndarray) -> None:
    # A kernel off its centre would shift the mirrored picture the other way. A horizontal line
    # is its own mirror image.
    model = MODELS[name]()
    np.testing.assert_allclose(turn(model(clean, rng=0)), model(turn(clean), rng=0), atol=1e-6)


@given(st.integers(1, 40), st.floats(-360, 360))
def test_a_motion_kernel_is_a_centred_mean(length: int, angle: float) -> None:
    kernel = MotionBlur(length, angle).kernel()
    assert kernel.shape[0] == kernel.shape[1]
    assert len(kernel) % 2 == 1
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(kernel, kernel[::-1, ::-1])


def line(kernel: np.ndarray) -> list[float]:
    """The weights of the middle row, without the zeros around."""
    return [float(weight) for weight in kernel[len(kernel) // 2] if weight > 0]


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9])
def test_a_horizontal_motion_is_the_mean_of_a_row(length: int) -> None:
    kernel = MotionBlur(length, angle=0).kernel()
    assert kernel.sum() == pytest.approx(kernel[len(kernel) // 2].sum())
    # An even length has no middle pixel: centred, it ends in two halves.
    ends = [] if length % 2 else [0.5 / length]
    expected = [*ends, *[1 / length] * (length - len(ends)), *ends]
    assert line(kernel) == pytest.approx(expected, abs=1e-6)


def test_a_vertical_motion_is_the_horizontal_one_turned() -> None:
    upright, lying = (MotionBlur(7, angle).kernel() for angle in (90, 0))
    np.testing.assert_allclose(upright, lying.T, atol=1e-6)


def test_the_angle_runs_counterclockwise() -> None:
    kernel = MotionBlur(9, angle=45).kernel()
    middle = len(kernel) // 2
    assert kernel[:middle, middle + 1 :].sum() > 0.3  # up and to the right
    assert kernel[:middle, :middle].sum() < 0.05


@pytest.mark.parametrize("name", images.PHOTOGRAPHS)
@pytest.mark.parametrize("model", [MotionBlur(9, 30), MotionBlur(15, 0)], ids=str)
def test_motion_keeps_the_mean_of_a_photograph(name: str, model: MotionBlur) -> None:
    photograph = images.load(name, size=256)
    assert abs(model(photograph, rng=0).mean() - photograph.mean()) < 1e-3


def test_motion_is_a_convolution(clean: np.ndarray) -> None:
    model = MotionBlur(12, 25)
    expected = ndimage.convolve(clean, model.kernel(), mode="reflect")
    np.testing.assert_allclose(model(clean, rng=0), expected, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3, 5, 9])
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (7, 3), (150, 40)])
def test_the_median_is_that_of_scipy(size: int, shape: tuple, monkeypatch) -> None:
    image = np.random.default_rng(0).random(shape, np.float32)
    expected = ndimage.median_filter(image, size, mode="reflect")
    for rows in (1, 7, 128, 1000):  # as many rows at a time as there is memory for
        monkeypatch.setattr(distortions, "ROWS", rows)
        assert np.array_equal(MedianBlur(size)(image, rng=0), expected)


@given(st.integers(2, 300), st.integers(0, 5))
def test_quantising_twice_is_quantising_once(levels: int, seed: int) -> None:
    model = Quantize(levels)
    image = np.random.default_rng(seed).normal(0.5, 0.4, (9, 9)).astype(np.float32)
    once = model(image, rng=0)
    assert np.array_equal(model(once, rng=0), once)
    assert len(np.unique(once)) <= levels
    steps = once * (levels - 1)
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)
    assert np.abs(once - np.clip(image, 0, 1)).max() <= 0.5 / (levels - 1) + 1e-6


def test_256_levels_are_8_bits(clean: np.ndarray) -> None:
    assert np.array_equal(Quantize(256)(clean, rng=0), clean)


def test_rounding_adds_the_noise_of_theory() -> None:
    ramp = np.linspace(0, 1, 100_000, dtype=np.float32)[None]
    step = 1 / 15
    assert Quantize(16).rms(ramp) == pytest.approx(step / np.sqrt(12), rel=1e-3)


def test_jpeg_gets_worse_with_lower_quality(clean: np.ndarray) -> None:
    errors = [Jpeg(quality).rms(clean) for quality in (95, 75, 50, 25, 10, 1)]
    assert errors == sorted(errors)
    assert errors[0] < 2 / 255 < 10 / 255 < errors[-1]


def test_jpeg_of_jpeg_changes_little(clean: np.ndarray) -> None:
    # Not nothing: between the two the pixels were rounded and cut to 0 ... 255.
    once = Jpeg(30)(clean, rng=0)
    twice = Jpeg(30)(once, rng=0)
    assert np.sqrt(np.mean((twice - once) ** 2)) < 0.15 * Jpeg(30).rms(clean)


def test_jpeg_has_8_bits(clean: np.ndarray) -> None:
    compressed = Jpeg(30)(Gaussian(0.3)(clean, rng=0), rng=0)
    assert np.array_equal(Quantize(256)(compressed, rng=0), compressed)


def test_blurs_are_those_of_scipy(clean: np.ndarray) -> None:
    gaussian = ndimage.gaussian_filter(clean.astype(float), 1.5)
    np.testing.assert_allclose(GaussianBlur(1.5)(clean, rng=0), gaussian, atol=1e-5)
    mean = ndimage.uniform_filter(clean.astype(float), 5)
    np.testing.assert_allclose(AverageBlur(5)(clean, rng=0), mean, atol=1e-5)


# ---- a camera -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 2, 3.5, None, "3", True, 10**400])
def test_a_median_has_an_odd_window(size: object) -> None:
    with pytest.raises(ValueError, match="size is"):
        MedianBlur(size)


def test_a_median_of_colour_is_that_of_its_channels(colour: np.ndarray) -> None:
    median = MedianBlur(5)
    channels = [median(colour[..., c], rng=0) for c in range(3)]
    assert np.array_equal(median(colour, rng=0), np.stack(channels, axis=-1))


# ---- arguments of a wrong type ---------------------------------------------------------------


@pytest.mark.parametrize("model", [noise.GaussianBlur(1), noise.Chain([noise.MedianBlur(3)])])
def test_a_blur_has_no_rms_and_still_wants_an_image(model: noise.NoiseModel) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        model.rms(None)

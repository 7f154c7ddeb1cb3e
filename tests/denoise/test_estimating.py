"""What a denoiser shall be told, from one picture alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import images
from helpers.denoise import estimate
from helpers.denoise.telling import GRAIN_STRENGTH, GRAIN_STRENGTH_OF_COLOUR
from helpers.estimation import Grain
from helpers.noise import (
    Chain,
    Gaussian,
    Jpeg,
    Poisson,
    PoissonGaussian,
    SaltAndPepper,
    Speckle,
)


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True)


@pytest.mark.parametrize(
    "model",
    [Gaussian(10 / 255), Gaussian(25 / 255), Poisson(30), PoissonGaussian(0.02, 0.03)],
    ids=str,
)
@pytest.mark.parametrize("clip", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_curve_of_the_noise_is_found(model, clip: bool, clean: np.ndarray) -> None:
    """Its standard deviation at middle gray within 6 %: 1 to 4 % on the camera."""
    found = estimate(model(clean, rng=0, clip=clip))
    x = np.array([0.5])
    assert not found.noiseless
    assert not found.correlated
    assert found.noise.variance(x) ** 0.5 == pytest.approx(model.variance(x) ** 0.5, rel=0.06)
    assert found.interval


def test_noise_that_goes_together_is_told_as_grain(clean: np.ndarray) -> None:
    coarse = gaussian_filter(np.random.default_rng(0).standard_normal(clean.shape), 0.8)
    noisy = np.float32(clean + 20 / 255 * coarse / coarse.std())
    found = estimate(noisy)
    assert found.correlated or isinstance(found.noise, Grain)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_picture_has_no_noise(value: float) -> None:
    assert estimate(np.full((80, 80), value, np.float32)).noiseless


def test_small_pictures_are_estimated_and_smaller_ones_refused() -> None:
    noisy = Gaussian(25 / 255)(np.full((40, 30), 0.5, np.float32), rng=0)
    assert estimate(noisy).noise.sigma == pytest.approx(25 / 255, rel=0.2)
    with pytest.raises(ValueError, match="16"):
        estimate(noisy[:9, :9])


def test_a_dithered_picture_is_left_as_it_is(clean: np.ndarray) -> None:
    """All pixels black or white: no noise that could be told."""
    rng = np.random.default_rng(0)
    found = estimate(np.float32(clean > rng.random(clean.shape)))
    assert found.noiseless
    assert not found.certain
    assert found.warnings


@pytest.mark.slow
def test_dots_of_a_page_are_told_and_that_it_has_no_other_noise(clean: np.ndarray) -> None:
    """One bit a pixel: dots are filled, and the warning does not deny them."""
    found = estimate(SaltAndPepper(0.01)(np.float32(gaussian_filter(clean, 4) > 0.5), rng=0))
    assert isinstance(found.noise, SaltAndPepper)
    assert found.warnings[0].startswith("beside dots no noise is found")


def test_impulses_are_found_beside_other_noise(clean: np.ndarray) -> None:
    found = estimate(Chain([Gaussian(15 / 255), SaltAndPepper(0.05)])(clean, rng=0))
    white, rare = found.noise.models
    assert white.sigma == pytest.approx(15 / 255, rel=0.05)
    assert rare.amount == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize(
    "name",
    ["brick", "grass", pytest.param("gravel", marks=pytest.mark.slow), "coffee", "moon", "coins"],
)
def test_texture_is_no_strong_noise(name: str) -> None:
    """Told of a clean picture: at most 3.5/255, the grain of the moon's own camera."""
    found = estimate(images.load(name, gray=True))
    if isinstance(found.noise, Grain):
        told = GRAIN_STRENGTH * found.noise.coarse
    elif found.noiseless:
        told = 0
    else:
        told = float(np.sqrt(found.noise.variance(np.array(0.5))))
    assert told < 4 / 255


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [0.7, 1.5])
def test_grain_is_told_stronger_than_its_rms(width: float, channels: int) -> None:
    """White noise below a Gaussian: what is told of it, over its RMS, is 1.8 to 2.1."""
    noise = np.random.default_rng(0).standard_normal((256, 256, channels))
    coarse = gaussian_filter(noise, (width, width, 0)).squeeze()
    found = estimate(np.float32(0.5 + 0.04 * coarse / coarse.std()))
    assert found.correlated
    assert found.certain
    factor = GRAIN_STRENGTH if channels == 1 else GRAIN_STRENGTH_OF_COLOUR
    assert 1.5 < factor * found.noise.coarse / 0.04 < 4.5
    assert found.noise.rms / found.noise.coarse == pytest.approx(
        rms_over_coarse(found.noise), rel=1e-5
    )


@pytest.mark.parametrize("quality", [85, 95])
@pytest.mark.parametrize("name", ["coffee", "chelsea", "astronaut"])
def test_noise_whose_colours_jpeg_halved_is_told_as_it_was(name: str, quality: int) -> None:
    """0.77 to 1.08 of it; the mean over the channels, as they are, would be 0.5 to 0.7 of it."""
    picture = images.load(name)[:256, :256]
    noisy = Chain([Gaussian(20 / 255), Jpeg(quality)])(picture, rng=0)
    found = estimate(noisy)
    strength = np.sqrt(found.noise.variance(picture).mean())
    assert 0.74 < strength / (20 / 255) < 1.12
    assert found.interval


def test_bars_do_not_hide_that_channels_share_their_noise() -> None:
    """Colours that JPEG halved: 0.91 to 0.93 of it by seed; with bars in the count, 0.62."""
    picture = images.load("astronaut")[:256, :256]
    noisy = Chain([Gaussian(20 / 255), Jpeg(85)])(picture, rng=0)
    noisy[:56] = noisy[-56:] = 0
    strength = np.sqrt(estimate(noisy).noise.variance(picture).mean())
    assert 0.74 < strength / (20 / 255) < 1.12


def test_noise_that_channels_share_is_told_as_if_they_did_not() -> None:
    """A gray grain on colours: independent noise of this luminance is 1.5 times as strong."""
    picture = images.load("coffee")[:256, :256]
    grain = 0.05 * np.random.default_rng(0).standard_normal((256, 256, 1))
    found = estimate(np.float32(picture + grain))
    assert found.noise.sigma == pytest.approx(
        0.05 / np.hypot(0.299, np.hypot(0.587, 0.114)), rel=0.1
    )


@pytest.mark.parametrize(
    "model", [Gaussian(5 / 255), Gaussian(50 / 255), Poisson(5), Speckle(0.3)]
)
def test_channels_with_noise_of_their_own_are_told_from_themselves(model) -> None:
    """Clipped or not: the strength of the whole within 15 %."""
    picture = images.load("chelsea")[:256, :256]
    noisy = model(picture, rng=0)
    strength = np.sqrt(estimate(noisy).noise.variance(picture).mean())
    assert strength == pytest.approx(model.rms(picture), rel=0.15)


def rms_over_coarse(measured: Grain) -> float:
    frequency = np.add.outer(np.arange(8), np.arange(8))
    low = measured.spectrum[(frequency == 2) | (frequency == 3)]
    return float(measured.rms / np.sqrt(np.mean(low**2)))

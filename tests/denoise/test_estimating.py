"""What a denoiser shall be told, from one picture alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import images
from helpers.denoise import estimate
from helpers.estimation import Grain
from helpers.noise import Gaussian, Poisson, PoissonGaussian


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True)


@pytest.mark.parametrize(
    "model",
    [Gaussian(10 / 255), Gaussian(25 / 255), Poisson(30), PoissonGaussian(0.02, 0.03)],
    ids=str,
)
@pytest.mark.parametrize("clip", [False, True])
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

"""Clipped: bright scenes and the intervals of blind_fit."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import (
    estimation,
    images,
    noise,
)
from helpers.training import sources
from tests.robustness.cases import silent

pytestmark = pytest.mark.slow

BRIGHT = {
    "sine": lambda: np.tile(0.5 + 0.7 * np.sin(np.linspace(0, 2 * np.pi, 512)), (512, 1)),
    "camera": lambda: 1.5 * images.load("camera"),
    "coffee": lambda: 2 * images.load("coffee", gray=True),
    "chelsea": lambda: 2 * images.load("chelsea", gray=True),
}


def blind_fit_of(scene: np.ndarray) -> estimation.Fit:
    """Of variance 0.01·x + 0.04², cut at white as a file cuts it."""
    return estimation.blind_fit(noise.PoissonGaussian(0.01, 0.04)(scene, rng=0, clip=True))


@pytest.mark.parametrize("name", BRIGHT)
def test_clipped_scene_has_the_noise_that_was_put_in(name: str) -> None:
    fit = silent(lambda: blind_fit_of(BRIGHT[name]()).model)
    x = np.linspace(0.02, 0.98, 97)
    deviation = lambda gain, sigma: np.sqrt(gain * x + sigma**2)  # noqa: E731
    ratio = 1 if fit is None else deviation(fit.gain, fit.sigma) / deviation(0.01, 0.04)
    assert np.abs(ratio - 1).mean() < 0.1  # now 0.16 to 0.23


@pytest.mark.parametrize("name", BRIGHT)
def test_clipped_interval_is_possible(name: str) -> None:
    interval = silent(lambda: blind_fit_of(BRIGHT[name]()).interval) or {}
    for low, high in interval.values():
        assert low >= 0
        assert high < 1


def test_clipped_or_not_an_interval_of_90_percent_holds_the_truth() -> None:
    names = [name for name in images.PHOTOGRAPHS if name not in sources.UNNATURAL]
    pictures = [images.load(name, gray=True, size=256) for name in names]
    held = []
    for model in (noise.Gaussian(15 / 255), noise.Poisson(60), noise.Speckle(0.15)):
        for picture in pictures:
            fit = estimation.blind_fit(model(picture, rng=0), model.key)
            ((name, (low, high)),) = fit.interval.items()
            held.append(low <= getattr(model, name) <= high)
    assert np.mean(held) > 0.75  # now about one half


@pytest.mark.parametrize("name", ["brick", "gravel", "grass"])
def test_clipped_texture_that_tells_too_little_is_told_of(name: str) -> None:
    with pytest.warns(UserWarning, match="are white"):
        blind_fit_of(2 * images.load(name, gray=True, size=300))  # gain 0.000 to 0.008, unwarned

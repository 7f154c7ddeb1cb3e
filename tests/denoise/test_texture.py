"""Grain has no direction and is as strong in one place as in the next; texture is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import images
from helpers.denoise.texture import evidence


def grainy(width: float, shape: tuple[int, int] = (256, 256)) -> np.ndarray:
    """Noise of which a Gaussian of this width, in pixels, has made grain, on a smooth scene."""
    coarse = gaussian_filter(np.random.default_rng(0).standard_normal(shape), width)
    scene = np.linspace(0.3, 0.7, shape[1])
    return np.float32(scene + 0.05 * coarse / coarse.std())


@pytest.mark.parametrize("width", [0.0, 0.8, 1.5])
def test_grain_shows_no_sign_of_texture(width: float) -> None:
    """Growth is chance: 0.01 to 0.03."""
    found = evidence(grainy(width))
    assert not found.streaked
    assert found.growth < 0.1


@pytest.mark.parametrize("axis", [0, 1])
def test_streaks_are_no_grain(axis: int) -> None:
    noise = np.random.default_rng(0).standard_normal((256, 256))
    streaks = gaussian_filter(noise, (0.0, 4.0)) if axis else gaussian_filter(noise, (4.0, 0.0))
    assert evidence(np.float32(0.5 + 0.1 * streaks)).streaked


def test_what_is_here_strong_and_there_weak_grows() -> None:
    image = grainy(0.8)
    strength = np.linspace(0.1, 2, 256)[:, None]
    uneven = np.float32(0.5 + strength * (image - gaussian_filter(image, 8)))
    assert evidence(uneven).growth > evidence(image).growth + 0.2


def test_a_picture_with_few_windows_tells_nothing() -> None:
    found = evidence(np.zeros((64, 64), np.float32))
    assert (found.streaked, found.growth) == (False, 0.0)


def test_colour_is_looked_at_as_its_mean() -> None:
    gray = images.load("grass", gray=True, size=128)
    found, same = evidence(np.dstack([gray] * 3)), evidence(gray)
    assert found.growth == pytest.approx(same.growth, abs=1e-3)

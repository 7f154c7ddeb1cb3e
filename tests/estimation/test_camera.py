"""Noise of a camera fitted without pairs: what the measurement finds, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images
from helpers.estimation import fit_camera, fit_soft_camera, spread_of
from helpers.estimation.camera import flat_correlations, flat_squares
from helpers.noise import Gaussian, SoftCamera

GRAY = np.full((64, 64, 3), 0.5, np.float32)


def correlations(noisy: np.ndarray) -> np.ndarray:
    """In all squares of a picture that is flat everywhere."""
    return flat_correlations(np.concatenate(flat_squares(noisy, share=1.0)))


def test_spread_makes_the_grain_coarse() -> None:
    gray = np.full((128, 128, 3), 0.5, np.float32)
    fine, coarse = (correlations(SoftCamera(0.01, spread=s)(gray, rng=0)) for s in (0, 1.2))
    assert coarse[0] > fine[0] + 0.2


def test_white_noise_has_no_correlation() -> None:
    noisy = Gaussian(10 / 255)(np.full((256, 256, 3), 0.5, np.float32), rng=0)
    assert np.abs(correlations(noisy)).max() < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.7, 1.2])
def test_spread_is_measured_without_a_reference(spread: float) -> None:
    model = SoftCamera(0.03, spread=spread)
    noisy = [model(images.load(name, size=256), rng=0) for name in ("coffee", "rocket", "chelsea")]
    assert spread_of(noisy) == pytest.approx(spread, abs=0.3)


def test_gain_is_fitted_without_a_pair() -> None:
    truth = SoftCamera(gain=0.02)
    noisy = truth(images.load("astronaut", size=256), rng=0)
    clean = [images.load(name, size=128) for name in ("coffee", "chelsea", "rocket")]
    result = fit_camera(noisy, clean)
    assert result.spread == 0
    assert result.rms(GRAY) == pytest.approx(truth.rms(GRAY), rel=0.3)


@pytest.mark.slow
def test_gain_is_measured_in_flat_squares_alone() -> None:
    truth = SoftCamera(gain=0.02, spread=1.0)
    ramp = np.linspace(0.1, 0.75, 256, dtype=np.float32)[:, None, None].repeat(256, 1).repeat(3, 2)
    for scene, off in ((ramp, 0.1), (images.load("coffee", size=256), 0.3)):
        result = fit_soft_camera(truth(scene, rng=0), spread=1.0)
        assert result.rms(GRAY) == pytest.approx(truth.rms(GRAY), rel=off)


@pytest.mark.parametrize("bar", [(0, 0, 0), (0.4, 0.4, 0.4), (0.9, 0.1, 0.3)])
def test_bars_are_not_flat_but_empty(bar: tuple) -> None:
    """As if the picture had been cut out of them; they would read a gain of 0."""
    noisy = SoftCamera(gain=0.02, spread=1.0)(images.load("coffee", size=256), rng=0)
    alone = fit_soft_camera(noisy[64:-64], spread=1.0)
    noisy[:64] = noisy[-64:] = bar
    assert fit_soft_camera(noisy, spread=1.0).gain == pytest.approx(alone.gain, rel=1e-6)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((64, 64, 3), np.nan), "NaN or infinite"),
        (np.full((3, 3, 3), 0.5, np.float32), "no square of 16×16"),
        (np.zeros((64, 64, 3), np.float32), "no square of 16×16"),
        (GRAY, "constant"),
        (np.full((64, 64), 0.5, np.float32), "in colour"),
    ],
)
def test_where_noise_cannot_be_measured_it_says_why(picture: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fit_soft_camera(picture, 0.8)
    with pytest.raises(ValueError, match=reason):
        spread_of([picture])


def test_what_is_not_there_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="there is none"):
        spread_of([np.linspace(0.3, 0.6, 64)[:, None, None].repeat(64, 1).repeat(3, 2)])
    with pytest.raises(ValueError, match="not in none"):
        spread_of([])

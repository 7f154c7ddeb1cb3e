"""What a gray ramp shows of noise without a formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from helpers.denoise.simulating import shown_by
from helpers.denoise.stabilising import Stabiliser
from helpers.noise import Camera, Chain, Gaussian, GaussianBlur, Jpeg, NoiseModel, PoissonGaussian
from tests.noise.models import flat


@pytest.mark.parametrize("model", [Gaussian(0.05), PoissonGaussian(0.01, 0.02)], ids=str)
def test_a_ramp_shows_what_the_formula_says(model) -> None:
    """Within 2 % between a tenth and nine tenths, where nothing ends."""
    shown, told = shown_by(model, colour=False), Stabiliser.of(model)
    y = np.linspace(0.1, 0.9, 9)
    steps = [np.diff(one(y)) for one in (shown.stabiliser, told)]
    np.testing.assert_allclose(steps[0], steps[1], rtol=0.03)
    for strength in (shown.rms, shown.coarse, shown.fine):
        assert strength == pytest.approx(1, abs=0.04)


def test_white_noise_has_no_neighbours_in_it() -> None:
    correlation = shown_by(Gaussian(0.05), colour=False).correlation.copy()
    middle = len(correlation) // 2
    assert correlation[middle, middle] == 1
    correlation[middle, middle] = 0
    assert np.abs(correlation).max() < 0.01  # five standard errors of half a million pixels


def test_blurred_noise_is_coarse() -> None:
    """A Gaussian of one pixel makes an autocorrelation of √2 pixels: exp(−1/4) next door."""
    shown = shown_by(Chain([Gaussian(0.05), GaussianBlur(1)]), colour=False)
    middle = len(shown.correlation) // 2
    assert shown.correlation[middle, middle + 1] == pytest.approx(np.exp(-1 / 4), abs=0.02)
    assert shown.coarse > 1.8 * shown.rms > 10 * shown.fine


@pytest.mark.slow
def test_a_camera_has_three_channels_and_no_bias() -> None:
    model = Camera(gain=0.01)
    shown = shown_by(model, colour=True)
    assert shown.rms.shape == shown.coarse.shape == (3,)
    assert (shown.coarse > shown.fine).all()
    transformed = shown.stabiliser(model(flat(0.5, 200, 200, 3), rng=9))
    assert float(shown.stabiliser.inverse(transformed.mean())) == pytest.approx(0.5, abs=0.005)
    assert transformed.std() == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(
    "model",
    [Camera(), pytest.param(Chain([PoissonGaussian(0.05), Jpeg(50)]), marks=pytest.mark.slow)],
    ids=str,
)
def test_files_end_at_white(model: NoiseModel) -> None:
    """There the mean hardly grows with the scene: a white picture came back as 1.1 to 2.6."""
    stabiliser = shown_by(model, colour=True).stabiliser
    undone = stabiliser.inverse(stabiliser(np.linspace(0, 1, 101)))
    assert (np.diff(undone) >= 0).all()
    assert undone[-1] == 1


def test_what_is_simulated_has_no_asymptotic_inverse() -> None:
    """No formula tells the slope of its variance; without, the inverse would be the algebraic."""
    stabiliser = shown_by(Chain([Gaussian(0.05), GaussianBlur(1)]), colour=False).stabiliser
    with pytest.raises(ValueError, match="exact and algebraic"):
        stabiliser.inverse(np.zeros(3), "asymptotic")


def test_no_noise_at_all_shows_as_none() -> None:
    shown = shown_by(Chain([Gaussian(0), GaussianBlur(1)]), colour=False)
    assert shown.rms == shown.coarse == 0
    assert np.isfinite(shown.correlation).all()


def test_a_model_that_makes_no_numbers_is_refused() -> None:
    @dataclass(frozen=True)
    class Own(NoiseModel, register=False):
        def apply(self, image, rng):
            return image * np.nan

    with pytest.raises(ValueError, match="Own makes NaN"):
        shown_by(Own(), colour=False)


def test_a_model_that_may_change_is_simulated_anew() -> None:
    """A dataclass that is not frozen has no hash, so nothing can be remembered of it."""

    @dataclass
    class Own(NoiseModel, register=False):
        strength: float = 0.02

        def apply(self, image, rng):
            return image + self.strength * rng.standard_normal(image.shape)

    own = Own()
    steps = [np.diff(shown_by(own, colour=False).stabiliser(np.array([0.2, 0.8])))]
    own.strength *= 2
    steps += [np.diff(shown_by(own, colour=False).stabiliser(np.array([0.2, 0.8])))]
    assert steps[0] == pytest.approx(2 * steps[1], rel=0.01)  # measured 0.1 %


def test_what_all_share_cannot_be_written_into() -> None:
    with pytest.raises(ValueError, match="read-only"):
        shown_by(Gaussian(0.05), colour=False).correlation[0, 0] = 1

"""Intervals are narrow, hold the truth, and end where the parameter does."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import noise
from helpers.estimation import fit
from tests.estimation.noisy import as_file


@pytest.mark.slow
def test_the_interval_is_narrow_and_holds_the_truth(clean: np.ndarray) -> None:
    inside = 0
    for seed in range(4):
        low, high = fit(as_file(noise.Gaussian(20 / 255), clean, seed), clean).interval["sigma"]
        assert high - low < 0.04 * 20 / 255
        inside += low <= 20 / 255 <= high
    assert inside >= 3  # of a 90 % interval; 2 of 4 would be a chance of 1 in 20


@pytest.mark.slow
def test_an_interval_ends_where_the_parameter_does(clean: np.ndarray) -> None:
    """Unaligned, hardly any noise: 0 is within reach, less is not."""
    result = fit(noise.Gaussian(0.5 / 255)(clean, 0), clean[::-1], aligned=False)
    low, high = result.interval["sigma"]
    assert 0 <= low < high < 10 / 255


@pytest.mark.slow
def test_an_unaligned_interval_knows_its_own_simulation(clean: np.ndarray) -> None:
    """Other random numbers move the fit; the interval is wider than what they move it by."""
    result = fit(as_file(noise.Gaussian(20 / 255), clean[:, :128]), clean[:, 128:])
    problem = result._problem
    moved = [problem.fit_near(result.model, problem.observed, seed=k)[0] for k in (5, 6, 7, 8)]
    low, high = result.interval["sigma"]
    assert 0 < np.ptp(moved) < high - low

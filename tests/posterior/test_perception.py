"""The price of looking real: closed forms against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from helpers.posterior import Mixture, frontier, sample
from helpers.posterior.perception import below, quantile
from tests.posterior.worlds import NUMBERS, PATCHES, SIGMA, deviations, noisy_of

COUNT = 20_000


def apart(one: np.ndarray) -> float:
    """W₂ between some numbers and the world's."""
    shares = (np.arange(len(one)) + 0.5) / len(one)
    return float(np.sqrt(np.mean((np.sort(one) - quantile(NUMBERS, shares)) ** 2)))


def test_of_one_gaussian_it_is_the_formula() -> None:
    """The mean has the deviation s·√k, with k = s²/(s² + σ²): W₂ is s − s·√k."""
    deviation, sigma = 0.3, 0.2
    kept = deviation**2 / (deviation**2 + sigma**2)
    told = frontier(Mixture([1.0], [0.5], [deviation**2]), sigma)
    assert told.mmse == pytest.approx(kept * sigma**2, rel=1e-8)
    assert told.distance == pytest.approx(deviation * (1 - np.sqrt(kept)), rel=1e-6)
    noisy = np.linspace(-1, 2, 7)
    moved = 0.5 + np.sqrt(kept) * (noisy - 0.5)
    assert told.realistic(noisy) == pytest.approx(moved, abs=1e-6)


def test_the_ends_are_what_simulation_finds() -> None:
    clean, noisy = noisy_of(NUMBERS, COUNT, SIGMA, seed=0)
    told, mean = frontier(NUMBERS, SIGMA), NUMBERS.denoise(noisy, SIGMA)
    assert deviations((mean - clean) ** 2, told.mmse) < 3
    real = told.realistic(noisy)
    assert deviations((real - clean) ** 2, float(told.distortion(0))) < 3
    assert kstest(real, lambda x: below(NUMBERS, x)).pvalue > 0.01
    assert kstest(mean, lambda x: below(NUMBERS, x)).pvalue < 1e-6


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_answers_between_the_ends_lie_on_the_frontier(share: float) -> None:
    clean, noisy = noisy_of(NUMBERS, COUNT, SIGMA, seed=1)
    told = frontier(NUMBERS, SIGMA)
    perception = share * told.distance
    answer = told.restore(noisy, perception)
    assert deviations((answer - clean) ** 2, float(told.distortion(perception))) < 3
    evenly = quantile(NUMBERS.noisy(SIGMA), (np.arange(COUNT) + 0.5) / COUNT)  # without chance
    assert apart(told.restore(evenly, perception)) == pytest.approx(perception, rel=0.001)


def test_the_frontier_ends_at_the_mean() -> None:
    told = frontier(NUMBERS, SIGMA)
    curve = told.distortion(np.linspace(0, 2 * told.distance, 50))
    assert (np.diff(curve) <= 0).all()
    assert curve[-1] == told.mmse
    assert told.restore(0.4, 9.0) == pytest.approx(NUMBERS.denoise(0.4, SIGMA))


def test_a_sample_looks_as_real_and_pays_more() -> None:
    clean, noisy = noisy_of(NUMBERS, 4000, SIGMA, seed=2)
    told, drawn = frontier(NUMBERS, SIGMA), sample(NUMBERS.denoise, noisy, SIGMA, rng=3)
    assert deviations((drawn - clean) ** 2, 2 * told.mmse) < 3
    assert kstest(drawn, lambda x: below(NUMBERS, x)).pvalue > 0.01
    assert told.distortion(0) < 1.7 * told.mmse


def test_shares_and_numbers_are_each_others_inverse() -> None:
    numbers = np.array([0.1, 0.25, 0.4, 0.7, 0.9])
    assert quantile(NUMBERS, below(NUMBERS, numbers)) == pytest.approx(numbers, abs=1e-5)
    expected = 0.4 * norm.cdf(0.4, 0.25, 0.04) + 0.6 * norm.cdf(0.4, 0.7, 0.08)
    assert below(NUMBERS, 0.4) == pytest.approx(expected, rel=1e-12)


def test_the_world_is_one_of_numbers() -> None:
    for world in (PATCHES, None):
        with pytest.raises(ValueError, match="a Mixture of numbers"):
            frontier(world, SIGMA)
    with pytest.raises(ValueError, match="perception is a number, 0 or more"):
        frontier(NUMBERS, SIGMA).restore(0.5, -1)


@pytest.mark.parametrize("wrong", [-1, np.nan, "near", [0.1, -0.1]])
def test_what_is_no_distance_has_no_distortion(wrong: object) -> None:
    with pytest.raises(ValueError, match="perception is"):
        frontier(NUMBERS, SIGMA).distortion(wrong)

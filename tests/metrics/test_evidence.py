"""Whiteness of a residual, and intervals that cover as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, metrics, noise

# ---- whiteness of the residual --------------------------------------------------------------


@pytest.mark.parametrize("shape", [(200, 300), (160, 160, 3)])
def test_white_noise_is_white(shape: tuple) -> None:
    removed = np.random.default_rng(0).normal(0, 0.1, shape)
    whiteness = metrics.residual_whiteness(0.5 + removed, np.full(shape, 0.5))
    assert whiteness == pytest.approx(1 - 48 / removed.size, abs=3e-4)


@pytest.mark.parametrize("count", [2, 3])
def test_the_mean_of_neighbours_has_the_whiteness_of_theory(count: int) -> None:
    """The mean of k pixels in a row has ρ = 1 − |lag|/k: Σρ² is 1.5 for 2 and 19/9 for 3."""
    white = np.random.default_rng(0).normal(0, 0.3, (500, 600))
    blurred = sum(white[:, k : 600 - count + k] for k in range(count))
    expected = {2: 1 / 1.5, 3: 9 / 19}[count]
    for removed in (blurred, blurred.T):
        whiteness = metrics.residual_whiteness(removed, np.zeros_like(removed))
        assert whiteness == pytest.approx(expected, rel=0.01)


def test_what_a_blur_takes_from_the_scene_is_not_white(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(15 / 255)(clean, rng=0)
    perfect = metrics.residual_whiteness(noisy, clean)
    blurred = metrics.residual_whiteness(noisy, noise.GaussianBlur(3)(noisy, rng=0))
    assert perfect > 0.99
    assert blurred < 0.6
    assert metrics.residual_whiteness(noisy, 0.5 * noisy) < 0.1  # half the scene goes with it


def test_whiteness_needs_something_that_was_removed(clean: np.ndarray) -> None:
    for restored in (clean, clean - np.float32(0.25)):
        with pytest.raises(ValueError, match="nothing was removed"):
            metrics.residual_whiteness(clean, restored)
    with pytest.raises(ValueError, match="lags of 3"):
        metrics.residual_whiteness(clean[:3], clean[:3])


@pytest.mark.parametrize("reach", [0, -1, None, 2.0, "3", True])
def test_a_reach_is_one_pixel_or_more(reach: object) -> None:
    clean = images.load("camera", size=32)
    with pytest.raises(ValueError, match="reach is a whole number, 1 or more"):
        metrics.residual_whiteness(noise.Gaussian()(clean, rng=0), clean, reach)


# ---- is one method better? ------------------------------------------------------------------


@pytest.mark.parametrize("count", [6, 12])
def test_the_interval_covers_the_truth_as_often_as_it_says(count: int) -> None:
    """In 600 experiments; plain percentiles cover 81 % and 85 %."""
    rng, truth = np.random.default_rng(0), 0.1
    covered = 0
    for _ in range(600):
        second = rng.normal(29, 3, count)
        first = second + truth + 0.2 * rng.standard_normal(count)
        low, high = metrics.paired_interval(first, second, rng, level=0.9, draws=800)
        covered += low <= truth <= high
    assert covered / 600 == pytest.approx(0.9, abs=0.03)


def test_pairing_sees_what_the_spread_of_pictures_hides() -> None:
    rng = np.random.default_rng(1)
    second = rng.normal(29, 3, 12)
    first = second + 0.1 + 0.05 * rng.standard_normal(12)
    low, high = metrics.paired_interval(first, second, rng=0)
    assert 0 < low < 0.1 < high < 0.2
    shuffled = metrics.paired_interval(first, rng.permutation(second), rng=0)
    assert shuffled[0] < -1 < 1 < shuffled[1]


def test_the_interval_turns_with_the_methods_and_narrows_with_the_level() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.random((2, 40))
    low, high = metrics.paired_interval(first, second, rng=3)
    assert metrics.paired_interval(second, first, rng=3) == pytest.approx((-high, -low))
    assert metrics.paired_interval(first, second, rng=3) == (low, high)
    narrow = metrics.paired_interval(first, second, rng=3, level=0.5)
    assert low < narrow[0] < np.mean(first - second) < narrow[1] < high


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([1.0], [2.0], "two or more"),
        ([1.0, 2], [1.0, 2, 3], "as many"),
        ([[1.0, 2]], [[1.0, 2]], "lists"),
        ([1.0, np.inf], [1.0, 2], "finite"),
        ([1.0, np.nan], [1.0, 2], "finite"),
    ],
)
def test_scores_that_cannot_be_paired_are_refused(first, second, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        metrics.paired_interval(first, second, rng=0)


@pytest.mark.parametrize("level", [0, 1, 95, np.nan])
def test_a_level_is_a_probability(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        metrics.paired_interval([1.0, 2], [1.0, 3], rng=0, level=level)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": None},
        {"first": "abc"},
        {"first": ["1", "2", "3"]},
        {"first": [[1], [2, 3], [4]]},
        {"first": [1, 2, 10**400]},
        {"second": 1.0},
        {"second": [1j, 2, 3]},
        {"level": None},
        {"level": "0.9"},
        {"draws": 0},
        {"draws": 10.0},
        {"draws": 10**12},
        {"rng": None},
    ],
)
def test_an_interval_of_odd_arguments_is_refused(wrong: dict) -> None:
    right = {"first": [1, 2, 4], "second": [1, 1, 2], "rng": 0}
    assert metrics.paired_interval(**right)[0] <= 1
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} is "):
        metrics.paired_interval(**right | wrong)


def test_a_mean_lies_in_its_interval_which_is_the_paired_one() -> None:
    gaps = np.random.default_rng(0).normal(0.2, 1, 12)
    mean, low, high = metrics.mean_interval(gaps, rng=0)
    assert (low, high) == metrics.paired_interval(gaps, 0 * gaps, rng=0)
    assert low < mean < high
    assert mean == pytest.approx(gaps.mean())
    one, least, most = metrics.mean_interval([0.1] * 7, rng=0)
    assert least <= one <= most

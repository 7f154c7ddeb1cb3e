"""SURE as a judge: the study asks as `metrics.sure` does, and breaks what it says it breaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import filters, images, metrics
from helpers.benchmark import suites
from helpers.estimation import grain
from helpers.studies import sure_choice, table

CLEAN = images.load("camera", gray=True, size=128)
SIGMA = 25 / 255
SHOTS = {
    name: shot(CLEAN, SIGMA, np.random.default_rng(0))
    for name, shot in {
        "white": sure_choice.white,
        "clipped": sure_choice.clipped,
        "rounded": sure_choice.rounded,
        "correlated": sure_choice.correlated,
        "by brightness": sure_choice.by_brightness,
    }.items()
}


def test_its_photographs_are_those_of_readme() -> None:
    own = [name for name in suites.NATURAL if name not in suites.TEXTURES]
    assert list(sure_choice.PHOTOGRAPHS) == own


@pytest.mark.parametrize("step", [0.03, 0.1, 1])
def test_it_asks_as_the_metric_does(step: float) -> None:
    restored, told = sure_choice.asked(filters.median, SHOTS["white"], SIGMA, 3, 1, step)
    assert told == metrics.sure(filters.median, SHOTS["white"], SIGMA, 3, step=step)
    np.testing.assert_array_equal(restored, filters.median(SHOTS["white"], SIGMA))


def test_a_strength_is_told_to_the_filter_alone() -> None:
    def half(noisy: np.ndarray, sigma: float) -> np.ndarray:
        return filters.bilateral(noisy, sigma / 2)

    _, told = sure_choice.asked(filters.bilateral, SHOTS["white"], SIGMA, 3, 0.5, 0.1)
    assert told == metrics.sure(half, SHOTS["white"], SIGMA, 3)


@pytest.mark.parametrize("name", ["white", "rounded", "correlated", "by brightness"])
def test_other_noise_is_as_strong(name: str) -> None:
    n = SHOTS[name] - CLEAN
    assert n.std() == pytest.approx(SIGMA, rel=0.03)
    assert abs(n.mean()) < 0.05 * SIGMA
    assert SHOTS[name].dtype == np.float32


def test_each_kind_of_noise_breaks_one_condition() -> None:
    dark, bright = CLEAN < 0.2, CLEAN > 0.6
    n = {name: noisy - CLEAN for name, noisy in SHOTS.items()}
    assert n["white"][dark].std() == pytest.approx(n["white"][bright].std(), rel=0.1)
    assert 3 * n["by brightness"][dark].std() < n["by brightness"][bright].std()
    assert grain(SHOTS["correlated"]).correlated
    assert not grain(SHOTS["white"]).correlated
    assert (SHOTS["clipped"].min(), SHOTS["clipped"].max()) == (0, 1)
    levels = 255 * SHOTS["rounded"]
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
    for name in ("clipped", "rounded"):
        with pytest.raises(ValueError, match=name):
            metrics.sure(filters.mean, SHOTS[name], SIGMA, 0)


def test_what_sigma_is_told() -> None:
    noisy = SHOTS["white"]
    told = [
        tell(noisy, SIGMA) / SIGMA
        for tell in (sure_choice.right, sure_choice.too_small, sure_choice.too_large)
    ]
    assert told == pytest.approx([1, 0.95, 1.05])
    assert sure_choice.estimated(noisy, 1.0) == pytest.approx(SIGMA, rel=0.1)


def test_losses_and_levels_in_closed_form() -> None:
    made = pd.DataFrame(
        {
            "image": "one",
            "σ": [15, 15, 15, 25, 25, 25],
            "filter": ["a", "b", "c"] * 2,
            "strength": 1.0,
            "psnr": [30.0, 31.0, 29.0, 27.0, 26.0, 25.0],
            "error": [10.0, 8.0, 12.0, 20.0, 25.0, 30.0],
            "told": [9.0, 9.5, 12.0, 20.0, 250.0, -1.0],
        }
    )
    assert sure_choice.losses(made).tolist() == [1.0, 2.0]
    assert sure_choice.losses(made, "strength").tolist() == [0.0] * 6
    assert sure_choice.decibels(made)[3:].tolist() == [0.0, 10.0, -np.inf]
    assert sure_choice.relative(made[3:5]) == pytest.approx(9 / np.sqrt(2))


def test_the_table_has_every_case() -> None:
    made = table("sure_choice")
    counts = made.groupby(["case", "image", "σ"]).size().unstack(0)
    assert set(counts) == set(sure_choice.CASES)
    assert len(counts) == len(sure_choice.PHOTOGRAPHS) * len(sure_choice.LEVELS)
    of = len(filters.FILTERS)
    assert (counts.drop(columns="strengths") == of).all(axis=None)
    assert (counts["strengths"] == of * len(sure_choice.STRENGTHS)).all()

"""Intervals from a bootstrap: a picture's tiles are drawn anew, and the fit is repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy import stats

from helpers.noise import NoiseModel
from helpers.parameters import Parameter

RESAMPLES = 24  # of so many a spread is known to 15 %, which a t distribution makes up for


class Refittable(Protocol):
    """A fit that can be repeated on what might have been seen instead."""

    parameters: Sequence[tuple[str, Parameter]]

    def values(self, model: NoiseModel) -> tuple[float, ...]:
        """Values of a model's parameters, in their order."""

    def refit(self, model: NoiseModel, seed: int) -> tuple[float, ...]:
        """Values fitted to data drawn anew."""


def intervals(
    problem: Refittable, model: NoiseModel, resamples: int = RESAMPLES, widening: float = 1
) -> dict[str, tuple[float, float]]:
    """90 % interval of each parameter of a fitted model: the spread of what new data would give.

    Returns
    -------
    dict
        Name to (low, high), within the values that the parameter may have.
    """
    refits = np.array([problem.refit(model, seed) for seed in range(resamples)])
    half = widening * stats.t.ppf(0.95, resamples - 1) * refits.std(axis=0, ddof=1)
    return {
        name: (
            float(max(value - spread, parameter.valid[0])),
            float(min(value + spread, parameter.valid[1])),
        )
        for (name, parameter), value, spread in zip(
            problem.parameters, problem.values(model), half
        )
    }


def tile_numbers(shape: tuple[int, ...], side: int) -> np.ndarray:
    """(H, W) number of the tile in which each pixel lies; at most `side` × `side` tiles."""
    rows, columns = (np.arange(n) * min(side, n // 4) // n for n in shape[:2])
    return rows[:, None] * (columns.max() + 1) + columns


def draw_tiles(count: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of the tiles is drawn, with replacement, (count,)."""
    return rng.multinomial(count, np.full(count, 1 / count)).astype(float)

"""Intervals from a bootstrap: a picture's tiles are drawn anew, and the fit is repeated."""

from __future__ import annotations

import numpy as np
from scipy import stats

from helpers.noise import NoiseModel

RESAMPLES = 24  # of so many a spread is known to 15 %, which a t distribution makes up for


def intervals(
    problem: object, model: NoiseModel, resamples: int = RESAMPLES, widening: float = 1
) -> dict[str, tuple[float, float]]:
    """90 % interval of each parameter of a fitted model: the spread of what new data would give.

    Parameters
    ----------
    problem : Problem or BlindProblem
        Whose `refit(model, seed)` gives the values fitted to data drawn anew.

    Returns
    -------
    dict
        Name to (low, high), within the values that the parameter may have.
    """
    refits = np.array([problem.refit(model, seed) for seed in range(resamples)])
    spread = widening * stats.t.ppf(0.95, resamples - 1) * refits.std(axis=0, ddof=1)
    ends = {}
    for (name, parameter), value, half in zip(problem.parameters, problem.values(model), spread):
        low, high = parameter.valid
        ends[name] = float(max(value - half, low)), float(min(value + half, high))
    return ends


def tile_numbers(shape: tuple[int, ...], side: int) -> np.ndarray:
    """(H, W) number of the tile in which each pixel lies; at most `side` × `side` tiles."""
    rows, columns = (np.arange(n) * min(side, n // 4) // n for n in shape[:2])
    return rows[:, None] * (columns.max() + 1) + columns


def draw_tiles(count: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of the tiles is drawn, with replacement, (count,)."""
    return rng.multinomial(count, np.full(count, 1 / count)).astype(float)

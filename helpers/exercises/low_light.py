"""Checks of notebook 11: curves, what they do to noise, and what little light does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, number

CURVES = ([0.5], [1.0] * 8, [0.8, -0.4], [-1.0, 0.3, 0.9])
LEVELS = (0.02, 0.1, 0.45, 0.9)


@exercise("11-curve")
def _curve(answer: Callable) -> str | None:
    """Gray levels bent again and again: x ← x + a·x·(1 − x)."""
    x = np.array([[0, 0.05, 0.3], [0.5, 0.8, 1]])
    for strengths in CURVES:
        said = np.asarray(given(answer(x.copy(), list(strengths))), dtype=float)
        right = _bent(x, strengths)
        if said.shape != x.shape:
            return f"gray levels of shape {x.shape} are asked for, not {said.shape}"
        if np.abs(said - right).max() < 1e-6:
            continue
        slips = {
            "every curve starts from what the one before has made": x
            + sum(strengths) * x * (1 - x),
            "that is the released code's sign": _bent(x, [-a for a in strengths]),
            "the result of the last curve alone comes back": _bent(x, strengths[-1:]),
        }
        near = [text for text, slip in slips.items() if np.abs(said - slip).max() < 1e-6]
        return f"with strengths {strengths}: " + (near[0] if near else "try x = 0.5 by hand")
    return None


@exercise("11-slope")
def _slope(answer: Callable) -> str | None:
    """How many times weak noise grows: the product of the slopes 1 + a·(1 − 2x) on the way."""
    for strengths in CURVES:
        for level in LEVELS:
            said = number(given(answer(level, list(strengths))))
            right = _slope_at(level, strengths)
            if abs(said - right) < 2e-3 * max(right, 1):
                continue
            slips = {
                "that is how many times brighter the level becomes, a ratio, not a slope": _bent(
                    level, strengths
                )
                / level,
                "each slope is taken where the curves before have led": float(
                    np.prod([1 + a * (1 - 2 * level) for a in strengths])
                ),
                "slopes of curves that follow one another multiply": 1
                + sum(a * (1 - 2 * level) for a in strengths),
            }
            near = [text for text, slip in slips.items() if abs(said - slip) < 1e-3]
            hint = near[0] if near else "move the level by a little, and see how far it gets"
            return f"at {level:g} with {strengths}: {said:.3g} is not right; {hint}"
    return None


@exercise("11-photons")
def _photons(answer: Callable) -> str | None:
    """Signal over noise of a sensor that gets a share of the light."""
    cases = [(0.5, 1, 0.001, 0), (0.5, 0.1, 0.001, 0), (0.2, 0.05, 0.001, 0.002), (1, 0.5, 0, 0.1)]
    for level, light, gain, sigma in cases:
        said = number(given(answer(level, light, gain, sigma)))
        signal = light * level
        variance = gain * signal + sigma**2
        if abs(said - signal / variance**0.5) < 1e-3 * signal / variance**0.5:
            continue
        case = f"level {level}, light {light}, gain {gain}, σ {sigma}: {said:.4g} is not right"
        if np.isclose(said, signal / variance):
            return f"{case}; divide by the standard deviation, not by the variance"
        if np.isclose(said, level / (gain * level + sigma**2) ** 0.5):
            return f"{case}; fewer photons arrive, and the signal itself is smaller"
        if np.isclose(said, level / variance**0.5):
            return f"{case}; the signal is that of the light that arrived"
        return f"{case}; the variance is gain·(light·level) + σ²"
    return None


def _bent(x: np.ndarray | float, strengths: list[float]) -> np.ndarray | float:
    for a in strengths:
        x = x + a * x * (1 - x)
    return x


def _slope_at(level: float, strengths: list[float]) -> float:
    slope = 1.0
    for a in strengths:
        slope *= 1 + a * (1 - 2 * level)
        level = level + a * level * (1 - level)
    return slope

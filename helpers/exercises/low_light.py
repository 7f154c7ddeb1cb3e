"""Checks of notebook `low_light`: curves, what they do to noise, and what little light does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, name_slip, number

CURVES = ([0.5], [1.0] * 8, [0.8, -0.4], [-1.0, 0.3, 0.9])
LEVELS = (0.02, 0.1, 0.45, 0.9)


@exercise("curve")
def _curve(answer: Callable) -> str | None:
    """Gray levels bent again and again: x ← x + a·x·(1 − x)."""
    x = np.array([[0, 0.05, 0.3], [0.5, 0.8, 1]])
    for strengths in CURVES:
        result = np.asarray(given(answer(x.copy(), list(strengths))), dtype=float)
        if result.shape != x.shape:
            return f"gray levels of shape {x.shape} are asked for, not {result.shape}"
        at_once = x + sum(strengths) * x * (1 - x)
        slips = {
            "every curve starts from what the one before has made": at_once,
            "that is the released code's sign": _bent(x, [-a for a in strengths]),
            "the result of the last curve alone comes back": _bent(x, strengths[-1:]),
        }
        if slip := name_slip(result, _bent(x, strengths), slips, "try x = 0.5 by hand"):
            return f"with strengths {strengths}: {slip}"
    return None


@exercise("slope")
def _slope(answer: Callable) -> str | None:
    """How many times weak noise grows: the product of the slopes 1 + a·(1 − 2x) on the way."""
    for strengths in CURVES:
        for level in LEVELS:
            result = number(answer(level, list(strengths)))
            right = 1.0
            for k, a in enumerate(strengths):
                right *= 1 + a * (1 - 2 * _bent(level, strengths[:k]))
            ratio = _bent(level, strengths) / level
            slopes = [1 + a * (1 - 2 * level) for a in strengths]
            added = 1 + sum(slope - 1 for slope in slopes)
            slips = {
                "that is how many times brighter the level becomes, a ratio, not a slope": ratio,
                "each slope is taken where the curves before have led": np.prod(slopes),
                "slopes of curves that follow one another multiply": added,
            }
            otherwise = "move the level by a little, and see how far it gets"
            if slip := name_slip(result, right, slips, otherwise, 0, 2e-3 * max(right, 1)):
                return f"at {level:g} with {strengths}: {result:.3g} is not right; {slip}"
    return None


@exercise("signal-to-noise")
def _signal_to_noise(answer: Callable) -> str | None:
    """Signal over noise of a sensor that gets a share of the light."""
    cases = [(0.5, 1, 0.001, 0), (0.5, 0.1, 0.001, 0), (0.2, 0.05, 0.001, 0.002), (1, 0.5, 0, 0.1)]
    for level, light, gain, sigma in cases:
        result = number(answer(level, light, gain, sigma))
        signal = light * level
        variance = gain * signal + sigma**2
        right = signal / variance**0.5
        in_full_light = level / (gain * level + sigma**2) ** 0.5
        slips = {
            "divide by the standard deviation, not by the variance": signal / variance,
            "fewer photons arrive, and the signal itself is smaller": in_full_light,
            "the signal is that of the light that arrived": level / variance**0.5,
        }
        otherwise = "the variance is gain·(light·level) + σ²"
        if slip := name_slip(result, right, slips, otherwise, rtol=1e-3, atol=0):
            case = f"level {level}, light {light}, gain {gain}, σ {sigma}"
            return f"{case}: {result:.4g} is not right; {slip}"
    return None


def _bent(x: np.ndarray | float, strengths: list[float]) -> np.ndarray | float:
    for a in strengths:
        x = x + a * x * (1 - x)
    return x

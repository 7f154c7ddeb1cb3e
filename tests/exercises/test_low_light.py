"""Right and wrong answers to the exercises of notebook `low_light`."""

from __future__ import annotations

import numpy as np


def bent(x: np.ndarray, strengths: list[float]) -> np.ndarray:
    """Curves x + a·x·(1 − x), one after the other."""
    for a in strengths:
        x = x + a * x * (1 - x)
    return x


def slope(level: float, strengths: list[float]) -> float:
    """The slope of those curves at a level."""
    found = 1.0
    for a in strengths:
        found *= 1 + a * (1 - 2 * level)
        level = bent(level, [a])
    return found


def slope_by_moving(level: float, strengths: list[float]) -> float:
    """The same by a small difference."""
    return (bent(level + 1e-5, strengths) - bent(level - 1e-5, strengths)) / 2e-5


def signal_to_noise(level: float, light: float, gain: float, sigma: float) -> float:
    """Of a sensor in little light."""
    signal = light * level
    return signal / (gain * signal + sigma**2) ** 0.5


RIGHT = {
    "curve": [lambda: bent],
    "slope": [lambda: slope, lambda: slope_by_moving],
    "signal-to-noise": [lambda: signal_to_noise],
}


WRONG = {
    "curve": [
        (lambda: lambda x, a: x + sum(a) * x * (1 - x), "starts from what the one before"),
        (lambda: lambda x, a: bent(x, [-one for one in a]), "released code's sign"),
        (lambda: lambda x, a: bent(x, a[-1:]), "last curve alone"),
        (lambda: lambda x, a: bent(x, a)[0], "shape"),
        (lambda: lambda x, a: x, "by hand"),
    ],
    "slope": [
        (lambda: lambda x, a: bent(x, a) / x, "not a slope"),
        (lambda: lambda x, a: np.prod([1 + one * (1 - 2 * x) for one in a]), "have led"),
        (lambda: lambda x, a: 1 + sum(a) * (1 - 2 * x), "multiply"),
        (lambda: lambda x, a: float("nan"), "by a little"),
    ],
    "signal-to-noise": [
        (lambda: lambda x, light, g, s: light * x / (g * light * x + s**2), "not by the variance"),
        (lambda: lambda x, light, g, s: x / (g * x + s**2) ** 0.5, "fewer photons"),
        (lambda: lambda x, light, g, s: x / (g * light * x + s**2) ** 0.5, "that arrived"),
        (lambda: lambda x, light, g, s: 1.0, "the variance is"),
    ],
}

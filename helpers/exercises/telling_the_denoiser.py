"""Checks of notebook `telling_the_denoiser`: the exact inverse of a root, a constant variance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import poisson

from helpers.exercises.checking import exercise, given, name_slip

CLOSE = 0.05  # photons: the closed form of Mäkitalo and Foi (2011) is right to 0.03
EVEN = 0.03  # of the standard deviation, which is to be 1


@exercise("exact-inverse")
def _exact_inverse(answer: Callable) -> str | None:
    """From a mean of Anscombe roots to the mean count, for few photons and for many."""
    counts = np.array([0.3, 1.0, 2.0, 5.0, 12.0, 20.0])
    n = np.arange(200)
    z = poisson.pmf(n, counts[:, None]) @ (2 * np.sqrt(n + 3 / 8))  # (6,)
    found = _values(answer(z.copy()), z.shape)
    if isinstance(found, str):
        return found
    undone = (z / 2) ** 2 - 3 / 8
    slips = {
        "that undoes the root, and forgets that roots were averaged": undone,
        "that is right for many photons; below five or so it is not": undone + 1 / 4,
        "you leave out the 3/8 inside the root": (z / 2) ** 2,
    }
    complaint = "a table of mean roots, read backwards, gives λ"
    if not (slip := name_slip(found, counts, slips, complaint, rtol=0, atol=CLOSE)):
        return None
    worst = int(np.argmax(np.where(np.isfinite(found), abs(found - counts), np.inf)))
    return f"z = {z[worst]:.3f} comes from λ = {counts[worst]:g}, not {found[worst]:.3f}; {slip}"


@exercise("constant-variance")
def _constant_variance(answer: Callable) -> str | None:
    """∫ dy/std(y): its slope times the standard deviation is 1 at every brightness."""
    y = np.linspace(0.05, 0.95, 91)
    cases = {
        "0.1 everywhere": lambda x: 0.1 + 0 * np.asarray(x, float),
        "0.02 + 0.2 y": lambda x: 0.02 + 0.2 * np.asarray(x, float),
        "√(0.02 y + 0.001)": lambda x: np.sqrt(0.02 * np.asarray(x, float) + 0.001),
    }
    for name, std in cases.items():
        t = _values(answer(y.copy(), std), y.shape)
        if isinstance(t, str):
            return t
        slope, true = np.gradient(t, y)[1:-1], 1 / std(y[1:-1])
        slips = {
            "add up one over the standard deviation, not over the variance": true**2,
            "add up one over the standard deviation, not the deviation": 1 / true,
            "do not only divide y by the standard deviation there": np.gradient(
                y * (1 / std(y)), y
            )[1:-1],
        }
        if slip := name_slip(slope, true, slips, "its slope is to be 1 / std(y)", EVEN, 0):
            low, high = slope[0] / true[0], slope[-1] / true[-1]
            return (
                f"with std = {name}, noise has {low:.2f} after your transform where it is dark, "
                f"{high:.2f} where it is bright; {slip}"
            )
    return None


def _values(answer: object, shape: tuple[int, ...]) -> np.ndarray | str:
    """The answer as an array of this shape, or what is wrong with it."""
    values = np.asarray(given(answer))
    if values.shape != shape or values.dtype.kind not in "iuf":
        return f"an array of {shape[0]} numbers is asked for, not {answer!r}"
    return values.astype(float)

"""Right and wrong answers to the exercises of notebook `telling_the_denoiser`."""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson


def by_table(step: float = 0.01, most: int = 100, offset: float = 3 / 8):
    """The exact inverse, by a table of mean roots."""

    def exact_inverse(z: np.ndarray) -> np.ndarray:
        lam = np.arange(0, 25, step)
        n = np.arange(most)
        roots = poisson.pmf(n, lam[:, None]) @ (2 * np.sqrt(n + offset))
        return np.interp(z, roots, lam)

    return exact_inverse


def closed_form(z: np.ndarray) -> np.ndarray:
    """Mäkitalo, Foi (2011), A closed-form approximation, IEEE Trans. Image Processing 20(9)."""
    r = np.sqrt(3 / 2)
    return z**2 / 4 + r / (4 * z) - 11 / (8 * z**2) + 5 * r / (8 * z**3) - 1 / 8


def integrated(power: int = -1, cells: int = 10_000):
    """∫ std^power."""

    def stabilise(y: np.ndarray, std) -> np.ndarray:
        grid = np.linspace(0, 1, cells + 1)
        slope = std(grid) ** power
        steps = (slope[1:] + slope[:-1]) / 2 * np.diff(grid)
        return np.interp(y, grid, np.concatenate([[0], np.cumsum(steps)]))

    return stabilise


RIGHT = {
    "exact-inverse": [by_table, lambda: by_table(step=0.05), lambda: closed_form],
    "constant-variance": [
        integrated,
        lambda: integrated(cells=300),
        lambda: lambda y, std: integrated()(y, std) - 7,
    ],
}

WRONG = {
    "exact-inverse": [
        (lambda: lambda z: (z / 2) ** 2 - 3 / 8, "forgets that roots were averaged"),
        (lambda: lambda z: (z / 2) ** 2 - 1 / 8, "right for many photons"),
        (lambda: lambda z: (z / 2) ** 2, "leave out the 3/8"),
        (lambda: by_table(offset=0), "read backwards"),
        (lambda: by_table(most=15), "read backwards"),
        (lambda: lambda z: z * np.nan, "read backwards"),
        (lambda: lambda z: 3.0, "an array of 6 numbers"),
    ],
    "constant-variance": [
        (lambda: integrated(power=-2), "not over the variance"),
        (lambda: integrated(power=1), "not the deviation"),
        (lambda: lambda y, std: y / std(y), "do not only divide"),
        (lambda: lambda y, std: np.sqrt(y), "where it is bright"),
        (lambda: lambda y, std: np.cumsum(1 / std(y)), "slope is to be"),
        (lambda: lambda y, std: y[1:], "an array of 91 numbers"),
    ],
}

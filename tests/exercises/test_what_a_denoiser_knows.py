"""Right and wrong answers to the exercises of notebook `what_a_denoiser_knows`."""

from __future__ import annotations

import numpy as np


def by_difference(step: float = 1e-4, power: float = 0.5, squares: int = 2):
    """(σ^squares · ∂f/∂y)^power."""

    def deviation(mean, noisy: np.ndarray, sigma: float) -> np.ndarray:
        slope = (mean(noisy + step, sigma) - mean(noisy - step, sigma)) / (2 * step)
        return (sigma**squares * slope) ** power

    return deviation


def in_order(clean: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The k-th mean becomes the k-th clean number."""
    found = np.empty_like(means)
    found[np.argsort(means)] = np.sort(clean)
    return found


RIGHT = {
    "mean-from-slope": [
        lambda: lambda y, sigma, slope: y + sigma**2 * slope(y),
        lambda: lambda y, sigma, slope: [a + sigma**2 * float(slope(a)) for a in y],
    ],
    "one-error-bar": [by_difference, lambda: by_difference(step=1e-3)],
    "look-real": [
        lambda: in_order,
        lambda: lambda clean, means: np.sort(clean)[np.argsort(np.argsort(means))],
    ],
}

WRONG = {
    "mean-from-slope": [
        (lambda: lambda y, sigma, slope: y + sigma * slope(y), "by σ², not by σ"),
        (lambda: lambda y, sigma, slope: y - sigma**2 * slope(y), "lies uphill"),
        (lambda: lambda y, sigma, slope: sigma**2 * slope(y), "step alone"),
        (lambda: lambda y, sigma, slope: y + slope(y), "as long as it has to be"),
        (lambda: lambda y, sigma, slope: y, "solve slope"),
        (lambda: lambda y, sigma, slope: 0.5, "an array of 11 numbers"),
    ],
    "one-error-bar": [
        (lambda: by_difference(power=1), "that is the variance"),
        (lambda: by_difference(squares=0), "multiplied by σ² before"),
        (lambda: by_difference(squares=0, power=1), "derivative alone"),
        (lambda: by_difference(squares=1), "not σ"),
        (lambda: lambda mean, y, sigma: sigma + 0 * y, "with a small e"),
        (lambda: lambda mean, y, sigma: y[1:], "an array of 11 numbers"),
    ],
    "look-real": [
        (lambda: lambda clean, means: means, "as real as they are"),
        (lambda: lambda clean, means: np.sort(clean), "where it stands"),
        (lambda: lambda clean, means: np.sort(clean)[np.argsort(means)], "argsort it again"),
        (lambda: lambda clean, means: clean, "keep the order"),
        (lambda: lambda clean, means: clean[:9], "an array of 500 numbers"),
    ],
}

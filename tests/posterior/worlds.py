"""Small worlds in which everything is known: of numbers, and of patches of 4×4 pixels."""

from __future__ import annotations

import numpy as np

from helpers.posterior import Mixture

NUMBERS = Mixture([0.4, 0.6], means=[0.25, 0.7], covariances=[0.04**2, 0.08**2])
SIGMA = 0.2  # between the two, a noisy number tells little


def _smooth(deviation: float, reach: float) -> np.ndarray:
    """Covariance of 16 pixels that go together the more, the nearer they are."""
    rows, columns = (part.ravel() for part in np.mgrid[:4, :4])
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    return deviation**2 * np.exp(-apart / reach)


PATCHES = Mixture(
    [0.5, 0.3, 0.2],
    means=np.stack(
        [np.full((4, 4), 0.5), np.full((4, 4), 0.3), np.linspace(0, 1, 16).reshape(4, 4)]
    ),
    covariances=[_smooth(0.05, 20), _smooth(0.2, 3), _smooth(0.15, 1)],
)


def noisy_of(world: Mixture, count: int, sigma: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Clean pictures of a world, and the same with noise."""
    rng = np.random.default_rng(seed)
    clean = world.draw(count, rng)
    return clean, clean + rng.normal(0, sigma, clean.shape)


def deviations(found: np.ndarray, right: float) -> float:
    """How many standard errors the mean of some numbers is away from what is right."""
    return float(abs(found.mean() - right) / (found.std(ddof=1) / np.sqrt(found.size)))

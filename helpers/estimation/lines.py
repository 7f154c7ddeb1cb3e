"""Noise models as lines: which curve over brightness each one draws, with which coefficients.

A model is one row here, and `blind_fit` can find its parameters.

>>> line = LINES["poisson_gaussian"]  # variance = gain · brightness + σ²
>>> print(line.model(np.array([0.02, 0.0025])))
Poisson-Gaussian, gain = 0.02, σ = 12.75/255
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from helpers import noise
from helpers.estimation.curves import SHADES, Tally, flat_variances, impulse_shares
from helpers.noise import NoiseModel
from helpers.registry import Registry


@dataclass(frozen=True)
class Line:
    """A noise model whose curve is a sum of known shapes, with coefficients to be found.

    Attributes
    ----------
    shapes : callable
        Brightness (K,) to shapes (K, P).
    model : callable
        Coefficients (P,), not negative, to the model.
    coefficients : callable
        The way back.
    measure : callable
        Image to the `Tally` of its curve.
    photons : bool
        Whether photons are counted, and black may then be brighter than 0.
    """

    shapes: Callable[[np.ndarray], np.ndarray]
    model: Callable[[np.ndarray], NoiseModel]
    coefficients: Callable[[NoiseModel], Sequence[float]]
    measure: Callable[[np.ndarray], Tally] = flat_variances
    photons: bool = False


def _impulses(shares: np.ndarray) -> NoiseModel:
    amount = shares.sum()
    return noise.SaltAndPepper(min(amount, 1), shares[1] / amount if amount else 0.5)


def _black_then_white(brightness: np.ndarray) -> np.ndarray:
    is_white = np.arange(len(brightness)) // SHADES % 2
    return np.stack([1 - is_white, is_white], axis=1)


LINES: Registry[Line] = Registry("blind noise model")
LINES["poisson_gaussian"] = Line(
    shapes=lambda x: np.stack([x, np.ones(len(x))], axis=1),
    model=lambda c: noise.PoissonGaussian(c[0], min(np.sqrt(c[1]), 1)),
    coefficients=lambda model: [model.gain, model.sigma**2],
    photons=True,
)
LINES["poisson"] = Line(
    shapes=lambda x: x[:, None],
    model=lambda c: noise.Poisson(1 / np.clip(c[0], 1e-9, 1e3)),
    coefficients=lambda model: [1 / model.peak],
    photons=True,
)
LINES["gaussian"] = Line(
    shapes=lambda x: np.ones((len(x), 1)),
    model=lambda c: noise.Gaussian(min(np.sqrt(c[0]), 1)),
    coefficients=lambda model: [model.sigma**2],
)
LINES["speckle"] = Line(
    shapes=lambda x: x[:, None] ** 2,
    model=lambda c: noise.Speckle(np.sqrt(c[0])),
    coefficients=lambda model: [model.sigma**2],
)
LINES["salt_and_pepper"] = Line(
    shapes=_black_then_white,
    model=_impulses,
    coefficients=lambda model: [model.amount * (1 - model.salt), model.amount * model.salt],
    measure=impulse_shares,
)

"""Noise: what chance adds to an image, each model with its mean and variance as published."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import gammaln, ndtr, pdtr, xlogy

from helpers.images import as_image
from helpers.noise.base import NoiseModel
from helpers.parameters import parameter

PARTS = 4  # of an image, drawn side by side; another number draws other noise from a seed


@dataclass(frozen=True)
class Gaussian(NoiseModel):
    """Additive white Gaussian noise, y = x + n, n ~ N(0, σ²): electronics, and the textbook."""

    sigma: float = parameter(25 / 255, 0, 100 / 255, valid=(0, 1), symbol="σ", unit="/255")

    def apply(self, image, rng):
        return image + np.float32(self.sigma) * rng.standard_normal(image.shape, np.float32)

    def cdf(self, x, y):
        return _normal_cdf(y - x, self.sigma)

    def variance(self, x):
        return np.full_like(x, self.sigma**2, dtype=float)

    def rms(self, reference):
        as_image(reference)  # refuse what is no image
        return self.sigma


@dataclass(frozen=True)
class Poisson(NoiseModel):
    """Shot noise of counted photons, y = P(peak·x)/peak: unbiased, variance x/peak.

    `peak` is the mean number of photons where the image is 1. Negative input counts as 0.
    """

    peak: float = parameter(
        30, 1, 1000, valid=(1e-3, 1e9), symbol="peak", unit=" photons", log=True
    )

    def apply(self, image, rng):
        peak = np.float32(self.peak)
        return _in_parallel(lambda part, rng: _poisson(part * peak, rng) / peak, image, rng)

    def cdf(self, x, y):
        photons = np.floor(y[0] * self.peak + 1e-6)  # a threshold on a count includes it
        counts, where = np.unique(photons, return_inverse=True)  # thresholds share a few of them
        below = pdtr(np.maximum(counts, 0), np.maximum(x, 0) * self.peak) * (counts >= 0)
        return _rising(below[:, where], y)

    def variance(self, x):
        return np.maximum(x, 0) / self.peak

    def rms(self, reference):
        return float(np.sqrt(as_image(reference).mean(dtype=float) / self.peak))


@dataclass(frozen=True)
class Speckle(NoiseModel):
    """Multiplicative Gaussian noise, y = x + x·n, n ~ N(0, σ²): ultrasound, radar, laser."""

    sigma: float = parameter(0.1, 0, 1, valid=(0, 1e9), symbol="σ")

    def apply(self, image, rng):
        draw = np.float32(self.sigma) * rng.standard_normal(image.shape, np.float32)
        return image + image * draw

    def cdf(self, x, y):
        return _normal_cdf(y - x, self.sigma * np.abs(x))

    def variance(self, x):
        return self.sigma**2 * np.square(x, dtype=float)

    def rms(self, reference):
        return float(self.sigma * np.sqrt(np.mean(as_image(reference) ** 2, dtype=float)))


@dataclass(frozen=True)
class SaltAndPepper(NoiseModel):
    """Impulses: a share `amount` of the pixels turns white (a share `salt` of them) or black.

    Each pixel decides for itself; in colour all channels of a pixel are hit together.
    """

    amount: float = parameter(0.05, 0, 0.9, valid=(0, 1), symbol="amount")
    salt: float = parameter(0.5, 0, 1, valid=(0, 1), symbol="salt")

    def apply(self, image, rng):
        u = rng.random(image.shape[:2])  # (H, W): one decision for each pixel
        result = image.copy()
        result[u < self.amount] = 0
        result[u < self.amount * self.salt] = 1
        return result

    def cdf(self, x, y):
        impulse = (1 - self.salt) * (y >= 0) + self.salt * (y >= 1)
        return self.amount * impulse + (1 - self.amount) * (y >= x)

    def rms(self, reference):
        image = as_image(reference)
        to_white, to_black = np.mean((1 - image) ** 2), np.mean(image**2)
        error = self.amount * (self.salt * to_white + (1 - self.salt) * to_black)
        return float(np.sqrt(error))


@dataclass(frozen=True)
class PoissonGaussian(NoiseModel):
    """A sensor: photons and read noise, y = gain·P(x/gain) + n, variance gain·x + σ².

    `gain` is the image value of one photon; 0 leaves the read noise alone. Negative input
    counts as 0. Foi et al. (2008), IEEE Trans. Image Processing 17(10), 1737-1754.
    """

    name: ClassVar[str] = "Poisson-Gaussian"
    gain: float = parameter(0.01, 0.001, 0.1, valid=(0, 1e3), symbol="gain", log=True)
    sigma: float = parameter(5 / 255, 0, 50 / 255, valid=(0, 1), symbol="σ", unit="/255")

    def apply(self, image, rng):
        return _in_parallel(self._expose, image, rng)

    def _expose(self, part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        gain = np.float32(self.gain)
        # A gain of 1e-9 is noise of a hundredth of a gray level, and 0 must not divide.
        counted = gain * _poisson(part / gain, rng) if gain > 1e-9 else part
        return counted + np.float32(self.sigma) * rng.standard_normal(part.shape, np.float32)

    def cdf(self, x, y):
        x = np.maximum(x, 0)
        below = _normal_cdf(y - x, np.sqrt(self.variance(x)))  # (X, Y)
        # More are normal: the skew moves the CDF by 0.003. Without any only read noise is left.
        few = (x[:, 0] > 0) & (x[:, 0] <= self.gain * 400)
        weights = _poisson_probabilities(x[few] / self.gain)  # (F, K)
        counts = np.arange(weights.shape[1])[:, None]  # (K, 1) photons
        below[few] = weights @ _normal_cdf(y - self.gain * counts, self.sigma)
        return _rising(below, y)

    def variance(self, x):
        return self.gain * np.maximum(x, 0) + self.sigma**2

    def rms(self, reference):
        return float(np.sqrt(self.gain * as_image(reference).mean(dtype=float) + self.sigma**2))


def probabilities_between(
    model: NoiseModel, x: np.ndarray, edges: np.ndarray
) -> np.ndarray | None:
    """Probability of each interval between thresholds, for each clean value.

    Parameters
    ----------
    model : NoiseModel
        With a `cdf`, perhaps of your own.
    x, edges : numpy.ndarray
        Clean values (X, 1) and ascending thresholds (Y,), in image units.

    Returns
    -------
    numpy.ndarray or None
        (X, Y + 1), not negative, rows that sum to 1: from −∞ to the first threshold, between
        neighbours, above the last. None for a model without a formula.

    Raises
    ------
    ValueError
        Where `cdf` is none: beyond rounding, it falls or leaves [0, 1], or is of another shape.

    Examples
    --------
    >>> between = probabilities_between(Gaussian(0.1), np.array([[0.5]]), np.array([0.4, 0.6]))
    >>> between.round(3).tolist()  # one standard deviation on either side
    [[0.159, 0.683, 0.159]]
    """
    cumulative = model.cdf(x, edges[None])
    if cumulative is None:
        return None
    cumulative, wanted = np.asarray(cumulative, dtype=float), (len(x), len(edges))
    if cumulative.shape != wanted:
        raise ValueError(f"{type(model).__name__}.cdf gives {cumulative.shape}, not {wanted}")
    between = np.diff(cumulative, axis=1, prepend=0, append=1)
    if between.min() >= 0:
        return between
    if not between.min() > -1e-9:  # or NaN; what sums of products round is about 1e-16
        raise ValueError(
            f"{type(model).__name__}.cdf is no cumulative probability: with growing `y` it rises "
            f"from 0 to 1, and here it falls, by up to {-between.min():.3g}"
        )
    return np.diff(_rising(cumulative, edges[None]), axis=1, prepend=0, append=1)


def _rising(cumulative: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Probabilities (X, Y) cut to [0, 1] that never fall as `y` (1, Y) grows.

    Theory says so; a matrix product rounds each entry in its own way, on each processor another.
    """
    order = np.argsort(y[0])
    risen = np.empty_like(cumulative)
    risen[:, order] = np.maximum.accumulate(np.clip(cumulative[:, order], 0, 1), axis=1)
    return risen


def _poisson_probabilities(mean: np.ndarray) -> np.ndarray:
    """Probabilities of 0, 1, 2, … counts for each mean: (X, 1) to (X, K), of all that occur."""
    # Eight standard deviations hold all but 1e-15, ten counts more the tail of small means.
    most = mean.max(initial=0)
    counts = np.arange(most + 8 * np.sqrt(most) + 10)
    return np.exp(xlogy(counts, mean) - mean - gammaln(counts + 1))


def _normal_cdf(difference: np.ndarray, sigma: float | np.ndarray) -> np.ndarray:
    """P(n ≤ difference) for n ~ N(0, sigma²); a step where sigma is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sigma > 0, ndtr(difference / sigma), difference >= 0)


def _poisson(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Counts for an array of means, of which negative ones count as 0."""
    return rng.poisson(np.maximum(mean, 0)).astype(np.float32)


def _in_parallel(
    draw: Callable[[np.ndarray, np.random.Generator], np.ndarray],
    image: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Apply a slow draw to four parts of an image at a time.

    NumPy draws without holding the interpreter's lock, so threads help. The number of parts
    is fixed and each has a generator of its own: the same seed gives the same pixels on any
    machine.
    """
    parts = np.array_split(image.ravel(), PARTS)
    generators = [np.random.default_rng(seed) for seed in rng.integers(2**63, size=(PARTS, 2))]
    with ThreadPoolExecutor(min(PARTS, os.cpu_count() or 1)) as pool:
        drawn = list(pool.map(draw, parts, generators))
    return np.concatenate(drawn).reshape(image.shape)

"""A small world in which everything is known: pictures that a Gaussian mixture draws.

White noise makes a Gaussian a wider Gaussian, and what may be under it is a Gaussian again. So a
mixture of them answers every question of a denoiser in closed form: the mean of all that may be
under the noise, its variance, samples of it, the density of the noisy pictures and its slope.

A picture is here an array of one shape: () for a world of numbers, (8, 8) for one of patches.

>>> world = Mixture([0.5, 0.5], means=[0.2, 0.8], covariances=[0.05**2, 0.05**2])
>>> float(world.denoise(0.5, 0.25).round(6))  # as likely the one as the other
0.5
>>> round(float(abs(world.noisy(0.25).slope(0.5))), 6)  # so the density is flat there
0.0

Zoran, Weiss (2011), From learning models of natural image patches to whole image restoration,
ICCV, fit such a mixture to the patches of photographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import logsumexp, softmax

from helpers import checks
from helpers.images import Seed, as_generator, as_image
from helpers.posterior.given import numbers, strength

ROUNDING = (1 / 255) ** 2 / 12  # variance that 8 bits give to everything: no patch has less
LEAST = 1e-12  # variance of a direction that has none, so that there is a density all the same
MOST = 4096  # values of a picture: its covariance is this squared
MANY = 10**7  # pictures at once
STEPS = 20  # of a fit; 60 gain 20 Gaussians of 20,000 patches 0.02 nats of 150 on other patches


@dataclass(frozen=True, eq=False)  # arrays are not compared
class Mixture:
    """Pictures of one shape, each drawn from one of several Gaussians.

    Parameters
    ----------
    weights : array_like
        (K,), how likely each Gaussian is; their sum is 1.
    means : array_like
        (K, *shape): K numbers for a world of numbers, (K, 8, 8) for patches.
    covariances : array_like
        (K, d, d), symmetric, none below 0 in any direction, d the values of a picture; (K,)
        variances of numbers.

    Raises
    ------
    ValueError
        For weights that are no probabilities, shapes that do not fit, and what is no covariance.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def __post_init__(self) -> None:
        weights = numbers(self.weights, "weights")
        if weights.ndim != 1 or weights.min() < 0 or abs(weights.sum() - 1) > 1e-6:
            raise checks.refusal("weights", "a list of shares whose sum is 1", self.weights)
        means = numbers(self.means, "means")
        if means.ndim == 0 or len(means) != len(weights) or means[0].size > MOST:
            raise ValueError(
                f"means are {len(weights)}, one for each weight, of pictures of at most {MOST} "
                f"values, not {means.shape}"
            )
        size = means[0].size
        covariances = numbers(self.covariances, "covariances")
        if means.ndim == 1 and covariances.ndim == 1:
            covariances = covariances[:, None, None]
        wanted = (len(weights), size, size)
        if covariances.shape != wanted:
            raise ValueError(f"covariances are {wanted}, not {covariances.shape}")
        if not np.allclose(covariances, covariances.swapaxes(1, 2), rtol=1e-6, atol=1e-12):
            raise ValueError("covariances are symmetric: that of i and j is that of j and i")
        if np.linalg.eigvalsh(covariances).min() < -1e-9 * np.abs(covariances).max():
            raise ValueError("covariances have no direction in which the variance is below 0")
        object.__setattr__(self, "weights", weights / weights.sum())
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "covariances", covariances)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a picture."""
        return self.means.shape[1:]

    # ---- what the pictures are ---------------------------------------------------------------

    @property
    def mean(self) -> np.ndarray:
        """Of all pictures, (*shape)."""
        return np.tensordot(self.weights, self.means, 1)

    @property
    def covariance(self) -> np.ndarray:
        """Of all pictures, (d, d): that within the Gaussians, and that of their means."""
        apart = (self.means - self.mean).reshape(len(self.weights), -1)
        between = np.einsum("k,ki,kj->ij", self.weights, apart, apart)
        return np.tensordot(self.weights, self.covariances, 1) + between

    @property
    def variance(self) -> np.ndarray:
        """Of each pixel, (*shape)."""
        return np.diag(self.covariance).reshape(self.shape)

    def draw(self, count: int, rng: Seed) -> np.ndarray:
        """Pictures by chance, (count, *shape) float64."""
        count, rng = checks.whole(count, "count", 0, MANY), as_generator(rng)
        drawn = np.empty((count, self.means[0].size))
        which = rng.choice(len(self.weights), count, p=self.weights)
        for k, (values, axes) in enumerate(self._axes):
            mine = which == k
            white = rng.standard_normal((mine.sum(), len(values)))
            drawn[mine] = self.means[k].ravel() + white * np.sqrt(values) @ axes.T
        return drawn.reshape((count, *self.shape))

    def log_density(self, pictures: np.ndarray) -> np.ndarray:
        """Natural logarithm of the density at (..., *shape), as (...)."""
        flat, lead = self._flat(pictures)
        return logsumexp(self._log_parts(flat, 0.0), axis=0).reshape(lead)

    def slope(self, pictures: np.ndarray) -> np.ndarray:
        """Slope of `log_density`, the *score*, at (..., *shape) and of that shape."""
        flat, lead = self._flat(pictures)
        shares = softmax(self._log_parts(flat, 0.0), axis=0)
        slope = np.zeros_like(flat)
        for share, (away, values, axes) in zip(shares, self._seen(flat)):
            slope -= share[:, None] * (away / values @ axes.T)
        return slope.reshape((*lead, *self.shape))

    # ---- what noise makes of them, and what may be under it ------------------------------------

    def noisy(self, sigma: float) -> Mixture:
        """The mixture that white noise of `sigma` makes of this one: each Gaussian is wider."""
        more = strength(sigma, "this mixture") ** 2 * np.eye(self.means[0].size)
        return Mixture(self.weights, self.means, self.covariances + more)

    def posterior(self, noisy: np.ndarray, sigma: float) -> Mixture:
        """All that may be under the noise of one picture, a mixture again.

        Its `mean` is the answer with the least squared error, its `covariance` how much that
        leaves open, `draw` gives pictures that may be the clean one.

        Parameters
        ----------
        noisy : numpy.ndarray
            (*shape), one picture.
        sigma : float
            Of its white Gaussian noise, image units, above 0.

        Examples
        --------
        >>> world = Mixture([0.5, 0.5], [0.2, 0.8], [0.05**2, 0.05**2])
        >>> under = world.posterior(0.6, sigma=0.25)
        >>> under.weights.round(2).tolist(), under.means.round(2).tolist()
        ([0.28, 0.72], [0.22, 0.79])
        """
        sigma, (flat, lead) = strength(sigma, "this mixture"), self._flat(noisy)
        if lead:
            raise ValueError(f"posterior takes one picture {self.shape}, not {np.shape(noisy)}")
        means, covariances = np.empty_like(self.means), np.empty_like(self.covariances)
        for k, (away, values, axes) in enumerate(self._seen(flat)):
            kept = values / (values + sigma**2)  # of what is seen, along each axis
            means[k] = self.means[k] + (away * kept @ axes.T).reshape(self.shape)
            covariances[k] = axes * (sigma**2 * kept) @ axes.T
        return Mixture(softmax(self._log_parts(flat, sigma)[:, 0]), means, covariances)

    def denoise(self, noisy: np.ndarray, sigma: float) -> np.ndarray:
        """The mean of all that may be under the noise, E[x | y], of (..., *shape), float64.

        No other denoiser has a smaller mean squared error in this world. Called as every
        denoiser is, for one picture or many.
        """
        return self._moments(noisy, sigma)[0]

    def uncertainty(self, noisy: np.ndarray, sigma: float) -> np.ndarray:
        """The variance of each pixel of all that may be under the noise, of (..., *shape).

        Its mean over noisy pictures is the mean squared error of `denoise`.
        """
        return self._moments(noisy, sigma)[1]

    def _moments(self, noisy: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
        sigma, (flat, lead) = strength(sigma, "this mixture"), self._flat(noisy)
        shares = softmax(self._log_parts(flat, sigma), axis=0)
        mean, square = np.zeros_like(flat), np.zeros_like(flat)
        for k, (away, values, axes) in enumerate(self._seen(flat)):
            kept = values / (values + sigma**2)
            answer = away * kept @ axes.T + (self.means[k] - self.mean).ravel()
            mean += shares[k][:, None] * answer
            square += shares[k][:, None] * (answer**2 + sigma**2 * (axes**2 @ kept))
        variance = np.maximum(square - mean**2, 0)
        shape = (*lead, *self.shape)
        return mean.reshape(shape) + self.mean, variance.reshape(shape)

    @cached_property
    def _axes(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Variances along the axes of each Gaussian, and the axes as columns."""
        pairs = [np.linalg.eigh(one) for one in self.covariances]
        return [(np.maximum(values, LEAST), axes) for values, axes in pairs]

    def _seen(self, flat: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each Gaussian: pictures from its mean on along its axes, its variances, its axes."""
        for mean, (values, axes) in zip(self.means, self._axes):
            yield (flat - mean.ravel()) @ axes, values, axes

    def _log_parts(self, flat: np.ndarray, sigma: float) -> np.ndarray:
        """(K, N): log of each weight times the density of its Gaussian under noise of sigma."""
        parts = np.empty((len(self.weights), len(flat)))
        with np.errstate(divide="ignore"):  # a weight of 0
            weights = np.log(self.weights)
        for k, (away, values, _) in enumerate(self._seen(flat)):
            wide = values + sigma**2
            parts[k] = weights[k] - 0.5 * (away**2 @ (1 / wide) + np.log(2 * np.pi * wide).sum())
        return parts

    def _flat(self, pictures: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """(N, d) float64, and the shape that N stands for."""
        array = numbers(pictures, "pictures")
        lead = array.shape[: array.ndim - len(self.shape)]
        if array.shape != (*lead, *self.shape):
            raise ValueError(f"pictures are (..., {self.shape}), not {array.shape}")
        return array.reshape(-1, self.means[0].size), lead


# ---- a mixture of one's own pictures -----------------------------------------------------------


def cut(pictures: Sequence[np.ndarray], count: int, rng: Seed, side: int = 8) -> np.ndarray:
    """Patches by chance, from all places of all pictures alike.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        Gray, (H, W), of any sizes.
    count : int
    rng : int or numpy.random.Generator
    side : int
        Of a patch, in pixels.

    Returns
    -------
    numpy.ndarray
        (count, side, side) float32.

    Raises
    ------
    ValueError
        For what are no gray pictures, and for one that is smaller than a patch.
    """
    pictures = [as_image(one) for one in checks.several(pictures, "pictures", "a list of them")]
    count, side = checks.whole(count, "count", 1, MANY), checks.whole(side, "side", 1)
    if not pictures or any(one.ndim != 2 or min(one.shape) < side for one in pictures):
        shapes = [one.shape for one in pictures]
        raise checks.refusal("pictures", f"gray ones, each at least {side}×{side} pixels", shapes)
    rng = as_generator(rng)
    windows = [sliding_window_view(one, (side, side)) for one in pictures]
    places = np.array([len(one) * one.shape[1] for one in windows])
    which = rng.choice(len(windows), count, p=places / places.sum())
    return np.stack([windows[k][tuple(rng.integers(windows[k].shape[:2]))] for k in which])


def fit(pictures: np.ndarray, components: int, steps: int = STEPS) -> Mixture:
    """The mixture under which some pictures are most likely, found step by step.

    Expectation and maximisation (Dempster, Laird, Rubin 1977): ask which Gaussian each picture
    may be from, then give each Gaussian the mean and the covariance of what may be its own. They
    begin as groups of like contrast, numbers as groups of like size, so nothing is left to chance.

    Parameters
    ----------
    pictures : numpy.ndarray
        (N, *shape), such as `cut` gives; N is at least 10 for each Gaussian.
    components : int
        How many Gaussians.
    steps : int

    Returns
    -------
    Mixture

    Examples
    --------
    >>> numbers = Mixture([0.3, 0.7], [0.2, 0.8], [0.05**2, 0.1**2]).draw(2000, rng=0)
    >>> found = fit(numbers, components=2)
    >>> found.weights.round(1).tolist(), found.means.round(1).tolist()
    ([0.3, 0.7], [0.2, 0.8])
    """
    components = checks.whole(components, "components", 1)
    steps = checks.whole(steps, "steps", 1, 10_000)
    array = numbers(pictures, "pictures")
    if array.ndim == 0 or len(array) < 10 * components or array[0].size > MOST:
        raise ValueError(
            f"pictures are {10 * components} or more, 10 for each Gaussian, of at most {MOST} "
            f"values, not {array.shape}"
        )
    flat = array.reshape(len(array), -1)
    order = np.argsort(flat.std(axis=1) if flat.shape[1] > 1 else flat[:, 0])
    shares = np.zeros((components, len(flat)))
    for share, group in zip(shares, np.array_split(order, components)):
        share[group] = 1
    for _ in range(steps):
        mixture = _most_likely(flat, shares)
        shares = softmax(mixture._log_parts(flat, 0.0), axis=0)
    return replace(mixture, means=mixture.means.reshape(-1, *array.shape[1:]))


def _most_likely(flat: np.ndarray, shares: np.ndarray) -> Mixture:
    """The Gaussians of pictures (N, d) that belong to each with shares (K, N)."""
    weights, means, covariances = [], [], []
    for share in shares:
        total = share.sum() + 1e-9  # a Gaussian that has lost all pictures
        mean = share @ flat / total
        away = flat - mean
        weights.append(total / len(flat))
        means.append(mean)
        covariances.append((away.T * share) @ away / total + ROUNDING * np.eye(flat.shape[1]))
    return Mixture(np.array(weights) / sum(weights), means, covariances)

"""Make the variance of noise constant, denoise there, and come back without a bias.

A denoiser of white Gaussian noise knows one σ. Photons, speckle and sensors are stronger where the
picture is brighter. The transform T(y) = ∫ dy/√variance(y) stretches dark values and squeezes
bright ones until the noise is equally strong everywhere: it then has a standard deviation of 1.

A denoiser estimates the *mean* of what it is given, here x ↦ E[T(y) | x]. Undoing T itself would
be wrong, since E[T(y)] is not T(E[y]): for few photons the picture would come out too dark. The
exact inverse is that of x ↦ E[T(y) | x], as a table. It is not the posterior mean E[x | y], which
no function of one value can give.

>>> from helpers.noise import Poisson
>>> counts = Poisson(30)(np.full((200, 200), 0.2), rng=0)
>>> root = Stabiliser.of(Poisson(30))
>>> spread, mean = float(root(counts).std()), float(root.inverse(root(counts).mean()))
>>> abs(spread - 1) < 0.02, abs(mean - 0.2) < 0.003
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TypeVar

import numpy as np
from scipy.special import ndtr

from helpers import checks
from helpers.noise import NoiseModel, Poisson
from helpers.registry import Registry

ROUNDING = 1 / 255 / np.sqrt(12)  # what 8 bits add to any noise, as a standard deviation
# Where the variance vanishes at black, as speckle's does, T would be infinitely steep there. A
# floor of this share of the noise at white stops that; of 0.04, 0.12 and 0.26 the middle one is
# best for BM3D and for networks (README's photographs, speckle of 0.2).
FLOOR = 0.12
BRIGHTEST = 1.5  # clean value up to which the inverse is tabulated; a restored edge may overshoot
BEYOND = 6  # standard deviations of noise that the tables look beyond the scene
NODES = 4096  # noisy values in a table: an error of 0.01 standard deviations where one photon is 1
SCENES = 512  # clean values in a table
NORMAL = 400  # photons at white, from which on their noise is as good as normal
Table = tuple[np.ndarray, np.ndarray]  # (K,) arguments, ascending, and (K,) values
Curve = Callable[[np.ndarray], np.ndarray]

Result = TypeVar("Result")

INVERSES: Registry[Callable[[Stabiliser, np.ndarray], np.ndarray]] = Registry("inverse")


@dataclass(frozen=True, eq=False)
class Stabiliser:
    """A transform after which noise has a standard deviation of 1, and its inverses.

    Attributes
    ----------
    transform : tuple of numpy.ndarray
        Noisy values (K,) ascending, and T of them.
    expected : tuple of numpy.ndarray
        Clean values (S,) ascending, and E[T(y) | x] for each, which never falls.
    slope : callable or None
        Derivative of the variance, for the asymptotic inverse; None where noise was simulated.
    clipped : bool
        Whether values end at 0 and 1.
    """

    transform: Table
    expected: Table
    slope: Curve | None
    clipped: bool = False

    @classmethod
    def of(cls, noise: NoiseModel, clipped: bool = False) -> Stabiliser:
        """The transform of a noise model.

        Parameters
        ----------
        noise : NoiseModel
            With a `variance`.
        clipped : bool
            The noisy values were cut to [0, 1]. T stays the same; E[T(y) | x] is taken through
            the cut, so that the inverse undoes what it did to the mean (Foi 2009). Stretching
            what the cut has squeezed, as that paper also does, was worse here: by 0.1 to 0.7 dB
            with BM3D, by 0.4 to 6 with a network (five models on README's photographs).

        Raises
        ------
        ValueError
            For a model without variance, or whose variance is negative, not finite, of another
            shape, or 0 everywhere; for a `cdf` that is none.

        Notes
        -----
        Photons with read noise have variance g·x + σ², and T becomes Anscombe's root,
        (2/g)·√(g·y + 3g²/8 + σ²); its offset 3g²/8 is what suits few photons best.

        Anscombe (1948), The transformation of Poisson, binomial and negative-binomial data,
        Biometrika 35, 246-254. Mäkitalo, Foi (2011, 2013), IEEE Trans. Image Processing 20(1),
        99-109 and 22(1), 91-103. Foi (2009), Clipped noisy images: heteroskedastic modeling and
        practical denoising, Signal Processing 89(12), 2609-2629.
        """
        clipped = checks.flag(clipped, "clipped")
        if not isinstance(noise, NoiseModel):
            raise checks.refusal("noise", "a noise model such as Poisson(30)", noise)
        return _of(noise, clipped)

    def __call__(self, noisy: np.ndarray) -> np.ndarray:
        """T of noisy values, in standard deviations of the noise."""
        return _interpolate(_numbers(noisy, "noisy"), *self.transform)

    @property
    def span(self) -> tuple[float, float]:
        """T of black, and how many standard deviations white lies above it."""
        black, white = self(np.array([0.0, 1.0]))
        return float(black), float(white - black)

    def inverse(self, transformed: np.ndarray, kind: str = "exact") -> np.ndarray:
        """Clean values from restored transformed ones, in image units.

        Parameters
        ----------
        transformed : numpy.ndarray
            As a denoiser gives them.
        kind : {"exact", "asymptotic", "algebraic"}
            Of x ↦ E[T(y) | x]; its limit for many photons, a quarter of the variance's slope
            above the algebraic one; or T undone, which is biased.

        Raises
        ------
        ValueError
            For another kind, what is no array of finite numbers, and the asymptotic inverse where
            noise was simulated: no formula tells its slope.
        """
        return INVERSES[kind](self, _numbers(transformed, "transformed"))


@INVERSES.register
def exact(stabiliser: Stabiliser, transformed: np.ndarray) -> np.ndarray:
    """Which clean value has this mean after the transform?"""
    scenes, means = stabiliser.expected
    inverted = _interpolate(transformed, means, scenes)
    if stabiliser.clipped:  # the mean has come up to white: nothing is told beyond
        inverted = np.minimum(inverted, scenes[-1])
    return np.maximum(inverted, scenes[0])  # below what black gives there is nothing


@INVERSES.register
def asymptotic(stabiliser: Stabiliser, transformed: np.ndarray) -> np.ndarray:
    """T undone, corrected by what its curvature does to weak noise."""
    if stabiliser.slope is None:
        raise ValueError(
            "the asymptotic inverse is for noise whose variance has a formula, and this noise was "
            "simulated; its inverses are exact and algebraic"
        )
    undone = algebraic(stabiliser, transformed)
    return np.maximum(undone + stabiliser.slope(undone) / 4, 0)


@INVERSES.register
def algebraic(stabiliser: Stabiliser, transformed: np.ndarray) -> np.ndarray:
    """T undone."""
    return np.maximum(_interpolate(transformed, *stabiliser.transform[::-1]), 0)


# ---- tables --------------------------------------------------------------------------------


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """`lru_cache` for a function of a noise model (use as a decorator).

    A model of one's own that may change, and so cannot be hashed, is not remembered.
    """
    cached = lru_cache(maxsize=32)(function)

    @wraps(function)
    def remembering(noise: NoiseModel, *args: object, **options: object) -> Result:
        try:
            hash(noise)
        except TypeError:
            return function(noise, *args, **options)
        return cached(noise, *args, **options)

    return remembering


@remembered
def _of(noise: NoiseModel, clipped: bool) -> Stabiliser:
    variance = _checked(noise)
    x = np.linspace(0, BRIGHTEST, SCENES)
    black, white = (float(v) for v in variance(np.array([0.0, 1.0])))
    gain = white - black
    low, high = np.sqrt(variance(x[[0, -1]])) * (-BEYOND, BEYOND) + (0, BRIGHTEST)
    high += 2 * BEYOND * max(gain, 0)  # few photons are skewed
    y = np.linspace(0, 1, NODES) if clipped else np.linspace(low, high, NODES)
    below = _distribution(noise, variance, x[:, None], y[None])  # (S, K)
    if is_linear(noise):
        t = root(y, gain, black)
    else:
        strongest = variance(np.linspace(0, 1, SCENES)).max()
        t = _integrated(y, variance, FLOOR * np.sqrt(strongest))
    tables = (y, t), (x, _mean(t, below))
    return Stabiliser(*map(kept, tables), _slope_of(variance), clipped)


def kept(table: Table) -> Table:
    """A table that all share who ask for it: nobody writes into it."""
    for one in table:
        one.setflags(write=False)
    return table


def is_linear(noise: NoiseModel) -> bool:
    """Whether the variance grows along a straight line, as that of photons does.

    Examples
    --------
    >>> from helpers.noise import Chain, Gaussian, Poisson, Speckle
    >>> is_linear(Chain([Poisson(30), Gaussian(0.1)])), is_linear(Speckle(0.1))
    (True, False)
    """
    first, middle, last = noise.variance(np.array([0.0, 0.5, 1.0]))
    return bool(last > first and np.isclose(middle, (first + last) / 2, rtol=1e-6))


def root(y: np.ndarray, gain: float, variance: float) -> np.ndarray:
    """Anscombe's root, for noise of variance gain·x + variance.

    Examples
    --------
    >>> root(np.array([0.0, 1.0, 100.0]), gain=1, variance=0).round(2).tolist()
    [1.22, 2.35, 20.04]
    """
    return 2 / gain * np.sqrt(np.maximum(gain * y + 3 / 8 * gain**2 + variance, 0))


def has_variance(noise: NoiseModel) -> bool:
    """Whether brightness alone tells the variance, which a model of one's own may get wrong.

    Raises
    ------
    ValueError
        Where it is of another shape than the brightness, negative, or no finite number.

    Examples
    --------
    >>> from helpers.noise import Camera
    >>> has_variance(Poisson(30)), has_variance(Camera())
    (True, False)
    """
    x = np.linspace(0, 1, SCENES)
    if (values := noise.variance(x)) is None:
        return False
    name = f"{type(noise).__name__}.variance"
    if (
        not isinstance(values, np.ndarray)
        or values.shape != x.shape
        or values.dtype.kind not in "iuf"
    ):
        raise ValueError(
            f"{name} gives no array of numbers of the shape of x: {checks.shown(values)}"
        )
    if not (np.isfinite(values).all() and values.min() >= 0):
        raise ValueError(f"{name} is negative or not finite for some x from 0 to 1")
    return True


def _checked(noise: NoiseModel) -> Curve:
    if not has_variance(noise):
        raise ValueError(f"{noise} has no variance that brightness alone tells")
    if not noise.variance(np.linspace(0, 1, SCENES)).any():
        raise ValueError(f"the variance of {noise} is 0 everywhere")

    def variance(x: np.ndarray) -> np.ndarray:
        """The model's own; beyond white as at white where it means nothing there, as x(1 − x)."""
        told = noise.variance(x)
        return told if np.min(told) >= 0 else noise.variance(np.clip(x, 0, 1))

    return variance


def _integrated(y: np.ndarray, variance: Curve, floor: float) -> np.ndarray:
    """∫ dy/√variance from 0; below 0 as steep as at 0, above the scene as at its end."""
    floor = max(floor, ROUNDING) ** 2  # where it vanishes
    lifted = variance(np.clip(y, 0, BRIGHTEST)) + max(floor - float(variance(np.array(0.0))), 0)
    steep = 1 / np.sqrt(np.maximum(lifted, floor))
    t = np.concatenate([[0.0], np.cumsum((steep[1:] + steep[:-1]) / 2 * np.diff(y))])
    return t - np.interp(0, y, t)


def _distribution(noise: NoiseModel, variance: Curve, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """P(noisy ≤ y | x), (S, K): the model's own, or that of normal noise."""
    photons = 1 / max(float(variance(np.array(1.0)) - variance(np.array(0.0))), 1e-9)
    many = isinstance(noise, Poisson) and photons > NORMAL
    below = None if many else noise.cdf(x, y)
    if below is None:
        below = ndtr((y - x) / np.maximum(np.sqrt(variance(x)), 1e-9))
    if np.shape(below) != (len(x), y.shape[1]) or not np.isfinite(below).all():
        raise ValueError(f"{type(noise).__name__}.cdf gives no (X, Y) finite probabilities")
    return np.clip(below, 0, 1)


def _mean(t: np.ndarray, below: np.ndarray) -> np.ndarray:
    """E[T(y) | x] for each clean value, (S,): T at the lowest y, and every step that is passed."""
    passed = 1 - (below[:, 1:] + below[:, :-1]) / 2
    return np.maximum.accumulate(t[0] + passed @ np.diff(t))


def _slope_of(variance: Curve) -> Curve:
    step = 1e-3
    return lambda x: (variance(np.maximum(x, 0) + step) - variance(np.maximum(x, 0))) / step


def _numbers(values: object, name: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError):  # ragged, or a tensor with a gradient
        array = np.array(None)
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise checks.refusal(name, "an array of finite numbers", values)
    return array


def _interpolate(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Linear between the nodes of a table, whose upper end goes on straight; float64."""
    keep = np.concatenate([[True], np.diff(x) > 0])  # what is flat has no inverse
    x, y = x[keep], y[keep]
    if len(x) == 1:
        return np.full(np.shape(values), y[0])
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    return np.interp(values, x, y) + np.maximum(values - x[-1], 0) * slope

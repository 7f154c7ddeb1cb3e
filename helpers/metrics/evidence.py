"""Is what was removed noise? Is one method really better than another?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, stdtrit

from helpers import checks
from helpers.images import Seed, as_generator
from helpers.metrics.scores import in_double


def residual_whiteness(noisy: np.ndarray, restored: np.ndarray, reach: int = 3) -> float:
    """How white noisy − restored is, from 1 (pixels independent of each other) down to 0.

    White noise leaves a residual without correlations; what a filter took from the scene comes
    in edges and textures, whose neighbours go together. The number is 1/Σρ², with the
    autocorrelation ρ at all lags of up to `reach` pixels in x and in y, lag 0 among them: the
    share of the pixels that count when the residual's variance is estimated (Bartlett 1946).

    It says nothing of noise that was left in, nor of correlation over longer distances, and
    noise that was not white to begin with has a residual that should not be white either.

    Parameters
    ----------
    noisy, restored : numpy.ndarray
        One shape, (H, W) or (H, W, 3), larger than `reach`; neither clipped nor rounded, where
        that can be had.
    reach : int
        The longest lag in pixels, 1 or more.

    Returns
    -------
    float
        In (0, 1]. Chance alone leaves about 1 − ((2·reach + 1)² − 1)/(number of values).

    Raises
    ------
    ValueError
        For what is no image, two shapes, too few pixels, another `reach`, or when nothing was
        removed.

    References
    ----------
    Bartlett (1946). On the theoretical specification and sampling properties of autocorrelated
    time-series. Supplement to the Journal of the Royal Statistical Society 8(1), 27-41.

    Examples
    --------
    >>> noisy = np.random.default_rng(0).normal(0.5, 0.1, (256, 256))
    >>> round(residual_whiteness(noisy, np.full((256, 256), 0.5)), 2)
    1.0
    """
    reach = checks.whole(reach, "reach", 1)
    noisy, restored = in_double(noisy=noisy, restored=restored)
    if min(noisy.shape[:2]) <= reach:
        raise ValueError(f"lags of {reach} pixels need more than {noisy.shape[:2]} pixels")
    residual = noisy - restored
    residual -= residual.mean(axis=(0, 1))
    variance = np.mean(residual**2)
    if variance < 1e-16:
        raise ValueError("noisy and restored differ by a constant at most: nothing was removed")
    half = [(0, dx) for dx in range(1, reach + 1)]  # ρ(−lag) = ρ(lag): one half is enough
    half += [(dy, dx) for dy in range(1, reach + 1) for dx in range(-reach, reach + 1)]
    (height, width), correlations = residual.shape[:2], []
    for dy, dx in half:
        here = residual[: height - dy, max(0, -dx) : width - max(0, dx)]
        there = residual[dy:, max(0, dx) : width - max(0, -dx)]
        correlations.append(np.mean(here * there) / variance)
    return float(1 / (1 + 2 * np.sum(np.square(correlations))))


MAX_DRAWS = 1_000_000  # of ten scores each they take a few seconds


def paired_interval(
    first: Sequence[float],
    second: Sequence[float],
    rng: Seed,
    level: float = 0.95,
    draws: int = 10_000,
) -> tuple[float, float]:
    """Confidence interval of the mean difference first − second, paired by picture.

    Pictures differ far more than methods do, so the methods are compared picture by picture.
    The pictures are drawn again with replacement; the interval holds the middle of the mean
    differences so found, widened as Student's t is wider than the normal distribution, since
    with few pictures the plain percentiles are too narrow. It speaks of pictures like these.

    Parameters
    ----------
    first, second : sequence of float
        Scores of two methods on the same pictures in the same order, two or more.
    rng : int or numpy.random.Generator
    level : float
        Probability to cover the true mean difference, between 0 and 1.
    draws : int
        How often the pictures are drawn, up to a million.

    Returns
    -------
    (float, float)
        Lowest and highest mean difference; when 0 is not between them, one method is better.

    Raises
    ------
    ValueError
        For scores that are not finite numbers, two lengths, fewer than two pictures, and a bad
        `level` or `draws`.

    References
    ----------
    Efron (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7(1).
    Hesterberg (2015). What teachers should know about the bootstrap. The American Statistician
    69(4), 371-386: the expanded percentile interval.

    Examples
    --------
    >>> first, second = [30.2, 28.1, 33.0, 29.6, 31.9], [30.0, 27.8, 32.9, 29.4, 31.9]
    >>> low, high = paired_interval(first, second, rng=0)
    >>> 0 < low < 0.16 < high < 0.3  # the mean difference is 0.16 dB
    True
    """
    a, b = _numbers(first, "first"), _numbers(second, "second")
    if a.ndim != 1 or a.shape != b.shape or len(a) < 2:
        raise ValueError(
            "first and second are lists of as many scores, two or more, "
            f"not {a.shape} and {b.shape}"
        )
    if not (checks.is_number(level) and 0 < level < 1):
        raise checks.refusal("level", "a number between 0 and 1, such as 0.95", level)
    draws = checks.whole(draws, "draws", 1, MAX_DRAWS)
    count = len(a)
    drawn = as_generator(rng).integers(count, size=(draws, count))
    means = (a - b)[drawn].mean(axis=1)  # (draws,)
    tail = ndtr(np.sqrt(count / (count - 1)) * stdtrit(count - 1, (1 - float(level)) / 2))
    return tuple(np.quantile(means, [tail, 1 - tail]).tolist())


def mean_interval(gaps: Sequence[float], rng: Seed) -> tuple[float, float, float]:
    """Mean of the differences of two methods, one for each picture, with its 95 % interval.

    Parameters
    ----------
    gaps : sequence of float
        First minus second, two or more.
    rng : int or numpy.random.Generator

    Returns
    -------
    (float, float, float)
        Mean, low and high end, the latter as `paired_interval` has them.

    Raises
    ------
    ValueError
        As `paired_interval`.

    Examples
    --------
    >>> mean, low, high = mean_interval([0.2, 0.3, 0.1, 0.2, 0.0], rng=0)
    >>> low < mean == 0.16 < high
    True
    """
    gaps = _numbers(gaps, "gaps")
    low, high = paired_interval(gaps, np.zeros_like(gaps), rng)
    mean = float(gaps.mean())
    return mean, min(low, mean), max(high, mean)  # equal gaps: rounding


def _numbers(scores: Sequence[float], name: str) -> np.ndarray:
    try:
        array = np.asarray(checks.several(scores, name, "a list of scores"))
    except Exception:  # lists of lists, classes that are no numbers
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise checks.refusal(name, "a list of scores", scores)
    if not np.isfinite(array).all():
        raise ValueError("scores must be finite; leave out pictures that failed or are equal")
    return array.astype(float)

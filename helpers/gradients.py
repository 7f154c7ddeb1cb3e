"""DE-G: histograms of image gradients, and distances between them.

The gradient of an image is the difference between neighbouring pixels, in gray levels. Its
histogram has 511 bins, for the differences −255 … 255, one row for each direction. Corruption
changes it in a way that tells what happened, even without the clean picture pixel by pixel.

Source: Chin, Chow, Kanesan, Chuah (2022), Sensors 22(2), 639. What the published code computes
is kept behind ``faithful=True``; the rest of this module is what we recommend instead.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=256)
>>> noisy = noise.Gaussian(25/255)(clean, rng=0)
>>> deg(clean, clean), round(deg(clean, noisy), 1) > 20
(0.0, True)
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from helpers import checks
from helpers.images import as_image
from helpers.parameters import SIGMA
from helpers.registry import Registry

BINS = np.arange(-255, 256)  # gray levels that the 511 bins stand for
LANES = 8  # tables to count in, in turn: neighbours are alike, and adding to one bin must wait
Distance = Callable[[np.ndarray, np.ndarray], float]
DISTANCES: Registry[Distance] = Registry("distance")


# ---- histograms ----------------------------------------------------------------------------


def histograms(image: np.ndarray, faithful: bool = False) -> np.ndarray:
    """Count the differences between neighbouring pixels, in x and in y.

    Parameters
    ----------
    image : numpy.ndarray
        (H, W) or (H, W, 3) in [0, 1], at least 2×2, perhaps with unclipped noise. It is
        rounded to 8 bits; colour adds the counts of its channels.
    faithful : bool
        Count as the published code does: `image` is then (H, W) in gray levels 0 … 255, cut
        to integers toward zero, with a border of zeros, and differences beyond ±255 are lost.

    Returns
    -------
    numpy.ndarray
        (2, 511) int64: row 0 for differences along x (to the right), row 1 along y (down);
        the bins are −255 … 255, and what lies beyond counts in the outermost ones.

    Raises
    ------
    ValueError
        For what is no image, or has fewer than 2×2 pixels.

    Examples
    --------
    >>> step = np.array([[0, 0, 1], [0, 0, 1]], dtype=np.float32)
    >>> x, y = histograms(step)
    >>> int(x[255]), int(x[510]), int(y[255])  # differences of 0, of +255; of 0
    (2, 2, 3)
    """
    if checks.flag(faithful, "faithful"):
        return _published_histograms(np.asarray(image))
    image = as_image(image, clipped=False)
    if min(image.shape[:2]) < 2:
        raise ValueError(f"gradients need at least 2×2 pixels, not {image.shape[:2]}")
    far = np.abs(image).max() > 64  # beyond what differences of 16 bits hold
    levels = np.rint((np.clip(image, -(2**16), 2**16) if far else image) * np.float32(255))
    levels = levels.astype(np.int64 if far else np.int16)
    return np.stack([_count(levels[:, 1:] - levels[:, :-1]), _count(levels[1:] - levels[:-1])])


def _count(differences: np.ndarray) -> np.ndarray:
    """(511,) counts of integer differences."""
    if differences.size and (differences.min() < -255 or differences.max() > 255):
        differences = np.clip(differences, -255, 255)
    lanes = np.arange(differences.shape[-1]) % LANES * 511 + 255
    places = differences + lanes.astype(differences.dtype)
    return np.bincount(places.ravel(), minlength=511 * LANES).reshape(LANES, 511).sum(axis=0)


def _published_histograms(levels: np.ndarray) -> np.ndarray:
    """Gray levels (H, W) to (2, 511) counts, with the border effect of the published code.

    Padding with zeros and subtracting makes (H, W+1) differences in x of which the first
    holds −(pixel) and the last +(pixel). All of them are *minus* the forward difference.
    """
    if levels.ndim != 2 or levels.size == 0 or levels.dtype.kind not in "uif":
        raise ValueError(
            f"faithful=True takes gray levels (H, W), 0 to 255, not {levels.shape} {levels.dtype}"
        )
    if not np.isfinite(levels).all() or np.abs(levels).max() > 1e6:
        raise ValueError("faithful=True takes gray levels from 0 to 255; these are not")
    if levels.dtype.kind == "f" and 0 < np.abs(levels).max() <= 1:
        raise ValueError("faithful=True takes gray levels from 0 to 255: multiply by 255 first")
    cut = levels.astype(np.int32)  # toward zero
    differences = [-np.diff(cut, axis=axis, prepend=0, append=0) for axis in (1, 0)]
    # The last bin of numpy.histogram is closed: 256 joins 255.
    return np.stack([_count(d[(d >= -255) & (d <= 256)]) for d in differences])


def probabilities(image: np.ndarray) -> np.ndarray:
    """Gradient histograms that sum to 1 in each direction, (2, 511) float64."""
    counts = histograms(image)
    return counts / counts.sum(axis=1, keepdims=True)


def after_gaussian(p: np.ndarray, sigma: float) -> np.ndarray:
    """Predict the gradient histogram after unclipped Gaussian noise, without drawing any.

    A difference of two noisy pixels is the clean difference plus the difference of two
    independent draws, so its histogram is the clean one convolved with N(0, 2σ²). Rounding to
    8 bits is part of the prediction: for a clean image of 8 bits the identity is exact.

    Parameters
    ----------
    p : numpy.ndarray
        (..., 511) probabilities of the clean image.
    sigma : float
        Standard deviation of the noise in image units, 0 to 1.

    Returns
    -------
    numpy.ndarray
        (..., 511) probabilities; what falls beyond ±255 is in the outermost bins.

    Examples
    --------
    >>> flat = np.zeros(511)
    >>> flat[255] = 1  # a constant image has no gradient
    >>> round(float(after_gaussian(flat, 25/255)[255]), 4)  # about 1/(2√π·25)
    0.0113
    """
    from scipy.signal import fftconvolve

    p = _as_probabilities(p)
    sigma = SIGMA.check(sigma, "after_gaussian")
    reach = int(np.ceil(255 * sigma * 9)) + 1  # nine σ: a draw beyond them comes once in 10¹⁸
    edges = np.arange(-reach, reach + 2) - 0.5  # of the bins of one rounded draw
    scale = max(255 * sigma, 1e-9)
    draw = np.diff(ndtr(edges / scale))
    kernel = np.convolve(draw, draw)  # of the difference of two draws, −2·reach … 2·reach

    def convolve_and_fold(row: np.ndarray) -> np.ndarray:
        full = np.clip(fftconvolve(row, kernel), 0, None)
        folded = full[2 * reach : 2 * reach + len(row)].copy()
        folded[0] += full[: 2 * reach].sum()
        folded[-1] += full[2 * reach + len(row) :].sum()
        return folded / folded.sum()

    return np.apply_along_axis(convolve_and_fold, -1, p)


# ---- distances between two histograms ------------------------------------------------------


def _distance(function: Distance) -> Distance:
    """Register a distance behind a gate that checks both vectors."""

    @functools.wraps(function)
    def checked(p: np.ndarray, q: np.ndarray) -> float:
        p, q = _as_probabilities(p), _as_probabilities(q)
        if p.ndim != 1 or p.shape != q.shape:
            raise ValueError(f"two vectors of one length are needed, not {p.shape} and {q.shape}")
        return float(function(p, q))

    return DISTANCES.register(checked)


def _as_probabilities(p: np.ndarray) -> np.ndarray:
    """Probabilities as float64, (..., B), without the negative zeros that rounding leaves.

    A sum may be off by 1e-6, since vectors of float32 are.
    """
    try:
        p = np.asarray(p, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise checks.refusal("a histogram", "a vector of probabilities", p) from error
    if p.ndim == 0 or p.size == 0:
        raise checks.refusal("a histogram", "a vector of probabilities", p)
    low, sums = p.min(), p.sum(axis=-1)
    if not (low > -1e-9 and np.abs(sums - 1).max() < 1e-6):  # written so that NaN fails, too
        raise ValueError(
            "probability vectors are needed: no negative value (the least is "
            f"{low:.3g}), sum 1 (not {np.ravel(sums)[0]:.6g}); divide counts by their sum"
        )
    return np.maximum(p, 0) if low < 0 else p


@_distance
def canberra(p: np.ndarray, q: np.ndarray) -> float:
    """Σ |p−q| / (p+q) over the bins that are not empty in both: every bin counts the same."""
    total = p + q
    filled = total > 0
    return (np.abs(p - q)[filled] / total[filled]).sum()


@_distance
def wasserstein(p: np.ndarray, q: np.ndarray) -> float:
    """Σ |P−Q| of the cumulative sums: how far mass must move on average, in gray levels."""
    return np.abs(np.cumsum(p - q)).sum()


@_distance
def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """Root of the Jensen-Shannon divergence in nats: a metric, at most √(ln 2) = 0.833."""
    mixture = (p + q) / 2
    return np.sqrt(max((_relative_entropy(p, mixture) + _relative_entropy(q, mixture)) / 2, 0))


@_distance
def kl(p: np.ndarray, q: np.ndarray) -> float:
    """Relative entropy Σ p·ln(p/q) in nats; not symmetric. Every bin gets 10⁻⁶ first,
    since a bin that is empty in `q` alone would make it infinite."""
    p, q = p + 1e-6, q + 1e-6
    return max(_relative_entropy(p / p.sum(), q / q.sum()), 0)


@_distance
def chi_squared(p: np.ndarray, q: np.ndarray) -> float:
    """Σ (p−q)² / (p+q) over the bins that are not empty in both; at most 2."""
    total = p + q
    filled = total > 0
    return ((p - q)[filled] ** 2 / total[filled]).sum()


@_distance
def hellinger(p: np.ndarray, q: np.ndarray) -> float:
    """√(½ Σ (√p − √q)²); at most 1."""
    return np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)


@_distance
def l1(p: np.ndarray, q: np.ndarray) -> float:
    """Σ |p−q|: twice the total variation, at most 2."""
    return np.abs(p - q).sum()


@_distance
def mse(p: np.ndarray, q: np.ndarray) -> float:
    """Mean of (p−q)² over the bins."""
    return ((p - q) ** 2).mean()


@_distance
def r2(p: np.ndarray, q: np.ndarray) -> float:
    """1 − R² of `q` as a prediction of `p`: the squared error over the spread of `p`."""
    return ((p - q) ** 2).sum() / max(((p - p.mean()) ** 2).sum(), 1e-12)


def _relative_entropy(p: np.ndarray, q: np.ndarray) -> float:
    """Σ p·ln(p/q), where 0·ln 0 is 0."""
    filled = p > 0
    return (p[filled] * np.log(p[filled] / q[filled])).sum()


# ---- the score -----------------------------------------------------------------------------


def deg(
    reference: np.ndarray,
    image: np.ndarray,
    distance: str = "wasserstein",
    faithful: bool = False,
) -> float:
    """Distance between the gradient histograms of two images, √(dx² + dy²).

    The two need not have the same size or show the same scene: only statistics are compared.

    Parameters
    ----------
    reference, image : numpy.ndarray
        As in `histograms`.
    distance : str
        A key of `DISTANCES`.
    faithful : bool
        Score as the published code does (gray levels in, Canberra on counts).

    Returns
    -------
    float
        0 for equal histograms, smaller is closer, in the unit of the distance (gray levels
        for ``"wasserstein"``). The published score is *not* 0 on equal images.

    Raises
    ------
    ValueError
        For an unknown distance, or ``faithful=True`` with another distance than Canberra.

    Examples
    --------
    >>> black = np.zeros((8, 8), dtype=np.uint8)
    >>> deg(black, black), round(deg(black, black, "canberra", faithful=True), 2)
    (0.0, 721.25)
    """
    if checks.flag(faithful, "faithful"):
        if distance != "canberra":
            raise ValueError(f"the published score is distance='canberra', not {distance!r}")
        a, b = histograms(reference, faithful=True), histograms(image, faithful=True)
        # Canberra on counts as published: the ε inside makes each empty pair of bins count 1.
        return float(np.hypot(*(np.abs(a - b + 1e-5) / (a + b + 1e-5)).sum(axis=1)))
    measure = DISTANCES[distance]
    pairs = zip(probabilities(reference), probabilities(image))
    return float(np.hypot(*(measure(p, q) for p, q in pairs)))

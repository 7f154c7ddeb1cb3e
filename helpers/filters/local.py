"""Filters that look at a small window around each pixel, edges mirrored.

The first three do the same everywhere. The others ask the window what it holds: an impulse,
an edge, or nothing but noise.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from scipy.ndimage import uniform_filter

from helpers import noise
from helpers.filters.base import denoiser, odd
from helpers.filters.strips import strips, widened
from helpers.parameters import setting

Weigh = Callable[[np.ndarray, int, int], np.ndarray]
Gain = Callable[[np.ndarray, np.ndarray], np.ndarray]
PIXELS = 2**18  # of a strip: 512×512 are one; four times as many take a third longer
TINY = np.finfo(float).tiny  # instead of a 0 to divide by


def window(rule) -> dict:
    """Declare the side of a square window, an odd number of pixels."""
    return {"size": setting(rule, 1, 15, (1, 99), symbol="size", unit=" px", step=2)}


# ---- the same everywhere -------------------------------------------------------------------


@denoiser(width=setting(lambda sigma: 0.3 + 5.3 * sigma, 0, 8, (0, 1000), "width", " px"))
def gaussian(
    noisy: np.ndarray, sigma: float | None = None, *, width: float | None = None
) -> np.ndarray:
    """Mean with Gaussian weights: noise that is independent cancels, and so does detail.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), unclipped noise admitted.
    sigma : float, optional
        RMS of the noise in image units, 0 to 1; estimated by `estimation.blind_sigma` if None
        and needed. 0 returns the input.
    width : float, optional
        Standard deviation of the weights in pixels, by default 0.3 + 5.3·sigma.

    Returns
    -------
    numpy.ndarray
        float32, same shape, not clipped.

    Raises
    ------
    ValueError
        For what is no image, a bad `sigma` or setting, or where σ must be estimated and cannot.

    Examples
    --------
    >>> spike = np.zeros((9, 9)); spike[4, 4] = 1
    >>> round(float(gaussian(spike, width=1)[4, 4]), 3)  # 1/(2π), nearly
    0.159
    """
    return noise.GaussianBlur(width)(noisy, rng=0)


@denoiser(**window(lambda sigma: odd(1 + 19 * sigma)))
def mean(noisy: np.ndarray, sigma: float | None = None, *, size: int | None = None) -> np.ndarray:
    """Mean of a square window of `size` pixels a side; arguments else as in `gaussian`.

    By default `size` is the odd number nearest to 1 + 19·sigma, which is 1 (no filter at all)
    for noise below σ = 13/255: there the mean costs more detail than it removes noise.
    """
    return noise.AverageBlur(size)(noisy, rng=0)


@denoiser(**window(lambda sigma: odd(0.9 + 26.5 * sigma)))
def median(
    noisy: np.ndarray, sigma: float | None = None, *, size: int | None = None
) -> np.ndarray:
    """Median of a square window of `size` pixels a side; arguments else as in `gaussian`.

    Impulses are outvoted instead of smeared. By default `size` is the odd number nearest to
    0.9 + 26.5·sigma, the best for Gaussian noise. Tukey (1977), Exploratory Data Analysis.
    """
    return noise.MedianBlur(size)(noisy, rng=0)


# ---- impulses ------------------------------------------------------------------------------


@denoiser(max_size=setting(9, 3, 19, (3, 99), symbol="largest size", unit=" px", step=2))
def adaptive_median(
    noisy: np.ndarray, sigma: float | None = None, *, max_size: int | None = None
) -> np.ndarray:
    """Replace only pixels that are the extreme of their window, by its median.

    The window grows from 3×3 until its median is no extreme itself, up to `max_size` (9 by
    default, whatever σ: it grows only where it must). σ is not needed. Channel by channel.

    References
    ----------
    Hwang, Haddad (1995). Adaptive median filters: new algorithms and results. IEEE Transactions
    on Image Processing 4(4), 499-502.

    Examples
    --------
    >>> slope = np.add.outer(np.arange(5), np.arange(5)) / 10
    >>> hit = slope.copy(); hit[2, 2] = 1
    >>> changed = adaptive_median(hit) != hit.astype(np.float32)
    >>> bool(changed[2, 2]), round(float(adaptive_median(hit)[2, 2]), 3)
    (True, 0.4)
    """
    if noisy.ndim == 3:
        channels = [adaptive_median(noisy[..., c], max_size=max_size) for c in range(3)]
        return np.stack(channels, axis=-1)
    restored = noisy.copy()
    pixels = np.arange(noisy.size)  # whose window has to grow, as flat indices
    for size in range(3, max_size + 1, 2):
        padded = np.pad(noisy, size // 2, mode="symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
        extreme = []  # those whose median is an extreme of its window
        for part in np.array_split(pixels, len(pixels) // 100_000 + 1):  # to spare memory
            values = windows[np.unravel_index(part, noisy.shape)].reshape(len(part), size * size)
            values.sort(axis=1)
            low, middle, high = values[:, 0], values[:, size * size // 2], values[:, -1]
            own = noisy.flat[part]
            restored.flat[part] = np.where((low < own) & (own < high), own, middle)
            extreme.append(part[(middle == low) | (middle == high)])
        pixels = np.concatenate(extreme)
    return restored


# ---- mean and variance of the window -------------------------------------------------------


@denoiser(uses_sigma=True, **window(lambda sigma: odd(2.4 + 20 * sigma)))
def wiener(
    noisy: np.ndarray, sigma: float | None = None, *, size: int | None = None
) -> np.ndarray:
    """Local Wiener filter: the mean where the window is flat, the pixel where it is not.

    With local mean m and variance v, restored = m + max(v − n, 0)/max(v, n)·(y − m). The noise
    n is taken as (1.2 σ)², so that chance in v is not mistaken for detail; it is never 0, so
    nothing is divided by 0. Arguments else as in `gaussian`; `size` is by default the odd
    number nearest to 2.4 + 20·sigma.

    References
    ----------
    Lee (1980). Digital image enhancement and noise filtering by use of local statistics. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 2(2), 165-168.
    """
    # On 20 pictures of Train400, of 1, 1.1 … 1.4 the best is 1.2 at σ = 10/255 and 25/255; at
    # 50/255 it is 0.06 dB below 1.1.
    power = max((1.2 * sigma) ** 2, TINY)

    def gain(average: np.ndarray, variance: np.ndarray) -> np.ndarray:
        return np.maximum(variance - power, 0) / np.maximum(variance, power)

    return _towards_the_mean(noisy, size, gain)


@denoiser(uses_sigma=True, **window(lambda sigma: odd(2.4 + 20 * sigma)))
def lee(noisy: np.ndarray, sigma: float | None = None, *, size: int | None = None) -> np.ndarray:
    """The same idea for multiplicative noise, y = x·(1 + n): bright parts are noisier.

    σ is the RMS of the noise over the picture, as for every filter, so the variance of n is
    s² = σ²/(mean(y²) − σ²). The scene's local variance is (v − s²m²)/(1 + s²), and the gain is
    its share of v. Arguments else as in `gaussian`; `size` is by default the odd number nearest
    to 2.4 + 20·sigma.

    References
    ----------
    Lee (1980), as for `wiener`; with the exact variance of a product, not its linearisation.
    """
    scene_power = max(np.mean(noisy**2, dtype=float) - sigma**2, 1e-6)
    speckle = sigma**2 / scene_power  # s²

    def gain(average: np.ndarray, variance: np.ndarray) -> np.ndarray:
        scene = (variance - speckle * average**2) / (1 + speckle)
        return np.maximum(scene, 0) / np.maximum(variance, TINY)

    return _towards_the_mean(noisy, size, gain)


def _towards_the_mean(noisy: np.ndarray, size: int, gain: Gain) -> np.ndarray:
    """m + gain(m, v)·(y − m), with mean m and variance v of the window around each pixel."""
    restored = np.empty_like(noisy)
    for c in np.ndindex(noisy.shape[2:]):  # the channels of colour, one after the other
        channel = noisy[..., *c]
        average = uniform_filter(channel.astype(float), size, mode="reflect")
        average_square = uniform_filter(np.square(channel, dtype=float), size, mode="reflect")
        for rows in strips(*channel.shape, PIXELS):
            m = average[rows]
            v = average_square[rows] - m**2
            restored[rows, :, *c] = m + gain(m, v) * (channel[rows] - m)
    return restored


# ---- neighbours that look alike ------------------------------------------------------------


@denoiser(
    width=setting(lambda sigma: 0.8 + 6 * sigma, 0.5, 5, (0.1, 20), "width", " px"),
    tolerance=setting(lambda sigma: 4 * sigma**1.2, 0, 1, (1e-4, 100), "tolerance", "/255"),
)
def bilateral(
    noisy: np.ndarray,
    sigma: float | None = None,
    *,
    width: float | None = None,
    tolerance: float | None = None,
) -> np.ndarray:
    """Mean with weights that fall with distance and with difference: no mixing across edges.

    Ours, because the window of `skimage.restoration.denoise_bilateral` (0.26) is lopsided: a
    single white pixel does not spread evenly. Arguments else as in `gaussian`.

    Parameters
    ----------
    width : float, optional
        Standard deviation of the weights in pixels, by default 0.8 + 6·sigma.
    tolerance : float, optional
        Standard deviation in pixel values (in colour: RMS over the channels), by default
        4·sigma^1.2.

    References
    ----------
    Tomasi, Manduchi (1998). Bilateral filtering for gray and color images. ICCV, 839-846.
    """

    def weigh(unlike: np.ndarray, dy: int, dx: int) -> np.ndarray:
        far = np.float32((dy**2 + dx**2) / width**2)
        return np.exp(-(unlike / tolerance**2 + far) / 2)

    radius = int(np.ceil(2 * width))  # beyond it weights are below a seventh of the middle's
    return mean_of_alike(noisy, radius, weigh)


def mean_of_alike(noisy: np.ndarray, radius: int, weigh: Weigh, margin: int = 0) -> np.ndarray:
    """Mean of the pixels around each pixel, with weights that differ from pixel to pixel.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3).
    radius : int
        The largest displacement, in pixels, down and to the right each.
    weigh : callable
        Given the squared differences between each pixel and the one displaced by (dy, dx),
        averaged over the channels, (rows, W), it returns the weights, (rows, W).
    margin : int
        How far the weight of a pixel looks at the differences around it, in pixels.
    """
    planes = np.atleast_3d(noisy).transpose(2, 0, 1)  # (C, H, W)
    height, width = noisy.shape[:2]
    padded = np.pad(planes, [(0, 0), (radius, radius), (radius, radius)], mode="symmetric")
    restored = np.empty_like(noisy)
    for part in strips(height, width, PIXELS):
        rows, inner = widened(part, margin, height)
        own = np.ascontiguousarray(planes[:, rows])
        total, weights = np.zeros_like(own), np.zeros_like(own[0])
        for dy, dx in product(range(-radius, radius + 1), repeat=2):
            top, left = radius + dy + rows.start, radius + dx
            shifted = padded[:, top : top + own.shape[1], left : left + width]
            weight = weigh(np.mean((shifted - own) ** 2, axis=0), dy, dx)
            total += weight * shifted
            weights += weight
        mean = (total / weights)[:, inner]
        restored[part] = mean.transpose(1, 2, 0).reshape(restored[part].shape)
    return restored

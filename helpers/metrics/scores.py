"""Metrics: one number for an image and its reference, the reference first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import correlate1d

from helpers import gradients
from helpers.images import as_image
from helpers.registry import Registry

METRICS: Registry[Callable[[np.ndarray, np.ndarray], float]] = Registry("metric")


def as_pair(reference: np.ndarray, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 images of one shape: squares of float32 lose the sixth digit.

    The reference lies in [0, 1]; the other may be unclipped.

    Raises
    ------
    ValueError
        For what is no image, two shapes, or a reference outside [0, 1].
    """
    try:
        reference = as_image(reference)
    except ValueError as error:
        raise ValueError(f"reference: {error}") from error
    return in_double(reference=reference, image=image)


def in_double(**two: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two images by their names, clipped or not, as float64 of one shape."""
    first, second = (as_image(x, clipped=False).astype(np.float64) for x in two.values())
    if first.shape != second.shape:
        shapes = " and ".join(f"{name} {np.shape(x)}" for name, x in two.items())
        raise ValueError(f"{shapes} differ in shape; a score compares pixel by pixel")
    return first, second


# ---- errors --------------------------------------------------------------------------------


@METRICS.register
def mse(reference: np.ndarray, image: np.ndarray) -> float:
    """Mean squared error of two images of one shape, in squared image units; 0 is best."""
    reference, image = as_pair(reference, image)
    return float(np.mean((reference - image) ** 2))


@METRICS.register
def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, −10·log₁₀(MSE) since the peak is 1; infinite if equal.

    Examples
    --------
    >>> round(psnr(np.zeros((4, 4)), np.full((4, 4), 0.1)), 3)
    20.0
    """
    return decibels(mse(reference, image))


def decibels(error: float) -> float:
    """A mean squared error as PSNR; infinite for 0."""
    return float("inf") if error == 0 else float(-10 * np.log10(error))


# ---- structural similarity -----------------------------------------------------------------

# As published: the Gaussian window in pixels, (K·range)² of both terms, and the exponents of
# MS-SSIM, the finest scale first.
WINDOW_SIDE, WINDOW_SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_OFFSETS = np.arange(WINDOW_SIDE) - WINDOW_SIDE // 2
_WINDOW = np.exp(-(_OFFSETS**2) / (2 * WINDOW_SIGMA**2))
_WINDOW /= _WINDOW.sum()


@METRICS.register
def ssim(reference: np.ndarray, image: np.ndarray) -> float:
    """Structural similarity, 1 is best.

    As published: Gaussian window of 11×11 pixels with σ = 1.5, K = (0.01, 0.03), range 1,
    variances without the sample correction, averaged over the region where the window fits.
    Colour is averaged over its channels. At least 11×11 pixels.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli (2004). Image quality assessment: from error visibility to
    structural similarity. IEEE Transactions on Image Processing 13(4), 600-612.
    """
    return float(ssim_map(reference, image).mean())


def ssim_map(reference: np.ndarray, image: np.ndarray) -> np.ndarray:
    """SSIM of each window that fits, (H, W[, 3]) to (H−10, W−10[, 3]) float64, as in `ssim`."""
    reference, image = as_pair(reference, image)
    if min(reference.shape[:2]) < 11:
        raise ValueError(f"SSIM needs at least 11×11 pixels, not {reference.shape[:2]}")
    luminance, contrast = _similarities(reference, image)
    return luminance * contrast


def _similarities(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two factors of SSIM: of mean brightness, and of contrast and structure."""
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    power = mean_x**2 + mean_y**2
    variances = _window_mean(x * x + y * y) - power  # only their sum is needed
    covariance = _window_mean(x * y) - mean_x * mean_y
    return (2 * mean_x * mean_y + C1) / (power + C1), (2 * covariance + C2) / (variances + C2)


def _window_mean(x: np.ndarray) -> np.ndarray:
    """Gaussian mean around each pixel that is 5 or more from the border."""
    x = correlate1d(x, _WINDOW, axis=0)[5:-5]
    return correlate1d(x, _WINDOW, axis=1)[:, 5:-5]


@METRICS.register
def ms_ssim(reference: np.ndarray, image: np.ndarray) -> float:
    """SSIM at five scales, each of half the size of the last, 1 is best.

    The product of the mean contrast-and-structure terms of four scales and the mean SSIM of
    the fifth, each to its published power. A negative mean, which has no such power, counts as
    0. Colour is averaged over its channels. At least 161×161 pixels, so that the window of
    11×11 fits at the fifth scale.

    References
    ----------
    Wang, Simoncelli, Bovik (2003). Multiscale structural similarity for image quality
    assessment. Asilomar Conference on Signals, Systems and Computers 2, 1398-1402.
    """
    x, y = as_pair(reference, image)
    if min(x.shape[:2]) < 161:
        raise ValueError(f"MS-SSIM needs at least 161×161 pixels, not {x.shape[:2]}")
    product = 1.0  # for colour of shape (3,), one for each channel
    for scale, exponent in enumerate(SCALES):
        luminance, similarity = _similarities(x, y)
        if scale == len(SCALES) - 1:
            similarity = luminance * similarity
        product = product * np.maximum(similarity.mean(axis=(0, 1)), 0) ** exponent
        x, y = _half(x), _half(y)
    return float(np.mean(product))


def _half(x: np.ndarray) -> np.ndarray:
    """Means of 2×2 pixels; an odd side is mirrored by one, (H, W[, 3]) to (H/2, W/2[, 3])."""
    edges = [(0, x.shape[0] % 2), (0, x.shape[1] % 2), (0, 0)][: x.ndim]
    x = np.pad(x, edges, mode="symmetric")
    x = x[::2] + x[1::2]
    return (x[:, ::2] + x[:, 1::2]) / 4


# ---- statistics, and errors forgiven ---------------------------------------------------------


@METRICS.register
def deg(reference: np.ndarray, image: np.ndarray) -> float:
    """DE-G: distance of the gradient histograms in gray levels (`gradients.deg`); 0 is best."""
    return gradients.deg(*as_pair(reference, image))


@METRICS.register
def psnr_after_gain_and_offset(reference: np.ndarray, image: np.ndarray) -> float:
    """PSNR of gain·image + offset, with the gain and the offset that make it largest, in dB.

    Two numbers are fitted to all pixels and channels by least squares, so brightness and
    contrast are forgiven and all else is not. The gain is never negative: a negative of the
    picture is no restoration. Never below `psnr`.

    Examples
    --------
    >>> ramp = np.linspace(0, 1, 64).reshape(8, 8)
    >>> psnr_after_gain_and_offset(ramp, 0.5 * ramp + 0.2) > 100 > psnr(ramp, 0.5 * ramp + 0.2)
    True
    """
    reference, image = (x - x.mean() for x in as_pair(reference, image))
    variance = np.mean(image**2)
    gain = max(np.mean(reference * image) / variance, 0) if variance > 0 else 0
    return decibels(float(np.mean((reference - gain * image) ** 2)))

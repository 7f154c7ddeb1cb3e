"""Scores that compare an image with its reference, and the protocol of every table.

>>> from helpers import images, noise
>>> reference = images.load("camera", size=256)
>>> noisy = noise.Gaussian(25/255)(reference, rng=0)
>>> round(score(reference, noisy)["psnr"], 2)  # clipped to [0, 1] and rounded first
20.73
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy.ndimage import correlate1d

from helpers import gradients
from helpers.images import as_image
from helpers.registry import Registry

Metric = Callable[[np.ndarray, np.ndarray], float]
METRICS: Registry[Metric] = Registry("metric")


@METRICS.register
def mse(reference: np.ndarray, image: np.ndarray) -> float:
    """Mean squared error of two images of one shape, in squared image units; 0 is best."""
    reference, image = _pair(reference, image)
    return float(np.mean((reference - image) ** 2))


@METRICS.register
def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, −10·log₁₀(MSE) since the peak is 1; infinite if equal.

    Examples
    --------
    >>> round(psnr(np.zeros((4, 4)), np.full((4, 4), 0.1)), 3)
    20.0
    """
    error = mse(reference, image)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


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
    reference, image = _pair(reference, image)
    if min(reference.shape[:2]) < 11:
        raise ValueError(f"SSIM needs at least 11×11 pixels, not {reference.shape[:2]}")
    return float(ssim_map(reference, image).mean())


def ssim_map(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """SSIM of each window that fits, (H, W[, 3]) to (H−10, W−10[, 3])."""
    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    power = mean_x**2 + mean_y**2
    variances = _window_mean(x * x + y * y) - power  # only their sum is needed
    covariance = _window_mean(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + c1) / (power + c1)
    return luminance * (2 * covariance + c2) / (variances + c2)


@METRICS.register
def deg(reference: np.ndarray, image: np.ndarray) -> float:
    """DE-G: distance of the gradient histograms in gray levels (`gradients.deg`); 0 is best."""
    return gradients.deg(*_pair(reference, image))


def score(
    reference: np.ndarray, restored: np.ndarray, names: Iterable[str] | None = None
) -> dict[str, float]:
    """Score a restored image by the protocol of all tables of the course.

    The result is clipped to [0, 1] and rounded to 8 bits, then every metric of `METRICS` is
    applied. This is what reproduces published tables; the noisy input is scored the same way.

    Parameters
    ----------
    reference, restored : numpy.ndarray
        One shape, (H, W) or (H, W, 3), at least 11×11.
    names : iterable of str, optional
        The metrics wanted; all of them by default.

    Returns
    -------
    dict
        Name of the metric to its value.

    Raises
    ------
    ValueError
        For what is no image, two shapes, too few pixels, or an unknown metric.
    """
    eight_bit = np.rint(np.clip(as_image(restored, clipped=False), 0, 1) * 255) / 255
    wanted = METRICS if names is None else names
    return {name: METRICS[name](reference, eight_bit) for name in wanted}


def _pair(reference: np.ndarray, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 images of one shape: squares of float32 lose the sixth digit."""
    pair = [as_image(x, clipped=False).astype(np.float64) for x in (reference, image)]
    if pair[0].shape != pair[1].shape:
        raise ValueError(
            f"reference {pair[0].shape} and image {pair[1].shape} differ in shape; "
            "a score compares pixel by pixel"
        )
    return pair[0], pair[1]


_OFFSETS = np.arange(-5, 6)
_WINDOW = np.exp(-(_OFFSETS**2) / (2 * 1.5**2))
_WINDOW /= _WINDOW.sum()


def _window_mean(x: np.ndarray) -> np.ndarray:
    """Gaussian mean around each pixel that is 5 or more from the border."""
    x = correlate1d(x, _WINDOW, axis=0)[5:-5]
    return correlate1d(x, _WINDOW, axis=1)[:, 5:-5]

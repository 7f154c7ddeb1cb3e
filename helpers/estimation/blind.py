"""Noise levels from one picture, without any reference.

Every estimator looks for a view of the picture in which the scene is nearly silent, and measures
the noise there. None of them can know whether what is left of the scene is noise.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> abs(255 * blind_sigma(noisy) - 25) < 1
True
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import convolve, correlate1d, gaussian_filter, uniform_filter
from scipy.special import ndtr

from helpers.estimation.features import is_clipped
from helpers.estimation.patches import (
    channels_of,
    covariance,
    joint_patches,
    patches_of,
    readable,
)
from helpers.registry import Registry

Method = Callable[[np.ndarray], float]
METHODS: Registry[Method] = Registry("blind method")
# High-pass filter of Daubechies' wavelet with two vanishing moments, of length 1.
DB2 = np.array([-0.1294095226, -0.2241438680, 0.8365163037, -0.4829629131])
MAD = 0.6744897501960817  # median of |n| for n ~ N(0, 1)


@METHODS.register
def wavelet(noisy: np.ndarray) -> float:
    """Median of the finest diagonal wavelet coefficients, which edges rarely reach.

    Donoho, Johnstone (1994). Ideal spatial adaptation by wavelet shrinkage. Biometrika 81.
    Daubechies' wavelet with two vanishing moments, at all positions instead of every second.
    """
    detail = channels_of(noisy)
    for axis in (1, 2):
        detail = correlate1d(detail, DB2, axis=axis, mode="reflect")
    return float(np.mean(np.median(np.abs(detail), axis=(1, 2))) / MAD)


@METHODS.register
def immerkaer(noisy: np.ndarray) -> float:
    """Mean magnitude under a mask that cancels constant and linear brightness.

    Immerkær (1996). Fast noise variance estimation. Computer Vision and Image Understanding 64.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=float)
    response = [convolve(channel, mask)[1:-1, 1:-1] for channel in channels_of(noisy)]
    return float(np.sqrt(np.pi / 2) * np.mean(np.abs(response)) / 6)


@METHODS.register
def eigenvalue(noisy: np.ndarray, size: int = 7) -> float:
    """Root of the smallest eigenvalue of the covariance of 7×7 patches.

    In its direction the scene is quietest. Too low for strong noise, since the smallest of many
    random values is picked. Pyatykh, Hesser, Zheng (2013), IEEE Trans. Image Processing 22.
    """
    values = [np.linalg.eigvalsh(covariance(patches))[0] for patches in patches_of(noisy, size)]
    return float(np.sqrt(np.mean(np.maximum(values, 0))))


@METHODS.register
def chen(noisy: np.ndarray, size: int = 8) -> float:
    """Mean of those eigenvalues of the patch covariance that look like noise alone.

    The largest are dropped until mean and median of the rest agree, as they do for noise. In
    colour the patches hold all three channels, whose scenes are nearly alike: then little of
    the scene is left in most directions.

    Chen, Zhu, Heng (2015). An efficient statistical method for image noise level estimation.
    ICCV, 477-485.
    """
    values = np.linalg.eigvalsh(covariance(joint_patches(noisy, size)))  # ascending
    for count in range(len(values), 0, -1):
        kept = values[:count]
        if kept.mean() <= np.median(kept):
            break
    return float(np.sqrt(max(kept.mean(), 0)))


@METHODS.register
def flat(noisy: np.ndarray, size: int = 7, directions: int = 8, share: float = 0.2) -> float:
    """Noise in the quietest directions of the flattest patches.

    White noise has independent parts in orthogonal directions: patches are *chosen* by their
    energy in the loud directions and *measured* in the quiet ones, so that the choice does not
    bias the measurement.
    """
    variances = [_quiet_variance(p, directions, share) for p in patches_of(noisy, size)]
    return float(np.sqrt(np.mean(variances)))


def _quiet_variance(patches: np.ndarray, directions: int, share: float) -> float:
    """Patches (N, d) to a variance."""
    patches = patches - patches.mean(axis=1, keepdims=True)
    _, basis = np.linalg.eigh(covariance(patches))
    energy = (patches @ basis[:, 1:].astype(np.float32)) ** 2  # (N, d-1), quiet directions first
    texture = energy[:, directions:].sum(axis=1)
    flattest = texture <= np.quantile(texture, share)
    return float(energy[flattest, :directions].mean(dtype=float))


@METHODS.register
def middle(noisy: np.ndarray, size: int = 7, share: float = 0.5, flattest: float = 0.3) -> float:
    """As `flat`, among patches that clipping does not reach, or the nearest to middle gray."""
    reach = 2.5 * flat(noisy)  # noise beyond this is rare
    variances = []
    for patches in patches_of(noisy, size):
        distance = np.abs(patches.mean(axis=1) - 0.5)  # 0 for middle gray
        chosen = patches[distance <= max(0.5 - reach, np.quantile(distance, share))]
        variances.append(_quiet_variance(chosen, directions=8, share=flattest))
    return float(np.sqrt(np.mean(variances)))


@METHODS.register
def auto(noisy: np.ndarray) -> float:
    """`chen` for colour, `flat` for gray; for clipped pictures `middle`, corrected if need be.

    Where clipping leaves half of the picture untouched, that half is enough. The correction is
    indirect inference: which σ, added to a smooth picture of the same brightness and clipped,
    would be measured as this picture is?
    """
    if not is_clipped(noisy):
        return chen(noisy) if noisy.ndim == 3 else flat(noisy)
    measured = middle(noisy)
    if _is_mostly_untouched(noisy, measured):
        return middle(noisy, flattest=0.2)
    sigma = measured
    for _ in range(3):
        again = middle(_clipped_double(noisy, sigma))
        sigma *= measured / max(again, 1e-6)
    return float(min(sigma, 1))


def _is_mostly_untouched(noisy: np.ndarray, sigma: float) -> bool:
    """Whether clipping hardly reaches half of the picture."""
    brightness = uniform_filter(noisy, (7, 7, 1)[: noisy.ndim])
    return bool(np.mean(np.abs(brightness - 0.5) <= 0.5 - 2.5 * sigma) >= 0.5)


def _clipped_double(noisy: np.ndarray, sigma: float) -> np.ndarray:
    """A smooth picture of the same brightness, with clipped noise of strength `sigma`."""
    widths = (3, 3, 0)[: noisy.ndim]
    x = np.linspace(0, 1, 256)
    clean = np.interp(gaussian_filter(noisy, widths), clipped_mean(x, sigma), x)
    doubled = clean + sigma * np.random.default_rng(0).standard_normal(noisy.shape)
    return np.rint(255 * np.clip(doubled, 0, 1)) / 255


def clipped_mean(x: np.ndarray, sigma: float) -> np.ndarray:
    """Mean of x + n, n ~ N(0, sigma²), after clipping to [0, 1]."""
    below, above = -x / sigma, (1 - x) / sigma
    density = lambda z: np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)  # noqa: E731
    inside = ndtr(above) - ndtr(below)
    return x * inside + sigma * (density(below) - density(above)) + 1 - ndtr(above)


def blind_sigma(noisy: np.ndarray, method: str = "auto") -> float:
    """Standard deviation of white Gaussian noise, from the noisy picture alone.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 16×16.
    method : str
        A key of `METHODS`.

    Returns
    -------
    float
        In image units; multiply by 255 for gray levels.

    Raises
    ------
    ValueError
        For what is no image, fewer than 16×16 pixels, a constant picture, one of which more
        than nine tenths are at black or white, or an unknown method.
    """
    return METHODS[method](readable(noisy, least=16))

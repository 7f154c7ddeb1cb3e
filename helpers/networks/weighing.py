"""How far may a network's change be trusted? As far as it makes the picture better.

Nobody has the clean picture x, but of noise n of known σ the error of any restored picture can be
told all the same: E[n·c] = σ²·div c for whatever change c(y) is made to y = x + n (Stein 1981).
So the share a of a change that leaves the least error, E[(n + a·c)²], is −σ²·div c / c².

Stein (1981), Estimation of the mean of a multivariate normal distribution, The Annals of
Statistics 9(6), 1135-1151.

That matters where noise is weak. There a network takes some texture along with the noise, and may
leave less than it found.

>>> from helpers import images, metrics, networks, noise
>>> reference = images.load("gravel", size=128)
>>> noisy = noise.Gaussian(2/255)(reference, rng=0)
>>> metrics.psnr(reference, networks.load("drunet")(noisy, 2/255)) > metrics.psnr(reference, noisy)
True
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from helpers.filters.strips import strips, widened

# On 67 pictures of BSDS500 train, drunet at σ = 2/255: 4, 8, 16 and 32 pixels gain 0.17, 0.16,
# 0.15 and 0.13 dB; at 5/255 4 pixels lose 0.03, 8 gain 0.01.
WIDTH = 8  # pixels, standard deviation of the window in which a change is weighed
REACHED = 32  # pixels that this window reaches: `gaussian_filter` ends at 4 standard deviations
STEP = np.float32(0.2)  # of σ: how far pixels are moved; 0.1 and 0.5 give the same
STRIP = 2**20  # pixels that are weighed at once: what bounds memory


def by_stein(
    restore: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    sigma: float | np.ndarray,
    below: float = np.inf,
) -> np.ndarray:
    """Restore, and let every change count as far as it makes the picture better.

    The divergence is that of Ramani, Blu, Unser (2008), Monte-Carlo SURE, IEEE Transactions on
    Image Processing 17(9), 1540-1554: each pixel is moved up or down by chance, and the picture
    restored once more.

    Parameters
    ----------
    restore : callable
        Image to restored image.
    image : numpy.ndarray
        (H, W) or (H, W, 3) float32, with white noise.
    sigma : float or numpy.ndarray
        Of the noise, or of that of each pixel, (H, W); in image units.
    below : float
        Where σ is this or stronger, all counts.

    Returns
    -------
    numpy.ndarray
        float32, between `image` and what `restore` makes of it.

    Examples
    --------
    Half of the distance to 0 is too much where the picture is far brighter than its noise:

    >>> bright = 0.5 + np.random.default_rng(0).normal(0, 0.01, (64, 64)).astype(np.float32)
    >>> bool(by_stein(lambda y: y / 2, bright, 0.01).mean() > 0.49)
    True

    and right where there is nothing but noise:

    >>> round(float(by_stein(lambda y: y / 2, bright - 0.5, 0.01).std()), 3)
    0.005
    """
    signs = np.random.default_rng(0).integers(0, 2, image.shape, np.int8) * np.int8(2) - np.int8(1)
    noise = np.broadcast_to(np.float32(sigma), image.shape[:2])
    moved = image + _along(STEP * noise, image) * signs
    moved = restore(moved) - moved  # how these are changed,
    change = restore(image) - image  # and how the picture is
    result = np.empty_like(image)
    for part in strips(*image.shape[:2], pixels=STRIP):
        around, inner = widened(part, REACHED, len(image))
        bent = signs[around] * (moved[around] - change[around]) / STEP  # σ·∂c/∂y
        right = _blurred(-bent * _along(noise[around], bent))
        square = np.maximum(_blurred(change[around] ** 2), np.float32(1e-30))
        share = np.clip(right / square, 0, 1)[inner]
        share[noise[part] >= below] = 1
        result[part] = image[part] + share * change[part]
    return result


def _along(plane: np.ndarray, image: np.ndarray) -> np.ndarray:
    """(H, W) as it multiplies (H, W) or (H, W, 3)."""
    return plane if image.ndim == 2 else plane[..., None]


def _blurred(image: np.ndarray) -> np.ndarray:
    return gaussian_filter(image, (WIDTH, WIDTH, 0)[: image.ndim])

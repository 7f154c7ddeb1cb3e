"""A network that knows one σ, for any other: scale the picture until its noise has that σ.

>>> from helpers import images, metrics, networks, noise
>>> reference = images.load("camera", size=96)
>>> noisy = noise.Gaussian(50/255)(reference, rng=0)
>>> dncnn = networks.load("dncnn")  # learned from σ = 25/255 alone
>>> told, untold = dncnn(noisy, 50/255), dncnn(noisy)
>>> metrics.psnr(reference, told) > metrics.psnr(reference, untold) + 5
True
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from helpers.networks.weighing import noise_share

# All chosen on pictures of BSDS500 train for five gray networks, some of which predict noise and
# some the picture, at σ of 2/255, 5/255 and 15/255. WIDTH from 24 to 32 is the same within 0.2 dB
# for each; with BRIGHTEST 1 networks that draw the picture lose 0.7 dB at 15/255, with 0.5 others
# lose 0.1.
WIDTH = 32  # pixels, standard deviation of the smooth part at scale 1,
NARROWER = 1.5  # which falls with this power of the scale
BRIGHTEST = 0.75  # that the smooth part is shown as
REACH = (-1.0, 2.0)  # brightness that a network is shown at most
NEIGHBOURS = 4  # pixels, standard deviation of the window in which a change is weighed
CHANCE = 0.1  # standard deviation of the mean square of noise in it, over 4π·4² = 201 pixels
FINEST = 1e-6  # σ that the rounding of float32 drowns


def scaled(
    restore: Callable[[np.ndarray], np.ndarray], image: np.ndarray, sigma: float, known: float
) -> np.ndarray:
    """Restore noise of σ by what knows another one.

    Stronger noise: a darker picture has weaker noise, and is a picture still. Weaker noise: a
    picture scaled up reaches far beyond [0, 1], where nobody has taught the network. So what its
    smooth part has beyond stays aside, the rest is clipped to `REACH`, and what the network
    changes counts as far as noise explains it.

    Parameters
    ----------
    restore : callable
        Image to restored image, for noise of `known`.
    image : numpy.ndarray
        (H, W) or (H, W, 3), noisy.
    sigma, known : float
        Of its noise, and of the noise that `restore` knows; in image units.

    Returns
    -------
    numpy.ndarray
        float32, not clipped.

    Examples
    --------
    >>> flat = np.full((32, 32), 0.5, np.float32)
    >>> bool(np.allclose(scaled(lambda image: image, flat, 5/255, 25/255), flat))
    True
    """
    if sigma < FINEST:
        return image.copy()
    scale = np.float32(known / sigma)
    if scale < 1:
        return restore(image * scale) / scale
    smooth = _blurred(image, WIDTH / scale**NARROWER) * scale
    smooth -= np.clip(smooth, 0, np.float32(BRIGHTEST))  # in place: pictures may be large
    shown = image * scale - smooth
    np.clip(shown, *np.float32(REACH), out=shown)
    return weighed(image, (restore(shown) - shown) / scale, sigma)


def weighed(image: np.ndarray, change: np.ndarray, sigma: float) -> np.ndarray:
    """Change an image as far as noise explains it.

    What removes all noise n, and a piece t of the picture with it, changes n + t, whose mean
    square is σ² + t². The share a of it that leaves the least error, t²·a² + σ²·(1 − a)², is
    σ²/(σ² + t²).

    Parameters
    ----------
    image, change : numpy.ndarray
        (H, W) or (H, W, 3), noisy and what a network would add.
    sigma : float
        Of the noise.

    Returns
    -------
    numpy.ndarray
        float32, between the image and what the network makes of it.

    Examples
    --------
    A network that changes 4/255 everywhere, where the noise has 1/255:

    >>> flat = np.zeros((64, 64), np.float32)
    >>> changed = weighed(flat, flat + 4/255, sigma=1/255)
    >>> round(float(255 * changed.mean()), 2)  # 4/16, and 0.1 of that as chance has it
    0.28
    """
    most = np.broadcast_to(np.float32((1 + CHANCE) * sigma**2), change.shape)
    return image + noise_share(most, change, NEIGHBOURS) * change


def _blurred(image: np.ndarray, width: float) -> np.ndarray:
    return gaussian_filter(image, (width, width, 0)[: image.ndim])

"""How far may a network's change be trusted? As far as it makes the picture better.

Nobody has the clean picture x, but of noise n of known σ the error of any restored picture can be
told all the same: E[n·c] = σ²·div c for whatever change c(y) is made to y = x + n (Stein 1981).
So the share a of a change that leaves the least error, E[(n + a·c)²], is E[−n·c]/c².

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
STEP = np.float32(0.2)  # of the noise, that is added; 0.1 and 0.5 give the same
STRIP = 2**20  # pixels that are weighed at once: what bounds memory


def by_stein(
    restore: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    sigma: float | np.ndarray,
    below: float = np.inf,
) -> np.ndarray:
    """Restore, and let every change count as far as it makes the picture better.

    Noise of ±σ, by chance, is added: `change_and_share`.

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
    sigma = np.broadcast_to(np.float32(sigma), image.shape[:2])
    change, share = change_and_share(restore, image, along(sigma, image) * signs, WIDTH)
    share[sigma >= below] = 1
    return image + share * change


def change_and_share(
    restore: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    noise: np.ndarray,
    width: int,
    doubt: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """What is changed, and the share of it that noise explains.

    E[n·c] is told by how the change answers a little more of such noise: Ramani, Blu, Unser
    (2008), Monte-Carlo SURE, IEEE Transactions on Image Processing 17(9), 1540-1554.

    Parameters
    ----------
    restore, image
        As above.
    noise : numpy.ndarray
        Another draw of the noise in `image`; (H, W) if the mean of the channels is to be judged.
    width : int
        Standard deviation in pixels of the window in which a change is weighed.
    doubt : float
        How many times as much noise there may be.

    Returns
    -------
    change, share : numpy.ndarray
        Of the shape of `image`, and of `noise`.
    """

    def changed(image: np.ndarray) -> np.ndarray:
        return np.asarray(restore(image) - image, np.float32)

    def judged(change: np.ndarray) -> np.ndarray:
        return change.mean(axis=2) if change.ndim > noise.ndim else change

    # The second picture first: of a large one not both are kept.
    answer = judged(changed(image + STEP * along(noise, image)))
    change = changed(image)
    answer = judged(change) - answer
    answer *= noise  # in place: pictures may be large
    answer *= doubt / STEP
    return change, noise_share(answer, judged(change), width)


def noise_share(explained: np.ndarray, change: np.ndarray, width: int) -> np.ndarray:
    """The share of a change that is noise: the mean of −n·c, `explained`, by that of c²."""
    share = np.empty_like(change)
    for part in strips(*change.shape[:2], pixels=STRIP):
        around, inner = widened(part, 4 * width, len(change))  # where `gaussian_filter` ends
        square = np.maximum(_blurred(change[around] ** 2, width), np.float32(1e-30))
        share[part] = np.clip(_blurred(explained[around], width) / square, 0, 1)[inner]
    return share


def along(plane: np.ndarray, image: np.ndarray) -> np.ndarray:
    """A plane (H, W), as it is added to an image (H, W, 3) or multiplied with it."""
    return plane if plane.ndim == image.ndim else plane[..., None]


def _blurred(image: np.ndarray, width: int) -> np.ndarray:
    return gaussian_filter(image, (width, width, 0)[: image.ndim])

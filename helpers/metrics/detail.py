"""What became of the picture's own gradients: how much is kept, and what was left or put in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from helpers import checks
from helpers.metrics.scores import as_pair

WINDOW = 8  # differences a side: 2·8² numbers against the one that is fitted


class Kept(NamedTuple):
    """Information against noise, in the gradients of a restored picture.

    Attributes
    ----------
    texture : float
        Share of the reference's gradients that is there: 1 all, 0 none; above 1 is sharpened.
    noise : float
        RMS of the gradients that go with none of the reference's, as the σ of the white noise
        that would make them; image units.
    """

    texture: float
    noise: float


def texture(reference: np.ndarray, image: np.ndarray, window: int = WINDOW) -> Kept:
    """Texture kept and noise left, by regression of one gradient on the other, window by window.

    In each window of `window` × `window` differences the gradient of the image is a·g + e, with
    the gradient g of the reference at the same place. Texture kept is the mean of a, weighted by
    the energy |g|², over all windows; noise left comes from |e|². Fresh noise raises the second
    and leaves the first as it is, a blur lowers the first: one number could not tell them apart.

    Parameters
    ----------
    reference, image : ndarray
        (H, W) or (H, W, 3), of one shape, at least `window` + 1 pixels each way.
    window : int
        Side of a window, in differences; 2 or more.

    Returns
    -------
    Kept

    Raises
    ------
    ValueError
        For what is no image, two shapes, too few pixels, or a reference without gradients.

    Examples
    --------
    >>> from helpers import images, noise
    >>> clean = images.load("camera", size=256)
    >>> kept = texture(clean, noise.Gaussian(25/255)(clean, rng=0))
    >>> round(kept.texture, 1), round(255 * kept.noise)
    (1.0, 25)
    """
    window = checks.whole(window, "window", 2)
    pair = as_pair(reference, image)
    if min(pair[0].shape[:2]) <= window:
        raise ValueError(
            f"windows of {window} differences need {window + 1}×{window + 1} pixels or more, "
            f"not {pair[0].shape[:2]}"
        )
    g, r = (_windows(x, window) for x in pair)  # (windows, 2·window²)
    own, shared = np.sum(g * g, axis=1), np.sum(g * r, axis=1)
    if not own.sum() > 0:
        raise ValueError("the reference is constant: it has no texture to keep")
    share = np.divide(shared, own, out=np.zeros_like(own), where=own > 0)
    rest = np.sum((r - share[:, None] * g) ** 2)
    free = g.size - len(g)  # a number is fitted in each window
    return Kept(float(shared.sum() / own.sum()), float(np.sqrt(rest / free / 2)))


def _windows(image: np.ndarray, window: int) -> np.ndarray:
    """Both directions' differences, a row for each whole window and channel."""
    height, width = ((side - 1) // window * window for side in image.shape[:2])
    here = image[:height, :width]
    both = np.stack([image[:height, 1 : width + 1] - here, image[1 : height + 1, :width] - here])
    cut = both.reshape(2, height // window, window, width // window, window, -1)
    return cut.transpose(1, 3, 5, 0, 2, 4).reshape(-1, 2 * window**2)

"""Do restored pictures look real? Their statistics against a pool of clean pictures of *others*.

To ask whether pictures look real, no picture's own reference may be used: a score that does, such
as `gradients.deg` between a picture and its reference, is 0 for the clean picture alone and so a
distortion, whatever its features. Here the gradients of all restored pictures together are
compared with those of clean pictures of other scenes, the pool. Two halves of the pool are some
way apart, too: nothing that is nearer than that is told from real.

>>> from helpers import filters, images, noise
>>> pool = [images.load(name, gray=True, size=128) for name in ("camera", "coins", "clock")]
>>> clean = [images.load(name, gray=True, size=128) for name in ("chelsea", "rocket")]
>>> smooth = [filters.gaussian(noise.Gaussian(25/255)(one, rng=0), 25/255) for one in clean]
>>> apart(pool, clean) < apart(pool, smooth)
True

Blau, Michaeli (2018), The perception-distortion tradeoff, CVPR: what is compared are
distributions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from helpers import checks
from helpers.gradients import DISTANCES, probabilities
from helpers.images import Seed, as_generator
from helpers.metrics import eight_bits

DRAWS = 100  # of two halves
MOST = 100_000  # draws


def apart(
    pool: Sequence[np.ndarray], restored: Sequence[np.ndarray], distance: str = "wasserstein"
) -> float:
    """How far the gradients of some pictures are from those of a pool of other scenes.

    Every picture counts as much as another, whatever its size. Pictures are clipped and rounded
    to 8 bits first, as for every score.

    Parameters
    ----------
    pool : sequence of numpy.ndarray
        Clean ones, (H, W) or (H, W, 3); not those that `restored` is of, or it is a distortion.
    restored : sequence of numpy.ndarray
        Gray or in colour as the pool is, unclipped ones admitted.
    distance : str
        A key of `gradients.DISTANCES`.

    Returns
    -------
    float
        √(dx² + dy²), in the unit of the distance (gray levels for ``"wasserstein"``).

    Raises
    ------
    ValueError
        For an empty list, what is no image, one of less than 2×2 pixels, an unknown distance.
    """
    first, second = _shares(pool, "pool"), _shares(restored, "restored")
    return _between(first.mean(axis=0), second.mean(axis=0), distance)


def floor(
    pool: Sequence[np.ndarray], rng: Seed, distance: str = "wasserstein", draws: int = DRAWS
) -> np.ndarray:
    """How far two halves of a pool are apart, for the halves of some draws.

    Few pictures are further apart by chance than many: hold `apart` of as many pictures as a half
    has against this.

    Parameters
    ----------
    pool : sequence of numpy.ndarray
        As in `apart`; two or more.
    rng : int or numpy.random.Generator
        Draws the halves.
    distance : str
        A key of `gradients.DISTANCES`.
    draws : int

    Returns
    -------
    numpy.ndarray
        (draws,) float64.

    Examples
    --------
    >>> from helpers import images
    >>> pool = [images.dead_leaves(seed, (64, 64)) for seed in range(6)]
    >>> floor(pool, rng=0, draws=5).shape
    (5,)
    """
    shares, rng = _shares(pool, "pool"), as_generator(rng)
    draws = checks.whole(draws, "draws", 1, MOST)
    if len(shares) < 2:
        raise checks.refusal("pool", "two pictures or more, to have halves", pool)
    orders = (rng.permutation(len(shares)) for _ in range(draws))
    halves = (np.array_split(shares[order], 2) for order in orders)
    return np.array([_between(*(half.mean(axis=0) for half in two), distance) for two in halves])


def _shares(pictures: Sequence[np.ndarray], name: str) -> np.ndarray:
    """The gradient histogram of each picture, (N, 2, 511), in each direction with the sum 1."""
    pictures = checks.several(pictures, name, "a list of pictures")
    if not pictures:
        raise checks.refusal(name, "a list of one picture or more", pictures)
    return np.stack([probabilities(eight_bits(one)) for one in pictures])


def _between(first: np.ndarray, second: np.ndarray, distance: str) -> float:
    measure = DISTANCES[distance]
    return float(np.hypot(*(measure(p, q) for p, q in zip(first, second))))

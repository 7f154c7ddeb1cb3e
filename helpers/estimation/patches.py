"""What blind estimates share: whether a picture can be read, where it holds noise, its patches.

Noise is sought where a picture is flattest, and nothing is flatter than what holds no noise:
bars, corners of a turned picture, masks, over-exposure. `look` tells which pixels are alive. A
large picture is replaced by `excerpt`, and `Patches` are cut out block by block, so that memory
and time have a bound.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera", size=256), rng=0)
>>> noisy[:64] = 0
>>> _, alive = look(noisy)
>>> bool(alive[0, :66].any()), float(alive[0, 66:].mean())  # two pixels of margin
(False, 1.0)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from helpers.images import as_image

# A pixel is dead where it lies in a window of 7×7 without any variation. White noise leaves none
# in float data, and in 8 bits hardly one even at σ = 0.3/255; clipping leaves one where the scene
# lies more than two σ beyond black or white.
DEAD_SIDE = 7  # side of the window, in pixels
MARGIN = 2  # pixels around it that interpolation or JPEG may have mixed with their neighbours
STILL = 1e-5  # variation that rounding leaves, less than a level of 16 bits
MOST_DEAD = 0.55  # share of dead pixels above which a picture is refused: a half, and some chance
TILE = 96  # side of the tiles of an excerpt, in pixels: in step with JPEG and with sensors
EXCERPT = 2**19  # pixels: `blind_sigma` reads 24 megapixels in 0.3 s, clipped colour in 3.5 s
AT_ONCE = 2**14  # patches that are looked at at once: 3 MB of 7×7


# ---- can it be read, and where? --------------------------------------------------------------


def readable(noisy: np.ndarray, least: int) -> np.ndarray:
    """Return the image, float32, or say why nothing can be estimated from it alone.

    Raises
    ------
    ValueError
        For what is no image, fewer than `least` pixels a side, a constant picture, or one of
        which more than nine tenths are at black or white.
    """
    image = as_image(noisy, clipped=False)
    if min(image.shape[:2]) < least:
        raise ValueError(
            f"a blind estimate needs at least {least}×{least} pixels, not {image.shape[:2]}"
        )
    clipped = np.mean((image <= 0) | (image >= 1))
    if np.ptp(image) == 0 or clipped > 0.9:
        raise ValueError(
            f"the picture is constant or saturated ({clipped:.0%} of it at black or white): "
            "what noise there was is cut off"
        )
    return image


def excerpt(image: np.ndarray, most: int = EXCERPT) -> tuple[np.ndarray, np.ndarray]:
    """A picture of bounded size with the same patches: tiles from all over, side by side.

    The tiles are drawn once for all, so one picture has one excerpt; they begin at multiples of
    96, which keeps a JPEG's blocks and a sensor's colours in step.

    Parameters
    ----------
    image : numpy.ndarray
        (H, W) or (H, W, 3).
    most : int
        Pixels; a picture that has no more is returned as it is.

    Returns
    -------
    image : numpy.ndarray
        (H', W') or (H', W', 3), perhaps the very same array. Of a large picture 7×7 tiles.
    seen : numpy.ndarray
        (H', W') bool: False in the last row and column of each tile, so that patches which
        hold no unseen pixel never reach across a seam.
    """
    if image.shape[0] * image.shape[1] <= most:
        return image, np.ones(image.shape[:2], bool)
    height, width = (min(TILE, side) for side in image.shape[:2])
    down, across = image.shape[0] // height, image.shape[1] // width
    side = int(np.sqrt(min(most // (height * width), down * across)))
    drawn = np.random.default_rng(0).choice(down * across, side**2, replace=False)
    corners = [divmod(tile, across) for tile in np.sort(drawn)]
    tiles = [image[y * height :, x * width :][:height, :width] for y, x in corners]
    rows = [np.concatenate(tiles[k : k + side], axis=1) for k in range(0, side**2, side)]
    mosaic = np.concatenate(rows)
    seen = np.ones(mosaic.shape[:2], bool)
    seen[height - 1 :: height] = seen[:, width - 1 :: width] = False
    return mosaic, seen


def constant(image: np.ndarray) -> np.ndarray:
    """Centres of 7×7 windows without any variation, (C, H, W) bool; borders are mirrored."""
    ranges = (maximum_filter(x, DEAD_SIDE) - minimum_filter(x, DEAD_SIDE) for x in planes(image))
    return np.stack([spread <= STILL for spread in ranges])


def look(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a blind estimate looks at: the `excerpt`, and which of its pixels may hold noise.

    Returns
    -------
    image : numpy.ndarray
        (H', W') or (H', W', C), C at least 2. Channels are left out that repeat another one (a
        gray picture kept as colour), or that are constant over more than half of the picture
        or have no living pixel, where another one is not so.
    alive : numpy.ndarray
        (C, H', W') bool: False where a pixel is dead, up to two pixels around it, and at seams.

    Raises
    ------
    ValueError
        For a picture that is constant over more than half of it, or near each of its pixels.
    """
    image, seen = excerpt(image)
    flat = constant(image)
    dead = np.array([maximum_filter(c, DEAD_SIDE)[seen].mean() for c in flat])
    alive = np.stack([~maximum_filter(c, DEAD_SIDE + 2 * MARGIN) & seen for c in flat])
    kept = [
        c
        for c in np.flatnonzero((dead <= MOST_DEAD) & alive.any(axis=(1, 2)))
        if not any(np.array_equal(image[..., c], image[..., earlier]) for earlier in range(c))
    ]
    if not kept:
        raise ValueError(
            f"the picture is constant over {dead.min():.0%} of it (bars, a mask, saturation), "
            "where no noise is to be seen; accepted is up to half, if some pixel "
            f"is more than {MARGIN} away from it: cut out what was photographed"
        )
    if len(kept) < len(flat):
        image = image[..., kept] if len(kept) > 1 else image[..., kept[0]]
    return image, alive[kept]


# ---- patches ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patches:
    """Overlapping square patches of one channel, cut out only when they are looked at.

    Attributes
    ----------
    channel : numpy.ndarray
        (H, W).
    corners : numpy.ndarray
        (N,) places of the upper left pixels, as flat indices of the channel, ascending.
    size : int
        Side of a patch in pixels; d = size² below.

    Examples
    --------
    >>> patches = Patches.of(np.eye(9), np.ones((9, 9), bool), 7)
    >>> len(patches), next(patches.blocks()).shape
    (9, (9, 49))
    """

    channel: np.ndarray
    corners: np.ndarray
    size: int

    @classmethod
    def of(cls, channel: np.ndarray, alive: np.ndarray, size: int) -> Patches:
        """All patches of a channel that hold no pixel which is not `alive`, (H, W) both."""
        corners = np.zeros(alive.shape, bool)
        inside = tuple(slice(0, side - size + 1) for side in alive.shape)
        corners[inside] = minimum_filter(alive, size, origin=-(size // 2))[inside]
        return cls(channel, np.flatnonzero(corners), size)

    def __len__(self) -> int:
        return len(self.corners)

    def select(self, kept: np.ndarray) -> Patches:
        """Some of them, by a mask (N,) or by indices."""
        return replace(self, corners=self.corners[kept])

    def on_grid(self, count: int, least: int = 1) -> Patches:
        """About `count` of them: corners on a grid of so many pixels, or `least` if fewer."""
        step = max(least, int(np.sqrt(len(self) / count)))
        rows, columns = np.divmod(self.corners, self.channel.shape[1])
        return self.select((rows % step == 0) & (columns % step == 0))

    def blocks(self, count: int = AT_ONCE) -> Iterator[np.ndarray]:
        """The patches themselves, (n, d) float32, no more than `count` at once."""
        rows, columns = np.divmod(np.arange(self.size**2), self.size)
        offsets = rows * self.channel.shape[1] + columns
        pixels = np.asarray(self.channel, dtype=np.float32).ravel()
        for start in range(0, len(self), count):
            yield pixels[self.corners[start : start + count, None] + offsets]

    def means(self) -> np.ndarray:
        """Brightness of each patch, (N,) float64."""
        means = [block.mean(axis=1, dtype=float) for block in self.blocks()]
        return np.concatenate([*means, np.zeros(0)])

    def covariance(self) -> np.ndarray:
        """Covariance matrix, (d, d) float64."""
        total, product = np.zeros(self.size**2), np.zeros((self.size**2,) * 2)
        middle = self.channel.ravel()[self.corners[:: len(self) // 4096 + 1]].mean()
        for block in self.blocks():  # differences from about the mean lose fewer digits
            block = block - middle
            total += block.sum(axis=0, dtype=float)
            product += block.T @ block
        mean = total / len(self)
        return product / len(self) - np.outer(mean, mean)

    def moments(self) -> np.ndarray:
        """Mean products of the pixels, each patch without its own mean, (d, d) float64.

        Unlike a covariance it knows of a slope that all patches share.
        """
        product = np.zeros((self.size**2,) * 2)
        for block in self.blocks():
            block = block - block.mean(axis=1, keepdims=True)
            product += block.T @ block
        return product / len(self)

    def energies(self, basis: np.ndarray, quiet: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean square along the first `quiet` directions, and along the others, (N,) each.

        The basis, (d, k), has a direction in each column; patches lose their own mean first.
        """
        basis, energies = basis.astype(np.float32), np.empty((2, len(self)), np.float32)
        for start, block in zip(range(0, len(self), AT_ONCE), self.blocks()):
            squares = ((block - block.mean(axis=1, keepdims=True)) @ basis) ** 2
            here = np.s_[:, start : start + len(block)]
            energies[here] = squares[:, :quiet].mean(axis=1), squares[:, quiet:].mean(axis=1)
        return energies[0], energies[1]


def planes(image: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, C) to (C, H, W), a view."""
    return np.atleast_3d(image).transpose(2, 0, 1)

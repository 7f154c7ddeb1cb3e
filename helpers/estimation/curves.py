"""What one noisy picture shows of its noise at each brightness: variances, shares of impulses.

Sums are kept for each tile of the picture, so that an interval can draw the tiles anew.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> points = flat_variances(noisy).points()
>>> round(float(255 * np.sqrt(np.median(points.value))))
25
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import convolve, maximum_filter, minimum_filter

from helpers.estimation.patches import channels_of, covariance, patches_of

SIZE = 7  # of a patch
CLASSES = 32  # of brightness, for variances
SHADES = 8  # of brightness, for impulses
TILES = 8  # along each side of the picture
GRAY = (0.1, 0.9)  # brightness at which a scene is neither black nor white
_AROUND = np.ones((5, 5))
_AROUND[2, 2] = 0


@dataclass(frozen=True)
class Points:
    """Values over brightness; all are (K,), and an empty class has count 0."""

    count: np.ndarray
    brightness: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class Tally:
    """Sums over what was measured, in each tile of the picture (T) and class (K).

    Attributes
    ----------
    count, brightness, value : numpy.ndarray
        (T, K): how much was measured, and the sums of its brightness and of its value.
    """

    count: np.ndarray
    brightness: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, cell: np.ndarray, brightness: np.ndarray, value: np.ndarray, k: int) -> Tally:
        """Sum what was measured, (N,) each; its cell is tile · k + class."""
        sums = [
            np.bincount(cell, weights, minlength=TILES**2 * k).reshape(-1, k)
            for weights in (np.ones(len(cell)), brightness, value)
        ]
        return cls(*sums)

    @classmethod
    def joined(cls, tallies: Sequence[Tally]) -> Tally:
        """The classes of several tallies side by side."""
        columns = [(t.count, t.brightness, t.value) for t in tallies]
        return cls(*(np.hstack(sums) for sums in zip(*columns)))

    def points(self, weights: np.ndarray | None = None) -> Points:
        """Means of each class over all tiles, perhaps with a weight for each tile, (T,)."""
        weights = np.ones(len(self.count)) if weights is None else weights
        count, brightness, value = (weights @ s for s in (self.count, self.brightness, self.value))
        safe = np.maximum(count, 1e-12)
        return Points(count, brightness / safe, value / safe)

    @property
    def widening(self) -> np.ndarray:
        """(K,) factor on spreads of few tiles: the standard deviation of a t distribution."""
        tiles = (self.count > 0).sum(axis=0)
        return np.sqrt(tiles / np.maximum(tiles - 3, 1))

    def errors(self) -> np.ndarray:
        """Standard error of each value, (K,), from how the tiles differ; inf where few do."""
        points, tiles = self.points(), (self.count > 0).sum(axis=0)
        apart = self.value - points.value * self.count
        size = np.sqrt((apart**2).sum(axis=0)) / np.maximum(points.count, 1)
        return np.where((tiles > 3) & (size > 0), size * self.widening, np.inf)


def flat_variances(image: np.ndarray, directions: int = 12, share: float = 0.3) -> Tally:
    """Variance at each brightness, in the quietest directions of the flattest patches.

    As in `blind.flat`, patches are chosen by the loud directions and measured in the quiet ones;
    here the flattest are chosen in each class of brightness. The directions for one half of the
    tiles are learned in the other: they cannot be quiet by chance.
    """
    tile = _tiles(*(n - SIZE + 1 for n in image.shape[:2]))
    return Tally.joined([_flat(p, tile, directions, share) for p in patches_of(image, SIZE)])


def _flat(patches: np.ndarray, tile: np.ndarray, directions: int, share: float) -> Tally:
    brightness = patches.mean(axis=1, dtype=float)  # (N,)
    patches = patches - brightness[:, None].astype(np.float32)
    variance, texture = np.empty((2, len(patches)))
    black = (tile // TILES + tile) % 2 == 0  # of a chessboard
    for here in (black, ~black):
        _, basis = np.linalg.eigh(covariance(patches[~here]))
        energy = (patches[here] @ basis[:, 1:].astype(np.float32)) ** 2  # quiet ones first
        variance[here] = energy[:, :directions].mean(axis=1)
        texture[here] = energy[:, directions:].mean(axis=1)
    group = _by_quantile(brightness)
    members = [np.flatnonzero(group == k) for k in range(CLASSES)]
    flat = np.concatenate(
        [m[texture[m] <= np.quantile(texture[m], share)] for m in members if len(m)]
    )
    cell = tile[flat] * CLASSES + group[flat]
    return Tally.of(cell, brightness[flat], variance[flat], CLASSES)


def _by_quantile(brightness: np.ndarray) -> np.ndarray:
    """Number of the class, of which each has about as many members."""
    edges = np.quantile(brightness, np.arange(1, CLASSES) / CLASSES)
    return np.searchsorted(edges, brightness)


def impulse_shares(image: np.ndarray) -> Tally:
    """Shares of exact black and of exact white at each brightness of the surroundings.

    Only pixels count whose neighbours, impulses aside, are all gray: there a scene is hardly
    ever black or white for one pixel, and impulses do not care where they fall. For each
    channel: SHADES classes of black, then SHADES of white.
    """
    tallies = []
    tile = _tiles(*image.shape[:2])
    for channel in channels_of(image):
        inside, shade = _surroundings(channel)
        cell = tile[inside] * SHADES + shade
        hits = channel.ravel()[inside]
        middle = (shade + 0.5) / SHADES
        tallies += [Tally.of(cell, middle, hit, SHADES) for hit in (hits <= 0, hits >= 1)]
    return Tally.joined(tallies)


def _surroundings(channel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of pixels in gray surroundings, and the class of brightness of these.

    A pixel is chosen by its neighbours alone, so that the choice does not depend on whether it
    was hit; where far more of them are black or white than elsewhere, that is the scene.
    """
    impulse = (channel <= 0) | (channel >= 1)
    others = convolve((~impulse).astype(float), _AROUND) / _AROUND.sum()
    mean = convolve(np.where(impulse, 0, channel), _AROUND) / _AROUND.sum()
    neutral = np.where(impulse, 0.5, channel)
    inside = others > max(0.7 * np.median(others), 0.02)
    inside &= minimum_filter(neutral, footprint=_AROUND) > GRAY[0]
    inside &= maximum_filter(neutral, footprint=_AROUND) < GRAY[1]
    inside = np.flatnonzero(inside)
    brightness = mean.ravel()[inside] / others.ravel()[inside]
    shade = (brightness - GRAY[0]) / (GRAY[1] - GRAY[0]) * SHADES
    return inside, np.clip(shade, 0, SHADES - 1).astype(int)


def _tiles(height: int, width: int) -> np.ndarray:
    """Number of the tile of each pixel, (H·W,)."""
    rows, columns = np.arange(height) * TILES // height, np.arange(width) * TILES // width
    return (rows[:, None] * TILES + columns).ravel()

"""What one noisy picture shows of its noise at each brightness: variances, shares of impulses.

Sums are kept for each tile of the picture, so that an interval can draw the tiles anew.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> points = flat_variances(noisy).points()
>>> round(float(255 * np.sqrt(np.median(points.value))))
25
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import convolve, maximum_filter, minimum_filter

from helpers.estimation.bootstrap import draw_tiles, tile_numbers
from helpers.estimation.patches import Patches, excerpt, look, planes

TILES = 8  # along each side of the picture; from how 64 of them differ come standard errors
# Directions, classes and shares matter little: on the course's photographs 6 to 24, 16 to 64, and
# from one share to three err by 3.7 to 4.5 % (Gaussian, Poisson, gain; 45 fits).
PATCH = 7  # pixels a side of a patch
QUIET = 12  # of its 48 directions in which noise is measured
FREEDOM = QUIET / PATCH**2  # independent numbers for each of all overlapping patches
CLASSES = 32  # of brightness, of equal size: of 256×256 pixels 2,000 patches each
FLATNESS = (0.1, 0.3, 0.6)  # shares of a class of brightness, from the flattest patch on
# Tuned on 24 pictures of BSDS500 train, gray, with noise of 17 strengths; then scored once by
# `python -m tools.measure.accuracy coverage`:
LESS_FLAT = 0.5  # patches up to this share are compared with the flattest
LEAK = 0.12  # of what the scene adds in other directions, quiet ones get this share, at a guess
TRUST = 12000  # the guess has the weight of a scene of the noise's strength in so many patches
MOST_LEAK = 0.8  # of 1 it would be said that all is scene, and slope / (1 − slope) has no end
CUT = 0.02  # share of pixels at black or white from which on a shade does not tell the leak
LEAST = 500  # patches, or gray pixels, without which nothing is told
# Impulses:
SHADES = 8  # of brightness
GRAY = (0.1, 0.9)  # brightness at which a scene is neither black nor white
_AROUND = np.ones((5, 5))
_AROUND[2, 2] = 0


@dataclass(frozen=True)
class Points:
    """Values over brightness, and what was taken off them for the scene.

    All are (K,), and an empty class has count 0.
    """

    count: np.ndarray
    brightness: np.ndarray
    value: np.ndarray
    scene: np.ndarray


@dataclass(frozen=True)
class Tally:
    """Sums in each tile of the picture (T) and class (K), (4, T, K).

    Of how much was measured, of its brightness, of its value, and of what was taken off the value
    for the scene.
    """

    sums: np.ndarray

    @classmethod
    def of(cls, cell: np.ndarray, k: int, *measured: np.ndarray) -> Tally:
        """Sum brightness, value and the scene's share, (N,) each, by cell: tile · k + class."""
        every = np.ones(len(cell)), *measured
        sums = [np.bincount(cell, weights, minlength=TILES**2 * k) for weights in every]
        return cls(np.reshape(sums, (len(every), -1, k)))

    @classmethod
    def joined(cls, tallies: Iterable[Tally]) -> Tally:
        """The classes of several tallies side by side."""
        return cls(np.concatenate([tally.sums for tally in tallies], axis=2))

    def points(self, rng: np.random.Generator | None = None) -> Points:
        """Means of each class over all tiles or, with an rng, over tiles drawn anew from them."""
        times = np.ones(TILES**2) if rng is None else draw_tiles(TILES**2, rng)
        count, *sums = times @ self.sums
        return Points(count, *(each / np.maximum(count, 1e-12) for each in sums))

    @property
    def widening(self) -> np.ndarray:
        """(K,) factor on spreads of few tiles: the standard deviation of a t distribution."""
        tiles = np.count_nonzero(self.sums[0], axis=0)
        return np.sqrt(tiles / np.maximum(tiles - 3, 1))

    def errors(self) -> np.ndarray:
        """Standard error of each value, (K,), from how the tiles differ; inf where few do."""
        points, tiles = self.points(), np.count_nonzero(self.sums[0], axis=0)
        count, _, value, _ = self.sums
        apart = value - points.value * count
        size = np.sqrt((apart**2).sum(axis=0)) / np.maximum(points.count, 1)
        return np.where((tiles > 3) & (size > 0), size * self.widening, np.inf)


def flat_variances(image: np.ndarray) -> Tally:
    """Variance at each brightness and flatness, in the quietest directions of patches.

    White noise has independent parts in orthogonal directions. It is measured in the quiet ones;
    by every second of the others patches are sorted by flatness; and what is left of those tells
    how much of the scene leaks into the measurement: from flat patches to less flat ones the
    scene grows in both, noise in neither. That share is taken off, as if the line of measured
    against other energies were followed to where both are equal: to noise alone. The directions
    for one half of the tiles are learned in the other: they cannot be quiet by chance.

    Raises
    ------
    ValueError
        For a picture that is constant over more than half of it, or has no flat part at all.
    """
    image, living = look(image)
    channels = zip(planes(image), living)
    return Tally.joined([_variances(Patches.of(x, alive, PATCH)) for x, alive in channels])


def _variances(patches: Patches) -> Tally:
    """Classes are of brightness, and of flatness within each."""
    if len(patches) < LEAST:
        raise ValueError("too little of the picture is free of constant parts")
    tile = tile_numbers(patches.channel.shape, TILES).ravel()[patches.corners]
    brightness, (quiet, scene, loud) = patches.means(), _energies(patches, tile)
    shade = np.searchsorted(np.quantile(brightness, np.arange(1, CLASSES) / CLASSES), brightness)
    rank = _ranks(loud, shade)
    clipped = replace(patches, channel=np.isin(patches.channel, (0, 1)))
    whole = _mean_of(clipped.means(), shade)[shade] < CUT  # clipping takes from all directions
    taken = _leak(quiet[whole], scene[whole], shade[whole], rank[whole]) * (scene - quiet)
    flatness = np.searchsorted(FLATNESS, rank)
    kept, classes = flatness < len(FLATNESS), CLASSES * len(FLATNESS)
    cell = (tile * CLASSES + shade) * len(FLATNESS) + flatness
    measured = brightness, quiet - taken, taken
    return Tally.of(cell[kept], classes, *(each[kept] for each in measured))


def _energies(patches: Patches, tile: np.ndarray) -> np.ndarray:
    """(3, N) mean squares along the quiet directions, and along every second of the others."""
    energies = np.empty((3, len(patches)))
    black = (tile // TILES + tile) % 2 == 0  # of a chessboard
    for here in (black, ~black):
        there = ~here if np.sum(~here) >= LEAST else here | ~here
        _, basis = np.linalg.eigh(patches.select(there).moments())
        basis = basis[:, 1:].astype(np.float32)  # quiet ones first; without the mean
        parts = basis[:, :QUIET], basis[:, QUIET::2], basis[:, QUIET + 1 :: 2]
        squares = [np.zeros((3, 0))]
        for block in patches.select(here).blocks():
            block = block - block.mean(axis=1, keepdims=True)
            squares.append(np.stack([np.square(block @ part).mean(axis=1) for part in parts]))
        energies[:, here] = np.concatenate(squares, axis=1)
    return energies


def _ranks(value: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Rank of each value within its group, from 0 for the least to 1."""
    order = np.lexsort((value, group))
    size = np.bincount(group)
    first, own = np.cumsum(size) - size, group[order]
    rank = np.empty(len(value))
    rank[order] = (np.arange(len(value)) - first[own] + 0.5) / size[own]
    return rank


def _leak(quiet: np.ndarray, scene: np.ndarray, shade: np.ndarray, rank: np.ndarray) -> float:
    """What the scene adds to (quiet − noise) for each 1 that it adds to (scene − quiet).

    The slope from the flattest patches to less flat ones, each shade by its own noise, and drawn
    to `LEAK` where they hardly differ.
    """
    if not len(rank):
        return LEAK / (1 - LEAK)
    flat, other = rank < FLATNESS[0], (rank >= FLATNESS[0]) & (rank < LESS_FLAT)
    noise = _mean_of(quiet[flat], shade[flat])
    noise = np.maximum(noise, 1e-3 * noise.max())[shade]
    measured, elsewhere = (
        np.mean((energy / noise)[other]) - np.mean((energy / noise)[flat])
        for energy in (quiet, scene)
    )
    prior = TRUST / len(rank)
    slope = (measured * elsewhere + LEAK * prior) / (elsewhere**2 + prior)
    slope = np.clip(slope, 0, MOST_LEAK)
    return float(slope / (1 - slope))


def _mean_of(value: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Mean of the values in each class of brightness, (CLASSES,); 0 in an empty one."""
    count = np.bincount(group, minlength=CLASSES)
    return np.bincount(group, value, CLASSES) / np.maximum(count, 1)


def impulse_shares(image: np.ndarray) -> Tally:
    """Shares of exact black and of exact white at each brightness of the surroundings.

    Only pixels count whose neighbours, impulses aside, are all gray: there a scene is hardly
    ever black or white for one pixel, and impulses do not care where they fall. They are
    selected by their neighbours alone, so that it does not depend on whether they were hit
    themselves; where far more of these are black or white than elsewhere, that is the scene. For
    each channel: SHADES classes of black, then SHADES of white.
    """
    tallies = []
    image, _ = excerpt(image)
    tile = tile_numbers(image.shape, TILES).ravel()
    for channel in planes(image).astype(float):
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
        shade = np.clip(shade, 0, SHADES - 1).astype(int)
        middle, none = (shade + 0.5) / SHADES, np.zeros(len(shade))
        hits, cell = channel.ravel()[inside], tile[inside] * SHADES + shade
        tallies += [Tally.of(cell, SHADES, middle, hit, none) for hit in (hits <= 0, hits >= 1)]
    return Tally.joined(tallies)

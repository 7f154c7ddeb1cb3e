"""Unaligned pictures: gradient histograms, surface by surface.

Two pictures of one kind show much the same surfaces, smooth and rough, dark and bright, but
hardly ever in the same proportions: half a photograph may be sky. So the reference is cut into
surfaces, each gets the candidate's noise, and the proportions are left to the noisy picture.

How bright a place is can be seen through the noise, by the mean around it; how rough it was
cannot. So gradients are compared in bands of brightness, and only within a band are proportions
free. Without bands, more of what is dark would pass for less noise where noise grows with
brightness: speckle was off by 12 % on halves of photographs, and is by 2 % with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.optimize import nnls

from helpers.estimation.bootstrap import draw_tiles, tile_numbers
from helpers.estimation.features import Features

# Chosen on halves of 256×256 pixels of the course's photographs: errors of σ hardly change for
# 4 to 8 bands of 700 to 1500 pixels a kind.
WINDOW = 9  # pixels a side, for brightness and activity around a pixel
BANDS, ACTIVITIES = 8, 12  # of brightness, and kinds of surface in each, where pixels are enough
KIND, BAND = 700, 1500  # pixels of the references that a kind, and a whole band, should have
TILES = 6  # a side, to be drawn with replacement: of 256×256 pixels 36 tiles of 43×43

Pairs = tuple[np.ndarray, np.ndarray]  # (H, W − 1) and (H − 1, W): of neighbours in x and in y


class Surfaces:
    """A noisy picture and clean ones, compared by gradients at places of one brightness.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3).
    references : sequence of numpy.ndarray
        Clean, of any size.
    """

    def __init__(self, noisy: np.ndarray, references: Sequence[np.ndarray]) -> None:
        around = [_surroundings(image) for image in references]
        mean, variance = (np.concatenate([m.ravel() for m in maps]) for maps in zip(*around))
        # (B − 1,) between bands of brightness; none where the pictures have none in common
        self.edges = _band_edges(_brightness(noisy).ravel(), mean)
        self.bands = len(self.edges) + 1
        # A kinds of surface in each band, by the variance around a pixel
        self.activities = int(np.clip(mean.size // (KIND * self.bands), 1, ACTIVITIES))
        edges = np.quantile(variance, np.linspace(0, 1, self.activities + 1)[1:-1])
        self._kinds = [_of_pairs(variance, edges) for _, variance in around]
        self._tiles = [tile_numbers(image.shape, TILES) for image in references]
        tiles = tile_numbers(noisy.shape, TILES)
        # (T, B, 2, 511) gradients in each tile of the noisy picture
        self._by_tile = self._counts(noisy, (tiles[:, 1:], tiles[1:]), tiles.max() + 1)
        self._all = self._by_tile.sum(axis=0)
        self._hint = 1e-9 * self._all  # gives a band that was left empty rows that weigh nothing

    def observed(self, seed: int | None = None) -> Features:
        """Gradients of the noisy picture, two rows for each band.

        With a seed: of what might have been seen instead, its tiles drawn with replacement.
        """
        if seed is None:
            return _features(self._all)
        times = draw_tiles(len(self._by_tile), np.random.default_rng([seed, 0]))
        return _features(np.tensordot(times, self._by_tile, 1) + self._hint)

    def of(self, noisy: Sequence[np.ndarray]) -> Features:
        """The same of noisy versions of the references, together."""
        each = zip(noisy, self._kinds)
        counts = [self._counts(*one, self.activities).sum(axis=0) for one in each]
        return _features(sum(counts) + self._hint)

    def other_weights(self, observed: Features, seed: int) -> Features:
        """With other weights of the bands: do they all tell the same? (Bayesian bootstrap)"""
        luck = np.random.default_rng([seed, 2]).exponential(size=self.bands)
        weights = observed.weights * np.repeat(np.sqrt(luck / luck.mean()), 2)
        return replace(observed, weights=weights)

    def other_tiles(self, seed: int) -> list[np.ndarray]:
        """Weights of the references' pixels as if their tiles were drawn with replacement."""
        rng = np.random.default_rng([seed, 1])
        return [draw_tiles(tiles.max() + 1, rng)[tiles] for tiles in self._tiles]

    def nearest(
        self,
        noisy: Sequence[np.ndarray],
        observed: Features,
        weights: Sequence[np.ndarray] | None = None,
    ) -> Features:
        """The noisy references, with their surfaces mixed so that they come nearest.

        Nearest in the squares of cumulative sums, a convex problem that has one solution.
        `noisy` repeats the references in their order, once or several times; their pixels may
        have `weights`.
        """
        repeats = len(noisy) // len(self._kinds)
        each = zip(noisy, self._kinds * repeats, (weights or [None] * len(self._kinds)) * repeats)
        counts = sum(self._counts(y, kinds, self.activities, w) for y, kinds, w in each)
        target = np.cumsum(observed.rows.reshape(-1, 2, 511), axis=2)
        mixed = [_mixed(counts[:, band], target[band]) for band in range(self.bands)]
        return Features(np.concatenate(mixed), observed.weights, order=2)

    def _counts(
        self, image: np.ndarray, kinds: Pairs, count: int, weight: np.ndarray | None = None
    ) -> np.ndarray:
        """Gradients by kind of place and band of brightness, (count, B, 2, 511).

        Each counts with both signs: a picture is like itself turned around, where light comes
        from the other side.
        """
        levels = np.rint(np.atleast_3d(image) * 255).astype(np.int32)
        both = []
        bands = _of_pairs(_brightness(image), self.edges)
        for axis, kind, band in zip((1, 0), kinds, bands):
            bins = np.clip(np.diff(levels, axis=axis), -255, 255) + 255
            bins = bins + (511 * (kind * self.bands + band))[..., None]
            weights = None
            if weight is not None:
                cut = weight[:, 1:] if axis == 1 else weight[1:]
                weights = np.broadcast_to(cut[..., None], bins.shape).ravel()
            both.append(np.bincount(bins.ravel(), weights, count * self.bands * 511))
        counts = np.stack([one.reshape(count, self.bands, 511) for one in both], axis=2)
        return counts + counts[..., ::-1]


def _band_edges(noisy: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Edges between bands of brightness that the noisy picture and the clean ones fill."""
    count = int(np.clip(min(noisy.size, clean.size) // (4 * BAND), 1, BANDS))
    edges = list(np.unique(np.quantile(noisy, np.linspace(0, 1, count + 1)[1:-1])))
    while edges:
        each = [
            np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1)
            for x in (noisy, clean)
        ]
        filled = np.minimum(*each)
        poorest = int(filled.argmin())
        if filled[poorest] >= BAND:
            break
        beside = [k for k in (poorest - 1, poorest) if 0 <= k < len(edges)]
        del edges[min(beside, key=lambda k: filled[k] + filled[k + 1])]
    return np.array(edges)


def _mixed(counts: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rows of (A, 2, 511) mixed so that their sums are nearest to `target`: (2, 511)."""
    counts = counts[(counts.sum(axis=2) > 0).all(axis=1)]
    if not len(counts):  # with this noise no place is as bright
        return np.full((2, 511), 1 / 511)
    rows = counts / counts.sum(axis=2, keepdims=True)
    cumulative = np.cumsum(rows, axis=2).reshape(len(rows), -1)
    sums = np.full(len(rows), 10.0)  # the last equation asks shares to sum to 1, heavily
    share, _ = nnls(np.column_stack([cumulative, sums]).T, np.append(target, 10.0))
    mixed = np.tensordot(share, rows, 1)
    return mixed / mixed.sum(axis=1, keepdims=True)


def _of_pairs(values: np.ndarray, edges: np.ndarray) -> Pairs:
    """Between which edges the mean of each pair of neighbours lies."""
    return (
        np.searchsorted(edges, (values[:, 1:] + values[:, :-1]) / 2),
        np.searchsorted(edges, (values[1:] + values[:-1]) / 2),
    )


def _brightness(image: np.ndarray) -> np.ndarray:
    """Mean around each pixel, (H, W): what noise leaves to be seen of the scene."""
    return uniform_filter(np.atleast_3d(image).mean(axis=2, dtype=float), WINDOW)


def _surroundings(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of brightness around each pixel, (H, W) each."""
    gray = np.atleast_3d(image).mean(axis=2, dtype=float)
    mean = uniform_filter(gray, WINDOW)
    return mean, np.maximum(uniform_filter(gray**2, WINDOW) - mean**2, 0)


def _features(counts: np.ndarray) -> Features:
    """Counts (B, 2, 511) as rows, each band as heavy as it is large."""
    total = counts.sum(axis=2, keepdims=True)
    rows = np.where(total > 0, counts / np.maximum(total, 1e-300), 1 / 511)
    share = counts.sum(axis=(1, 2)) / counts.sum()
    return Features(rows.reshape(-1, 511), np.repeat(np.sqrt(share), 2), order=2)

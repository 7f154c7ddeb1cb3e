"""Unaligned pictures: gradient histograms, surface by surface.

Two pictures of one kind show much the same surfaces, smooth and rough, dark and bright, but
hardly ever in the same proportions: half a photograph may be sky. So the reference is cut into
surfaces, each gets the candidate's noise, and the proportions are left to the noisy picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.optimize import nnls

from helpers import gradients
from helpers.estimation.features import Features

WINDOW = 9  # pixels a side, for brightness and activity around a pixel
ACTIVITIES, BRIGHTNESSES = 12, 4  # kinds of surface, where there are pixels enough
TILES = 6  # a side, drawn with replacement for a bootstrap


def gradient_features(images: Sequence[np.ndarray]) -> Features:
    """DE-G of one or more pictures together: histograms in x and in y."""
    return _features(sum(gradients.histograms(image) for image in images))


class Surfaces:
    """Kinds of surface in clean pictures, by activity and brightness around each pixel.

    Parameters
    ----------
    references : sequence of numpy.ndarray
        (H, W) or (H, W, 3), clean.
    """

    def __init__(self, references: Sequence[np.ndarray]) -> None:
        around = [_surroundings(image) for image in references]
        mean, variance = (np.concatenate([m.ravel() for m in maps]) for maps in zip(*around))
        activities = int(np.clip(mean.size // 4000, 1, ACTIVITIES))
        brightnesses = BRIGHTNESSES if activities == ACTIVITIES else 1
        self.count = activities * brightnesses
        edges = _quantiles(variance, activities), _quantiles(mean, brightnesses)
        self.labels = [
            np.searchsorted(edges[0], variance) * brightnesses + np.searchsorted(edges[1], mean)
            for mean, variance in around
        ]

    def nearest(self, noisy_references: Sequence[np.ndarray], observed: Features) -> Features:
        """The noisy surfaces, mixed in the proportions that come nearest to what is observed.

        Nearest in the squares of cumulative sums, a convex problem that has one solution.
        `noisy_references` repeat the references in their order, once or several times.
        """
        labels = self.labels * (len(noisy_references) // len(self.labels))
        counts = sum(self._counts(i, kind) for i, kind in zip(noisy_references, labels))
        rows = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1)  # (K, 2, 511)
        cumulative = np.cumsum(rows, axis=2).reshape(len(rows), -1)
        target = np.cumsum(observed.rows, axis=1).ravel()
        share, _ = nnls(
            np.column_stack([cumulative, np.full(len(rows), 10.0)]).T, np.append(target, 10.0)
        )  # the last equation asks shares to sum to 1
        return _features(np.tensordot(share, rows, 1))

    def _counts(self, image: np.ndarray, kind: np.ndarray) -> np.ndarray:
        """Gradients of each kind of surface, (K, 2, 511)."""
        levels = np.rint(np.atleast_3d(image) * 255).astype(np.int32)
        kind = kind[..., None]
        both = [
            _by_kind(np.diff(levels, axis=1), kind[:, 1:]),
            _by_kind(np.diff(levels, axis=0), kind[1:]),
        ]
        return np.stack(
            [np.bincount(b, minlength=self.count * 511).reshape(-1, 511) for b in both], 1
        )


def _by_kind(differences: np.ndarray, kind: np.ndarray) -> np.ndarray:
    return (511 * kind + np.clip(differences, -255, 255) + 255).ravel()


def _surroundings(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of brightness around each pixel, (H, W) each."""
    gray = np.atleast_3d(image).mean(axis=2, dtype=float)
    mean = uniform_filter(gray, WINDOW)
    return mean, np.maximum(uniform_filter(gray**2, WINDOW) - mean**2, 0)


def _quantiles(values: np.ndarray, parts: int) -> np.ndarray:
    """Inner edges of `parts` groups of one size."""
    return np.quantile(values, np.linspace(0, 1, parts + 1)[1:-1])


def tile_counts(image: np.ndarray) -> np.ndarray:
    """Gradient histograms of TILES × TILES parts of a picture, (N, 2, 511)."""
    rows = np.array_split(image, min(TILES, len(image) // 4))
    columns = min(TILES, image.shape[1] // 4)
    tiles = [tile for row in rows for tile in np.array_split(row, columns, axis=1)]
    return np.stack([gradients.histograms(tile) for tile in tiles])


def resampled(counts: np.ndarray, seed: int) -> Features:
    """Features of a picture put together from tiles drawn with replacement (bootstrap)."""
    rng = np.random.default_rng(seed)
    return _features(counts[rng.integers(len(counts), size=len(counts))].sum(axis=0))


def _features(counts: np.ndarray) -> Features:
    return Features(counts / counts.sum(axis=1, keepdims=True), np.ones(2), order=2)

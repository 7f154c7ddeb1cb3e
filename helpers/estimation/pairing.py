"""Aligned pictures: how the noisy value is spread, for each clean brightness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from helpers.estimation.features import Features
from helpers.noise import NoiseModel, probabilities_between

MARGIN = 255  # gray levels kept on either side of 0 … 255 for unclipped noise
GROUPS = 16  # of clean brightness: in 256×256 pixels each fills a histogram with 4096 of them


class Pairing:
    """Clean and noisy levels of an aligned pair, counted once.

    Parameters
    ----------
    noisy, reference : numpy.ndarray
        Of one shape; rounded to 8-bit levels, the noisy one perhaps outside 0 … 255.
    clipped : bool
        Whether noise ends at 0 and 1.

    Attributes
    ----------
    counts : numpy.ndarray
        (256, 256 + 2·MARGIN) pixels by clean and noisy level.
    has_comb : bool
        Whether only some levels occur, as where few photons are counted.
    """

    def __init__(self, noisy: np.ndarray, reference: np.ndarray, clipped: bool) -> None:
        self.clipped = clipped
        self._clean = np.rint(255 * reference).astype(np.intp).ravel()
        self.counts = self._count(noisy)
        self._share = self.counts.sum(axis=1) / self.counts.sum()  # (256,) of each clean level
        middle = np.cumsum(self._share) - self._share / 2
        group = np.minimum((middle * GROUPS).astype(int), GROUPS - 1)  # of about equal sizes
        self._starts = np.unique(group, return_index=True)[1]  # first clean level of each
        frequent = np.flatnonzero(self.counts.sum(axis=0) > 1e-4 * self.counts.sum())
        step = (frequent[-1] - frequent[0]) / max(len(frequent) - 1, 1)  # between noisy levels
        self.has_comb = step > 1.5
        # A comb hides the way downhill: all peaks but the exact one look equally wrong.
        self._smoothing = 0.7 * step if self.has_comb else 1e-3  # gray levels

    def of(self, noisy: Sequence[np.ndarray]) -> Features:
        """Features of noisy versions of the reference, the own one or simulated ones: the mean."""
        each = [self._features(self._count(image)) for image in noisy]
        return replace(each[0], rows=np.mean([features.rows for features in each], axis=0))

    def predicted(self, model: NoiseModel) -> Features | None:
        """What a model with a formula leads to expect, without drawing; None without one."""
        probabilities = transition(model, self.clipped, self.has_comb)
        if probabilities is None:
            return None
        return self._features(self._share[:, None] * probabilities)

    def surprisal(self, model: NoiseModel) -> float | None:
        """Mean −ln of the probability of each pixel, unsmoothed; None without a formula.

        Impossible levels count as one in a million million: a file may round twice.
        """
        probabilities = transition(model, self.clipped, self.has_comb)
        if probabilities is None:
            return None
        seen = self.counts > 0
        terms = self.counts[seen] * np.log(np.maximum(probabilities[seen], 1e-12))
        return float(-terms.sum() / self.counts.sum())

    def _count(self, noisy: np.ndarray) -> np.ndarray:
        """Pixels by clean and noisy level, see `counts`."""
        levels = 256 + 2 * MARGIN
        noisy = np.clip(np.rint(255 * noisy.ravel()), -MARGIN, 255 + MARGIN).astype(np.intp)
        joint = np.bincount(self._clean * levels + noisy + MARGIN, minlength=256 * levels)
        return joint.reshape(256, levels)

    def _features(self, counts: np.ndarray) -> Features:
        """Counts, or shares, as GROUPS rows of equal weight."""
        grouped = np.add.reduceat(counts.astype(float), self._starts, axis=0)
        total = grouped.sum(axis=1)
        rows = gaussian_filter1d(grouped[total > 0], self._smoothing, axis=1, mode="constant")
        share = (total / total.sum())[total > 0]
        return Features(rows / rows.sum(axis=1, keepdims=True), share, order=1)


def transition(model: NoiseModel, clipped: bool, comb: bool = False) -> np.ndarray | None:
    """Probability of each noisy 8-bit level for each clean one, (256, 256 + 2·MARGIN).

    With a `comb` a step may lie on the edge between two levels, where rounding goes either way:
    then the edges are blurred by a fiftieth of a level, far less than a step. None where the
    model has no formula.
    """
    clean = np.arange(256)[:, None] / 255
    edges = np.arange(-MARGIN, 255 + MARGIN) + 0.5  # between noisy levels
    edges = edges[MARGIN:-MARGIN] if clipped else edges
    shifts = (-0.02, 0.02) if comb else (0.0,)
    shifted = [probabilities_between(model, clean, (edges + shift) / 255) for shift in shifts]
    if shifted[0] is None:
        return None
    probabilities = np.mean(shifted, axis=0)
    return np.pad(probabilities, ((0, 0), (MARGIN, MARGIN))) if clipped else probabilities

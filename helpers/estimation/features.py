"""What a picture tells about its noise: histograms to be matched by a candidate model.

Two kinds. *Unaligned* features are gradient histograms (DE-G): any picture of the same kind can
be the reference. *Aligned* features ask, for pixels of one clean brightness, how the noisy ones
are spread: they need the clean picture pixel by pixel and know far more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from helpers import gradients
from helpers.noise import NoiseModel

MARGIN = 255  # gray levels kept on either side of 0 … 255 for unclipped noise
GROUPS = 16  # of clean brightness


@dataclass(frozen=True)
class Features:
    """Probability vectors, one in each row, and how much each row counts.

    Attributes
    ----------
    rows : numpy.ndarray
        (R, B): each row sums to 1.
    weights : numpy.ndarray
        (R,) not negative.
    order : int
        2 for the root of the sum of squares, as DE-G combines x and y; 1 for the plain sum.
    """

    rows: np.ndarray
    weights: np.ndarray
    order: int

    def distance(self, other: Features, name: str) -> float:
        """Distances of the rows, combined."""
        measure = gradients.DISTANCES[name]
        distances = [measure(p, q) for p, q in zip(self.rows, other.rows)]
        return float(np.linalg.norm(self.weights * distances, ord=self.order))


def is_aligned(noisy: np.ndarray, reference: np.ndarray) -> bool:
    """Whether two images of one shape show the same scene, pixel by pixel.

    Then their gradients, fine or coarse, correlate more as they lie than after a shift by some
    pixels, beyond what chance allows; strong noise makes that correlation small, not zero.
    """
    if noisy.shape != reference.shape:
        return False
    return any(_correlates_best_here(_binned(noisy, n), _binned(reference, n)) for n in (1, 4))


def _correlates_best_here(noisy: np.ndarray, reference: np.ndarray) -> bool:
    first, second = np.diff(noisy, axis=1), np.diff(reference, axis=1)
    shifts = [(n, axis) for n in (5, -5, 11, -11) for axis in (0, 1)]
    elsewhere = max(abs(_correlation(np.roll(first, *shift), second)) for shift in shifts)
    return _correlation(first, second) > elsewhere + 6 / np.sqrt(first.size)


def _binned(image: np.ndarray, size: int) -> np.ndarray:
    """Means of size × size blocks: less noise, and the scene remains."""
    height, width = (n // size * size for n in image.shape[:2])
    blocks = image[:height, :width].reshape(height // size, size, width // size, size, -1)
    return blocks.mean(axis=(1, 3))  # (H/size, W/size, C)


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(x * y) / max(np.sqrt(np.mean(x * x) * np.mean(y * y)), 1e-12))


def is_clipped(noisy: np.ndarray) -> bool:
    """Whether a picture stays within [0, 1] and touches an end, as 8-bit files do."""
    return bool(noisy.min() >= 0 and noisy.max() <= 1 and (noisy.min() == 0 or noisy.max() == 1))


# ---- unaligned: gradient histograms ---------------------------------------------------------


def gradient_features(images: Sequence[np.ndarray]) -> Features:
    """DE-G of one or more pictures together: histograms in x and in y."""
    counts = sum(gradients.histograms(image) for image in images)
    return Features(counts / counts.sum(axis=1, keepdims=True), np.ones(2), order=2)


# ---- aligned: spread of the noisy value for each clean brightness ---------------------------


class Pairing:
    """Clean and noisy levels of an aligned pair, counted once.

    Parameters
    ----------
    noisy, reference : numpy.ndarray
        Of one shape; rounded to 8-bit levels, the noisy one perhaps outside 0 … 255.
    """

    def __init__(self, noisy: np.ndarray, reference: np.ndarray, clipped: bool) -> None:
        self.clipped = clipped
        clean = np.rint(255 * reference).astype(np.intp).ravel()
        self.counts = _joint_counts(clean, noisy)  # (256, L)
        self.share = self.counts.sum(axis=1) / self.counts.sum()  # (256,) of each clean level
        self._clean = clean
        self._groups = self._by_brightness()
        self.smoothing = self._comb_width(noisy - reference, reference)

    def features(self, counts: np.ndarray) -> Features:
        """Counts (256, L) of noisy levels by clean level, as GROUPS rows of equal weight."""
        grouped = self._groups @ counts
        total = grouped.sum(axis=1)
        rows = gaussian_filter1d(grouped[total > 0], self.smoothing, axis=1, mode="constant")
        share = (total / total.sum())[total > 0]
        return Features(rows / rows.sum(axis=1, keepdims=True), share, order=1)

    @property
    def observed(self) -> Features:
        """What the noisy picture shows."""
        return self.features(self.counts)

    def predicted(self, model: NoiseModel) -> Features | None:
        """What a model with a formula leads to expect, without drawing; None without one."""
        probabilities = transition(model, self.clipped)
        return (
            None if probabilities is None else self.features(self.share[:, None] * probabilities)
        )

    def of(self, noisy: np.ndarray) -> Features:
        """The same for another noisy version of the reference, such as a simulated one."""
        return self.features(_joint_counts(self._clean, noisy))

    def _by_brightness(self) -> np.ndarray:
        """(GROUPS, 256) membership of clean levels, with about equal numbers of pixels."""
        middle = np.cumsum(self.share) - self.share / 2
        group = np.minimum((middle * GROUPS).astype(int), GROUPS - 1)
        return (group == np.arange(GROUPS)[:, None]).astype(float)

    @staticmethod
    def _comb_width(noise: np.ndarray, reference: np.ndarray) -> float:
        """Gray levels to smooth by, so that the steps of counted photons leave no comb.

        A comb hides the way downhill: all peaks but the exact one look equally wrong. Photon
        noise of gain g has steps of 255·g, and g is the slope of variance against brightness.
        """
        slope = np.cov(reference.ravel(), noise.ravel() ** 2)
        gain = slope[0, 1] / max(slope[0, 0], 1e-12)
        return float(np.clip(0.7 * 255 * gain, 1e-3, max(0.5 * 255 * noise.std(), 1e-3)))


def _joint_counts(clean: np.ndarray, noisy: np.ndarray) -> np.ndarray:
    """(256, 255 + 2·MARGIN + 1) pixels by clean and noisy level."""
    levels = 256 + 2 * MARGIN
    shifted = np.clip(np.rint(255 * noisy.ravel()), -MARGIN, 255 + MARGIN).astype(np.intp) + MARGIN
    return np.bincount(clean * levels + shifted, minlength=256 * levels).reshape(256, levels)


def transition(model: NoiseModel, clipped: bool) -> np.ndarray | None:
    """Probability of each noisy 8-bit level for each clean one, (256, 256 + 2·MARGIN).

    None where the model has no formula for it.
    """
    clean = np.arange(256)[:, None] / 255
    edges = (np.arange(-MARGIN, 255 + MARGIN) + 0.5)[None] / 255  # between noisy levels
    if clipped:
        inner = model.cdf(clean, edges[:, MARGIN:-MARGIN])  # (256, 255)
        if inner is None:
            return None
        probabilities = np.diff(inner, axis=1, prepend=0, append=1)
        return np.pad(probabilities, ((0, 0), (MARGIN, MARGIN)))
    cumulative = model.cdf(clean, edges)
    return None if cumulative is None else np.diff(cumulative, axis=1, prepend=0, append=1)

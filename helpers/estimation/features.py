"""What a picture tells about its noise: histograms to be matched by a candidate model.

Two kinds. *Unaligned* features (`surfaces`) are gradient histograms, as in DE-G, by brightness:
any picture of the same kind can be the reference. *Aligned* ones (`pairing`) ask, for pixels of
one clean brightness, how the noisy ones are spread: they need the clean picture and know far more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers import gradients


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

    Then the noisy picture is nearer to the reference as it lies than after a shift, and by what
    the reference itself changes under the shift, in every direction. The share of that change
    is 1 for additive noise, less for impulses; elsewhere it is anything, often negative.
    """
    if noisy.shape != reference.shape:
        return False
    noisy, reference = (x if x.ndim == 2 else x.mean(axis=2) for x in (noisy, reference))
    shares, errors = [], []
    for shift in (4, -4, 11, -11):  # pixels: texture changes over few, a smooth scene over more
        for axis in (0, 1):
            inner = [slice(None)] * 2
            inner[axis] = slice(abs(shift), -abs(shift))
            change = (reference - np.roll(reference, shift, axis))[tuple(inner)]
            size = float(np.mean(change**2)) if change.size else 0.0
            if size == 0:  # nothing changes, nothing is told
                return False
            residual = (noisy - reference)[tuple(inner)]
            shares.append(1 + 2 * float(np.mean(residual * change)) / size)
            errors.append(2 * residual.std() / np.sqrt(size * change.size))
    shares, errors = np.array(shares), np.array(errors, float)
    low, high = (shares + 4 * errors).min(), (shares - 4 * errors).max()
    return bool((shares > 2 * errors).all() and low > 0.6 * high)


def is_clipped(noisy: np.ndarray) -> bool:
    """Whether a picture stays within [0, 1] and touches an end, as 8-bit files do."""
    return bool(noisy.min() >= 0 and noisy.max() <= 1 and (noisy.min() == 0 or noisy.max() == 1))

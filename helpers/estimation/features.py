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
    found is 1 for additive noise, less for impulses; elsewhere it is anything, often negative.
    """
    if noisy.shape != reference.shape:
        return False
    noisy, reference = (x if x.ndim == 2 else x.mean(axis=2) for x in (noisy, reference))
    found = [_share_of_change(noisy, reference, n, axis) for n in _SHIFTS for axis in (0, 1)]
    shares, errors = np.array(found).T
    low, high = (shares + 4 * errors).min(), (shares - 4 * errors).max()
    return bool((shares > 2 * errors).all() and low > 0.6 * high)


_SHIFTS = (4, -4, 11, -11)  # pixels


def _share_of_change(
    noisy: np.ndarray, reference: np.ndarray, shift: int, axis: int
) -> tuple[float, float]:
    """How much better the reference fits unshifted, over how much the shift changes it.

    With the standard error of that share; 0 ± 1 where the shift changes nothing.
    """
    inner = [slice(None)] * 2
    inner[axis] = slice(abs(shift), -abs(shift))
    change = (reference - np.roll(reference, shift, axis))[tuple(inner)]
    residual = (noisy - reference)[tuple(inner)]
    size = float(np.mean(change**2)) if change.size else 0.0
    if size == 0:
        return 0.0, 1.0
    error = 2 * residual.std() / np.sqrt(size * change.size)
    return 1 + 2 * float(np.mean(residual * change)) / size, float(error)


def is_clipped(noisy: np.ndarray) -> bool:
    """Whether a picture stays within [0, 1] and touches an end, as 8-bit files do."""
    return bool(noisy.min() >= 0 and noisy.max() <= 1 and (noisy.min() == 0 or noisy.max() == 1))

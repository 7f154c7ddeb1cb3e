"""Losses of gradients: place by place, and DE-G, which compares only their statistics."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from helpers import checks
from helpers.losses.base import LOSSES, Loss

MAX_DIFFERENCE = 255  # gray levels; what lies beyond, as noise may, counts as ±255
BINS = 2 * MAX_DIFFERENCE + 1


class GradientL1(Loss):
    """Mean |∇restored − ∇reference| over both directions, in image units: tied to its place.

    Blind to a brightness that is wrong everywhere by the same amount.

    Examples
    --------
    >>> x = torch.rand(1, 1, 8, 8)
    >>> bool(GradientL1()(x + 0.1, x) < 1e-6)
    True
    """

    smallest = 2

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """The mean of both directions' means."""
        pairs = zip(differences(restored), differences(reference))
        return torch.stack([(a - b).abs().mean() for a, b in pairs]).mean()


class DEG(Loss):
    """DE-G with gradients: distance of the two histograms of differences, √(dx² + dy²).

    In gray levels, as `gradients.deg`, and equal to it for pictures of 8 bits. Each picture of
    a batch is compared by itself, its channels together. Where a difference lies between two
    gray levels it counts in both bins, linearly by distance; so a histogram of floats has a
    slope. The distance is Wasserstein's.

    Parameters
    ----------
    method : {"histogram", "sorted"}
        By cumulated histograms, or by sorting both sets of differences, exact and slower.
    window : int, optional
        Compare statistics window by window, of so many differences a side, and take the mean:
        tied to its place, loosely. By default the whole picture is one.

    References
    ----------
    Chin, Chow, Kanesan, Chuah (2022). Sensors 22(2), 639, for the score, which has no gradient.

    Examples
    --------
    >>> flat, step = torch.zeros(1, 1, 2, 3), torch.tensor([[[[0.0, 0, 1], [0, 0, 1]]]])
    >>> float(DEG()(step, flat))  # along x, half of the differences are 255 levels
    127.5
    """

    smallest = 2

    def __init__(self, method: str = "histogram", window: int | None = None) -> None:
        super().__init__()
        self.method = checks.one_of(method, "method", METHODS)
        self.window = None if window is None else checks.whole(window, "window", 1)
        if window is not None:
            self.smallest = self.window + 1

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """The mean over pictures, or their windows, of √(dx² + dy²), in gray levels."""
        pairs = zip(self._rows(restored), self._rows(reference))
        both = [METHODS[self.method](*pair) for pair in pairs]  # along x and along y, each (rows,)
        # a norm, not a root: its slope at 0 is 0, not infinite
        return torch.linalg.vector_norm(torch.stack(both), dim=0).mean()

    def _rows(self, x: Tensor) -> list[Tensor]:
        """Differences along x and along y, (rows, n) gray levels: a row a picture, or a window."""
        both = [d.clamp(-MAX_DIFFERENCE, MAX_DIFFERENCE) for d in differences(255 * x)]
        if self.window is None:
            return [d.flatten(1) for d in both]
        known = (both[0][..., :-1, :], both[1][..., :, :-1])  # where both directions are
        return [F.unfold(d, self.window, stride=self.window).mT.flatten(0, 1) for d in known]


def differences(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences between neighbouring pixels, along x and along y, each (N, C, h, w)."""
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def wasserstein(a: Tensor, b: Tensor) -> Tensor:
    """∑ |A − B| of the cumulated soft histograms, (N, n) each to (N,)."""
    return (cumulated(a) - cumulated(b)).abs().sum(dim=1)


def wasserstein_sorted(a: Tensor, b: Tensor) -> Tensor:
    """Mean distance of the k-th smallest values, (N, n) each to (N,)."""
    return (a.sort(dim=1).values - b.sort(dim=1).values).abs().mean(dim=1)


def cumulated(levels: Tensor) -> Tensor:
    """Cumulated soft histogram, (N, n) gray levels from −255 to 255 to (N, 511) in [0, 1].

    A value between two bins gives its fraction to the upper one and the rest to the lower.
    Summed up to bin k all values below have counted whole; what is to be subtracted are the
    fractions in bin k itself. So one count and one scattered sum suffice.
    """
    rows, size = levels.shape
    bins = levels + MAX_DIFFERENCE  # from 0 to 510
    first = BINS * torch.arange(rows, dtype=torch.int32, device=levels.device)[:, None]
    cell = (bins.detach().int() + first).flatten()
    count = torch.bincount(cell, minlength=rows * BINS).view(rows, BINS).cumsum(dim=1)
    fractions = levels.new_zeros(rows * BINS).index_add(0, cell, bins.frac().flatten())
    return (count - fractions.view(rows, BINS)) / size


METHODS = {"histogram": wasserstein, "sorted": wasserstein_sorted}
LOSSES["gradient_l1"], LOSSES["deg"] = GradientL1, DEG

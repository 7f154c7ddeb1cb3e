"""Losses that look at one pixel at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from helpers import checks
from helpers.losses.base import LOSSES, Loss

WIDEST = 1000  # image units: beyond, a square soon leaves float32


class _Pixelwise(Loss):
    """The mean over all pixels of a function of restored − reference."""

    def penalty(self, error: Tensor) -> Tensor:
        """What one pixel's error costs."""
        raise NotImplementedError

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """The mean penalty."""
        return self.penalty(restored - reference).mean()


class L1(_Pixelwise):
    """Mean |restored − reference|: its best guess is a median."""

    def penalty(self, error: Tensor) -> Tensor:
        """|e|."""
        return error.abs()


class L2(_Pixelwise):
    """Mean (restored − reference)²: its best guess is a mean; the loss that PSNR measures."""

    def penalty(self, error: Tensor) -> Tensor:
        """e²."""
        return error.square()


class Charbonnier(_Pixelwise):
    """Mean √(e² + ε²): L1 with a round bottom (Charbonnier et al. 1994).

    Equal pictures cost ε, not 0.

    Parameters
    ----------
    epsilon : float
        Where it turns from square to straight, image units.
    """

    def __init__(self, epsilon: float = 1e-3) -> None:
        super().__init__()
        if not (checks.is_number(epsilon) and 0 < epsilon <= WIDEST):
            raise checks.refusal("epsilon", f"above 0 and up to {WIDEST}", epsilon)
        self.epsilon = float(epsilon)

    def penalty(self, error: Tensor) -> Tensor:
        """√(e² + ε²)."""
        return torch.sqrt(error.square() + self.epsilon**2)


LOSSES["l1"], LOSSES["l2"], LOSSES["charbonnier"] = L1, L2, Charbonnier

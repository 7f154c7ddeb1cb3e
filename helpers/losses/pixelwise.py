"""Losses that look at one pixel at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from helpers import checks
from helpers.losses.base import LOSSES, Loss

MAX_EPSILON = 1000  # image units: beyond, a square soon leaves float32


class L1(Loss):
    """Mean |restored − reference|: its best guess is a median."""

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Mean |e|."""
        return (restored - reference).abs().mean()


class L2(Loss):
    """Mean (restored − reference)²: its best guess is a mean; the loss that PSNR measures."""

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Mean e²."""
        return (restored - reference).square().mean()


class Charbonnier(Loss):
    """Mean √(e² + ε²): L1 with a round bottom (Charbonnier et al. 1994).

    Equal pictures cost ε, not 0.

    Parameters
    ----------
    epsilon : float
        Where it turns from square to straight, image units.
    """

    def __init__(self, epsilon: float = 1e-3) -> None:
        super().__init__()
        self.epsilon = checks.number(epsilon, "epsilon", above=0, high=MAX_EPSILON)

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Mean √(e² + ε²)."""
        return torch.sqrt((restored - reference).square() + self.epsilon**2).mean()


LOSSES["l1"], LOSSES["l2"], LOSSES["charbonnier"] = L1, L2, Charbonnier

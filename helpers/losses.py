"""Training losses: ``LOSSES[name](**options)`` builds one; ``loss(restored, reference)`` scores.

>>> import torch
>>> loss = LOSSES["l1"]()
>>> float(loss(torch.full((1, 1, 2, 2), 0.5), torch.full((1, 1, 2, 2), 0.25)))
0.25
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.registry import Registry

LOSSES: Registry[Callable[..., nn.Module]] = Registry("loss")


class _Pixelwise(nn.Module):
    """The mean over all pixels of a function of restored − reference."""

    def penalty(self, error: Tensor) -> Tensor:
        """What one pixel's error costs."""
        raise NotImplementedError

    def forward(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scalar, from two pictures of the same shape (N, C, H, W)."""
        if restored.shape != reference.shape:
            raise ValueError(
                f"restored {tuple(restored.shape)} and reference {tuple(reference.shape)} differ"
                " in shape"
            )
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

    Parameters
    ----------
    epsilon : float
        Where it turns from square to straight, image units.
    """

    def __init__(self, epsilon: float = 1e-3) -> None:
        super().__init__()
        if not epsilon > 0:
            raise ValueError(f"epsilon is above 0, not {epsilon!r}")
        self.epsilon = epsilon

    def penalty(self, error: Tensor) -> Tensor:
        """√(e² + ε²)."""
        return torch.sqrt(error.square() + self.epsilon**2)


LOSSES["l1"], LOSSES["l2"], LOSSES["charbonnier"] = L1, L2, Charbonnier

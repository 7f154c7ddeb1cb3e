"""What every loss is: a scalar of a restored batch and its reference, in a registry."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.registry import Registry

LOSSES: Registry[Callable[..., Loss]] = Registry("loss")


class Loss(nn.Module):
    """``loss(restored, reference)``: 0 or more, 0 for equal pictures, small is good.

    A subclass says in `compare` what it makes of two batches of one shape. Values outside
    [0, 1] are allowed: an unfinished restoration has them. Half precision is computed in
    float32, since squares and counts of pixels need its digits.
    """

    smallest: int = 1  # pixels that a side must have

    def forward(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scalar, from two pictures of the same shape (N, C, H, W).

        Raises
        ------
        ValueError
            For two shapes, pictures that are too small, and values that are not finite.
        """
        if restored.shape != reference.shape:
            raise ValueError(
                f"restored {tuple(restored.shape)} and reference {tuple(reference.shape)} differ"
                " in shape"
            )
        sides = tuple(restored.shape[-2:])
        if restored.numel() == 0 or min(sides) < self.smallest:
            least = f"{self.smallest}×{self.smallest}"
            raise ValueError(f"{type(self).__name__} needs at least {least} pixels, not {sides}")
        for name, x in {"restored": restored, "reference": reference}.items():
            if not x.isfinite().all():
                raise ValueError(f"{name} holds NaN or infinity; in training, lower the rate")
        return self.compare(*(_precise(x) for x in (restored, reference)))

    def extra_repr(self) -> str:
        """The options: two losses that differ do not look the same, in a checkpoint neither."""
        plain = {k: v for k, v in vars(self).items() if isinstance(v, (int, float, str, list))}
        return ", ".join(f"{k}={v}" for k, v in plain.items() if k not in ("training", "smallest"))

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scalar, from two float32 or float64 batches of one shape."""
        raise NotImplementedError


def _precise(x: Tensor) -> Tensor:
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x

"""What every loss is: a scalar of a restored batch and its reference, in a registry."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers import checks
from helpers.images import BRIGHTEST, are_gray_levels, white_level
from helpers.registry import Registry

LOSSES: Registry[Callable[..., Loss]] = Registry("loss")


class Loss(nn.Module):
    """``loss(restored, reference)``: 0 or more, 0 for equal pictures, small is good.

    A subclass says in `compare` what it makes of two batches of one shape. Values outside
    [0, 1] are allowed: an unfinished restoration has them, and noise where another noisy picture
    is the reference; gray levels are not. Half precision is computed in float32, since squares
    and counts of pixels need its digits.
    """

    smallest: int = 1  # pixels that a side must have

    def forward(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scalar, from two pictures of the same shape (N, C, H, W); floats.

        Raises
        ------
        ValueError
            For what is no tensor of floats, two shapes, pictures that are too small, values that
            are not finite, and gray levels as the reference.
        """
        check_floats(restored=restored, reference=reference)
        if restored.shape != reference.shape:
            raise ValueError(
                f"restored {tuple(restored.shape)} and reference {tuple(reference.shape)} differ"
                " in shape"
            )
        sides = tuple(restored.shape[-2:])
        if self.smallest > 1 and restored.ndim != 4:  # a loss of single pixels takes any shape
            raise ValueError(f"pictures are (N, C, H, W), not {tuple(restored.shape)}")
        if restored.numel() == 0 or min(sides, default=1) < self.smallest:
            least = f"{self.smallest}×{self.smallest}"
            raise ValueError(f"{type(self).__name__} needs at least {least} pixels, not {sides}")
        check_values("restored", restored)
        check_values("reference", reference, levels=False)
        half = (torch.float16, torch.bfloat16)
        return self.compare(*(x.float() if x.dtype in half else x for x in (restored, reference)))

    def extra_repr(self) -> str:
        """The options: two losses that differ do not look the same, in a checkpoint neither."""
        plain = {k: v for k, v in vars(self).items() if isinstance(v, (int, float, str, list))}
        return ", ".join(f"{k}={v}" for k, v in plain.items() if k not in ("training", "smallest"))

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scalar, from two float32 or float64 batches of one shape."""
        raise NotImplementedError


def check_floats(**tensors: Tensor) -> None:
    """Refuse what is no tensor of floats: bytes would wrap around."""
    for name, x in tensors.items():
        if not (isinstance(x, Tensor) and x.is_floating_point()):
            what = f"a tensor of {x.dtype}" if isinstance(x, Tensor) else checks.shown(x)
            raise ValueError(f"{name} is a tensor of floats, (N, C, H, W), not {what}")


def check_values(name: str, x: Tensor, levels: bool = True) -> None:
    """Refuse NaN and infinity, and where `levels` is False gray levels: 0 to 255 and the like.

    Smallest and largest value tell nearly always, at an eighth of the time of `isfinite`.
    """
    low, high = (float(end) for end in x.detach().aminmax())
    if not (math.isfinite(low) and math.isfinite(high)):  # both are NaN where any pixel is
        raise ValueError(f"{name} holds NaN or infinity; in training, lower lr")
    if not levels and high > BRIGHTEST and are_gray_levels(x.detach().double().cpu().numpy()):
        raise ValueError(
            f"{name} has values up to {high:.7g}, as gray levels have; a loss takes pictures in "
            f"[0, 1]: {white_level(high)} first"
        )

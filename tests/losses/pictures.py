"""Pictures that the tests of losses share."""

from __future__ import annotations

import torch
from torch import Tensor

from helpers import images


def photograph(side: int, channels: int = 1) -> Tensor:
    """(1, C, side, side) of a photograph with edges and texture, 8 bits."""
    picture = torch.from_numpy(images.load("astronaut", gray=channels == 1, size=side))
    return picture[None, None] if channels == 1 else picture.permute(2, 0, 1)[None]


def degraded(x: Tensor, sigma: float) -> Tensor:
    """The picture with unclipped Gaussian noise, always the same."""
    return x + sigma * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))

"""How far an impulse is seen: what `receptive_radius` promises."""

from __future__ import annotations

import torch
from torch import nn


def transparent(network: nn.Module) -> nn.Module:
    """Positive weights: what one pixel adds is lost nowhere on its way."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.constant_(layer.weight, 1 / layer.weight[0].numel())
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network.double().eval()


@torch.inference_mode()
def spread(network: nn.Module, at: int, side: int) -> int:
    """How far from an impulse at (at, at) the output changes."""
    dark = torch.zeros(1, 1, side, side, dtype=torch.float64)
    light = dark.clone()
    light[..., at, at] = 1
    changed = (network(light) != network(dark))[0, 0].nonzero()
    return int((changed - at).abs().max())

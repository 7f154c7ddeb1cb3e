"""RDN (Zhang, Tian, Kong, Zhong, Fu 2021): every layer sees all layers before it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import Residual, conv, init_he_, network, scale_init_


class ResidualDenseBlock(nn.Module):
    """Layers that each receive all features before them in the block; fused, and added."""

    def __init__(self, width: int, growth: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(conv(width + i * growth, growth) for i in range(layers))
        self.fusion = conv(width + layers * growth, width, size=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) in and out."""
        features = x
        for layer in self.layers:
            features = torch.cat([features, F.relu(layer(features))], dim=1)
        return x + self.fusion(features)


@network(small={"blocks": 4, "layers": 4, "growth": 32, "width": 32, "scale": 2})
class RDN(Residual):
    """Residual dense blocks in a row; the outputs of all of them are fused at the end.

    Parameters
    ----------
    channels, scale : int
        As for `Residual`; the paper's scale is 1.
    blocks, layers, growth, width : int
        D, C, G and G0 of the paper; by default its D16 C8 G64.

    References
    ----------
    Zhang, Tian, Kong, Zhong, Fu (2021). Residual dense network for image restoration. IEEE
    TPAMI 43(7), 2480-2495; arXiv 1812.10477.
    """

    def __init__(
        self,
        channels: int = 1,
        blocks: int = 16,
        layers: int = 8,
        growth: int = 64,
        width: int = 64,
        scale: int = 1,
    ) -> None:
        super().__init__(channels, scale)
        self.shallow = conv(self.folded, width)
        self.entry = conv(width, width)
        self.blocks = nn.ModuleList(
            ResidualDenseBlock(width, growth, layers) for _ in range(blocks)
        )
        self.fusion = nn.Sequential(conv(blocks * width, width, size=1), conv(width, width))
        self.tail = conv(width, self.folded)
        # one pixel for each 3×3 layer: those of the blocks, shallow, entry, fusion, tail
        self.receptive_radius = self.in_pixels(blocks * layers + 4)
        init_he_(self, self.tail)
        scale_init_(*(block.fusion for block in self.blocks))

    def change(self, folded: Tensor) -> Tensor:
        """Shallow features, dense blocks, global fusion, and back to pixels."""
        shallow = self.shallow(folded)
        x, outputs = self.entry(shallow), []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        fused = self.fusion(torch.cat(outputs, dim=1))  # from (N, D·G0, h, w)
        return self.tail(fused + shallow)

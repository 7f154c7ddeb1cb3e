"""DRUNet (Zhang, Li, Zuo, Zhang, Van Gool, Timofte 2022): a U-Net that is told how noisy it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.checks import refusal
from helpers.networks.base import Residual, conv, init_he_, network, pad_to_multiple, scale_init_
from helpers.parameters import SIGMA


class Block(nn.Module):
    """Two convolutions around a ReLU, whose result is added to what came in."""

    def __init__(self, width: int, bias: bool = False) -> None:
        super().__init__()
        self.first, self.second = (conv(width, width, bias=bias) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) in and out."""
        return x + self.second(F.relu(self.first(x)))


@network(small={"widths": (64, 96, 128), "blocks": 2, "scale": 2}, name="drunet")
class DRUNet(Residual):
    """A residual U-Net without biases; what it is told, a map of σ, is one more channel.

    One network serves every strength, and noise that is strong here and weak there. Without
    biases f(a·y, a·σ) = a·f(y, σ): stronger noise than it was trained for is what it was trained
    for, on a darker picture. It predicts the noise, where that of the paper draws the picture.

    Parameters
    ----------
    channels : int
        1 or 3.
    widths : sequence of int
        Feature maps, level by level; each level halves the resolution.
    blocks : int
        Residual blocks of a level, on the way down and again on the way up.
    scale : int
        2 folds 2×2 pixels into channels first, which is four times faster; the paper has 1.
    bias : bool
        True gives each layer biases, and the network strengths that it does not know.

    References
    ----------
    Zhang, Li, Zuo, Zhang, Van Gool, Timofte (2022). Plug-and-play image restoration with deep
    denoiser prior. IEEE TPAMI 44(10); arXiv 2008.13751. Without biases: Mohan, Kadkhodaie,
    Simoncelli, Fernandez-Granda (2020). Robust and interpretable blind image denoising via
    bias-free convolutional neural networks. ICLR; arXiv 1906.05478.
    """

    takes_sigma = True

    def __init__(
        self,
        channels: int = 1,
        widths: Sequence[int] = (64, 128, 256, 512),
        blocks: int = 4,
        scale: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__(channels, scale)
        self.stride = scale * 2 ** (len(widths) - 1)
        self.head = conv(self.folded + 1, widths[0], bias=bias)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for fine, coarse in pairwise(widths):
            halve = nn.Conv2d(fine, coarse, 2, stride=2, bias=bias)
            double = nn.ConvTranspose2d(coarse, fine, 2, stride=2, bias=bias)
            self.down.append(nn.Sequential(*_blocks(fine, blocks, bias), halve))
            self.up.append(nn.Sequential(double, *_blocks(fine, blocks, bias)))
        self.body = nn.Sequential(*_blocks(widths[-1], blocks, bias))
        self.tail = conv(widths[0], self.folded, bias=bias)
        init_he_(self, last=self.tail)
        scale_init_(*[block.second for block in self.modules() if isinstance(block, Block)])
        # In folded pixels. Cells of level k are 2^k wide; a block sees 2 of them further, and each
        # level but the lowest has its blocks twice, on the way down and up. Head and tail see 1
        # each, and a pixel may lie up to a cell of the lowest level from where its cell begins.
        lowest = 2 ** (len(widths) - 1)
        levels = [2 * blocks * 2 * 2**k for k in range(len(widths) - 1)]
        self.receptive_radius = self.in_pixels(2 + sum(levels) + 2 * blocks * lowest + lowest - 1)

    def forward(self, noisy: Tensor, sigma: Tensor | float = SIGMA.default) -> Tensor:
        """(N, C, H, W) noisy to (N, C, H, W) restored.

        `sigma` in image units: a number, (N,) of each picture, or a map (N, 1, H, W).
        """
        height, width = noisy.shape[-2:]
        told = _map_of(sigma, noisy)
        whole, told = (pad_to_multiple(x, self.stride, self.border) for x in (noisy, told))
        told = F.avg_pool2d(told, self.scale)  # of the pixels that are folded into one
        x = self.head(torch.cat([F.pixel_unshuffle(whole, self.scale), told], dim=1))
        across = [x]
        for down in self.down:
            x = down(x)
            across.append(x)
        x = self.body(x) + across.pop()
        for up in reversed(self.up):
            x = up(x) + across.pop()
        change = F.pixel_shuffle(self.tail(x), self.scale)
        return noisy - change[..., :height, :width]


def _blocks(width: int, count: int, bias: bool) -> list[Block]:
    return [Block(width, bias) for _ in range(count)]


def _map_of(sigma: Tensor | float, noisy: Tensor) -> Tensor:
    """σ as a number, of each picture (N,), or of each pixel, to a map (N, 1, H, W)."""
    count, _, height, width = noisy.shape
    try:
        told = torch.as_tensor(sigma, dtype=noisy.dtype, device=noisy.device)
        told = told.view(-1, 1, 1, 1) if told.ndim < 2 else told
        return told.expand(count, 1, height, width)
    except (RuntimeError, TypeError, ValueError):
        shape = f"({count}, 1, {height}, {width})"
        raise refusal("sigma", f"a number, ({count},) of them, or a map {shape}", sigma) from None

"""PRIDNet (Zhao, Jiang, Men, Ju 2019): a pyramid of U-Nets, and a choice between kernels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import GlobalMean, Residual, conv, conv_chain, init_he_, network
from helpers.networks.ridnet import Attention

# All as in the paper and the released code.
SLOPE = 0.2  # of every leaky ReLU
KERNELS = (3, 5, 7)
SQUEEZED = 4  # numbers that decide between the kernels
FEATURES, CONVS, REDUCTION = 32, 4, 16  # of the noise estimation and its attention


def enlarged(x: Tensor, factor: int) -> Tensor:
    """Bilinear between the upper left corners of cells, as TensorFlow 1 enlarged pictures.

    The corner keeps the cell's value; torch's `interpolate` gives it to the centre. So what comes
    out lies half a cell further up and left, by 7.5 pixels for the largest cells of the paper.

    Parameters
    ----------
    x : Tensor
        (N, C, h, w).
    factor : int
        How many times larger.

    Returns
    -------
    Tensor
        (N, C, factor·h, factor·w); the last row and column are repeated.

    Examples
    --------
    >>> enlarged(torch.tensor([[[[0.0, 1.0]]]]), 2)[0, 0].tolist()
    [[0.0, 0.5, 1.0, 1.0], [0.0, 0.5, 1.0, 1.0]]
    """
    shares = torch.arange(factor, dtype=x.dtype, device=x.device) / factor
    for _ in range(2):  # along the columns, and, turned, along the rows
        following = torch.cat([x[..., 1:], x[..., -1:]], dim=-1)
        x = torch.lerp(x[..., None], following[..., None], shares).flatten(-2).mT
    return x


class NoiseEstimation(nn.Module):
    """Features of the noise, weighed by attention, brought back to the channels of the picture."""

    def __init__(self, channels: int, rectified: bool) -> None:
        super().__init__()
        self.features = conv_chain((channels, *[FEATURES] * CONVS), slope=SLOPE)
        self.attention = Attention(FEATURES, REDUCTION)
        self.last = conv(FEATURES, channels)
        self.slope = SLOPE if rectified else 1.0  # 1 lets everything pass

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, h, w) in and out."""
        return F.leaky_relu(self.last(self.attention(self.features(x))), self.slope)


class UNet(nn.Module):
    """Down by pooling, up by transposed convolution, each level handed across.

    `widths` and `convs` are those of `PRIDNet`.
    """

    def __init__(
        self, inside: int, outside: int, widths: Sequence[int], convs: tuple[int, int]
    ) -> None:
        super().__init__()
        down, up = convs
        self.down = nn.ModuleList(
            conv_chain((above, *[width] * down), slope=SLOPE)
            for above, width in pairwise((inside, *widths))
        )
        # He's rule counts all four taps of a 2×2 kernel, over half as many maps. At stride 2 a
        # pixel gets one tap of every map, and no ReLU follows: the variance is as it should be.
        self.larger = nn.ModuleList(
            nn.ConvTranspose2d(below, width, 2, stride=2, bias=False)
            for width, below in pairwise(widths)
        )
        self.up = nn.ModuleList(
            conv_chain((2 * width, *[width] * up), slope=SLOPE) for width in widths[:-1]
        )
        self.last = conv(widths[0], outside, size=1)
        self.stride = 2 ** (len(widths) - 1)  # both sides of what comes in are multiples of it
        # a pixel of its level for each 3×3 layer, the deepest level on the way down; a cell's
        # far corner
        through = (down + up) * (self.stride - 1) + down * self.stride
        self.receptive_radius = through + self.stride - 1

    def forward(self, x: Tensor) -> Tensor:
        """(N, inside, h, w) to (N, outside, h, w)."""
        held = []
        for number, level in enumerate(self.down):
            x = level(F.max_pool2d(x, 2) if number else x)
            held.append(x)
        x = held.pop()
        for level, larger in zip(reversed(self.up), reversed(self.larger)):
            x = level(torch.cat([held.pop(), larger(x)], dim=1))
        return self.last(x)


class KernelSelection(nn.Module):
    """Look with kernels of three sizes; for each feature map decide which of them to believe."""

    def __init__(self, width: int, outside: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(conv(width, width, size=size), nn.LeakyReLU(SLOPE)) for size in KERNELS
        )
        self.mean = GlobalMean()
        self.squeeze = conv(width, SQUEEZED, size=1)
        self.excite = conv(SQUEEZED, len(KERNELS) * width, size=1)
        self.last = conv(width, outside)

    def weights(self, seen: Tensor) -> Tensor:
        """(N, 3, width, h, w), what the kernels saw, to (N, 3, width, 1, 1), their shares of 1."""
        scores = self.excite(F.relu(self.squeeze(self.mean(seen.sum(dim=1)))))
        return scores.unflatten(1, (len(KERNELS), -1)).softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) to (N, outside, h, w)."""
        seen = torch.stack([branch(x) for branch in self.branches], dim=1)
        return self.last((seen * self.weights(seen)).sum(dim=1))


@network(
    small={
        "pools": (1, 2, 4),
        "widths": (32, 64, 128),
        "convs": (2, 2),
        "residual": True,
        "scale": 2,
    }
)
class PRIDNet(Residual):
    """Estimate the noise with attention, restore at five resolutions, select the kernels.

    Every U-Net sees the picture and its noise, averaged over cells of its own size. The picture
    that comes out is drawn from nothing but their results: the paper has no way around them.

    Parameters
    ----------
    channels, scale : int
        As for `Residual`; the paper's scale is 1.
    pools : sequence of int
        Sides of the cells, one U-Net each; the paper has five, up to 16.
    widths : sequence of int
        Feature maps of a U-Net at its full, half, quarter ... resolution; five in the paper, so
        that sides are padded to a multiple of 256.
    convs : (int, int)
        Convolutions of each level of a U-Net, on the way down and on the way up.
    residual : bool
        Predict the change, not the picture.
    shared : bool
        One U-Net for all resolutions.
    rectified : bool
        End the noise estimate with a leaky ReLU, as the released code does.
    half_pixels : bool
        Enlarge between the centres of cells; False as the released code, between their corners
        (see `enlarged`). The card of the first weight that shipped has True, and not rectified.

    References
    ----------
    Zhao, Jiang, Men, Ju (2019). Pyramid real image denoising network. VCIP; arXiv 1908.00273.
    Li, Wang, Hu, Yang (2019). Selective kernel networks. CVPR; arXiv 1903.06586.
    """

    border = "mirror"

    def __init__(
        self,
        channels: int = 1,
        pools: Sequence[int] = (1, 2, 4, 8, 16),
        widths: Sequence[int] = (32, 64, 128, 256, 512),
        convs: tuple[int, int] = (4, 3),
        residual: bool = False,
        shared: bool = False,
        scale: int = 1,
        rectified: bool = True,
        half_pixels: bool = False,
    ) -> None:
        super().__init__(channels, scale)
        if any(max(pools) % pool for pool in pools):
            raise ValueError(f"pools of pridnet divide the largest of them, not {list(pools)}")
        if len(convs) != 2:
            raise ValueError(f"convs of pridnet are two numbers, down and up, not {convs}")
        self.pools, self.predicts_change = tuple(pools), residual
        self.half_pixels = half_pixels
        self.noise = NoiseEstimation(self.folded, rectified)
        self.unets = nn.ModuleList(
            UNet(2 * self.folded, self.folded, widths, convs)
            for _ in range(1 if shared else len(pools))
        )
        self.fusion = KernelSelection((2 + len(pools)) * self.folded, self.folded)
        self.stride = scale * max(pools) * self.unets[0].stride
        # noise estimate, U-Net of the largest cells, enlarging, a cell's far corner, fusion. Both
        # kinds of attention see the whole picture.
        pyramid = max(pools) * (self.unets[0].receptive_radius + 1) + max(pools) - 1
        self.receptive_radius = self.in_pixels(CONVS + 1 + pyramid + max(KERNELS) // 2 + 1)
        init_he_(self, self.fusion.last)
        if not residual:
            nn.init.constant_(self.fusion.last.bias, 0.5)  # it begins at mid-gray

    def forward(self, noisy: Tensor) -> Tensor:
        """(N, C, H, W) noisy to (N, C, H, W) restored."""
        out = self.unfolded(noisy)
        return noisy + out if self.predicts_change else out

    def change(self, folded: Tensor) -> Tensor:
        """The change, or the picture; (N, folded, h, w) in and out."""
        seen = torch.cat([folded, self.noise(folded)], dim=1)  # (N, 2·folded, h, w)
        levels = [
            self._enlarged(unet(F.avg_pool2d(seen, pool)), pool)
            for pool, unet in zip(self.pools, cycle(self.unets))
        ]
        return self.fusion(torch.cat([seen, *levels], dim=1))

    def _enlarged(self, level: Tensor, pool: int) -> Tensor:
        if self.half_pixels:
            return F.interpolate(level, scale_factor=pool, mode="bilinear")
        return enlarged(level, pool)

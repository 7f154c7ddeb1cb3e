"""Zero-DCE (Guo and others 2020): curves that brighten a dark picture. It is no denoiser."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import Network, conv, init_he_, network, pad_to_multiple


def apply_curves(dark: Tensor, curves: Tensor) -> Tensor:
    """Bend the gray levels of a picture again and again: x ← x + A·x·(1 − x).

    0 and 1 stay where they are, and levels between stay between. Beyond [0, 1], where noise may
    lead, a level is left as it is: the formula would drive it to infinity.

    Parameters
    ----------
    dark : Tensor
        (N, C, H, W) in [0, 1].
    curves : Tensor
        (N, C·iterations, H, W) in [−1, 1]: a map A of each channel for the first iteration,
        then for the second ... The released code turns the sign: x ← x + A·(x² − x).

    Returns
    -------
    Tensor
        (N, C, H, W), brighter where A is above 0.

    Raises
    ------
    ValueError
        When the maps are no multiple of the channels.

    References
    ----------
    Guo et al. (2020), equation 3; see `ZeroDCE`.

    Examples
    --------
    >>> apply_curves(torch.full((1, 1, 1, 1), 0.5), torch.ones(1, 2, 1, 1)).item()
    0.9375
    """
    channels = dark.shape[1]
    if curves.shape[1] % channels:
        raise ValueError(f"curves has {curves.shape[1]} maps, no multiple of {channels} channels")
    x = dark
    for a in curves.split(channels, dim=1):
        inside = x.clamp(0, 1)
        x = x + a * inside * (1 - inside)
    return x


@network(small={"scale": 2}, name="zero_dce")
class ZeroDCE(Network):
    """Seven layers that draw the curves by which each pixel of a dark picture is brightened.

    It learns without references, from losses on what it makes alone (`losses.LowLight`).
    Brightening multiplies noise by the slope of the curve: nothing here removes any.

    The paper begins with weights from N(0, 0.02²), which die away over seven layers; here, as
    everywhere in the course, with He's, and with curves near 0: the picture as it is.

    Parameters
    ----------
    channels : int
        3; with 1, for gray pictures, there is one map for each iteration, not three.
    width : int
        Feature maps of each layer.
    iterations : int
        How often a curve is applied.
    scale : int
        1 as in the paper; 2 draws the curves at half the resolution, and enlarges them: light
        changes slowly.
    cells : int
        How many cells of `scale` pixels the shorter side of a picture holds at least: where it
        is too short, cells are smaller. A network that was trained on whole pictures knows no
        picture of two cells.

    References
    ----------
    Guo, Li, Guo, Loy, Hou, Kwong, Cong (2020). Zero-reference deep curve estimation for
    low-light image enhancement. CVPR; arXiv 2001.06826.
    """

    def __init__(
        self,
        channels: int = 3,
        width: int = 32,
        iterations: int = 8,
        scale: int = 1,
        cells: int = 1,
    ) -> None:
        super().__init__()
        self.scale = self.stride = scale
        self.cells = cells
        self.down = nn.ModuleList(conv(c, width) for c in (channels, width, width, width))
        self.up = nn.ModuleList(conv(2 * width, width) for _ in range(2))
        self.last = conv(2 * width, channels * iterations)
        # seven layers, at half the resolution enlarged by one more; a cell's far corner. And no
        # tile is too short for whole cells where its picture is not
        radius = 7 if scale == 1 else scale * (7 + 1) + scale - 1
        self.receptive_radius = max(radius, scale * cells - 1)
        init_he_(self, self.last)

    def stride_in(self, height: int, width: int) -> int:
        """The side of its cells: `scale`, or less where the picture is too short."""
        return min(self.scale, max(1, min(height, width) // self.cells))

    def curves(self, dark: Tensor) -> Tensor:
        """(N, C, H, W) dark to the maps A, (N, C·iterations, H, W) in (−1, 1)."""
        height, width = dark.shape[-2:]
        scale = self.stride_in(height, width)
        whole = pad_to_multiple(dark, scale, "mirror")
        x, held = F.avg_pool2d(whole, scale), []
        for layer in self.down:
            x = F.relu(layer(x))
            held.append(x)
        x = held.pop()
        for layer in self.up:
            x = F.relu(layer(torch.cat([held.pop(), x], dim=1)))
        maps = torch.tanh(self.last(torch.cat([held.pop(), x], dim=1)))
        if scale > 1:
            maps = F.interpolate(maps, scale_factor=scale, mode="bilinear")
        return maps[..., :height, :width]

    def forward(self, dark: Tensor) -> Tensor:
        """(N, C, H, W) dark to (N, C, H, W) brightened."""
        return apply_curves(dark, self.curves(dark))

"""Gondara's convolutional denoising autoencoder for small medical sets (2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import Network, conv, init_he_, network, pad_to_multiple


@network(small={})
class Gondara(Network):
    """Two poolings down to a quarter of the resolution, two enlargements back, a sigmoid.

    The widths are those that re-implementations use; the paper's text leaves them open. One
    size serves both: pooling makes it cheap.

    Parameters
    ----------
    channels : int
        1 or 3.
    width : int
        Feature maps of each layer.

    References
    ----------
    Gondara (2016). Medical image denoising using convolutional denoising autoencoders. IEEE
    ICDM Workshops; arXiv 1608.04667.
    """

    def __init__(self, channels: int = 1, width: int = 64) -> None:
        super().__init__()
        self.down = nn.ModuleList([conv(channels, width), conv(width, width)])
        self.up = nn.ModuleList([conv(width, width), conv(width, width)])
        self.last = conv(width, channels)
        self.stride = 4
        # a pixel at full, half and quarter resolution, half and full; a cell's far corner
        self.receptive_radius = 1 + 2 + 4 + 2 + 1 + self.stride - 1
        init_he_(self)

    def forward(self, noisy: Tensor) -> Tensor:
        """(N, C, H, W) noisy to (N, C, H, W) restored, in (0, 1)."""
        height, width = noisy.shape[-2:]
        x = pad_to_multiple(noisy, self.stride)
        for layer in self.down:
            x = F.max_pool2d(F.relu(layer(x)), 2)  # (N, width, H/2, W/2), then a quarter
        for layer in self.up:
            x = F.interpolate(F.relu(layer(x)), scale_factor=2, mode="nearest")
        return torch.sigmoid(self.last(x))[..., :height, :width]

"""The plain convolutional autoencoder: squeeze a picture through a bottleneck, with ways out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import Network, conv, conv_chain, init_he_, network, pad_to_multiple


# As published in a notebook for 28×28 pictures (facts, not code): 28 609 parameters.
@network(small={}, paper={"widths": (32, 32), "convs": 1, "batch_norm": True, "sigmoid": True})
class Autoencoder(Network):
    """Convolutions and pooling on the way down, convolutions and enlarging on the way up.

    Parameters
    ----------
    channels : int
        1 or 3.
    widths : sequence of int
        Feature maps at full, half, quarter ... resolution.
    convs : int
        Convolutions at each level.
    skips : bool
        Add what each level held on the way down to what it gets on the way up.
    residual : bool
        Predict the change, not the picture.
    batch_norm, sigmoid : bool
        Normalise each layer; squeeze the output into (0, 1). Neither helps; both are common.
    """

    def __init__(
        self,
        channels: int = 1,
        widths: tuple[int, ...] = (32, 96),
        convs: int = 2,
        skips: bool = False,
        residual: bool = False,
        batch_norm: bool = False,
        sigmoid: bool = False,
    ) -> None:
        super().__init__()
        self.skips, self.residual, self.sigmoid = skips, residual, sigmoid
        self.predicts_change, normalised = residual, range(convs if batch_norm else 0)

        def level(inside: int, outside: int) -> nn.Sequential:
            return conv_chain((inside, *[outside] * convs), normalised)

        deep = (*widths[1:], widths[-1])  # what the way up receives at each level
        self.down = nn.ModuleList(map(level, (channels, *widths), widths))
        self.up = nn.ModuleList(map(level, deep, widths))
        self.tail = conv_chain([widths[0]] * convs, normalised)
        self.last = conv(widths[0], channels)
        self.stride = 2 ** len(widths)
        # `convs` steps of 1, 2, 4 … pixels down, of 2, 4, 8 … up, and the last layers; a cell's
        # far corner
        self.receptive_radius = (1 + 2) * convs * (self.stride - 1) + convs + self.stride - 1
        init_he_(self, self.last)
        if not (residual or sigmoid):
            nn.init.constant_(self.last.bias, 0.5)  # a network of pictures begins at mid-gray

    def encode(self, noisy: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The code at the bottleneck, and what each level held before it was pooled."""
        x, held = noisy, []
        for level in self.down:
            x = level(x)
            held.append(x)
            x = F.max_pool2d(x, 2)
        return x, held

    def decode(self, code: Tensor, held: list[Tensor]) -> Tensor:
        """The picture, or the change, that a code stands for."""
        x = code
        for level, before in zip(reversed(self.up), reversed(held)):
            x = F.interpolate(level(x), scale_factor=2, mode="nearest")
            x = x + before if self.skips else x
        return self.last(self.tail(x))

    def forward(self, noisy: Tensor) -> Tensor:
        """(N, C, H, W) noisy to (N, C, H, W) restored."""
        height, width = noisy.shape[-2:]
        out = self.decode(*self.encode(pad_to_multiple(noisy, self.stride)))
        out = torch.sigmoid(out) if self.sigmoid else out
        return noisy + out[..., :height, :width] if self.residual else out[..., :height, :width]

"""REDNet (Mao, Shen, Yang 2016): convolutions, mirrored deconvolutions, skips between them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import Residual, init_he_, network, scale_init_


@network(small={"depth": 10, "scale": 2})
class REDNet(Residual):
    """n convolutions, n transposed ones; every second convolution is added to its mirror.

    Nothing is pooled and nothing normalised. Deconvolution i (counted from 1, odd, below n)
    receives convolution n − i, then its ReLU; the last one receives the picture itself.

    Parameters
    ----------
    channels, scale : int
        As for `Residual`; the paper's scale is 1.
    depth : int
        10, 20 or 30 layers in the paper: RED10, RED20, RED30. Any even number from 4 on.
    width : int
        Filters of each layer.
    skips : bool
        False leaves the inner skips out; what they are good for.

    References
    ----------
    Mao, Shen, Yang (2016). Image restoration using very deep convolutional encoder-decoder
    networks with symmetric skip connections. NIPS; arXiv 1603.09056. Not *RedNet* (Jiang et al.
    2018), a network for indoor segmentation that is often confused with it.
    """

    def __init__(
        self,
        channels: int = 1,
        depth: int = 30,
        width: int = 64,
        scale: int = 1,
        skips: bool = True,
    ) -> None:
        super().__init__(channels, scale)
        if depth < 4 or depth % 2:
            raise ValueError(f"depth of rednet is an even number, 4 or more, not {depth!r}")
        self.half, self.skips = depth // 2, skips
        inside = [self.folded, *[width] * (self.half - 1)]
        outside = [*[width] * (self.half - 1), self.folded]
        self.convs = nn.ModuleList(nn.Conv2d(c, width, 3, padding=1) for c in inside)
        self.deconvs = nn.ModuleList(nn.ConvTranspose2d(width, c, 3, padding=1) for c in outside)
        self.receptive_radius = self.in_pixels(depth)  # one pixel for each 3×3 layer
        init_he_(self, self.deconvs[-1])
        # What is added to a mirror image begins small beside it: a fresh network of ten layers
        # changes a picture by 0.02 of its standard deviation, by 0.16 without.
        scale_init_(*self.deconvs[:-1], share=0.2)

    def change(self, folded: Tensor) -> Tensor:
        """Down the convolutions, up their mirror images."""
        kept, x = [], folded
        for layer in self.convs:
            x = F.relu(layer(x))
            kept.append(x)  # kept[k - 1] is the output of convolution k
        for i, layer in enumerate(self.deconvs[:-1], start=1):
            x = layer(x)
            if self.skips and i % 2:
                x = x + kept[self.half - i - 1]
            x = F.relu(x)
        return self.deconvs[-1](x)  # no ReLU: a change may be negative

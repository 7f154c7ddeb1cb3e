"""DnCNN (Zhang, Zuo, Chen, Meng, Zhang 2017): a plain stack of layers that predicts the noise."""

from __future__ import annotations

from torch import Tensor, nn

from helpers.networks.base import Residual, conv, init_he_, network


@network(small={"depth": 12, "scale": 2})
class DnCNN(Residual):
    """Convolution, batch normalisation, ReLU, again and again; the output is the noise.

    Parameters
    ----------
    channels, scale : int
        As for `Residual`; the paper's scale is 1.
    depth : int, optional
        Layers; by default the paper's: 17 for one σ, 20 where `blind`.
    width : int
        Filters of each layer.
    blind : bool
        Meant for noise of any σ from 0 to 55/255; without `depth` it has 20 layers.
    batch_norm : bool
        False leaves batch normalisation out, and gives each layer a bias.
    last_bias : bool
        True gives the last layer a bias too, as all weights that the authors released have one.
        In colour they need it: without, coffee at σ = 25/255 loses 5.9 dB.

    References
    ----------
    Zhang, Zuo, Chen, Meng, Zhang (2017). Beyond a Gaussian denoiser. IEEE TIP 26(7), 3142-3155.
    """

    def __init__(
        self,
        channels: int = 1,
        depth: int | None = None,
        width: int = 64,
        blind: bool = False,
        batch_norm: bool = True,
        scale: int = 1,
        last_bias: bool = False,
    ) -> None:
        super().__init__(channels, scale)
        self.depth = depth or (20 if blind else 17)
        if self.depth < 3:
            raise ValueError(f"depth of dncnn is 3 or more, not {self.depth}")
        layers = [conv(self.folded, width), nn.ReLU(inplace=True)]
        for _ in range(self.depth - 2):
            layers += [conv(width, width, bias=not batch_norm)]
            layers += [nn.BatchNorm2d(width)] * batch_norm
            layers += [nn.ReLU(inplace=True)]
        layers += [conv(width, self.folded, bias=last_bias)]
        self.noise = nn.Sequential(*layers)
        self.receptive_radius = self.in_pixels(self.depth)  # one pixel for each 3×3 layer
        init_he_(self, self.noise[-1])

    def change(self, folded: Tensor) -> Tensor:
        """Minus the predicted noise."""
        return -self.noise(folded)

"""Ding Liu and others (2018): a denoiser that learns from the network that will look next."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import Residual, conv, init_he_, network


def _layer(inside: int, outside: int, size: int, batch_norm: bool, **options) -> list[nn.Module]:
    """Convolution, batch normalisation where wanted, ReLU."""
    layer = conv(inside, outside, size, **options)
    return [layer, *[nn.BatchNorm2d(outside)] * batch_norm, nn.ReLU(inplace=True)]


class Bottleneck(nn.Module):
    """A 3×3 layer on a quarter of the maps, between two of 1×1, added to what came in."""

    def __init__(self, width: int, batch_norm: bool) -> None:
        super().__init__()
        narrow, bias = width // 4, not batch_norm
        self.layers = nn.Sequential(
            *_layer(width, narrow, 1, batch_norm, bias=bias),
            *_layer(narrow, narrow, 3, batch_norm, bias=bias),
            *_layer(narrow, width, 1, batch_norm, bias=bias)[:-1],  # its ReLU is behind the sum
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) in and out."""
        return F.relu(x + self.layers(x))


def _module(inside: int, outside: int, batch_norm: bool, stride: int = 1) -> nn.Sequential:
    """A 3×3 layer and a bottleneck: what the paper calls a feature encoding or decoding module."""
    entry = _layer(inside, outside, 3, batch_norm, stride=stride)
    return nn.Sequential(*entry, Bottleneck(outside, batch_norm))


@network(small={"width": 40, "batch_norm": False})
class DingLiu(Residual):
    """Down to a quarter of the resolution and up again; the output is the noise, its sign turned.

    As released, but for the borders: its first and last layer there leave out three pixels at
    each side, here all layers keep the size.

    Parameters
    ----------
    channels : int
        1 or 3.
    width : int
        Feature maps at full resolution, a multiple of 8. Twice as many at half and at a quarter
        on the way down, half as many from a quarter up, four times as many after that.
    batch_norm : bool
        False leaves batch normalisation out, and gives the layers of the bottlenecks a bias; as
        in the released network, all others have one anyhow.

    References
    ----------
    Liu, Wen, Liu, Wang, Huang (2018). When image denoising meets high-level vision tasks: a deep
    learning approach. IJCAI; arXiv 1706.04284.
    """

    border = "mirror"

    def __init__(self, channels: int = 1, width: int = 64, batch_norm: bool = True) -> None:
        super().__init__(channels, scale=1)
        if width < 8 or width % 8:
            raise ValueError(f"width of dingliu is a multiple of 8, not {width!r}")
        self.head = conv(channels, width, size=5)
        self.encode = _module(width, 2 * width, batch_norm, stride=2)
        self.deepen = _module(2 * width, 2 * width, batch_norm, stride=2)
        self.larger = nn.ConvTranspose2d(2 * width, width // 2, 4, stride=2, padding=1)
        self.decode = _module(2 * width + width // 2, 4 * width, batch_norm)
        self.largest = nn.ConvTranspose2d(4 * width, width, 4, stride=2, padding=1)
        self.reduce = conv(2 * width, channels)
        self.stride = 4
        down = 2 + 1 + 2 + 2 + 4  # head, encode, deepen: an entry and a bottleneck each
        up = 4 + 2 + 2 + 2 + 1  # larger, decode, largest, reduce
        self.receptive_radius = down + up + self.stride - 1  # a cell's far corner
        init_he_(self, self.reduce)

    def change(self, folded: Tensor) -> Tensor:
        """Minus the noise; sides are multiples of 4."""
        whole = self.head(folded)  # (N, width, H, W)
        half = self.encode(whole)  # (N, 2·width, H/2, W/2)
        quarter = self.deepen(half)  # (N, 2·width, H/4, W/4)
        decoded = self.decode(torch.cat([half, self.larger(quarter)], dim=1))
        return self.reduce(torch.cat([whole, self.largest(decoded)], dim=1))


class Cascade(nn.Module):
    """A denoiser, and behind it a network with a task, which looks at what the first restores.

    The second is frozen in place: its values are never changed, nor the statistics of its batch
    normalisation. What the task's loss says goes through it, back to the denoiser.

    Parameters
    ----------
    denoiser : nn.Module
        (N, C, H, W) noisy to (N, C, H, W) restored: any network of `NETWORKS`.
    task : nn.Module
        From (N, C, H, W) to anything, trained on clean pictures.

    References
    ----------
    Liu, Wen, Liu, Wang, Huang (2018); see `DingLiu`. There, too, only the denoiser learns.

    Examples
    --------
    >>> from helpers.networks import build
    >>> task = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    >>> restored, answer = Cascade(build("dncnn"), task)(torch.rand(2, 1, 8, 8))
    >>> restored.shape, answer.shape
    (torch.Size([2, 1, 8, 8]), torch.Size([2, 10]))
    """

    def __init__(self, denoiser: nn.Module, task: nn.Module) -> None:
        super().__init__()
        self.denoiser, self.task = denoiser, task.requires_grad_(False)
        self.train(denoiser.training)

    def train(self, mode: bool = True) -> Cascade:
        """Set the denoiser's mode; the task network always stays in eval mode."""
        super().train(mode)
        self.task.eval()
        return self

    def forward(self, noisy: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) noisy to the restored pictures, and what the task network makes of them."""
        self.task.eval()  # whoever may have called its own train()
        restored = self.denoiser(noisy)
        return restored, self.task(restored)

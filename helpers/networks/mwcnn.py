"""MWCNN (Liu, Zhang, Zhang, Lin, Zuo 2018): a U-Net whose pooling is a wavelet transform."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.networks.base import Residual, conv_chain, init_he_, network, scale_init_

BANDS = 4  # mean, differences along rows, along columns, along both


def dwt(x: Tensor) -> Tensor:
    """The orthonormal Haar transform: half the resolution, four bands, nothing lost.

    Parameters
    ----------
    x : Tensor
        (N, C, H, W), both sides even.

    Returns
    -------
    Tensor
        (N, 4·C, H/2, W/2), band after band: LL, the mean of each 2×2 block times 2; then what
        changes from left to right, from top to bottom, and across. The sum of squares is kept.

    Raises
    ------
    ValueError
        For an odd side.

    References
    ----------
    Haar (1910). Mathematische Annalen 69, 331-371.

    Examples
    --------
    >>> dwt(torch.full((1, 1, 2, 2), 0.5)).flatten().tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    if x.shape[-2] % 2 or x.shape[-1] % 2:
        raise ValueError(f"x has two even sides, not {tuple(x.shape[-2:])}")
    upper, lower = x[..., ::2, :], x[..., 1::2, :]
    (a, b), (c, d) = ((row[..., ::2], row[..., 1::2]) for row in (upper, lower))
    low, across = a + b + c + d, a - b - c + d
    return torch.cat([low, b + d - a - c, c + d - a - b, across], dim=1) / 2


def iwt(bands: Tensor) -> Tensor:
    """The inverse of `dwt`: (N, 4·C, h, w) to (N, C, 2·h, 2·w).

    Raises
    ------
    ValueError
        When the channels are no multiple of 4.

    Examples
    --------
    >>> x = torch.rand(2, 3, 4, 6)
    >>> torch.allclose(iwt(dwt(x)), x, atol=1e-6)
    True
    """
    if bands.shape[1] % BANDS:
        raise ValueError(f"bands has a multiple of 4 channels, not {bands.shape[1]}")
    mean, right, down, across = (bands / 2).chunk(BANDS, dim=1)
    upper = torch.stack([mean - right - down + across, mean + right - down - across], dim=-1)
    lower = torch.stack([mean - right + down - across, mean + right + down + across], dim=-1)
    return torch.stack([row.flatten(-2) for row in (upper, lower)], dim=-2).flatten(-3, -2)


class Level(nn.Module):
    """Transform, convolve, hand over to the next level if there is one, convolve, transform back.

    `widths` are those of this level and of all below it; `convs`, `batch_norm` and `signed` are
    as for `MWCNN`. What the outermost level gives is the change, which has either sign.
    """

    def __init__(
        self,
        inside: int,
        widths: Sequence[int],
        convs: int,
        batch_norm: bool,
        signed: bool,
        outermost: bool = False,
    ) -> None:
        super().__init__()
        width, *deeper = widths
        down = (BANDS * inside, *[width] * convs)
        normalised = range(int(outermost), convs) if batch_norm else ()
        self.down = conv_chain(down, normalised)
        self.inner = Level(width, deeper, convs, batch_norm, signed) if deeper else None
        self.up = conv_chain(down[::-1], range(convs - outermost) if batch_norm else ())
        if outermost or signed:
            del self.up[-1]  # the last ReLU

    def forward(self, x: Tensor) -> Tensor:
        """(N, inside, h, w) in and out."""
        x = self.down(dwt(x))  # (N, width, h/2, w/2)
        if self.inner is not None:
            x = x + self.inner(x)
        return iwt(self.up(x))


@network(small={"widths": (64, 80, 96), "convs": 2, "signed": True})
class MWCNN(Residual):
    """Three levels of Haar wavelets, 24 layers; the output is the noise, with its sign turned.

    A pooling forgets what it cannot keep. The wavelet transform halves the resolution and keeps
    everything, so the way up can undo it exactly. What a level gives is added to what went in; to
    add wavelet bands before the inverse transform, as the paper draws it, is the same.

    Parameters
    ----------
    channels : int
        1 or 3.
    widths : sequence of int
        Feature maps at half, quarter, eighth ... resolution; sides are padded to a multiple of
        2 to the power of their number.
    convs : int
        Convolutions of each level, on the way down and again on the way up; the paper has 4.
    batch_norm : bool
        True for all layers but the first and the last, as in the paper; its authors' code for
        PyTorch has none.
    signed : bool
        The inner levels too end without ReLU: bands have both signs. The paper has one before
        every inverse transform but the last.

    References
    ----------
    Liu, Zhang, Zhang, Lin, Zuo (2018). Multi-level wavelet-CNN for image restoration. CVPR
    Workshops; arXiv 1805.07071.
    """

    border = "mirror"

    def __init__(
        self,
        channels: int = 1,
        widths: Sequence[int] = (160, 256, 256),
        convs: int = 4,
        batch_norm: bool = False,
        signed: bool = False,
    ) -> None:
        super().__init__(channels, scale=1)
        self.level = Level(channels, widths, convs, batch_norm, signed, outermost=True)
        self.stride = 2 ** len(widths)
        # both ways `convs` steps of 2, 4, 8 … pixels; a cell's far corner
        self.receptive_radius = 2 * convs * (2 * self.stride - 2) + self.stride - 1
        levels = [module for module in self.modules() if isinstance(module, Level)]
        last, *ends = ([m for m in level.up if isinstance(m, nn.Conv2d)][-1] for level in levels)
        init_he_(self, last)
        scale_init_(*ends)

    def change(self, folded: Tensor) -> Tensor:
        """What all levels add; sides are multiples of `stride`."""
        return self.level(folded)

"""Vincent's denoising autoencoder (2008): one dense hidden layer, one matrix for both ways."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.checks import number
from helpers.networks.base import Network, network


@network(
    small={"patch": 12, "hidden": 512, "centred": True, "step": 3},
    paper={"patch": 28, "hidden": 1000, "step": 28},
)
class Vincent(Network):
    """Encode h = s(W·x + b), decode z = s(Wᵀ·h + c), on patches that are cut out and averaged.

    The paper learns features of 28×28 digits; a patch is then the whole picture. To denoise
    photographs, overlapping patches are restored one by one and averaged where they overlap;
    `centred` takes each patch's mean away first and leaves the output linear.

    Parameters
    ----------
    channels : int
        1 or 3.
    patch : int
        Side of a patch, pixels.
    hidden : int
        Hidden units.
    centred : bool
        Work on deviations from the patch's mean; without, on values in [0, 1].
    step : int
        Distance of neighbouring patches, pixels.

    References
    ----------
    Vincent, Larochelle, Bengio, Manzagol (2008). Extracting and composing robust features with
    denoising autoencoders. ICML, 1096-1103.
    """

    def __init__(
        self,
        channels: int = 1,
        patch: int = 28,
        hidden: int = 1000,
        centred: bool = False,
        step: int = 1,
    ) -> None:
        super().__init__()
        if not 1 <= step <= patch:
            raise ValueError(f"step of vincent is from 1 to the patch, {patch}, not {step!r}")
        self.patch, self.centred, self.stride = patch, centred, step
        self.receptive_radius = patch - 1  # a patch sees no further than itself
        inputs = channels * patch**2
        self.weight = nn.Parameter(torch.empty(hidden, inputs))  # W, used both ways
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))
        self.output_bias = nn.Parameter(torch.zeros(inputs))
        nn.init.xavier_uniform_(self.weight)

    def encode(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., hidden) in (0, 1)."""
        return torch.sigmoid(F.linear(x, self.weight, self.hidden_bias))

    def decode(self, h: Tensor) -> Tensor:
        """(..., hidden) to (..., inputs), before any sigmoid."""
        return F.linear(h, self.weight.T, self.output_bias)

    def reconstruct(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., inputs): patches in, restored patches out."""
        if not self.centred:
            return torch.sigmoid(self.decode(self.encode(x)))
        mean = x.mean(dim=-1, keepdim=True)
        return mean + self.decode(self.encode(x - mean))

    def forward(self, noisy: Tensor) -> Tensor:
        """(N, C, H, W) noisy to (N, C, H, W) restored."""
        height, width = noisy.shape[-2:]
        below, right = (  # to one patch at least, and a whole number of steps
            self.patch - side if side < self.patch else (self.patch - side) % self.stride
            for side in (height, width)
        )
        whole = F.pad(noisy, (0, right, 0, below), "replicate")
        size, cut = whole.shape[-2:], {"kernel_size": self.patch, "stride": self.stride}
        columns = F.unfold(whole, **cut).transpose(1, 2)  # (N, patches, inputs)
        restored = self.reconstruct(columns).transpose(1, 2)
        total = F.fold(restored, size, **cut)
        count = F.fold(torch.ones_like(restored), size, **cut)
        return (total / count)[..., :height, :width]


def mask(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Set a `share` of the inputs to 0: the corruption of Vincent's paper.

    Raises
    ------
    ValueError
        For a share outside [0, 1].

    Examples
    --------
    >>> x = torch.ones(1000, 10)
    >>> round(float(mask(x, 0.25, torch.Generator().manual_seed(0)).mean()), 2)
    0.76
    """
    share = number(share, "share", 0, 1)
    keep = torch.rand(x.shape, generator=generator) >= share
    return x * keep

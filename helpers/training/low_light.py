"""Zero-DCE learns from dark pictures alone: no reference, four losses on what it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from helpers import checks
from helpers.losses import LowLight
from helpers.networks import ZeroDCE, apply_curves
from helpers.networks.base import check_built
from helpers.training.loop import ADAM, Batch, History, Objective, Run, Settings, fit, settings_of
from helpers.training.patches import as_batch, cut, prepare

# Adam, whose weight decay is part of the gradient, and its numbers: those of the released code.
RELEASED = ADAM | {
    "optimizer": "adam", "batch": 8, "lr": 1e-4, "weight_decay": 1e-4, "grad_clip": 0.1,
}  # fmt: skip


class Curves(nn.Module):
    """A Zero-DCE that answers with its curves, which its losses ask for."""

    def __init__(self, network: ZeroDCE) -> None:
        super().__init__()
        self.network = network

    def forward(self, dark: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C·iterations, H, W)."""
        return self.network.curves(dark)


@dataclass
class Brightening(Objective):
    """Patches of dark pictures, judged by what the curves make of them; for `Curves`."""

    network: ZeroDCE
    images: InitVar[Sequence[np.ndarray]]
    criterion: LowLight
    settings: Settings

    def __post_init__(self, images: Sequence[np.ndarray]) -> None:
        check_built(self.network)
        if not isinstance(self.network, ZeroDCE):
            kind = type(self.network).__name__
            raise ValueError(f"build('zero_dce') is trained so, not {kind}")
        if not isinstance(self.criterion, LowLight):
            raise checks.refusal("loss", "a losses.LowLight", self.criterion)
        channels = self.network.architecture["channels"]
        self.pictures = prepare(images, channels, self.settings.patch)

    def depends(self) -> dict[str, object]:
        """Loss, pictures, and the design of the network."""
        architecture = self.network.architecture
        return {"loss": self.criterion, "pictures": self.pictures, "architecture": architecture}

    def batch(self, numbers: Sequence[int]) -> Batch:
        """Patches alone: there is no reference."""
        dark = []
        for number in numbers:
            rng = np.random.default_rng((self.settings.seed, number))
            picture = self.pictures[rng.integers(len(self.pictures))]
            dark += cut([picture], self.settings.patch, rng)
        return [as_batch(dark)]

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Of the curves, and of what they make of the patches."""
        (dark,) = batch
        curves = run(dark)
        return self.criterion(apply_curves(dark, curves), dark, curves)


def train_low_light(
    network: ZeroDCE,
    images: Sequence[np.ndarray],
    *,
    loss: LowLight | None = None,
    checkpoint: str | Path | None = None,
    every: int = 100,
    progress: bool = True,
    **settings: object,
) -> History:
    """Train the curves that brighten dark pictures; the network ends in eval mode.

    Parameters
    ----------
    network : ZeroDCE
        As ``networks.build("zero_dce")`` gives it; changed in place.
    images : sequence of ndarray
        Pictures in [0, 1], dark ones and some that are not, else all will be brightened.
    loss : LowLight, optional
        By default that of the paper.
    checkpoint, every, progress
        As for `fit`.
    **settings
        Those of `Settings`; by default Adam as in the released code: ``batch`` 8, ``lr`` 1e-4,
        ``weight_decay`` 1e-4, ``grad_clip`` 0.1. ``patch`` is 64 pixels, 16 or more; 512 in the
        paper, 256 in its code.

    Returns
    -------
    History
        Without PSNR: there is no reference.

    Raises
    ------
    ValueError
        For another network, and as `train`.

    References
    ----------
    Guo et al. (2020); see `networks.ZeroDCE`.

    Examples
    --------
    >>> from helpers import images, networks
    >>> network = networks.build("zero_dce", width=4)
    >>> dark = [0.2 * images.load("astronaut", size=64)]
    >>> train_low_light(network, dark, steps=3, batch=2, progress=False).step
    [3]
    """
    numbers = settings_of(settings, **RELEASED)
    objective = Brightening(network, images, LowLight() if loss is None else loss, numbers)
    model, how = Curves(network), {"checkpoint": checkpoint, "progress": progress}
    return fit(model, objective, numbers, every=every, **how)

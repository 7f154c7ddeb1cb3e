"""What a network costs, and how much of it lives.

A unit, one output of a layer, is *silent* where no picture can change what it hands on: its
weights have no gradient at all. So a ReLU that never fires shows, and so do layers behind it. The
loss does not tell: others do the work.

>>> from helpers import images, networks
>>> network = networks.build("drunet", widths=(8, 16), blocks=1)
>>> print(f"{multiplications(network):.0f} a pixel")
1090 a pixel
>>> bool(living(network, [images.load("camera", gray=True, size=64)])["live"].min())
True
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from helpers.checks import refusal, several
from helpers.images import as_image, to_gray
from helpers.networks.base import Network

TURNED = (nn.ConvTranspose1d, nn.ConvTranspose2d)  # their weights are (in, out, …)
SIDE = 256  # pixels: the border that networks add to a picture hardly counts


@torch.inference_mode()
def multiplications(network: Network, side: int = SIDE) -> float:
    """Multiplications for each pixel of a picture of side×side, those of convolutions."""
    network = _at_rest(network)
    picture = torch.zeros(1, network.architecture["channels"], side, side)
    with FlopCounterMode(display=False) as counted:  # a product and a sum are two
        network(picture)
    return counted.get_total_flops() / 2 / side**2


def living(network: Network, noisy: Sequence[np.ndarray]) -> pd.DataFrame:
    """How many units of each layer some picture changes the output through.

    Parameters
    ----------
    network : Network
        As it is trained, frozen or not; asked in eval mode, and left as it is.
    noisy : sequence of ndarray
        (H, W), or (H, W, 3) for a network with colours; it is told the default σ where it asks.

    Returns
    -------
    DataFrame
        One row a layer, by its name: ``live`` of ``units``.

    Raises
    ------
    ValueError
        For what is no picture, and for no picture at all.
    """
    network = _at_rest(network).requires_grad_()
    weights = {name: p for name, p in network.named_parameters() if p.ndim > 1}
    moved = {name: torch.zeros_like(p, dtype=torch.bool) for name, p in weights.items()}
    pictures = several(noisy, "noisy", "a list of pictures")
    if not pictures:
        raise refusal("noisy", "a list of pictures", noisy)
    for picture in pictures:
        restored = network(_planes(picture, network.architecture["channels"]))
        gradients = torch.autograd.grad(restored.square().sum(), [*weights.values()])
        for name, gradient in zip(weights, gradients):
            moved[name] |= gradient != 0
    turned = {f"{n}.weight" for n, m in network.named_modules() if isinstance(m, TURNED)}
    by_unit = {n: one.movedim(int(n in turned), 0).flatten(1) for n, one in moved.items()}
    live = {name: int(one.any(dim=1).sum()) for name, one in by_unit.items()}
    units = {name: len(one) for name, one in by_unit.items()}
    return pd.DataFrame({"live": live, "units": units}).rename(lambda n: n.removesuffix(".weight"))


def _at_rest(network: Network) -> Network:
    """A copy in eval mode: pictures of a training move the statistics that are normalised by."""
    return deepcopy(network).eval()


def _planes(picture: np.ndarray, channels: int) -> torch.Tensor:
    """(H, W) or (H, W, 3) to (1, C, H, W), whatever it had."""
    image = as_image(picture, clipped=False)
    gray = to_gray(image)  # (H, W)
    planes = (
        image.transpose(2, 0, 1) if channels == image.ndim == 3 else np.stack([gray] * channels)
    )
    return torch.from_numpy(np.ascontiguousarray(planes))[None]

"""Networks so small that a test of them takes milliseconds, and wide awake."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from helpers import images, networks, noise

TINY = {
    "vincent": {"patch": 6, "hidden": 20, "step": 2},
    "gondara": {"width": 8},
    "autoencoder": {"widths": (8, 8)},
    "dncnn": {"depth": 5, "width": 8},
    "rednet": {"depth": 6, "width": 8},
    "ridnet": {"modules": 1, "width": 8, "reduction": 2},
    "rdn": {"blocks": 2, "layers": 2, "growth": 8, "width": 8},
    "mwcnn": {"widths": (8, 8), "convs": 1},
    "pridnet": {"pools": (1, 2), "widths": (8, 8), "convs": (1, 1), "scale": 1},
    "dingliu": {"width": 8},
    "drunet": {"widths": (8, 8), "blocks": 1},
    "zero_dce": {"width": 8},
}


def tiny(name: str, channels: int = 1, **options) -> networks.Network:
    """A small network in eval mode that does much to a picture, the same in every run."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = networks.build(name, channels=channels, **TINY[name] | options)
        wake(network)
    return network.eval()


def wake(network: networks.Network) -> None:
    """Undo the start as identity, and let batch normalisation look as if it had been trained."""
    convs = convolutions(network)
    if convs and (network.predicts_change or isinstance(network, networks.ZeroDCE)):
        convs[-1].weight.data.mul_(30)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, std=0.2)
            nn.init.normal_(layer.running_mean, std=0.2)
            nn.init.uniform_(layer.running_var, 0.5, 2)


def convolutions(network: nn.Module) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    """All convolutions, from the first to the last."""
    return [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]


def noise_like(*shape: int) -> torch.Tensor:
    """A picture of noise around mid-gray, the same in every run."""
    return 0.5 + 0.2 * torch.randn(shape, generator=torch.Generator().manual_seed(1))


def noisy_picture(*shape: int) -> np.ndarray:
    """Dead leaves under noise of σ = 25/255, the same in every run."""
    return noise.Gaussian(25 / 255)(images.dead_leaves(0, shape, (2, 20)), rng=0)

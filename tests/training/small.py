"""A training that takes a second, for tests of how trainings go."""

from __future__ import annotations

import numpy as np
import torch

from helpers import images, networks, noise
from helpers.training import History, train

GAUSSIAN = noise.Gaussian(25 / 255)
SETTINGS = {
    "steps": 12, "batch": 2, "patch": 16, "every": 4, "lr": 0.008, "progress": False
}  # fmt: skip
OPTIONS = {
    "rednet": {"depth": 4, "width": 8},
    "dncnn": {"depth": 3, "width": 8},
    "autoencoder": {"widths": (8, 8)},
    "drunet": {"widths": (8, 8), "blocks": 1},
}


def network(name: str = "rednet", **options) -> networks.Network:
    """A tiny network, with the same fresh weights in every run."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return networks.build(name, **OPTIONS[name] | options)


def pictures(count: int = 3, *channels: int) -> list[np.ndarray]:
    """Dead leaves, 48 pixels each way."""
    return [images.dead_leaves(seed, (48, 48, *channels), (2, 16)) for seed in range(count)]


def trained(checkpoint=None, **changes) -> tuple[networks.Network, History]:
    """A tiny network after its training."""
    made = changes.pop("network", None) or network()
    chosen = {"noise": GAUSSIAN, "images": pictures()} | SETTINGS | changes
    return made, train(made, chosen.pop("images"), checkpoint=checkpoint, **chosen)


def values(made: networks.Network) -> torch.Tensor:
    """All parameters in one row."""
    return torch.cat([parameter.detach().flatten() for parameter in made.parameters()])

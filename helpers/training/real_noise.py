"""One network, taught a camera's noise in several ways.

Gaussian noise of some strength; the camera's own noise, fitted to its noisy pictures alone
(`estimation.fit_soft_camera`); or real pairs. Notebook `multiscale_denoisers` does it for a
simulated camera, `tools.real_noise_table` for real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from helpers import networks
from helpers.networks import Network
from helpers.noise import NoiseModel
from helpers.training.loop import train
from helpers.training.patches import Noise, Pair
from helpers.training.recipes import OLD_FORM

NETWORK = {"name": "mwcnn", "channels": 3, "widths": (24, 32, 40), "convs": 1}
PYRAMID = {"name": "pridnet", "channels": 3, "widths": (12, 20, 32), "convs": (1, 1), **OLD_FORM}
SETTINGS = {"batch": 4, "patch": 64, "lr": 0.006}


def train_colour(
    pictures: Sequence[np.ndarray] | Sequence[Pair],
    noise: Noise | None,
    seed: int,
    steps: int,
    network: dict[str, object] = NETWORK,
) -> Network:
    """One network, from the start that a seed gives; without noise, `pictures` are pairs."""
    torch.manual_seed(seed)
    built = networks.build(**network)
    settings = SETTINGS | {"steps": steps, "seed": seed}
    train(built, pictures, noise=noise, progress=False, **settings)
    return built


@dataclass(frozen=True)
class OneOf:
    """Noise for a training: one of several fitted models, drawn anew for each patch."""

    models: tuple[NoiseModel, ...]

    def __call__(self, rng: np.random.Generator) -> NoiseModel:
        return self.models[rng.integers(len(self.models))]

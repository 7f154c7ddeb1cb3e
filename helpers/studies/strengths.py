"""One network for every strength of noise: what it is worth to tell it, and to leave biases out.

Small DRUNets learn σ from 0 to 50/255, each as long, from two starts: told σ by a map, with biases
or without, or told the same number always. Beyond 50/255 each is asked as it is, and on a picture
that is made darker until its noise has 50/255, the result made brighter again: what a network
without biases does by itself. PSNR by the protocol on every fourth picture of BSD68, which no
training saw.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from helpers import datasets
from helpers.denoiser import Denoiser
from helpers.networks import TrainedNetwork
from helpers.parameters import SIGMA
from helpers.studies.base import STUDIES, Study, train_from
from helpers.training.cards import mean_scores
from helpers.training.patches import RandomParameters
from helpers.training.recipes import fair
from helpers.training.sources import SOURCES

KNOWN = 50 / 255  # the strongest noise that they learn on
LEVELS = (5, 15, 25, 50, 75, 100, 150)  # gray levels
NETWORKS = {
    "told": {"bias": False, "told": "rms"},
    "told, biases": {"bias": True, "told": "rms"},
    "untold": {"bias": False, "told": "nothing"},
}
SEEDS = (0, 1)
SETTINGS = fair(1e-3, share=0.05)


def darker(denoise: Denoiser) -> Denoiser:
    """Stronger noise than a denoiser knows is what it knows, on a picture made darker."""

    def scaled(noisy: np.ndarray, sigma: float) -> np.ndarray:
        factor = min(1, KNOWN / sigma)
        return denoise(factor * noisy, factor * sigma) / factor

    return scaled


def rows(name: str, seed: int, bias: bool, told: str) -> pd.DataFrame:
    """Train once, and score at every strength, asked in both ways."""
    drawn = RandomParameters("gaussian", sigma=(0, KNOWN))
    pictures, how = SOURCES["bsds500"].pictures(), SETTINGS | {"told": told}
    network, _ = train_from(seed, {"name": "drunet", "bias": bias}, pictures, drawn, **how)
    denoise = TrainedNetwork(network)
    asked = denoise if told == "rms" else lambda noisy, sigma: denoise(noisy, SIGMA.default)
    tests = datasets.fetch("bsd68", progress=False).images[::4]
    made = [
        {"network": name, "seed": seed, "σ": level, "asked": way, **mean_scores(ask, tests, level)}
        for level in LEVELS
        for way, ask in {"as it is": asked, "darker": darker(asked)}.items()
    ]
    return pd.DataFrame(made).round(3)


STUDIES["strengths"] = Study(
    "strengths",
    "one network for every strength: told it or not, with biases and without, far beyond training",
    notebook="residual_denoisers",
    key=("network", "seed"),
    groups=lambda table: {
        (name, seed): partial(rows, name, seed, **one)
        for seed in SEEDS
        for name, one in NETWORKS.items()
    },
    minutes=25,
    sample=[("told", 0)],
    spread={"restored psnr": 0.25, "restored ssim": 0.01},  # on another processor: 0.21 dB
)

"""One network for every strength of noise: what leaving its biases out buys.

Two small DRUNets, with biases and without, learn σ from 0 to 50/255 as long, from two starts, and
are told σ by a map. Beyond 50/255 each is asked as it is, and on a picture that is made darker
until its noise has 50/255, the result made brighter again: what a network without biases does by
itself. PSNR by the protocol on every fourth picture of BSD68, which no training saw.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from helpers import datasets
from helpers.denoiser import Denoiser
from helpers.networks import TrainedNetwork
from helpers.studies.base import STUDIES, Study, train_from
from helpers.training.cards import mean_scores
from helpers.training.patches import RandomParameters
from helpers.training.recipes import fair
from helpers.training.sources import SOURCES

KNOWN = 50 / 255  # the strongest noise that they learn on
LEVELS = (5, 15, 25, 50, 75, 100, 150)  # gray levels
BIASES, SEEDS = {"without": False, "with": True}, (0, 1)
SETTINGS = fair(1e-3, share=0.05)


def darker(denoise: Denoiser) -> Denoiser:
    """Stronger noise than a denoiser knows is what it knows, on a picture made darker."""

    def scaled(noisy: np.ndarray, sigma: float) -> np.ndarray:
        factor = min(1, KNOWN / sigma)
        return denoise(factor * noisy, factor * sigma) / factor

    return scaled


def rows(biases: str, seed: int) -> pd.DataFrame:
    """Train once, and score at every strength, asked in both ways."""
    design = {"name": "drunet", "bias": BIASES[biases]}
    drawn = RandomParameters("gaussian", sigma=(0, KNOWN))
    network, _ = train_from(seed, design, SOURCES["bsds500"].pictures(), drawn, **SETTINGS)
    denoise = TrainedNetwork(network)
    pictures = datasets.fetch("bsd68", progress=False).images[::4]
    made = []
    for level in LEVELS:
        for way, ask in {"as it is": denoise, "darker": darker(denoise)}.items():
            scores = mean_scores(ask, pictures, level)
            made.append({"biases": biases, "seed": seed, "σ": level, "asked": way, **scores})
    return pd.DataFrame(made).round(3)


STUDIES["strengths"] = Study(
    "strengths",
    "one network for every strength, with biases and without, far beyond what it learned",
    notebook="residual_denoisers",
    key=("biases", "seed"),
    groups=lambda table: {(b, s): partial(rows, b, s) for s in SEEDS for b in BIASES},
    minutes=30,
    sample=[("without", 0)],
    spread={"restored psnr": 0.1, "restored ssim": 0.01},  # of starts
)

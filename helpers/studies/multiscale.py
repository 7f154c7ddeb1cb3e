"""MWCNN and PRIDNet beside DnCNN, at equal parameters and at equal time, from two starts.

All learn σ = 25/255 on the photographs that ship, as many steps; PSNR by the protocol on three
other photographs and on BSD68. Seconds are those of the processor in a training on one thread
(`OMP_NUM_THREADS=1`), whatever else the machine does.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import product

import pandas as pd

from helpers.networks import Network
from helpers.registry import Registry
from helpers.studies.base import STUDIES, Study, scores_on, train_from
from helpers.training import History
from helpers.training.recipes import FAIR, Recipe
from helpers.training.sources import photographs

SEEDS = (0, 1)
STEPS = 300  # a notebook trains one of them while the reader waits
SETTINGS = FAIR | {"batch": 4, "patch": 64, "warmup": 30}
# DnCNN is the yardstick: nearly as many parameters, or nearly as much time for a step of training
# on one core. Each has the best of three rates, a factor of two apart, on BSDS500's pictures held
# out from training. MWCNN's coarsest band carries brightness, and normalised by the few patches
# of a batch it learns what it does not find when it is used: with batch normalisation its loss is
# the lowest, and its PSNR is not the highest.
RIVALS: Registry[Recipe] = Registry("rival")
RIVALS |= {
    "dncnn": Recipe("dncnn", {"depth": 8, "width": 48}, settings={"lr": 0.008}),
    "mwcnn, equal parameters": Recipe("mwcnn", {"widths": (20, 24, 32)}, settings={"lr": 0.004}),
    "mwcnn, equal time": Recipe("mwcnn", {"widths": (32, 48, 64)}, settings={"lr": 0.004}),
    "mwcnn, equal time, batch norm": Recipe(
        "mwcnn", {"widths": (32, 48, 64), "batch_norm": True}, settings={"lr": 0.008}
    ),
    "pridnet, equal parameters": Recipe(
        "pridnet", {"widths": (12, 20, 32), "convs": (1, 1)}, settings={"lr": 0.004}
    ),
}


def train_rival(recipe: Recipe, seed: int, steps: int = STEPS) -> tuple[Network, History]:
    """Train one of `RIVALS` for σ = 25/255 on the photographs that ship.

    Examples
    --------
    >>> network, history = train_rival(RIVALS["mwcnn, equal parameters"], seed=0, steps=2)
    >>> history.step
    [2]
    """
    design, settings = {"name": recipe.network, **recipe.options}, SETTINGS | recipe.settings
    return train_from(seed, design, photographs(), recipe.noise(), steps=steps, **settings)


def row(name: str, recipe: Recipe, seed: int) -> pd.DataFrame:
    """Train once, and score on pictures never trained on."""
    begun = time.process_time()
    network, history = train_rival(recipe, seed)
    seconds = time.process_time() - begun
    scores = scores_on(["bsd68"], network, recipe.sigma[0])
    made = {
        "network": name,
        "seed": seed,
        "steps": STEPS,
        "parameters": sum(p.numel() for p in network.parameters()),
        "radius": network.receptive_radius,
        "seconds": round(seconds, 1),
        "loss": round(history.loss[-1], 6),
        **{key: round(one["restored psnr"], 3) for key, one in scores.items()},
        **{f"{key} noisy": round(one["noisy psnr"], 3) for key, one in scores.items()},
    }
    return pd.DataFrame([made])


STUDIES["multiscale"] = Study(
    "multiscale",
    "MWCNN and PRIDNet beside DnCNN, at equal parameters and at equal time",
    notebook="multiscale_denoisers",
    key=("network", "seed"),
    groups=lambda table: {
        (name, seed): partial(row, name, RIVALS[name], seed)
        for seed, name in product(SEEDS, RIVALS)
    },
    minutes=4,
    sample=[("mwcnn, equal parameters", 0)],
    spread={"photographs": 0.3, "bsd68": 0.3, "loss": 3e-4},  # as far as the starts are apart
    measured=("seconds",),
)

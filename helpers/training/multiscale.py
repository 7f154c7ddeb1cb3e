"""Three networks at equal parameters and at equal time, for the table of notebook 09."""

from __future__ import annotations

import torch

from helpers import networks
from helpers.networks import Network
from helpers.registry import Registry
from helpers.training.loop import History, train
from helpers.training.recipes import OLD_FORM, Recipe
from helpers.training.sources import photographs

STEPS = 300
SETTINGS = {"steps": STEPS, "batch": 4, "patch": 64}
# DnCNN is the yardstick: nearly as many parameters, or nearly as much time for a step of training
# on one core. At twice its rate one start of it was lost. MWCNN's coarsest band carries
# brightness, and normalised by the few patches of a batch it learns what it does not find when it
# is used: with batch normalisation its loss is the lowest, and its PSNR is not the highest.
RIVALS: Registry[Recipe] = Registry("rival")
RIVALS |= {
    "dncnn": Recipe("dncnn", {"depth": 8, "width": 48}, settings={"lr": 0.016}),
    "mwcnn, equal parameters": Recipe("mwcnn", {"widths": (20, 24, 32)}, settings={"lr": 0.006}),
    "mwcnn, equal time": Recipe("mwcnn", {"widths": (32, 48, 64)}, settings={"lr": 0.006}),
    "mwcnn, equal time, batch norm": Recipe(
        "mwcnn", {"widths": (32, 48, 64), "batch_norm": True}, settings={"lr": 0.016}
    ),
    "pridnet, equal both": Recipe(
        "pridnet",
        {"widths": (12, 20, 32), "convs": (1, 1), **OLD_FORM},
        settings={"lr": 0.006},
    ),
}


def train_rival(name: str, seed: int, steps: int = STEPS) -> tuple[Network, History]:
    """Train one of `RIVALS` for σ = 25/255 on the photographs that ship.

    Examples
    --------
    >>> network, history = train_rival("mwcnn, equal parameters", seed=0, steps=2)
    >>> history.step
    [2]
    """
    recipe = RIVALS[name]
    torch.manual_seed(seed)
    network = networks.build(recipe.network, **recipe.options)
    settings = SETTINGS | recipe.settings | {"steps": steps, "seed": seed}
    history = train(network, photographs(), noise=recipe.noise(), progress=False, **settings)
    return network, history

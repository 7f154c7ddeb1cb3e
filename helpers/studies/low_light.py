"""Zero-DCE on exposure stacks, and what each of its losses is good for.

Stacks: the weight that ships against the normal exposure of places never trained on, beside what
needs no learning; a row for each place and method. Losses: a short training, from three starts,
with one loss at a time left out; a row for each training and test photograph. Questions: the
training of the weight, with exposure asked of patches or of whole pictures; a row for each place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
import torch

from helpers import images, networks
from helpers.benchmark.tasks import noisy_input
from helpers.denoiser import Denoiser
from helpers.images import to_gray
from helpers.losses import LowLight
from helpers.losses.low_light import PATCH_SIDE, REGION_SIDE, WEIGHTS
from helpers.low_light import underexpose
from helpers.metrics import score
from helpers.networks import Network, weights
from helpers.studies.base import STUDIES, Study
from helpers.training import History, train_low_light, zero_dce
from helpers.training.patches import as_batch
from helpers.training.recipes import RECIPES, BrighteningRecipe
from helpers.training.sources import TESTED_ON, UNNATURAL

# As few steps as a reader waits for, hence twenty times the rate of the paper's code.
SETTINGS = {"patch": 64, "steps": 120, "batch": 4, "lr": 2e-3, "grad_clip": 1.0}
SHARES = (1.0, 0.3, 0.1, 0.03)  # of the light, in which each photograph is taken for it
SEEDS = (0, 1, 2)
LIGHT, TESTED_SIZE = 0.1, 256  # of the test photographs


# ---- the short training ----------------------------------------------------------------------


def in_colour(names: Iterable[str], size: int | None = None) -> dict[str, np.ndarray]:
    """Photographs as scenes for a colour camera, (H, W, 3), the gray ones too."""
    loaded = {name: images.load(name, size=size) for name in names}
    return {k: x if x.ndim == 3 else np.dstack([x] * 3) for k, x in loaded.items()}


def in_the_dark(seed: int) -> list[np.ndarray]:
    """The photographs that the course does not test on, each taken in `SHARES` of the light."""
    names = [n for n in images.PHOTOGRAPHS if n not in {*TESTED_ON, *UNNATURAL}]
    return [
        underexpose(scene, share, np.random.default_rng((seed, i, k)))
        for i, scene in enumerate(in_colour(names).values())
        for k, share in enumerate(SHARES)
    ]


def train_short(
    pictures: Sequence[np.ndarray], loss: LowLight, seed: int = 0, steps: int = SETTINGS["steps"]
) -> tuple[Network, History]:
    """Train the network of the paper on pictures as `in_the_dark` makes them, in `SETTINGS`.

    Examples
    --------
    >>> network, history = train_short(in_the_dark(seed=0), LowLight("released"), steps=1)
    >>> history.step
    [1]
    """
    torch.manual_seed(seed)
    network = networks.build(zero_dce.NAME)
    settings = SETTINGS | {"steps": steps, "seed": seed, "every": max(steps // 6, 1)}
    history = train_low_light(network, pictures, loss=loss, progress=False, **settings)
    return network, history


def curves_of(network: Network, dark: np.ndarray) -> np.ndarray:
    """The curves that a Zero-DCE draws for a picture in colour, one after the other.

    Returns
    -------
    ndarray
        Strengths, (iterations, H, W, 3).
    """
    with torch.inference_mode():
        maps = network.curves(as_batch([dark]))[0]  # (iterations·3, H, W)
    return maps.unflatten(0, (-1, 3)).permute(0, 2, 3, 1).numpy()


# ---- one loss at a time left out -------------------------------------------------------------


def without(off: str, seed: int) -> pd.DataFrame:
    """One training, looked at on each test photograph."""
    loss = LowLight(zero_dce.FORM, **({} if off == "none" else {off: 0}))
    network, _ = train_short(in_the_dark(seed=0), loss, seed)
    made = []
    for number, (name, scene) in enumerate(in_colour(TESTED_ON, TESTED_SIZE).items()):
        dark = underexpose(scene, LIGHT, rng=number)
        made.append({"off": off, "seed": seed, "picture": name, **describe(network, scene, dark)})
    return pd.DataFrame(made)


def describe(network: Network, scene: np.ndarray, dark: np.ndarray) -> dict[str, float]:
    """What each of the four losses is about, and the scores.

    Brightness is the mean gray, cast the largest distance of two channels' means less that of
    the scene, contrast the spread of 4×4 regions in that of the scene, roughness the mean
    difference of the curves of neighbouring pixels.
    """

    def spread(picture: np.ndarray) -> float:
        return float(np.ptp(picture.mean(axis=(0, 1))))  # of the channels' means

    def contrast(picture: np.ndarray) -> np.floating:
        height, width = (side // REGION_SIDE for side in picture.shape[:2])
        whole = to_gray(picture)[: height * REGION_SIDE, : width * REGION_SIDE]
        return whole.reshape(height, REGION_SIDE, width, REGION_SIDE).mean(axis=(1, 3)).std()

    with torch.inference_mode():
        curves = network.curves(as_batch([dark]))
    bright = networks.TrainedNetwork(network)(dark)
    return {
        "brightness": round(float(to_gray(bright).mean()), 4),
        "cast": round(spread(bright) - spread(scene), 4),
        "contrast": round(contrast(bright) / contrast(scene), 4),
        "roughness": round(float(curves.diff(dim=-1).abs().mean()), 5),
        **{key: round(value, 4) for key, value in score(scene, bright, ["psnr", "ssim"]).items()},
    }


OFF = ("none", *WEIGHTS[zero_dce.FORM])
STUDIES["low_light_losses"] = Study(
    "low_light_losses",
    "Zero-DCE with one of its losses left out",
    notebook="low_light",
    key=("off", "seed"),
    groups=lambda table: {key: partial(without, *key) for key in product(OFF, SEEDS)},
    minutes=2,
    sample=[("none", 0)],
    # Under five choices of kernels and threads PSNR moved by up to 1.6 dB.
    spread={"brightness": 0.1, "cast": 0.1, "contrast": 0.1, "roughness": 0.001}
    | {"psnr": 2.5, "ssim": 0.1},
)


# ---- exposure stacks -------------------------------------------------------------------------


def on_stacks(method: str, brighten: Denoiser) -> pd.DataFrame:
    """Scores of one method on the places that were held out."""
    return zero_dce.score_pairs(zero_dce.halves()[1], {method: brighten}).round(4)


STUDIES["low_light_stacks"] = Study(
    "low_light_stacks",
    "Zero-DCE and what needs no learning, on exposure stacks",
    notebook="low_light",
    key=("method",),
    groups=lambda table: {
        (name,): partial(on_stacks, name, noisy_input if name == "dark input" else brighten)
        for name, brighten in zero_dce.methods(weights.read(zero_dce.NAME)[0]).items()
    },
    minutes=1,
    sample=[("gamma",), (zero_dce.NAME,)],
    spread={"psnr": 0.02, "ssim": 0.002},
)


# ---- what exposure is asked for ---------------------------------------------------------------


def asked(name: str, recipe: BrighteningRecipe) -> pd.DataFrame:
    """One training on the stacks, scored as the weight is, on the places that were held out.

    Brightness is the mean gray of what it makes, contrast the spread of patches of 16×16 pixels
    in that of the normal exposure.
    """
    network, _ = recipe.train(None, progress=False)
    brighten, stacks = networks.TrainedNetwork(network), zero_dce.halves()[1]
    rows = []
    for pair in zero_dce.pairs(stacks).itertuples():
        normal, bright = stacks.images[pair.normal], brighten(stacks.images[pair.dark])
        patches = [zero_dce.reduced(to_gray(x), PATCH_SIDE) for x in (bright, normal)]
        described = {
            "brightness": float(patches[0].mean()),
            "contrast": float(patches[0].std() / patches[1].std()),
        }
        rows.append({"place": pair.place, **described, **score(normal, bright, zero_dce.SCORES)})
    means = pd.DataFrame(rows).groupby("place").mean().round(4).reset_index()
    means.insert(0, "asked", name)
    return means


def questions() -> dict[str, BrighteningRecipe]:
    """The recipe of the weight, its exposure asked of patches or whole pictures, at two levels.

    Training sees reduced pictures: patches of 16×16 pixels are smaller there.
    """
    recipe = RECIPES[zero_dce.NAME]
    sides = {"patches": PATCH_SIDE // recipe.reduced, "whole pictures": None}
    return {
        f"{whose}, {level}": replace(recipe, loss=recipe.loss | {"side": side, "level": level})
        for (whose, side), level in product(sides.items(), (0.6, 0.5))
    }


STUDIES["low_light_questions"] = Study(
    "low_light_questions",
    "Zero-DCE asked for the gray of patches, or of whole pictures, on exposure stacks",
    notebook="low_light",
    key=("asked",),
    groups=lambda table: {(k,): partial(asked, k, recipe) for k, recipe in questions().items()},
    minutes=3,
    sample=[("patches, 0.6",)],
    spread={"brightness": 0.05, "contrast": 0.1, "psnr": 1, "ssim": 0.05},
)

"""Retrain the weight of Zero-DCE: ``python -m helpers.training.zero_dce``.

It learns from half of the exposure stacks and is scored on the other half, beside what needs no
learning. A stack shows one scene from nearly black to nearly white; the picture whose mean gray
is nearest to 0.5 counts as the normal exposure, and those at most half as bright as dark. Training
sees no such pairs, only pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from helpers import datasets, images, networks, paths
from helpers.images import to_gray
from helpers.losses import LowLight
from helpers.low_light import BRIGHTENERS, MIDDLE, underexpose
from helpers.metrics import score
from helpers.networks import weights
from helpers.training.cards import commit, machine
from helpers.training.descent import Descent
from helpers.training.loop import History
from helpers.training.low_light import train_low_light
from helpers.training.sources import TESTED_ON, UNNATURAL

NAME, SET = "zero_dce", "exposure_stacks"
FORM = "released"  # the paper's exposure, |Y − 0.6|, went to plain white or black at these rates
# Curves drawn at an eighth of the resolution see far enough to know a scene from a wall; ten times
# the smoothness keeps what contrast there is. Chosen on the pictures trained on.
OPTIONS = {"scale": 8}
WEIGHED = {"smoothness": 2000.0}
PATCH = 192
SETTINGS = {
    "steps": 200,
    "batch": 4,
    "lr": 2e-3,
    "grad_clip": 1.0,
    "weight_decay": 1e-4,
}  # of `Descent`
INCOMPLETE = 26  # the scene of which only the dark end is here
DARK = 0.5  # of the normal exposure's mean, at most
SCORES = ("psnr", "ssim")

# Notebook 11 trains this one while the reader waits; no weight of it ships.
LIVE = {"patch": 64, "steps": 120, "batch": 4, "lr": 2e-3, "grad_clip": 1.0}
SHARES = (1.0, 0.3, 0.1, 0.03)  # of the light, in which each photograph is taken for it

Brighten = Callable[[np.ndarray], np.ndarray]


def halves() -> tuple[datasets.Dataset, datasets.Dataset]:
    """The stacks trained on, of places with odd numbers, and those held out, with even ones."""
    stacks = datasets.fetch(SET, progress=False)
    places = sorted(set(stacks.table["place"]))
    return tuple(stacks.where(place=[p for p in places if p % 2 == odd]) for odd in (1, 0))


def pairs(stacks: datasets.Dataset) -> pd.DataFrame:
    """Rows of place, scene, and the numbers of a dark picture and of its normal exposure."""
    means = pd.Series([float(to_gray(x).mean()) for x in stacks.images])
    rows = []
    for scene, stack in stacks.table.groupby("scene"):
        if scene == INCOMPLETE:
            continue
        inside = means[stack.index]
        normal = (inside - MIDDLE).abs().idxmin()
        rows += [
            {"place": stack["place"].iloc[0], "scene": scene, "dark": number, "normal": normal}
            for number in inside[inside <= DARK * inside[normal]].index
        ]
    return pd.DataFrame(rows)


def score_pairs(stacks: datasets.Dataset, methods: dict[str, Brighten]) -> pd.DataFrame:
    """Scores against the normal exposure by the protocol, mean over the pairs of each place."""
    rows = [
        {"place": pair.place, "method": name, **score(normal, brighten(dark), SCORES)}
        for pair in pairs(stacks).itertuples()
        for dark, normal in [(stacks.images[pair.dark], stacks.images[pair.normal])]
        for name, brighten in methods.items()
    ]
    return pd.DataFrame(rows).groupby(["place", "method"], sort=False).mean().reset_index()


def methods(network: networks.Network) -> dict[str, Brighten]:
    """The dark input first, then what needs no learning, then the network."""
    trained = networks.TrainedNetwork(network)
    return {"dark input": lambda dark: dark, **BRIGHTENERS, NAME: trained}


def mean_scores(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Means over places of what `score_pairs` gives, by method."""
    means = table.groupby("method", sort=False)[list(SCORES)].mean().round(4)
    return means.to_dict("index")


def fresh(seed: int = 0, **options: object) -> networks.Network:
    """The network at the start of its training; torch's own generator is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return networks.build(NAME, **options)


def in_colour(names: Iterable[str], size: int | None = None) -> dict[str, np.ndarray]:
    """Photographs as scenes for a colour camera, (H, W, 3), the gray ones too."""
    loaded = {name: images.load(name, size=size) for name in names}
    return {k: x if x.ndim == 3 else np.dstack([x] * 3) for k, x in loaded.items()}


def in_the_dark(seed: int) -> list[np.ndarray]:
    """The photographs that the course does not test on, each taken in `SHARES` of the light."""
    names = [n for n in images.PHOTOGRAPHS if n not in {*TESTED_ON, *UNNATURAL}]
    scenes = in_colour(names).values()
    return [
        underexpose(scene, share, np.random.default_rng((seed, i, k)))
        for i, scene in enumerate(scenes)
        for k, share in enumerate(SHARES)
    ]


def train_live(
    pictures: Sequence[np.ndarray], seed: int = 0, **changes: float
) -> tuple[networks.Network, History]:
    """The training of notebook 11: the network, and its history.

    Parameters
    ----------
    pictures : sequence of ndarray
        As `in_the_dark` makes them.
    seed : int
        For the first weights and for the patches.
    **changes
        ``steps`` and other numbers of `LIVE`; weights of `LowLight`, such as ``colour=0``.
    """
    numbers = {k: v for k, v in changes.items() if k in LIVE}
    weighed = {k: v for k, v in changes.items() if k not in numbers}
    network, chosen = fresh(seed), LIVE | {"seed": seed} | numbers
    loss = LowLight(FORM, **weighed)
    every = max(chosen["steps"] // 6, 1)
    history = train_low_light(network, pictures, loss=loss, every=every, progress=False, **chosen)
    return network, history


def training() -> dict[str, object]:
    """What the card tells of the training: all numbers, chosen or by default."""
    return {"loss": repr(LowLight(FORM, **WEIGHED)), "patch": PATCH, **asdict(Descent(**SETTINGS))}


def pictures_in_words(stacks: datasets.Dataset) -> str:
    """What the card says of the pictures trained on."""
    scenes = stacks.table["scene"].nunique()
    return (
        f"exposure stacks of odd places, {len(stacks)} pictures of {scenes} scenes, "
        "without references"
    )


def main(argv: Iterable[str] | None = None) -> None:
    """Train, write weight and card, say how it scores."""
    parser = argparse.ArgumentParser("python -m helpers.training.zero_dce", description=__doc__)
    parser.add_argument("--steps", type=int, default=SETTINGS["steps"])
    parser.add_argument("--out", type=Path, help="folder of the result; else that which ships")
    parser.add_argument("--checkpoints", type=Path, default=paths.checkpoints())
    asked = parser.parse_args(argv)
    if asked.out is None and asked.steps != SETTINGS["steps"]:
        parser.error("this is not the recipe of the weight that ships: name a folder with --out")
    (seen, held_out), network, code = halves(), fresh(**OPTIONS), commit()
    checkpoint = asked.checkpoints / f"{NAME}{weights.SUFFIX}"
    chosen = SETTINGS | {"steps": asked.steps}
    history = train_low_light(
        network,
        list(seen.images),
        loss=LowLight(FORM, **WEIGHED),
        patch=PATCH,
        checkpoint=checkpoint,
        progress=sys.stderr.isatty(),
        **chosen,
    )
    card = {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "data": pictures_in_words(seen),
        "terms": datasets.SETS[SET].terms,
        "training": training() | {"steps": asked.steps},
        "seconds": round(history.seconds),
        "machine": machine(),
        "commit": code,
        "history": {"step": history.step, "loss": [round(x, 5) for x in history.loss]},
        "scores": {"held-out stacks": mean_scores(score_pairs(held_out, methods(network)))},
    }
    weights.save(network, (asked.out or paths.weights()) / f"{NAME}{weights.SUFFIX}", card)
    checkpoint.unlink()  # the next training begins anew
    print(f"{NAME}: {history.seconds:.0f} s,", card["scores"])


if __name__ == "__main__":
    main()

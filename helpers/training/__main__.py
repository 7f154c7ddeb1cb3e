"""Retrain a weight that ships: ``python -m helpers.training dncnn --sigma 25 --data bsds500``.

Several processes share the work when ``torchrun --nproc-per-node 2 -m helpers.training dncnn``
or ``accelerate launch -m helpers.training dncnn`` starts it.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

import torch

from helpers import checks, networks, paths
from helpers.networks import weights
from helpers.networks.base import normalises
from helpers.networks.inference import fold
from helpers.training.cards import card_of, commit
from helpers.training.loop import train
from helpers.training.recipes import RECIPES, Recipe
from helpers.training.sources import SOURCES, source, split

DATA = "bsds500"  # what the weights that ship were trained on


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser("python -m helpers.training", description=__doc__)
    parser.add_argument("name", choices=list(RECIPES), metavar="NAME", help=", ".join(RECIPES))
    parser.add_argument("--sigma", type=float, help="gray levels (0..255); else the recipe's")
    parser.add_argument("--data", default=DATA, help=f"{', '.join(SOURCES)}, or a folder")
    parser.add_argument("--size", choices=networks.SIZES, default=networks.SIZES[0])
    for name, kind in (("steps", int), ("batch", int), ("patch", int), ("lr", float)):
        parser.add_argument(f"--{name}", type=kind, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", help="a weight to begin with, name or path; 'none' for none")
    parser.add_argument("--out", type=Path, help="folder of the result; else that which ships")
    parser.add_argument("--checkpoints", type=Path, default=paths.checkpoints())
    asked = parser.parse_args(argv)
    if asked.sigma is not None:
        checks.gray_levels(asked.sigma, "--sigma")
    if asked.out is None and not is_shipped(asked):
        parser.error("this is not the recipe of the weight that ships: name a folder with --out")
    asked.out = asked.out or paths.weights()
    return asked


def is_shipped(asked: argparse.Namespace) -> bool:
    """Whether all that was asked for is what the weight of that name was trained with."""
    recipe = RECIPES[asked.name]
    same = recipe_of(asked) == replace(recipe, settings=recipe.settings | {"seed": 0})
    return same and (asked.data, asked.size) == (DATA, networks.SIZES[0])


def recipe_of(asked: argparse.Namespace) -> Recipe:
    """The recipe, changed by what was asked for."""
    recipe = RECIPES[asked.name]
    chosen = {name: getattr(asked, name) for name in ("steps", "batch", "patch", "lr")}
    settings = recipe.settings | {n: value for n, value in chosen.items() if value is not None}
    sigma = recipe.sigma if asked.sigma is None else (asked.sigma, asked.sigma)
    start = None if asked.start == "none" else asked.start or recipe.start
    return replace(recipe, settings=settings | {"seed": asked.seed}, sigma=sigma, start=start)


def network_of(recipe: Recipe, size: str) -> networks.Network:
    """The network at the start: fresh weights, or those of another one.

    One that has no batch normalisation begins with that of the other dissolved.
    """
    torch.manual_seed(recipe.settings["seed"])
    network = networks.build(recipe.network, size, **recipe.options)
    if recipe.start:
        begin = weights.read(recipe.start)[0]
        try:
            network.load_state_dict((begin if normalises(network) else fold(begin)).state_dict())
        except RuntimeError:
            raise ValueError(
                f"{recipe.start} is no {recipe.network} of this size to begin with; "
                "name another with --start, or none"
            ) from None
    return network


def main(argv: list[str] | None = None) -> None:
    """Train, write weight and card, say how it scores."""
    asked = arguments(argv)
    recipe, data = recipe_of(asked), source(asked.data)
    network, code = network_of(recipe, asked.size), commit()
    pictures, validation = split(data.pictures())
    checkpoint = asked.checkpoints / f"{asked.name}{weights.SUFFIX}"
    history = train(
        network,
        pictures,
        noise=recipe.noise(),
        loss=recipe.loss,
        validation=validation,
        checkpoint=checkpoint,
        progress=sys.stderr.isatty(),
        **recipe.settings,
    )
    if int(os.environ.get("RANK", "0")):
        return  # of several processes the first one writes
    card = card_of(network, recipe, data, history, validation, code)
    weights.save(network, asked.out / f"{asked.name}{weights.SUFFIX}", card)
    checkpoint.unlink()  # the next training of this name begins anew
    print(f"{asked.name}: {history.seconds:.0f} s,", card["scores"])


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:  # a sentence, not where in the code it was said
        sys.exit(f"python -m helpers.training: {error}")

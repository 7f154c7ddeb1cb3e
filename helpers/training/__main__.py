"""Retrain a weight that ships: ``python -m helpers.training dncnn --sigma 25 --data bsds500``.

Several processes share the work when ``torchrun --nproc-per-node 2 -m helpers.training dncnn``
or ``accelerate launch -m helpers.training dncnn`` starts it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from accelerate import PartialState

from helpers import checks, networks, paths, versions
from helpers.networks.weights import SUFFIX
from helpers.training import cards
from helpers.training.loop import settings_of
from helpers.training.recipes import LIVE, RECIPES, Trainable
from helpers.training.sources import SOURCES, source

NAMES = [*RECIPES, "live"]
NUMBERS = {"steps": int, "batch": int, "patch": int, "lr": float, "seed": int}  # of `Settings`
FIELDS = ("sigma", "data", "size", "start")  # of a `Recipe`


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line, and the ``recipe`` as they change it."""
    parser = argparse.ArgumentParser("python -m helpers.training", description=__doc__)
    parser.add_argument("name", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--sigma", type=float, help="gray levels (0..255); else the recipe's")
    parser.add_argument("--data", help=f"{', '.join(SOURCES)}, or a folder")
    parser.add_argument("--size", choices=networks.SIZES)
    for name, kind in NUMBERS.items():
        parser.add_argument(f"--{name}", type=kind, help="instead of the recipe's")
    parser.add_argument("--start", help="a weight to begin with, name or path; 'none' for none")
    parser.add_argument("--out", type=Path, help="folder of the result; else that which ships")
    parser.add_argument("--checkpoints", type=Path, default=paths.checkpoints())
    options = parser.parse_args(argv)
    shipped = LIVE if options.name == "live" else RECIPES[options.name]
    options.data = None if options.data is None else source(options.data)
    try:
        options.recipe = changed(shipped, options)
    except ValueError as error:
        parser.error(str(error))
    options.out = options.out or shipped.folder
    options.ships = options.out.resolve() == shipped.folder.resolve()
    if options.ships and (options.recipe != shipped or shipped is LIVE):
        parser.error("this is not the recipe of the weight that ships: name a folder with --out")
    return options


def changed(recipe: Trainable, options: argparse.Namespace) -> Trainable:
    """A recipe with the options that the command line gives.

    Raises
    ------
    ValueError
        For an option that such a recipe has not, and a number out of range.
    """
    given = {name: getattr(options, name) for name in FIELDS if getattr(options, name) is not None}
    own = {one.name for one in fields(recipe)}
    if foreign := [name for name in given if name not in own]:
        raise ValueError(f"the recipe of {options.name} has no --{foreign[0]}")
    if "sigma" in given and getattr(recipe, "drawn", None) is not None:
        raise ValueError(f"the recipe of {options.name} draws its own noise: it has no --sigma")
    if "sigma" in given:
        given["sigma"] = (checks.gray_levels(options.sigma, "--sigma"),) * 2
    if given.get("start") == "none":
        given["start"] = None
    has = asdict(recipe.numbers)
    numbers = {name: getattr(options, name) for name in NUMBERS}
    numbers = {name: x for name, x in numbers.items() if x not in (None, has[name])}
    settings_of(numbers)  # refuses what is out of range, before an hour of work
    return replace(recipe, settings=recipe.settings | numbers, **given)


def check_clean(options: argparse.Namespace, commits: Sequence[str] = ()) -> None:
    """What ships is made by code that others can find again.

    Raises
    ------
    ValueError
        When a weight would ship, and what the recipe depends on is not that of the last commit,
        or was not that of a commit while the training went on.
    """
    if not options.ships:
        return
    code = versions.commit(options.recipe) or ""
    if code.endswith("-dirty"):
        names = versions.changes(options.recipe, code.removesuffix("-dirty"))
        raise ValueError(
            f"{options.name} ships, and {', '.join(names[:5])} differs from commit {code[:7]}: "
            f"commit it ({len(names)} definitions), or name a folder with --out"
        )
    if lost := [commit for commit in commits if commit.endswith("-dirty")]:
        raise ValueError(
            f"{options.name} ships, and was trained under {', '.join(lost)}, code that nobody can "
            "find again: name a folder with --out, or delete the checkpoint and begin anew"
        )


def main(argv: Sequence[str] | None = None) -> None:
    """Train, write weight and card, say how it scores."""
    options = arguments(argv)
    recipe, checkpoint = options.recipe, options.checkpoints / f"{options.name}{SUFFIX}"
    check_clean(options)
    network, history = recipe.train(checkpoint, progress=sys.stderr.isatty())
    processes = PartialState()
    processes.wait_for_everyone()  # one that leaves early takes its threads from the others
    processes.destroy_process_group()
    if not processes.is_main_process:
        return
    check_clean(options, history.commits)
    scores = recipe.scores(network)
    card = cards.card(network, recipe.data, recipe.training(), history, scores)
    recipe.save(network, options.out / f"{options.name}{SUFFIX}", card)
    for state in recipe.states(checkpoint):
        state.unlink()  # the next training of this name begins anew
    print(f"{options.name}: {card['seconds']} s,", scores or card["history"])


if __name__ == "__main__":
    try:
        main()
    # A sentence, not where in the code it was said.
    except (ValueError, OSError, FloatingPointError) as error:
        sys.exit(f"python -m helpers.training: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on at its last checkpoint")

"""Denoise for a score or for the next network: train both for each task, and judge each picture.

    python -m tools.vision_table                # writes data/results/vision.csv; resumes
    python -m tools.vision_table --only faces   # one task, printed only

Noise is σ = 50/255, unclipped. PSNR and SSIM by the protocol; the score is Dice or right (1) and
wrong (0), by the reader that the denoiser was trained for, by one of another start, and by one of
another design. Notebook 10 trains the first seed of one task again.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from torch import nn

from helpers import metrics, networks
from helpers.training import vision
from tools import results

RESULTS = results.FOLDER / "vision.csv"
ROWS = (
    "noisy input",
    "clean",
    *vision.LOSSES,
    "control",
    "control behind mse",
    "control as large",
)
SEEDS = (0, 1, 2)


@cache
def samples(name: str) -> vision.Samples:
    """Made once."""
    return vision.TASKS[name].samples()


@cache
def reader(name: str, seed: int, other: bool = False) -> nn.Module:
    """Trained on clean pictures."""
    task = vision.TASKS[name]
    design = task.other if other else task.reader
    settings = {"steps": task.steps, "batch": task.batch, "lr": task.rates[other]}
    return vision.train_reader(design, samples(name), seed=seed, **settings)


def as_large(name: str, seed: int) -> nn.Module:
    """Denoiser and reader as one network, all of it trained for the task on noisy pictures."""
    task = vision.TASKS[name]

    def design() -> nn.Module:
        return nn.Sequential(networks.build(**vision.DENOISER), task.reader())

    settings = {"steps": task.steps + task.denoiser_steps, "batch": task.batch}
    settings["lr"] = min(task.rates[0], vision.RATE)
    return vision.train_reader(design, samples(name), noisy=True, seed=seed, **settings)


def pictures_of(name: str, seed: int) -> Iterator[tuple[str, list[np.ndarray], nn.Module | None]]:
    """Name of the row, the pictures, and their reader if it is not the one of clean pictures."""
    task, known = vision.TASKS[name], samples(name)
    shots = vision.shots(known, seed)
    yield "noisy input", shots, None
    yield "clean", known.tests, None
    denoisers = {}
    for row, loss in vision.LOSSES.items():
        settings = {"steps": task.denoiser_steps, "batch": task.batch, "seed": seed}
        denoisers[row] = vision.train_denoiser(loss, reader(name, seed), known, **settings)
        yield row, vision.restore(denoisers[row], shots), None
    # As many steps as reader and denoiser had together.
    longer = {"steps": task.steps + task.denoiser_steps, "batch": task.batch}
    longer |= {"lr": task.rates[0], "seed": seed}
    yield "control", shots, vision.train_reader(task.reader, known, noisy=True, **longer)
    mse = denoisers["mse"]
    longer["steps"] = task.steps
    again = vision.train_reader(task.reader, known, noisy=True, through=mse, **longer)
    yield "control behind mse", vision.restore(mse, shots), again
    yield "control as large", shots, as_large(name, seed)


def rows(name: str, seed: int) -> pd.DataFrame:
    """All pictures of one task and seed."""
    known, tables = samples(name), []
    others = {
        "other_start": reader(name, SEEDS[(SEEDS.index(seed) + 1) % len(SEEDS)]),
        "other_design": reader(name, seed, other=True),
    }
    for row, pictures, own in pictures_of(name, seed):
        # A network without pixels in its loss may leave the range by far; the protocol clips.
        shown = [np.clip(picture, 0, 1) for picture in pictures]
        scored = [metrics.score(*pair, ["psnr", "ssim"]) for pair in zip(known.tests, shown)]
        table = pd.DataFrame(scored)
        readers = {"score": own or reader(name, seed)} | (others if own is None else {})
        for column, who in readers.items():
            table[column] = vision.judge(vision.answers(who, pictures), known.answers)
        table = table.reindex(columns=["psnr", "ssim", "score", *others])
        table.insert(0, "picture", range(len(table)))
        for place, (column, value) in enumerate({"task": name, "row": row, "seed": seed}.items()):
            table.insert(place, column, value)
        means = table[["psnr", "ssim", "score", *others]].mean().round(3)
        print(name, seed, row, means.to_dict(), flush=True)
        tables.append(table)
    return pd.concat(tables).round({"psnr": 2} | dict.fromkeys(["ssim", "score", *others], 4))


def main() -> None:
    """Train what is not in the file, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=list(vision.TASKS), help="one task, printed only")
    only = parser.parse_args().only
    chosen = [only] if only else [n for n, t in vision.TASKS.items() if t.shipped or mirrored()]
    table = pd.DataFrame() if only else results.known(RESULTS)
    done = set() if table.empty else set(zip(table["task"], table["seed"]))
    for name, seed in product(chosen, SEEDS):
        if (name, seed) not in done:
            table = pd.concat([table, rows(name, seed)], ignore_index=True)
            if not only:
                results.keep(RESULTS, table, "vision_table")
    print(table.drop(columns="picture").groupby(["task", "row", "seed"], sort=False).mean())


def mirrored() -> bool:
    """Whether the public sets are at hand."""
    return bool(os.environ.get("COURSE_DATA"))


if __name__ == "__main__":
    main()

"""Train one small network with each loss, for noise and for JPEG, and score it picture by picture.

    python -m tools.losses_table noise            # writes data/results/losses_noise.csv; resumes
    python -m tools.losses_table jpeg --only l2   # one loss, printed only

Notebook 12 recomputes one row. PSNR, SSIM and DE-G by the protocol; whiteness of what was removed;
texture kept and noise left of the restored picture before rounding. Noise is σ = 25/255,
unclipped; JPEG has a quality from 10 to 40 in training and 20 in the test. The networks of the
first seed ship, for the pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import torch

from helpers import datasets, images, metrics, networks, noise, paths
from helpers.losses import LOSSES, Loss
from helpers.networks import weights
from helpers.training import RandomParameters, train
from helpers.training.cards import commit, machine
from helpers.training.patches import Noise
from helpers.training.sources import SOURCES, TESTED_ON, photographs
from tools import results

RESULTS = results.FOLDER
TRAINED = paths.weights() / "losses"
SEEDS = (0, 1, 2)
SIDE = 256  # pixels of a photograph that the notebook tests on
BASELINE = "noisy input"
EVERY = 4  # of BSD68's pictures
NETWORK = {"name": "dncnn", "depth": 7, "width": 32}
SETTINGS = {"steps": 500, "batch": 4, "patch": 64}


# By the name of their row: a key of LOSSES, its options, and the weight of L2 that is added.
Row = tuple[str, dict, float]
ROWS: dict[str, Row] = {
    "l2": ("l2", {}, 0),
    "l1": ("l1", {}, 0),
    "charbonnier": ("charbonnier", {}, 0),
    "ssim": ("ssim", {}, 0),
    "ms_ssim": ("ms_ssim", {"scales": 3}, 0),
    "gradient_l1": ("gradient_l1", {}, 0),
    "deg": ("deg", {}, 0),
    "deg_l2_10k": ("deg", {}, 10_000),
    "mdf": ("mdf", {"scales": 4}, 0),  # the coarser half; all eight take five times as long
    "texture_1": ("texture", {"left": 1.0}, 0),
    "texture_4": ("texture", {"left": 0.25}, 0),
    "texture_16": ("texture", {"left": 1 / 16}, 0),
}
# For notebook 13: the way from L2 to DE-G, and SSIM with the help that DE-G has.
BETWEEN: dict[str, Row] = {f"deg_l2_{k}k": ("deg", {}, 1000 * k) for k in (100, 30, 3, 1)}
BETWEEN["ssim_l2"] = ("ssim", {}, 100)


@dataclass(frozen=True)
class Task:
    """What the network is to undo, in training and in the test, and with which losses."""

    trained: Noise
    tested: noise.NoiseModel
    rows: dict[str, Row]
    lr: float  # the largest at which L2 learns; at four times 0.006 JPEG is given up by most


TASKS = {
    "noise": Task(noise.Gaussian(25 / 255), noise.Gaussian(25 / 255), ROWS | BETWEEN, 0.024),
    "jpeg": Task(RandomParameters("jpeg", quality=(10, 40)), noise.Jpeg(20), ROWS, 0.006),
}


class Sum(Loss):
    """A loss, and a multiple of L2."""

    def __init__(self, loss: Loss, share: float) -> None:
        super().__init__()
        self.loss, self.share, self.smallest = loss, share, loss.smallest

    def compare(self, restored: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """The weighted sum."""
        return self.loss(restored, reference) + self.share * (restored - reference).square().mean()


def loss_of(row: str, task: str) -> Loss:
    """The loss of a row; MDF has its own discriminators for each task."""
    name, options, share = TASKS[task].rows[row]
    if name == "mdf":
        options = options | {"weights": {"noise": "denoising", "jpeg": "jpeg"}[task]}
    loss = LOSSES[name](**options)
    return Sum(loss, share) if share else loss


def trained(row: str, task: str, seed: int) -> tuple[networks.Network, dict]:
    """The small network after its training on the photographs that ship, and its card."""
    torch.manual_seed(seed)
    options = dict(NETWORK)
    network = networks.build(options.pop("name"), **options)
    code, settings = commit(), SETTINGS | {"lr": TASKS[task].lr, "seed": seed}
    history = train(
        network,
        photographs(),
        noise=TASKS[task].trained,
        loss=loss_of(row, task),
        progress=False,
        **settings,
    )
    name, options, share = TASKS[task].rows[row]
    loss = {"loss": name, **options, "and L2 times": share}
    about = SOURCES["photographs"]
    return network, {
        "data": about.about,
        "terms": about.terms,
        "training": {"task": task, **loss, **settings},
        "seconds": round(history.seconds),
        "machine": machine(),
        "commit": code,
    }


def tests() -> dict[str, Sequence[np.ndarray]]:
    """Pictures never trained on: photographs that ship, and a part of BSD68."""
    shipped = {name: images.load(name, gray=True, size=SIDE) for name in TESTED_ON}
    published = datasets.fetch("bsd68", progress=False).images
    return shipped | {f"bsd68 {k:02}": published[k] for k in range(0, len(published), EVERY)}


def scores(
    denoise: Callable[[np.ndarray], np.ndarray],
    task: str,
    pictures: dict[str, np.ndarray],
    seed: int,
) -> Iterator[dict[str, object]]:
    """One row for each picture."""
    for number, (name, clean) in enumerate(pictures.items()):
        noisy = TASKS[task].tested(clean, np.random.default_rng((seed, number)))
        restored = denoise(noisy)
        found = metrics.score(clean, restored, ["psnr", "ssim", "deg"])
        kept = metrics.texture(clean, restored)
        removed = np.ptp(noisy - restored) > 1e-6  # a network may have learned nothing
        yield {
            "picture": name,
            **found,
            "whiteness": metrics.residual_whiteness(noisy, restored) if removed else np.nan,
            "texture": kept.texture,
            "noise": 255 * kept.noise,
        }


def rows(
    row: str, task: str, seed: int, pictures: dict[str, np.ndarray], keep: bool = False
) -> pd.DataFrame:
    """All pictures of one training, or of the input; the weights may be kept."""
    if row == BASELINE:
        denoise: Callable[[np.ndarray], np.ndarray] = lambda noisy: noisy  # noqa: E731
    else:
        network, card = trained(row, task, seed)
        if keep:
            weights.save(network, TRAINED / f"{task}_{row}{weights.SUFFIX}", card)
        denoise = networks.TrainedNetwork(network)
    table = pd.DataFrame(scores(denoise, task, pictures, seed)).round(4)
    table.insert(0, "loss", row)
    table.insert(1, "seed", seed)
    return table


def main() -> None:
    """Train what is not in the file, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=list(TASKS))
    parser.add_argument(
        "--only", nargs="+", choices=list(ROWS | BETWEEN), help="printed, not written"
    )
    asked = parser.parse_args()
    path = RESULTS / f"losses_{asked.task}.csv"
    table = pd.DataFrame() if asked.only else results.known(path)
    done = set() if table.empty else set(zip(table["loss"], table["seed"]))
    chosen, pictures = [BASELINE, *(asked.only or TASKS[asked.task].rows)], tests()
    for seed, row in product(SEEDS, chosen):
        if (row, seed) in done:
            continue
        keep = seed == SEEDS[0] and not asked.only
        table = pd.concat([table, rows(row, asked.task, seed, pictures, keep)], ignore_index=True)
        if not asked.only:
            results.keep(path, table, f"losses_table {asked.task}")
        print(table.tail(len(pictures)).drop(columns="picture").groupby("loss").mean(), flush=True)
    means = table.drop(columns=["picture", "seed"]).groupby("loss", sort=False).mean()
    print(means.round(3).to_string())


if __name__ == "__main__":
    main()

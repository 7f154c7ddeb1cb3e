"""Train one small network with each loss, for noise and for JPEG, and score it picture by picture.

    python -m tools.losses_table                # writes data/results/losses.csv; resumes
    python -m tools.losses_table --only l2 ssim # some losses, printed only

Notebook 12 recomputes one row. PSNR, SSIM and DE-G by the protocol; whiteness of what was removed;
texture kept and noise left of the restored picture before rounding. Noise is σ = 25/255,
unclipped; JPEG has a quality from 10 to 40 in training and 20 in the test.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from helpers import datasets, images, metrics, networks, noise
from helpers.losses import LOSSES, Loss
from helpers.networks import weights
from helpers.training import Strengths, train
from helpers.training.patches import Noise
from helpers.training.sources import TESTED_ON, photographs

RESULTS = weights.folder().parent / "results" / "losses.csv"
SEEDS = (0, 1, 2)
SIDE = 256  # pixels of a photograph that the notebook tests on
EVERY = 4  # of BSD68's pictures
NETWORK = {"name": "dncnn", "depth": 7, "width": 32}
SETTINGS = {"steps": 500, "batch": 4, "patch": 64, "rate": 0.024}


@dataclass(frozen=True)
class Task:
    """What the network is to undo, in training and in the test."""

    trained: Noise
    tested: noise.NoiseModel


TASKS = {
    "noise": Task(noise.Gaussian(25 / 255), noise.Gaussian(25 / 255)),
    "jpeg": Task(Strengths("jpeg", quality=(10, 40)), noise.Jpeg(20)),
}
# By the name of their row: a key of LOSSES, its options, and the weight of L2 that is added.
ROWS: dict[str, tuple[str, dict, float]] = {
    "l2": ("l2", {}, 0),
    "l1": ("l1", {}, 0),
    "charbonnier": ("charbonnier", {}, 0),
    "ssim": ("ssim", {}, 0),
    "ms_ssim": ("ms_ssim", {"scales": 3}, 0),
    "gradient_l1": ("gradient_l1", {}, 0),
    "deg": ("deg", {}, 0),
    "deg + l2": ("deg", {}, 10_000),
    "mdf": ("mdf", {}, 0),
    "texture 1": ("texture", {"left": 1.0}, 0),
    "texture 1/4": ("texture", {"left": 0.25}, 0),
    "texture 1/16": ("texture", {"left": 1 / 16}, 0),
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
    name, options, share = ROWS[row]
    if name == "mdf":
        options = {"weights": {"noise": "denoising", "jpeg": "jpeg"}[task]}
    loss = LOSSES[name](**options)
    return Sum(loss, share) if share else loss


def trained(row: str, task: str, seed: int) -> networks.TrainedDenoiser:
    """The small network after its training on the photographs that ship."""
    torch.manual_seed(seed)
    options = dict(NETWORK)
    network = networks.build(options.pop("name"), **options)
    train(
        network,
        photographs(),
        noise=TASKS[task].trained,
        loss=loss_of(row, task),
        seed=seed,
        progress=False,
        **SETTINGS,
    )
    return networks.TrainedDenoiser(network)


def tests() -> dict[str, Sequence[np.ndarray]]:
    """Pictures never trained on: photographs that ship, and a part of BSD68."""
    shipped = {name: images.load(name, gray=True, size=SIDE) for name in TESTED_ON}
    published = datasets.fetch("bsd68", progress=False).images
    return shipped | {f"bsd68 {k:02}": published[k] for k in range(0, len(published), EVERY)}


def scores(
    denoise: networks.TrainedDenoiser, task: str, pictures: dict[str, np.ndarray], seed: int
) -> Iterator[dict[str, object]]:
    """One row for each picture."""
    for number, (name, clean) in enumerate(pictures.items()):
        noisy = TASKS[task].tested(clean, np.random.default_rng((seed, number)))
        restored = denoise(noisy)
        found = metrics.score(clean, restored, ["psnr", "ssim", "deg"])
        kept = metrics.texture(clean, restored)
        yield {
            "picture": name,
            **found,
            "whiteness": metrics.residual_whiteness(noisy, restored),
            "texture": kept.texture,
            "noise": 255 * kept.noise,
        }


def rows(row: str, task: str, seed: int, pictures: dict[str, np.ndarray]) -> pd.DataFrame:
    """All pictures of one training."""
    table = pd.DataFrame(scores(trained(row, task, seed), task, pictures, seed)).round(4)
    for place, (key, value) in enumerate({"task": task, "loss": row, "seed": seed}.items()):
        table.insert(place, key, value)
    return table


def known(path: Path) -> pd.DataFrame:
    """What is in the file already."""
    return pd.read_csv(path, comment="#") if path.exists() else pd.DataFrame()


def write(table: pd.DataFrame, path: Path) -> None:
    """The table with its command, whole or not at all."""
    text = f"# python -m tools.losses_table\n{table.to_csv(index=False)}"
    weights.write_whole({path: text.encode()})


def main() -> None:
    """Train what is not in the file, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(ROWS), help="printed, not written")
    only = parser.parse_args().only
    table, pictures = pd.DataFrame() if only else known(RESULTS), tests()
    done = set() if table.empty else set(zip(table["task"], table["loss"], table["seed"]))
    plan = [(r, t, s) for s in SEEDS for t in TASKS for r in only or ROWS if (t, r, s) not in done]
    for row, task, seed in plan:
        table = pd.concat([table, rows(row, task, seed, pictures)], ignore_index=True)
        if not only:
            write(table, RESULTS)
        print(table.tail(len(pictures)).drop(columns="picture").groupby(["task", "loss"]).mean())
    means = table.drop(columns=["picture", "seed"]).groupby(["task", "loss"], sort=False).mean()
    print(means.round(3).to_string())


if __name__ == "__main__":
    main()

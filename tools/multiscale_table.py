"""MWCNN and PRIDNet beside DnCNN, at equal parameters and at equal time, from two starts.

    python -m tools.multiscale_table            # writes data/results/multiscale.csv; resumes

All learn σ = 25/255 on the photographs that ship, as many steps; PSNR by the protocol on three
other photographs and on BSD68. Seconds are those of the processor in a training on one thread
(`OMP_NUM_THREADS=1`), whatever else the machine does. Notebook 09 trains one row again.
"""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pandas as pd

from helpers import datasets, images, networks
from helpers.training.cards import mean_scores
from helpers.training.multiscale import RIVALS, STEPS, train_rival
from helpers.training.sources import TESTED_ON
from tools import results

RESULTS = results.FOLDER / "multiscale.csv"
SEEDS = (0, 1)
LEVEL, SIDE = 25, 256  # gray levels; pixels of a photograph


def tests() -> dict[str, list[np.ndarray]]:
    """Pictures never trained on, by name of their set."""
    photographs = [images.load(name, gray=True, size=SIDE) for name in TESTED_ON]
    return {
        "photographs": photographs,
        "bsd68": list(datasets.fetch("bsd68", progress=False).images),
    }


def row(name: str, seed: int, sets: dict[str, list[np.ndarray]]) -> dict[str, object]:
    """Train once, and score."""
    begun = time.process_time()
    network, history = train_rival(name, seed)
    seconds = time.process_time() - begun
    denoise = networks.TrainedNetwork(network)
    found = {key: mean_scores(denoise, x, LEVEL) for key, x in sets.items()}
    return {
        "network": name,
        "seed": seed,
        "steps": STEPS,
        "parameters": sum(p.numel() for p in network.parameters()),
        "radius": network.receptive_radius,
        "seconds": round(seconds, 1),
        "loss": round(history.loss[-1], 6),
        **{key: round(one["restored psnr"], 3) for key, one in found.items()},
        **{f"{key} noisy": round(one["noisy psnr"], 3) for key, one in found.items()},
    }


def main() -> None:
    """Train what is not in the file, and print it."""
    table = results.known(RESULTS)
    done = set() if table.empty else set(zip(table["network"], table["seed"]))
    sets = tests()
    for seed, name in product(SEEDS, RIVALS):
        if (name, seed) not in done:
            table = pd.concat([table, pd.DataFrame([row(name, seed, sets)])], ignore_index=True)
            results.keep(RESULTS, table, "multiscale_table")
            print(table.iloc[-1].to_dict(), flush=True)
    print(table.groupby("network", sort=False)[["seconds", *sets]].agg(["mean", "std"]).round(2))


if __name__ == "__main__":
    main()

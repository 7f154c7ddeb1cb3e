"""Train the network of notebook 08 on each source of pictures, and see what more steps would give.

    python -m tools.live_network                    # writes data/results/live_network.csv
    python -m tools.live_network --data photographs # one source, printed only

PSNR by the protocol at σ = 25/255: unclipped float noise, results clipped and rounded to 8 bits.
Seconds are those of training alone; they mean something on an idle machine only.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from helpers import datasets, images, networks
from helpers.training import train
from helpers.training.cards import mean_scores
from helpers.training.recipes import LIVE
from helpers.training.sources import SOURCES, TESTED_ON
from tools import results

RESULTS = results.FOLDER / "live_network.csv"
DATA = ("bsds500", "photographs", "dead_leaves")
SHARES = (0.5, 1, 2)  # of the steps, each a training of its own with its own schedule
SIDE = 256  # pixels of a photograph that the notebook tests on


def tests() -> dict[str, Sequence[np.ndarray]]:
    """Pictures never trained on, by name of their set."""
    photographs = [images.load(name, gray=True, size=SIDE) for name in TESTED_ON]
    published = {name: datasets.fetch(name, progress=False).images for name in ("set12", "bsd68")}
    return {"photographs": photographs, **published}


def row(data: str, share: float, sets: dict[str, Sequence[np.ndarray]]) -> dict[str, object]:
    """Train once, and score."""
    torch.manual_seed(0)
    network = networks.build(LIVE.network, **LIVE.options)
    settings = LIVE.settings | {"steps": round(share * LIVE.settings["steps"])}
    history = train(
        network, SOURCES[data].pictures(), noise=LIVE.noise(), progress=False, **settings
    )
    denoise = networks.TrainedNetwork(network)
    level = LIVE.sigma[0]
    found = {name: mean_scores(denoise, x, level)["restored psnr"] for name, x in sets.items()}
    return {
        "data": data,
        "steps": settings["steps"],
        **found,
        "seconds": round(history.seconds),
    }


def main() -> None:
    """Train, print, and write the table unless one source was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", choices=list(SOURCES), help="this source only, all steps")
    chosen = parser.parse_args().data
    plan = [(chosen, 1)] if chosen else [(name, 1) for name in DATA]
    plan += [] if chosen else [(DATA[0], share) for share in SHARES if share != 1]
    sets, rows = tests(), []
    for data, share in plan:
        rows.append(row(data, share, sets))
        print(rows[-1], flush=True)
    if not chosen:
        table = pd.DataFrame(rows).sort_values(["data", "steps"])
        results.keep(RESULTS, table, "live_network")


if __name__ == "__main__":
    main()

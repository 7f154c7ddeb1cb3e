"""Score Zero-DCE on exposure stacks, and switch each of its losses off.

    python -m tools.low_light_table stacks   # writes data/results/low_light_stacks.csv
    python -m tools.low_light_table losses   # writes data/results/low_light_losses.csv

Stacks: the weight that ships against the normal exposure of places never trained on, beside what
needs no learning; a row for each place and method. Losses: the training of notebook 11, from three
starts, with one loss at a time left out; a row for each training and test photograph.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from helpers import networks
from helpers.images import to_gray
from helpers.losses.low_light import REGION_SIDE, WEIGHTS
from helpers.low_light import underexpose
from helpers.metrics import score
from helpers.networks import weights
from helpers.training import zero_dce
from helpers.training.sources import TESTED_ON
from tools import results

FOLDER = results.FOLDER
SEEDS = (0, 1, 2)
LIGHT, SIDE = 0.1, 256  # of the test photographs
OFF = ("none", *WEIGHTS[zero_dce.FORM])


def stacks() -> pd.DataFrame:
    """Place, method, PSNR and SSIM."""
    _, held_out = zero_dce.halves()
    network, _ = weights.read(zero_dce.NAME)
    return zero_dce.score_pairs(held_out, zero_dce.methods(network)).round(4)


def losses() -> pd.DataFrame:
    """Loss switched off, seed, photograph, and what `describe` measures."""
    return pd.DataFrame([row for off in OFF for seed in SEEDS for row in rows(off, seed)])


def rows(off: str, seed: int) -> Iterator[dict[str, object]]:
    """One training, looked at on each test photograph."""
    without = {} if off == "none" else {off: 0.0}
    network, _ = zero_dce.train_live(zero_dce.in_the_dark(seed=0), seed, **without)
    for number, (name, scene) in enumerate(zero_dce.in_colour(TESTED_ON, SIDE).items()):
        dark = underexpose(scene, LIGHT, rng=number)
        found = describe(network, scene, dark)
        print(off, seed, name, found, flush=True)
        yield {"off": off, "seed": seed, "picture": name, **found}


def describe(network: networks.Network, scene: np.ndarray, dark: np.ndarray) -> dict[str, float]:
    """What each of the four losses is about, and the scores.

    Brightness is the mean gray, cast the largest distance of two channels' means less that of
    the scene, contrast the spread of 4×4 regions in that of the scene, roughness the mean
    difference of the curves of neighbouring pixels.
    """
    with torch.inference_mode():
        curves = network.curves(torch.from_numpy(dark).permute(2, 0, 1)[None])
    bright = networks.TrainedNetwork(network)(dark)
    return {
        "brightness": round(float(to_gray(bright).mean()), 4),
        "cast": round(spread(bright) - spread(scene), 4),
        "contrast": round(regions(bright).std() / regions(scene).std(), 4),
        "roughness": round(float(curves.diff(dim=-1).abs().mean()), 5),
        **{key: round(value, 4) for key, value in score(scene, bright, ["psnr", "ssim"]).items()},
    }


def spread(picture: np.ndarray) -> float:
    """How far the means of the channels are apart."""
    return float(np.ptp(picture.mean(axis=(0, 1))))


def regions(picture: np.ndarray) -> np.ndarray:
    """Mean gray of 4×4 pixels."""
    height, width = (side // REGION_SIDE for side in picture.shape[:2])
    whole = to_gray(picture)[: height * REGION_SIDE, : width * REGION_SIDE]
    return whole.reshape(height, REGION_SIDE, width, REGION_SIDE).mean(axis=(1, 3))


TABLES = {"stacks": stacks, "losses": losses}


def main() -> None:
    """Compute and write one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table", choices=list(TABLES))
    name = parser.parse_args().table
    results.keep(FOLDER / f"low_light_{name}.csv", TABLES[name](), f"low_light_table {name}")


if __name__ == "__main__":
    main()

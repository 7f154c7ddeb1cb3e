"""What Zero-DCE learns from, and how it is scored: stacks of exposures, half for each.

A stack shows one scene from nearly black to nearly white; the picture whose mean gray is nearest
to 0.5 counts as the normal exposure, and those at most half as bright as dark. Training sees no
such pairs, only pictures.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers import datasets, networks
from helpers.images import to_gray
from helpers.low_light import BRIGHTENERS, MIDDLE, Brightener
from helpers.metrics import score
from helpers.training.sources import Source

NAME, SET = "zero_dce", "exposure_stacks"
FORM = "released"  # of `losses.LowLight`
INCOMPLETE = 26  # the scene of which only the dark end is here
DARK = 0.5  # of the normal exposure's mean, at most
SCORES = ("psnr", "ssim")


def halves() -> tuple[datasets.Dataset, datasets.Dataset]:
    """The stacks trained on, of places with odd numbers, and those held out, with even ones."""
    stacks = datasets.fetch(SET, progress=False)
    places = sorted(set(stacks.table["place"]))
    return tuple(stacks.where(place=[p for p in places if p % 2 == odd]) for odd in (1, 0))


STACKS = Source(
    "exposure stacks of odd places, 109 pictures of 12 scenes, without references",
    datasets.SETS[SET].terms,
    lambda: list(halves()[0].images),
)


def reduced(picture: np.ndarray, by: int) -> np.ndarray:
    """Means of cells of `by` × `by` pixels; rows and columns left over are cut off.

    Examples
    --------
    >>> reduced(np.arange(8.0).reshape(2, 4, 1), 2)[..., 0]
    array([[2.5, 4.5]])
    """
    height, width = (side // by for side in picture.shape[:2])
    whole = picture[: height * by, : width * by]
    return whole.reshape(height, by, width, by, -1).mean(axis=(1, 3))


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


def score_pairs(stacks: datasets.Dataset, methods: dict[str, Brightener]) -> pd.DataFrame:
    """Scores against the normal exposure by the protocol, mean over the pairs of each place."""
    rows = [
        {"place": pair.place, "method": name, **score(normal, brighten(dark), SCORES)}
        for pair in pairs(stacks).itertuples()
        for dark, normal in [(stacks.images[pair.dark], stacks.images[pair.normal])]
        for name, brighten in methods.items()
    ]
    return pd.DataFrame(rows).groupby(["place", "method"], sort=False).mean().reset_index()


def methods(network: networks.Network) -> dict[str, Brightener]:
    """The dark input first, then what needs no learning, then the network."""
    trained = networks.TrainedNetwork(network)
    return {"dark input": lambda dark: dark, **BRIGHTENERS, NAME: trained}


def mean_scores(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Means over places of what `score_pairs` gives, by method."""
    means = table.groupby("method", sort=False)[list(SCORES)].mean().round(4)
    return means.to_dict("index")

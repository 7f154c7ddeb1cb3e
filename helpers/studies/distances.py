"""Do claims about gradient histograms hold on photographs on which nobody had looked for them?

They were found on the fifteen photographs of the course; here they are counted there, and on the
200 of BSDS500 (test). All are gray, the middle 256×256 pixels; noise is clipped and rounded.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from helpers import datasets, gradients, images, noise
from helpers.studies.base import STUDIES, Study

SIGMAS = (1, 2, 3, 5, 8, 12, 18, 25, 35, 50, 65, 80, 100)  # gray levels
WEAK = 3  # the σ at which a distance is compared with its noise floor
RARE = 20  # counts of two draws together below which a bin holds chance
SIZE = 256


def course() -> dict[str, np.ndarray]:
    """The photographs on which the claims were found."""
    return {name: images.load(name, gray=True, size=SIZE) for name in images.PHOTOGRAPHS}


def bsds500() -> dict[str, np.ndarray]:
    """Photographs on which they were not."""
    test = datasets.fetch("bsds500", progress=False).where(split="test")
    return {
        name: images.centre_crop(images.to_gray(picture), SIZE)
        for name, picture in zip(test.names, test.images)
    }


SETS = {"course": course, "bsds500": bsds500}


def row(clean: np.ndarray) -> dict[str, object]:
    """What holds on one photograph.

    Returns
    -------
    dict
        Of each distance whether it rises with every step of `SIGMAS`, and of one also without
        clipping. Of Canberra and Wasserstein the distance from clean to noisy at `WEAK`, in units
        of the distance between two draws; of Canberra the share that bins with fewer than `RARE`
        counts make up between two draws at σ = 25. Of DE-G whether the picture turned upside down
        is preferred to noise of σ = 5, and a blurred picture to which noise is added to the same
        without.
    """
    p = gradients.probabilities(clean)
    noisy = [gradients.probabilities(_gaussian(clean, s, 0)) for s in SIGMAS]
    found: dict[str, object] = {
        f"{name} rises": _rises(p, noisy, name) for name in gradients.DISTANCES
    }
    unclipped = [gradients.probabilities(_gaussian(clean, s, 0, clip=False)) for s in SIGMAS]
    found["jensen_shannon rises, unclipped"] = _rises(p, unclipped, "jensen_shannon")
    first, second = (gradients.probabilities(_gaussian(clean, WEAK, k)) for k in (0, 1))
    for name in ("canberra", "wasserstein"):
        signal = (_between(p, first, name) + _between(p, second, name)) / 2
        found[f"{name} over floor"] = signal / _between(first, second, name)
    found["rare bins"] = rare_share(*(_gaussian(clean, 25, k) for k in (0, 1)))
    made = suspects(clean)
    scores = {name: gradients.deg(clean, version) for name, version in made.items()}
    found["upside down wins"] = scores["upside down"] < scores["faint noise"]
    found["fresh noise wins"] = scores["blurred, fresh noise"] < scores["blurred"]
    return found


def suspects(clean: np.ndarray) -> dict[str, np.ndarray]:
    """Four versions of a picture that a score of quality should be able to rank."""
    blurred = noise.GaussianBlur(1.2)(noise.Gaussian(25 / 255)(clean, 0), 0)
    return {
        "faint noise": noise.Gaussian(5 / 255)(clean, 0),
        "upside down": clean[::-1, ::-1],
        "blurred": blurred,
        "blurred, fresh noise": noise.Gaussian(2 / 255)(blurred, 1),
    }


def rare_share(first: np.ndarray, second: np.ndarray) -> float:
    """Share of two pictures' Canberra distance in x that comes from nearly empty bins."""
    counts = np.stack([gradients.histograms(image)[0] for image in (first, second)])  # (2, 511)
    total, p = counts.sum(axis=0), counts / counts.sum(axis=1, keepdims=True)
    votes = np.abs(p[0] - p[1]) / np.maximum(p.sum(axis=0), 1e-12)
    return float(votes[total < RARE].sum() / votes.sum())


def _gaussian(clean: np.ndarray, level: float, seed: int, clip: bool = True) -> np.ndarray:
    return noise.Gaussian(level / 255)(clean, seed, clip=clip)


def _rises(clean: np.ndarray, noisy: list[np.ndarray], name: str) -> bool:
    """Whether each histogram is farther from the clean one than the one before."""
    return bool((np.diff([_between(clean, one, name) for one in noisy]) > 0).all())


def _between(p: np.ndarray, q: np.ndarray, name: str) -> float:
    """DE-G of two pairs of histograms, (2, 511) each."""
    return float(np.hypot(*(gradients.DISTANCES[name](a, b) for a, b in zip(p, q))))


def rows(name: str) -> pd.DataFrame:
    """Every photograph of a set."""
    made = [{"set": name, "picture": one, **row(clean)} for one, clean in SETS[name]().items()]
    return pd.DataFrame(made).round(3)


STUDIES["distances"] = Study(
    "distances",
    "which claims about gradient histograms hold on 200 other photographs",
    notebook="gradient_statistics",
    key=("set",),
    groups=lambda table: {(name,): partial(rows, name) for name in SETS},
    minutes=2,
    sample=[("course",)],
)

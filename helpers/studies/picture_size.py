"""How wrong an estimate of σ is, against the size of the picture: a swarm, a fit and one line.

The middle of three photographs, Gaussian noise of σ = 5 in a file of 8 bits. The published swarm
has fewer particles than published (24 × 24 instead of 100 × 100), but for one search, which shows
that these are not to blame. At one size one mistake at a time is mended: all particles begin at
one point, a lucky draw of noise is never drawn again, and chance moves Canberra's distance far.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from helpers import images, noise
from helpers.estimation import blind_sigma, fit, published_swarm
from helpers.studies.base import STUDIES, Study

SIGMA = 5  # gray levels
SIZES = (96, 128, 192, 256, 384, 512)  # pixels a side
PHOTOGRAPHS = ("camera", "brick", "astronaut")
DRAWS = (0, 1)
PARTICLES = 24
SMALL = 192  # at which causes are sought
SEARCHES = {  # what is mended of the published one
    "as published": {},
    "begins anywhere": {"anywhere": True},
    "leader drawn anew": {"renewed": True},
    "Wasserstein": {"distance": "wasserstein"},
}


def noisy(photograph: str, size: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """A clean picture and a noisy one, as a file holds it."""
    clean = images.load(photograph, gray=True, size=size)
    return clean, noise.Quantize(256)(noise.Gaussian(SIGMA / 255)(clean, draw, clip=True), draw)


def swarm(photograph: str, size: int, draw: int, particles: int, search: str) -> float:
    """σ that the published swarm finds, gray levels."""
    clean, query = noisy(photograph, size, draw)
    how = {"particles": particles, "iterations": particles, **SEARCHES[search]}
    return published_swarm(query, clean, rng=100 + draw, **how).value


def rows(photograph: str, draw: int, particles: int, search: str) -> pd.DataFrame:
    """Every size; a swarm that is not the usual one at `SMALL` only, and without its rivals."""
    usual, made = (particles, search) == (PARTICLES, "as published"), []
    for size in SIZES if usual else (SMALL,):
        found = {"swarm": swarm(photograph, size, draw, particles, search)}
        if usual:
            clean, query = noisy(photograph, size, draw)
            found["fit"] = 255 * fit(query, clean, aligned=False).model.sigma
            found["one line"] = 255 * blind_sigma(query, "wavelet")
        key = {"picture": photograph, "draw": draw, "particles": particles, "search": search}
        made.append({**key, "size": size, **found})
    return pd.DataFrame(made).round(3)


def plan() -> list[tuple[str, int, int, str]]:
    """Which searches: each of them on every picture, and one with all particles."""
    every = [(p, d, PARTICLES, how) for how in SEARCHES for d in DRAWS for p in PHOTOGRAPHS]
    return [*every, ("camera", 1, 100, "as published")]


STUDIES["picture_size"] = Study(
    "picture_size",
    "how wrong a swarm, a fit and one line are about σ, against the size of the picture",
    notebook="noise_parameter_estimation",
    key=("picture", "draw", "particles", "search"),
    groups=lambda table: {key: partial(rows, *key) for key in plan()},
    minutes=3,
    sample=[("camera", 0, PARTICLES, "begins anywhere")],
    spread={"swarm": 0.01, "fit": 0.01, "one line": 0.001},
)

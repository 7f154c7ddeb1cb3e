"""Do restored pictures look real? Statistics of many, against those of clean pictures of others.

Middles of BSD68's pictures, 128×128, σ = 25/255: every second one is restored, the others, clean,
are the pool. `apart` is the distance between the gradient histograms of all restored and of the
whole pool, and two random halves of the clean pictures say what chance alone makes of it; `deg` is
the mean distance of each to its own reference, which is a distortion as PSNR is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import pandas as pd

from helpers import datasets, filters, gradients, metrics, networks, noise, posterior
from helpers.studies.base import STUDIES, Study
from helpers.studies.error_bars import centre

LEVEL, SIDE = 25, 128
SHARES = (0.25, 0.5, 0.75, 1.0)  # of a sample in its blend with the mean
WALK = ("l2", *(f"deg_l2_{k}k" for k in (100, 30, 10, 3, 1)), "deg", "texture_16")
DRAWS = 200  # of two halves
Pictures = list[np.ndarray]


@cache
def pictures() -> tuple[Pictures, Pictures]:
    """The pool, and the clean pictures of those that are restored."""
    middles = [centre(one, SIDE) for one in datasets.fetch("bsd68", progress=False).images]
    return middles[::2], middles[1::2]


def noisy() -> Pictures:
    """Those that are restored, with white Gaussian noise, unclipped."""
    return [noise.Gaussian(LEVEL / 255)(one, seed) for seed, one in enumerate(pictures()[1])]


def by_mean() -> dict[str, Pictures]:
    """drunet, a sample of what may be under the noise, and blends of the two."""
    mean, sigma = posterior.conditional_mean(networks.load("drunet")), LEVEL / 255
    means = [mean(one, sigma) for one in noisy()]
    drawn = [posterior.sample(mean, one, sigma, rng=k) for k, one in enumerate(noisy())]
    blends = {
        f"{share:.0%} sample": [(1 - share) * a + share * b for a, b in zip(means, drawn)]
        for share in SHARES
    }
    return {"mean": means, **blends}


def by_network(name: str) -> dict[str, Pictures]:
    """A network of the course that was trained with another loss."""
    restore = networks.load(f"losses/noise_{name}")
    return {name: [restore(one) for one in noisy()]}


def by_filter() -> dict[str, Pictures]:
    """BM3D, told σ."""
    return {"bm3d": [filters.bm3d(one, LEVEL / 255) for one in noisy()]}


def untouched() -> dict[str, Pictures]:
    """What was not restored: noisy, and clean."""
    return {"noisy": noisy(), "clean": pictures()[1]}


def rows(family: str, restored: partial) -> pd.DataFrame:
    """Perception and distortion of some ways to restore."""
    return pd.DataFrame([{"family": family, **one} for one in _scores(restored())]).round(4)


def _scores(ways: dict[str, Pictures]) -> Iterator[dict[str, object]]:
    pool, clean = pictures()
    for name, restored in ways.items():
        both = list(zip(clean, restored))
        yield {
            "way": name,
            "psnr": np.mean([metrics.score(x, z, ["psnr"])["psnr"] for x, z in both]),
            "deg": np.mean([gradients.deg(x, metrics.eight_bits(z)) for x, z in both]),
            "apart": posterior.apart(pool, restored),
        }


def chance() -> pd.DataFrame:
    """How far two halves of the clean pictures are apart: median, and 95 of 100 draws."""
    halves = posterior.floor([*pictures()[0], *pictures()[1]], rng=0, draws=DRAWS)
    found = {"median": np.median(halves), "95 %": np.quantile(halves, 0.95)}
    made = [{"family": "halves", "way": name, "apart": value} for name, value in found.items()]
    return pd.DataFrame(made, columns=["family", "way", "psnr", "deg", "apart"]).round(4)


FAMILIES = {
    "untouched": partial(untouched),
    "drunet": partial(by_mean),
    "bm3d": partial(by_filter),
    **{name: partial(by_network, name) for name in WALK},
}
LOADED = {"drunet": ["drunet"], **{name: [f"losses/noise_{name}"] for name in WALK}}

STUDIES["realism"] = Study(
    "realism",
    "restored pictures against a pool of clean pictures of others, and what that costs in PSNR",
    notebook="what_a_denoiser_knows",
    key=("family",),
    groups=lambda table: (
        {("halves",): partial(chance)}
        | {(name,): partial(rows, name, restored) for name, restored in FAMILIES.items()}
    ),
    minutes=2,
    sample=[("untouched",), ("l2",)],
    loads=lambda key: LOADED.get(key[0], ()),
    spread={"psnr": 0.01, "deg": 0.02, "apart": 0.02},
)

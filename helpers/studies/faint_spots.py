"""What denoisers keep of faint spots in a lung, beside what their scores say.

Chest phantoms with small blurred spots, in white noise of σ = 25/255. Gondara's network learns
from phantoms, from phantoms with spots, or from photographs, for as many steps; rivals are BM3D,
and a median and NLM tuned on phantoms that the networks learn from. Each restores the same noisy
phantom with spots and without: the difference is what it kept of them.

>>> phantom = images.xray_phantom(0, 128)
>>> bool(0.15 < spots(phantom, 0).max() < 0.45)  # some overlap
True
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.ndimage import binary_erosion, gaussian_filter

from helpers import images, metrics, networks, noise
from helpers.filters import FILTERS
from helpers.images import Phantom
from helpers.studies.base import STUDIES, Study, train_from
from helpers.training.sources import photographs

SIGMA = 25 / 255
SIDE = 128
LESSONS = ("phantoms", "phantoms with spots", "photographs")
SEEDS = (0, 1, 2)
STEPS = 300
LEARN_FROM, TRIED = 40, 20  # phantoms
FIRST = 1000  # phantom to be tried on
FILTERS_HERE = ("bm3d", "median", "nlm")
TOLD = (0.7, 1, 1.4, 2)  # times σ, for filters to be tuned


def spots(phantom: Phantom, rng: int) -> np.ndarray:
    """Five blurred spots of height 0.2 at random places inside the lungs, (H, W) to be added."""
    inside = np.argwhere(binary_erosion(phantom.masks["lungs"], iterations=8))
    peaks = np.zeros_like(phantom.image)
    np.add.at(peaks, tuple(np.random.default_rng(rng).choice(inside, 5).T), 1)
    return 0.2 * 2 * np.pi * 1.5**2 * gaussian_filter(peaks, 1.5)


class Judged(NamedTuple):
    """A phantom with spots, restored; what the spots changed in it; and three numbers."""

    restored: np.ndarray
    left: np.ndarray
    kept: float  # of the spots' contrast, in percent
    psnr: float
    ssim: float


def judge(denoise: Callable, k: int) -> Judged:
    """Restore phantom k with spots and without, in the same noise."""
    k += FIRST  # no spots and no noise of a lesson
    phantom = images.xray_phantom(k, SIDE)
    spot, grain = spots(phantom, k), noise.Gaussian(SIGMA)(phantom.image, k) - phantom.image
    ill, well = (denoise(x + grain) for x in (phantom.image + spot, phantom.image))
    kept = 100 * np.sum((ill - well) * spot) / np.sum(spot**2)
    scores = metrics.score(phantom.image + spot, ill, ["psnr", "ssim"])
    return Judged(ill, ill - well, kept, **scores)


def lesson(name: str) -> list[np.ndarray]:
    """The pictures that a network learns from."""
    if name == "photographs":
        return photographs()
    phantoms = [images.xray_phantom(k, SIDE) for k in range(LEARN_FROM)]
    sick = name == "phantoms with spots"
    return [one.image + sick * spots(one, k) for k, one in enumerate(phantoms)]


def learn(name: str, seed: int, steps: int = STEPS) -> networks.TrainedNetwork:
    """Gondara's network after a lesson."""
    built = {"name": "gondara", "width": 32}
    network, _ = train_from(seed, built, lesson(name), noise.Gaussian(SIGMA), steps=steps)
    return networks.TrainedNetwork(network)


def tuned(name: str) -> Callable:
    """A filter told the multiple of σ that is best by PSNR on three phantoms of the lesson."""
    pairs = [(x, noise.Gaussian(SIGMA)(x, k)) for k, x in enumerate(lesson("phantoms")[:3])]

    def total(told: float) -> float:
        restored = (FILTERS[name](y, told * SIGMA) for _, y in pairs)
        return sum(metrics.psnr(x, one) for (x, _), one in zip(pairs, restored))

    return partial(FILTERS[name], sigma=SIGMA * max(TOLD, key=total))


def rows(method: str, seed: int) -> pd.DataFrame:
    """One method on all phantoms."""
    if method in LESSONS:
        denoise = learn(method, seed)
    elif method == "noisy input":
        denoise = np.asarray
    else:
        denoise = partial(FILTERS["bm3d"], sigma=SIGMA) if method == "bm3d" else tuned(method)
    judged = [judge(denoise, k) for k in range(TRIED)]
    table = pd.DataFrame([one[2:] for one in judged], columns=Judged._fields[2:]).round(4)
    return table.assign(method=method, seed=seed, phantom=range(TRIED))


def plan() -> list[tuple[str, int]]:
    """Each lesson from several starts; a filter has none."""
    filters = [(name, 0) for name in ("noisy input", *FILTERS_HERE)]
    return filters + [(name, seed) for name in LESSONS for seed in SEEDS]


STUDIES["faint_spots"] = Study(
    "faint_spots",
    "what filters and networks keep of faint spots in chest phantoms",
    notebook="denoising_autoencoders",
    key=("method", "seed"),
    groups=lambda table: {key: partial(rows, *key) for key in plan()},
    minutes=4,
    sample=[("median", 0)],
    spread={"kept": 0.5, "psnr": 0.05, "ssim": 0.005},
)

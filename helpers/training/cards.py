"""What cards of trained weights tell: how training went, and how they score on other pictures."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from pathlib import Path

import numpy as np
import torch
from torch import nn

from helpers import datasets, images
from helpers.metrics import score
from helpers.networks import TrainedNetwork
from helpers.noise import Gaussian
from helpers.training.loop import History
from helpers.training.sources import Source

TESTS = {1: ("set12", "bsd68"), 3: ("kodak24", "mcmaster")}  # by channels
COLOURFUL = ("astronaut", "chelsea")  # no training of the course uses them
SHOWN = (15.0, 25.0, 50.0)  # σ in gray levels of published tables
SEED = 25  # of the noise, in all tables of the course


def card(network: nn.Module, data: Source, training: dict, history: History, scores: dict) -> dict:
    """Everything a reader should know of a weight before trusting it.

    `data`, `training` and `scores` are those of its recipe. Of code outside a clone no commit is
    told.
    """
    lists = {"loss": history.loss, **history.scores}
    entries = {name: [_finite(x, 5) for x in values] for name, values in lists.items()}
    return {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "data": data.description,
        "terms": data.terms,
        "training": training,
        "seconds": round(history.seconds),
        "machine": machine(),
        "commit": history.commits[-1] if history.commits else None,
        "commits": history.commits,
        "history": {"step": history.step, **entries, "seconds": round(history.seconds, 1)},
        "scores": scores,
    }


def scores(
    denoise: TrainedNetwork, sigma: Sequence[float], held_out: Sequence[np.ndarray] = ()
) -> dict:
    """PSNR and SSIM by the protocol, beside those of the noisy input, per set and σ.

    A set that is not there and cannot be downloaded is left out. Colour networks are also scored
    on the pictures held out from training: colour test sets are not everywhere.
    """
    low, high = sigma
    levels = [level for level in SHOWN if low <= level <= high] or [high]
    tests = {}
    for name in TESTS[denoise.channels]:
        with suppress(ConnectionError, FileNotFoundError):
            tests[name] = datasets.fetch(name, progress=False).images
    if denoise.channels == 3:
        tests["photographs"] = [images.load(name, size=256) for name in COLOURFUL]
        if len(held_out):
            tests["held out"] = held_out
    return {
        name: {f"{level:g}": mean_scores(denoise, pictures, level) for level in levels}
        for name, pictures in tests.items()
    }


def mean_scores(denoise: TrainedNetwork, pictures: Sequence[np.ndarray], level: float) -> dict:
    """Means over pictures for a σ in gray levels; noise number n is the same in every table."""
    rows = []
    for number, reference in enumerate(pictures):
        noisy = Gaussian(level / 255)(reference, np.random.default_rng((SEED, number)))
        pair = {"noisy": noisy, "restored": denoise(noisy, level / 255)}
        rows.append({name: score(reference, one, ("psnr", "ssim")) for name, one in pair.items()})
    return {
        f"{name} {metric}": _finite(float(np.mean([row[name][metric] for row in rows])), 4)
        for name in rows[0]
        for metric in rows[0][name]
    }


def machine() -> str:
    """The processor or accelerator, and the libraries."""
    if torch.cuda.is_available():
        chip = torch.cuda.get_device_name()
    else:
        info = Path("/proc/cpuinfo")
        lines = info.read_text().splitlines() if info.exists() else []
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        name = names[0] if names else platform.processor() or platform.machine()
        chip = f"{name}, {torch.get_num_threads()} threads"
    return f"{chip}; torch {torch.__version__}, Python {platform.python_version()}"


def _finite(value: float, digits: int) -> float | None:
    """Rounded; None, as JSON has no infinity, where a picture without noise scores so."""
    return round(value, digits) if isfinite(value) else None

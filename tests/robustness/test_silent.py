"""Silent arguments: taken, and something else is done."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import (
    images,
    metrics,
    noise,
    training,
)
from helpers.benchmark import __main__ as command
from tests.robustness.cases import CLEAN, NOISY, silent, small

TAKEN = {
    "clip='no'": lambda: noise.Gaussian(0.5)(CLEAN, rng=0, clip="no"),
    "gray='no'": lambda: images.load("coffee", gray="no"),
    "names=''": lambda: metrics.score(CLEAN, NOISY, ""),
    "reach=-1": lambda: metrics.residual_whiteness(NOISY, CLEAN, -1),
    "sigma=0.1+5j": lambda: noise.Gaussian(np.complex128(0.1 + 5j)),
    "quality=30.9": lambda: command.model("jpeg:quality=30.9"),
    "gray level 0.1": lambda: command.model("gaussian:sigma=0.1"),
    "every=nan": lambda: training.train(
        small(), [CLEAN], noise=noise.Gaussian(), steps=2, every=float("nan"), progress=False
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_silent_arguments_are_refused_or_warned_of(what: str) -> None:
    assert silent(TAKEN[what]) is None

"""What the cases of all kinds share."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch

from helpers import (
    images,
    networks,
    noise,
)

CLEAN = images.load("camera", size=128)
NOISY = noise.Gaussian(25 / 255)(CLEAN, rng=0)


def control(*values: object) -> object:
    """A case that holds today."""
    return pytest.param(*values, id="control-" + "-".join(map(str, values)))


def silent(call: Callable[[], object]) -> object:
    """What a call answers without a word; None where it refuses or warns, which is right too."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            answer = call()
        except ValueError:
            return None
    return None if any(issubclass(one.category, UserWarning) for one in heard) else answer


def small(seed: int = 0) -> networks.Network:
    """A network of a few hundred numbers."""
    torch.manual_seed(seed)
    return networks.build("rednet", depth=4, width=4)

"""What the tests of all noise models share: their names, and pictures to corrupt."""

from __future__ import annotations

import numpy as np

from helpers import images, noise
from helpers.noise import MODELS

NAMES = list(MODELS)
RANDOM = [name for name, model in MODELS.items() if not issubclass(model, noise.Distortion)]
BLURS = [name for name in NAMES if name.endswith("blur")]


def flat(value: float, *shape: int) -> np.ndarray:
    """A constant image."""
    return np.full(shape, value, np.float32)


def whatever_is_clean(name: str) -> np.ndarray:
    return images.dead_leaves(0, (24, 36, 3) if "colour" in name else (24, 36), (2, 12))

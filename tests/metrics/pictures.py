"""What the tests of metrics share."""

from __future__ import annotations

import numpy as np


def eight_bit(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)

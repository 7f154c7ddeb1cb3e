"""What the tests of metrics share."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images


@pytest.fixture(scope="module")
def colour() -> np.ndarray:
    """Large enough for every metric, (192, 192, 3)."""
    return images.load("astronaut", size=192)

"""A small picture for all tests of filters."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images


@pytest.fixture(scope="module")
def small() -> np.ndarray:
    return images.load("camera", gray=True, size=64)

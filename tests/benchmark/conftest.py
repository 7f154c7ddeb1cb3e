"""Pictures and noise that take no time."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, noise

NOISES = {"weak": noise.Gaussian(10 / 255), "blur": noise.GaussianBlur(2)}


@pytest.fixture(scope="session")
def pictures() -> dict[str, np.ndarray]:
    """Two small photographs, one of them in colour."""
    return {
        "camera": images.load("camera", size=48),
        "coffee": images.load("coffee", size=40),
    }

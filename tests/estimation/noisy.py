"""Pictures that the tests of estimates share: noise in files, and a scene without texture."""

from __future__ import annotations

import numpy as np

from helpers import noise

TRUTHS = [
    noise.Gaussian(0.1),
    noise.Poisson(40),
    noise.Speckle(0.2),
    noise.PoissonGaussian(0.02, 0.05),
    noise.SaltAndPepper(0.1, 0.3),
]


def as_file(model: noise.NoiseModel, clean: np.ndarray, seed: int = 0) -> np.ndarray:
    """Noisy, clipped and rounded to 8 bits."""
    return noise.Quantize(256)(model(clean, seed, clip=True), seed)


def ramp(size: int = 192) -> np.ndarray:
    """All brightnesses and no texture."""
    return np.tile(np.linspace(0.1, 0.9, size, dtype=np.float32), (size, 1))

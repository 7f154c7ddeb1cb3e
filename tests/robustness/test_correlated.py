"""Correlated: neighbours that go together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import (
    estimation,
    images,
)
from tests.robustness.cases import silent


def blotchy(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A photograph, and the same with noise of 20/255 whose neighbours correlate by 0.67."""
    clean = images.load(name, gray=True, size=256)
    grain = gaussian_filter(np.random.default_rng(0).standard_normal(clean.shape), 0.8)
    return clean, (clean + 20 / 255 * grain / grain.std()).astype(np.float32)


@pytest.mark.parametrize("name", ["camera", "coffee", "gravel"])
def test_correlated_noise_is_measured_or_warned_of(name: str) -> None:
    sigma = silent(lambda: estimation.blind_sigma(blotchy(name)[1]))
    assert sigma is None or 15 < 255 * sigma < 25


def test_correlated_noise_is_not_identified_as_white() -> None:
    clean, noisy = blotchy("camera")
    fits = silent(lambda: estimation.identify(noisy, clean, ("gaussian", "speckle")))
    assert not fits  # nothing explains it, or a warning says what does not

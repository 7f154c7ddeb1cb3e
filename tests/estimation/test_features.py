"""Alignment and clipping are seen in the pictures."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation.features import is_aligned, is_clipped
from tests.estimation.noisy import as_file


@pytest.mark.parametrize("name", ["clock", "retina", "cell", "moon"])
def test_smooth_pictures_in_strong_noise_are_seen_to_be_aligned(name: str) -> None:
    smooth = images.load(name, gray=True, size=256)
    noisy = as_file(noise.PoissonGaussian(0.05, 0.08), smooth)
    assert is_aligned(noisy, smooth)
    assert not is_aligned(noisy, np.roll(smooth, 9, axis=1))
    assert not is_aligned(noisy, smooth[::-1])


@pytest.mark.parametrize("name", ["camera", "brick", "moon", "grass"])
def test_alignment_is_seen_through_strong_noise(name: str) -> None:
    clean = images.load(name, gray=True, size=256)
    noisy = noise.Gaussian(50 / 255)(clean, 0, clip=True)
    assert is_aligned(noisy, clean)
    assert not is_aligned(noisy[::-1], clean)


def test_clipping_is_seen(clean: np.ndarray) -> None:
    strong = noise.Gaussian(0.2)(clean, 0)
    assert is_clipped(np.clip(strong, 0, 1))
    assert not is_clipped(strong)

"""Flat: a part of the picture without noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import rotate

from helpers import (
    estimation,
    filters,
    images,
    metrics,
    noise,
)
from tests.robustness.cases import silent


def barred(value: float, share: float, clip: bool = False) -> np.ndarray:
    """Camera with noise of 25/255, and bars above and below, as a film has them."""
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=256), rng=0, clip=clip)
    rows = round(256 * share / 2)
    noisy[:rows] = noisy[-rows:] = value
    return noisy


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_flat_bars_do_not_hide_the_noise(value: float, share: float) -> None:
    sigma = silent(lambda: estimation.blind_sigma(barred(value, share)))
    assert sigma is None or 20 < 255 * sigma < 30


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_flat_bars_in_8_bits(share: float) -> None:
    levels = np.rint(255 * barred(0.0, share, clip=True)).astype(np.uint8)
    sigma = silent(lambda: estimation.blind_sigma(levels))
    assert sigma is None or 20 < 255 * sigma < 30


def test_flat_corners_of_a_rotated_picture() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=180), rng=0)
    inside = rotate(np.ones_like(noisy), 30, order=0) > 0
    turned = np.where(inside, rotate(noisy, 30, order=0), 0)
    sigma = silent(lambda: estimation.blind_sigma(turned))
    assert sigma is None or 20 < 255 * sigma < 30


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n in filters.FILTERS if n not in ("adaptive_median", "lee")]
)
def test_flat_bars_do_not_switch_a_filter_off(name: str) -> None:
    clean, noisy = images.load("camera", size=256)[60:-60], barred(0.0, 0.4)
    before = metrics.psnr(clean, noisy[60:-60])
    assert metrics.psnr(clean, filters.FILTERS[name](noisy)[60:-60]) > before + 3

"""Ranges: numbers that are no image."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import (
    estimation,
    filters,
    gradients,
    images,
    metrics,
    noise,
)
from tests.robustness.cases import CLEAN, NOISY, silent


@pytest.mark.parametrize("top", [1400, 4095, 65535])
@pytest.mark.parametrize(
    "what", ["psnr", "ssim", "score", "deg", "nlm", "median", "noise", "gate"]
)
def test_ranges_float_levels_are_refused_whatever_their_top(top: int, what: str) -> None:
    levels = (top * CLEAN).astype(np.float32)
    calls = {
        "psnr": lambda: metrics.psnr(levels, levels + 1),
        "ssim": lambda: metrics.ssim(levels, levels + 1),
        "score": lambda: metrics.score(levels, levels + 1),
        "deg": lambda: gradients.deg(levels, levels + 1),
        "nlm": lambda: filters.nlm(levels, 25 / 255),
        "median": lambda: filters.median(levels, 25 / 255),
        "noise": lambda: noise.Gaussian(25 / 255)(levels, rng=0),
        "gate": lambda: images.as_image(levels, clipped=False),
    }
    with pytest.raises(ValueError, match=r"divide by|scale"):
        calls[what]()


def test_ranges_blind_sigma_names_the_range_not_saturation() -> None:
    with pytest.raises(ValueError, match=r"divide by|scale"):
        estimation.blind_sigma((4095 * NOISY.clip(0, 1)).astype(np.float32))


@pytest.mark.parametrize("metric", ["psnr", "ssim"])
def test_ranges_a_reference_from_minus_1_to_1_is_refused(metric: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        metrics.METRICS[metric](2 * CLEAN - 1, 2 * NOISY - 1)


@pytest.mark.parametrize("metric", ["psnr", "ssim"])
def test_ranges_8_bit_levels_in_16_bits_are_told_of(metric: str) -> None:
    pair = [np.rint(255 * np.clip(x, 0, 1)) for x in (CLEAN, NOISY)]
    right = metrics.METRICS[metric](*(x.astype(np.uint8) for x in pair))
    result = silent(lambda: metrics.METRICS[metric](*(x.astype(np.uint16) for x in pair)))
    assert result is None or result == pytest.approx(right, abs=0.01)  # now 69 dB instead of 21


def test_ranges_demosaic_of_bytes_does_not_wrap_around() -> None:
    raw = np.rint(255 * noise.mosaic(images.load("coffee", size=64))).astype(np.uint8)
    result = silent(lambda: noise.demosaic(raw))
    if result is not None:
        right = noise.demosaic(raw / np.float32(255))
        np.testing.assert_allclose(
            result * (1 if result.max() < 1.5 else 1 / 255), right, atol=0.01
        )

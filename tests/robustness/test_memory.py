"""Memory, in MB for one megapixel."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from helpers import (
    estimation,
    filters,
    noise,
)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["blind_sigma", "blind_sigma clipped", "blind_fit", "wavelet"])
def test_memory_is_bounded(what: str) -> None:
    noisy = noise.Gaussian(0.1)(np.full((1000, 1000), 0.5, np.float32), rng=0)
    noisy = np.clip(2 * noisy - 0.5, 0, 1) if "clipped" in what else noisy
    call = {
        "blind_fit": lambda: estimation.blind_fit(noisy, "gaussian"),
        "wavelet": lambda: filters.wavelet(noisy, 0.1),
    }.get(what, lambda: estimation.blind_sigma(noisy))
    tracemalloc.start()
    try:
        call()
        assert tracemalloc.get_traced_memory()[1] / 1e6 < 200
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_memory_of_wavelets_is_bounded_in_colour() -> None:
    noisy = noise.Gaussian(0.1)(np.full((1000, 1000, 3), 0.5, np.float32), rng=0)
    tracemalloc.start()
    try:
        filters.wavelet(noisy, 0.1)
        assert tracemalloc.get_traced_memory()[1] / 1e6 < 200  # 340 with all channels at once
    finally:
        tracemalloc.stop()

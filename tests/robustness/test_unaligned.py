"""Unaligned: an interval that explains and does not hold the truth."""

from __future__ import annotations

import pytest

from helpers import (
    estimation,
    images,
    noise,
)
from tests.robustness.cases import silent


@pytest.mark.parametrize("name", ["rocket", "camera"])
def test_unaligned_speckle_is_found_or_doubted(name: str) -> None:
    picture = images.load(name, gray=True, size=256)
    noisy = noise.Speckle(0.2)(picture[:, :128], rng=0, clip=True)
    found = silent(lambda: estimation.fit(noisy, picture[:, 128:], "speckle"))
    if found is not None and found.explains:
        low, high = found.interval["sigma"]
        assert 0 <= low <= 0.2 <= high

"""A picture filtered part by part is the one filtered at once."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import filters, noise
from helpers.filters import FILTERS
from tests.filters.pictures import SIGMA


@pytest.mark.parametrize("name", ["wiener", "lee", "bilateral", "wavelet", "nlm"])
@pytest.mark.parametrize("kind", ["small", "colour"])
def test_strips_leave_no_seam(name: str, kind: str, request, monkeypatch) -> None:
    """The same to the last bits of float32: sums that run along columns begin elsewhere."""
    noisy = noise.Gaussian(SIGMA)(request.getfixturevalue(kind)[:64, :50], rng=0)
    whole = FILTERS[name](noisy, SIGMA)
    for module in (filters.local, filters.wide):
        monkeypatch.setattr(module, "PIXELS", 700)  # 14 rows, at the end 8
    np.testing.assert_allclose(FILTERS[name](noisy, SIGMA), whole, rtol=0, atol=3e-7)


def test_tiles_see_as_much_of_their_surroundings_as_they_are_told() -> None:
    image = np.random.default_rng(0).random((50, 70, 3), np.float32)
    blur = noise.AverageBlur(7)
    seen = []

    def look(part: np.ndarray) -> np.ndarray:
        seen.append(part.shape[:2])
        return blur(part, rng=0)

    tiled = filters.strips.in_tiles(look, image, side=30, margin=3)
    np.testing.assert_allclose(tiled, blur(image, rng=0), atol=1e-6)
    assert seen == [(33, 33), (33, 36), (33, 13), (23, 33), (23, 36), (23, 13)]

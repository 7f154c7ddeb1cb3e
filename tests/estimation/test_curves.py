"""Variances and impulses are measured without bias, where nothing else varies."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import noise
from helpers.estimation.curves import flat_variances, impulse_shares


def test_variances_in_a_flat_field_are_unbiased() -> None:
    """The choice of patches and of directions does not bias what is measured: within 2 %."""
    flat = np.full((256, 256), 0.5, np.float32)
    result = [flat_variances(noise.Gaussian(0.1)(flat, seed)).points() for seed in range(4)]
    mean = np.mean([np.average(p.value, weights=p.count) for p in result])
    assert mean == pytest.approx(0.01, rel=0.02)


def test_impulses_are_counted_where_all_around_is_gray() -> None:
    clean = np.full((128, 128), 0.5, np.float32)
    clean[:, :40] = 1  # a white part is no salt, not even at its edge
    points = impulse_shares(noise.SaltAndPepper(0.1, 0.5)(clean, 0)).points()
    assert points.count.sum() / 2 < 0.75 * clean.size
    assert np.average(points.value, weights=points.count) == pytest.approx(0.05, rel=0.1)

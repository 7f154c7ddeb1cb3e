"""Right and wrong answers to the exercises of notebook `multiscale_denoisers`."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import networks
from helpers.exercises import multiscale_denoisers


def merge(low, right, down, across) -> np.ndarray:
    """2×2 pixels of their four Haar coefficients."""
    pixels = [
        [low - right - down + across, low + right - down - across],
        [low - right + down - across, low + right + down + across],
    ]
    return np.array(pixels) / 2


def pyramid_radius(levels: int, convs: int) -> int:
    """Two ways of `convs` layers at each level, and the far corner of a cell."""
    return 2 * convs * (2 ** (levels + 1) - 2) + 2**levels - 1


RIGHT = {
    "haar": [lambda: merge, lambda: lambda *bands: merge(*bands).tolist()],
    "reach": [lambda: pyramid_radius],
}


WRONG = {
    "haar": [
        (lambda: lambda *bands: 2 * merge(*bands), "halved"),
        (lambda: lambda *bands: merge(*bands) / 2, "halved once"),
        (lambda: lambda m, r, d, a: merge(m, d, r, a), "rows and columns"),
        (lambda: lambda m, r, d, a: merge(m, -r, d, -a), "left and right"),
        (lambda: lambda m, r, d, a: merge(m, r, -d, -a), "top and bottom"),
        (lambda: lambda m, r, d, a: merge(m, 0, 0, 0), "transpose"),
        (lambda: lambda *bands: merge(*bands).ravel(), "shape"),
    ],
    "reach": [
        (lambda: lambda levels, convs: 2 * convs * (2 ** (levels + 1) - 2), "far corner"),
        (lambda: lambda levels, convs: pyramid_radius(levels, convs) - 1, "add up"),
        (lambda: lambda n, convs: convs * (2 ** (n + 1) - 2) + 2**n - 1, "on the way down"),
        (lambda: lambda levels, convs: 2 * convs * levels + 2**levels - 1, "2^k pixels"),
    ],
}


@pytest.mark.parametrize(("levels", "convs"), [(3, 2), (1, 1), (2, 4)])
def test_the_right_radius_is_that_of_the_network(levels: int, convs: int) -> None:
    network = networks.build("mwcnn", widths=(8,) * levels, convs=convs)
    radius = multiscale_denoisers.pyramid_radius(levels, convs)
    assert radius == network.receptive_radius

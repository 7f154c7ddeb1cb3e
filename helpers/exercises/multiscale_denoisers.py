"""Checks of notebook `multiscale_denoisers`: wavelets, and the receptive radius."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("haar")
def _haar(answer: Callable) -> str | None:
    """The 2×2 pixels of four Haar coefficients: mean, right, down, across."""
    rng = np.random.default_rng(0)
    for block in (np.full((2, 2), 0.5), np.float64([[0, 1], [0, 1]]), rng.random((2, 2))):
        bands = _bands(block)
        pixels = np.asarray(given(answer(*bands)), dtype=float)
        if pixels.shape != (2, 2):
            return f"2×2 pixels are asked for, not an array of shape {pixels.shape}"
        slips = {
            "the sum is halved, as on the way there": 2 * block,
            "halved once, not twice": block / 2,
            "rows and columns are exchanged": block.T,
            "left and right are exchanged": block[:, ::-1],
            "top and bottom are exchanged": block[::-1],
        }
        otherwise = "the transform is orthonormal: its inverse is its transpose"
        if slip := name_slip(pixels, block, slips, otherwise):
            return f"bands {_shown(bands)} are of {_shown(block)}, not of {_shown(pixels)}; {slip}"
    return None


def _bands(block: np.ndarray) -> tuple[float, ...]:
    """(2, 2) to mean, right, down, across, as `networks.mwcnn.dwt` orders them."""
    (a, b), (c, d) = block.tolist()
    return (a + b + c + d) / 2, (b + d - a - c) / 2, (c + d - a - b) / 2, (a - b - c + d) / 2


def _shown(values: object) -> str:
    return str(np.round(np.asarray(values), 2).tolist())


@exercise("reach")
def _reach(answer: Callable) -> str | None:
    """Pixels that an MWCNN of some levels and convolutions can look to one side."""
    for levels, convs in ((3, 2), (1, 1), (2, 4), (4, 1)):
        right = pyramid_radius(levels, convs)
        radius = number(answer(levels, convs))
        cells = 2**levels - 1
        slips = {
            "a pixel in the near corner of its cell sees what the far corner sees": right - cells,
            "one step at level k is 2^k pixels of the picture": 2 * convs * levels + cells,
            "each level convolves on the way down and on the way up": (right + cells) // 2,
        }
        otherwise = "add up 2·convs steps of 2, 4, 8 … pixels, then the far corner of a cell"
        if slip := name_slip(radius, right, slips, otherwise):
            case = f"{levels} level{'s' * (levels > 1)}, convs = {convs}"
            return f"{case}: {right}, not {radius:g}; {slip}"
    return None


def pyramid_radius(levels: int, convs: int) -> int:
    """As `receptive_radius` of a `networks.MWCNN`, which a test compares."""
    return 2 * convs * sum(2**k for k in range(1, levels + 1)) + 2**levels - 1

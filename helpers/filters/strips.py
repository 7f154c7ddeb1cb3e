"""Parts of a picture that are filtered one after the other, so that memory has a bound.

>>> [(part.start, part.stop) for part in strips(10, 2, pixels=8)]
[(0, 4), (4, 8), (8, 10)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np


def strips(height: int, width: int, pixels: int) -> Iterator[slice]:
    """Rows of a picture, as many at a time as hold about so many pixels."""
    rows = max(1, pixels // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def widened(part: slice, margin: int, length: int) -> tuple[slice, slice]:
    """A part with its margin, as far as there is one, and where the part lies in that."""
    start, stop = max(part.start - margin, 0), min(part.stop + margin, length)
    return slice(start, stop), slice(part.start - start, part.stop - start)


def in_tiles(
    function: Callable[[np.ndarray], np.ndarray], image: np.ndarray, side: int, margin: int
) -> np.ndarray:
    """Filter a picture tile by tile, each seen with `margin` pixels of its surroundings.

    A picture that is no larger than a tile is filtered at once. What the function makes of a
    pixel may depend on pixels no farther away than `margin`.
    """
    if max(image.shape[:2]) <= side:
        return function(image)
    restored = np.empty_like(image)
    parts = [[slice(k, min(k + side, n)) for k in range(0, n, side)] for n in image.shape[:2]]
    for place in product(*parts):
        around, inner = zip(*(widened(p, margin, n) for p, n in zip(place, image.shape)))
        restored[place] = function(image[around])[inner]
    return restored

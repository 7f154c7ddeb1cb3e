"""Pixels told from their neighbours alone: hidden in training, and where a picture is restored.

A network that never sees a pixel cannot give its noise back: where the noise of neighbours is
independent, its best guess of the *noisy* pixel is its best guess of the clean one.

Krull, Buchholz, Jug (2019), Noise2Void, CVPR; Batson, Royer (2019), Noise2Self, ICML.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from helpers import checks
from helpers.denoiser import Denoiser
from helpers.images import Seed, as_generator, as_image

REACH = 2  # pixels: a hidden one gets the value of another one so near, 5×5 as in Noise2Void
# Side of the squares of which one pixel each is hidden. A thousand steps on one picture (camera,
# coffee, 256×256, σ = 25/255; five layers of 32 filters) reach 27.7 dB with 4, and 26.6 with 8,
# which hides as many pixels as the paper does.
CELL = 4
LARGEST = 64


def grid(shape: tuple[int, ...], cell: int, row: int, column: int) -> np.ndarray:
    """One pixel of each square of cell × cell, at the same place in each: a mask, (H, W).

    Examples
    --------
    >>> grid((4, 6), 3, row=0, column=2).astype(int)
    array([[0, 0, 1, 0, 0, 1],
           [0, 0, 0, 0, 0, 0],
           [0, 0, 0, 0, 0, 0],
           [0, 0, 1, 0, 0, 1]])
    """
    mask = np.zeros(shape[:2], bool)
    mask[row::cell, column::cell] = True
    return mask


def scattered(shape: tuple[int, ...], cell: int, rng: np.random.Generator) -> np.ndarray:
    """One pixel of each whole square of cell × cell, anywhere in it: a mask, (H, W)."""
    mask = np.zeros(shape[:2], bool)
    tops, lefts = (np.arange(0, side - cell + 1, cell) for side in shape[:2])
    rows, columns = rng.integers(cell, size=(2, len(tops), len(lefts)))
    mask[tops[:, None] + rows, lefts + columns] = True
    return mask


def hide(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy in which each masked pixel has the value of another one, at most `REACH` away.

    Parameters
    ----------
    image : numpy.ndarray
        (H, W) or (H, W, 3), sides of 2·`REACH` pixels or more. The channels of a pixel are hidden
        together.
    mask : numpy.ndarray
        (H, W) bool.
    rng : numpy.random.Generator
    """
    rows, columns = np.nonzero(mask)
    side = 2 * REACH + 1
    steps = rng.integers(1, side**2, len(rows))  # from the middle on; never all the way round
    down, right = np.divmod((side**2 // 2 + steps) % side**2, side)
    hidden = image.copy()
    hidden[mask] = image[
        _moved(rows, down - REACH, mask.shape[0]), _moved(columns, right - REACH, mask.shape[1])
    ]
    return hidden


def _moved(places: np.ndarray, steps: np.ndarray, side: int) -> np.ndarray:
    """Places some steps on, or as many back where the picture ends."""
    moved = places + steps
    return np.where((moved < 0) | (moved >= side), places - steps, moved)


@dataclass(frozen=True)
class BlindSpot:
    """Any denoiser, each pixel told from its neighbours alone: what the masked pixel knows.

    One pixel in each square of cell × cell is hidden and restored at a time, cell² times.

    Parameters
    ----------
    denoiser : callable
        ``denoise(noisy, sigma=None) -> restored``.
    rng : int or numpy.random.Generator
        Draws the neighbours that stand in.
    cell : int
        2 to 64.

    Raises
    ------
    ValueError
        For what is no denoiser, a bad `rng` or `cell`; when called, for what is no image, and
        for one with a side of less than 4 pixels.

    Examples
    --------
    A denoiser that changes nothing, and one that is blind to the pixel itself:

    >>> keep = lambda noisy, sigma=None: noisy
    >>> spike = np.zeros((8, 8), np.float32)
    >>> spike[4, 4] = 1
    >>> bool(keep(spike)[4, 4] == 1), bool(BlindSpot(keep, rng=0)(spike)[4, 4] == 0)
    (True, True)
    """

    denoiser: Denoiser
    rng: Seed
    cell: int = CELL

    def __post_init__(self) -> None:
        checks.function(self.denoiser, "denoiser", "a function denoise(noisy, sigma=None)")
        as_generator(self.rng)
        object.__setattr__(self, "cell", checks.whole(self.cell, "cell", 2, LARGEST))

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        """Restore a picture, (H, W) or (H, W, 3); float32, of the same shape."""
        image, rng = as_image(noisy, clipped=False), as_generator(self.rng)
        if min(image.shape[:2]) < 2 * REACH:
            least = f"{2 * REACH}×{2 * REACH}"
            raise ValueError(f"a blind spot needs {least} pixels or more, not {image.shape[:2]}")
        restored = np.empty(image.shape, np.float32)
        for row, column in product(range(self.cell), repeat=2):
            mask = grid(image.shape, self.cell, row, column)
            if mask.any():
                answer = as_image(self.denoiser(hide(image, mask, rng), sigma), clipped=False)
                restored[mask] = answer[mask]
        return restored

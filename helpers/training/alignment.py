"""Do two pictures of a pair show the same scene at the same place?

A network that learns from pairs which are a pixel apart learns to shift, and to blur where the
shift changes. Phase correlation sees it as far as the scene is seen through the noise: of 120
crops of the course's photographs, a pixel apart, it finds all of 128×128 without noise, half of
them and a fifth of 64×64 where both have noise of σ = 25/255, and none of 24×24. It is made to
miss rather than to invent: of 2160 pairs that lie together, small and noisy ones among them, it
shifts none.

Kuglin, Hines (1975), The phase correlation image alignment method, IEEE Conference on Cybernetics
and Society.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy import fft

from helpers.images import centre_crop, to_gray

MOST = 512  # pixels each way that are looked at
# A shift counts where its peak is this many times 1/side high (by chance 5 to 8), and so many
# times the one without a shift. The photograph camera, 256×256, has peaks of 150, 40 and 18 where
# both pictures have noise of 5, 25 and 50 of 255; a pixel apart, 1.3 times what is at no shift.
PEAK, TIMES = 12, 1.25


def shift_between(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """How far the second picture lies from the first, in pixels down and right.

    Parameters
    ----------
    first, second : numpy.ndarray
        (H, W) or (H, W, 3), of one shape, clipped or not.

    Returns
    -------
    (int, int)
        (0, 0) also where nothing is seen.

    Examples
    --------
    >>> from helpers import images
    >>> camera = images.load("camera")
    >>> shift_between(camera[10:200, 10:200], camera[7:197, 12:202])
    (3, -2)
    """
    grays = [centre_crop(to_gray(x), min(MOST, *x.shape[:2])) for x in (first, second)]
    size = grays[0].shape[0]
    window = np.hanning(size + 2)[1:-1]
    a, b = (fft.rfft2((x - x.mean()) * np.outer(window, window)) for x in grays)
    cross = np.conj(a) * b
    peaks = fft.irfft2(cross / np.maximum(np.abs(cross), 1e-12), (size, size))
    place = np.unravel_index(peaks.argmax(), peaks.shape)
    if peaks.max() * size < PEAK or peaks.max() < TIMES * peaks[0, 0]:
        return 0, 0
    return tuple((int(p) + size // 2) % size - size // 2 for p in place)


def warn_of_shift(first: np.ndarray, second: np.ndarray, name: str) -> None:
    """Warn where two pictures lie apart, with the shift."""
    down, right = shift_between(first, second)
    if (down, right) != (0, 0):
        warnings.warn(
            f"{name}: the second picture lies {down} pixels lower and {right} further right than "
            "the first; a network learns the shift, so align them first",
            stacklevel=3,
        )

"""Right and wrong answers to the exercises of notebook `start_here`."""

from __future__ import annotations

from functools import cache

import numpy as np

from helpers import images
from helpers.exercises.start_here import blur_gain


@cache
def turning_point() -> float:
    """Bisection for the σ at which a blur of 1 pixel neither gains nor loses."""
    camera, low, high = images.load("camera", gray=True, size=256), 0.0, 100.0
    while high - low > 0.1:
        middle = (low + high) / 2
        if blur_gain(camera, middle / 255) < 0:
            low = middle
        else:
            high = middle
    return low


RIGHT = {
    "turning-point": [turning_point, lambda: np.float32(turning_point())],
}


WRONG = {
    "turning-point": [
        (lambda: 1, "loses"),
        (lambda: 90, "gains"),
        (lambda: -1, "slider"),
        (lambda: 25 / 255, "gray levels"),
        (lambda: float("nan"), ""),
    ],
}


def test_the_blur_gains_more_the_stronger_the_noise(clean: np.ndarray) -> None:
    gains = [blur_gain(clean, s / 255) for s in (0, 10, 20, 40, 80)]
    assert gains[0] < 0 < gains[-1]
    assert gains == sorted(gains)

"""Right and wrong answers to the exercises of notebook `loss_functions`."""

from __future__ import annotations

import numpy as np


def turned_negative(image: np.ndarray) -> np.ndarray:
    return 1 - image[::-1, ::-1]


def halved(image: np.ndarray, rng=None, one=np.mean) -> np.ndarray:
    height, width = image.shape[:2]
    blocks = one(image.reshape(height // 2, 2, width // 2, 2, -1), axis=(1, 3))
    return blocks.repeat(2, axis=0).repeat(2, axis=1).reshape(image.shape)


RIGHT = {
    "best-guess": [lambda: (2.5 / 7, 0.2, 0.1), lambda: np.array([0.35714, 0.2, 0.1])],
    "unseen": [lambda: turned_negative, lambda: lambda x: 1 - np.rot90(x, 2)],
    "halved": [lambda: halved],
}


WRONG = {
    "best-guess": [
        (lambda: (0.2, 2.5 / 7, 0.1), "under L2"),
        (lambda: (2.5 / 7, 0.3, 0.1), "under L1"),
        (lambda: (2.5 / 7, 0.2, 0.9), "under hit-or-miss"),
        (lambda: (2.5 / 7, 0.2), "three numbers"),
    ],
    "unseen": [
        (lambda: lambda x: x, "too close"),
        (lambda: lambda x: x[::-1, ::-1], "DE-G sees it"),
        (lambda: lambda x: np.zeros_like(x), "DE-G sees it"),
        (lambda: lambda x: turned_negative(x)[1:], "shape"),
    ],
    "halved": [
        (lambda: lambda x, rng: x, "of a block must be equal"),
        (lambda: lambda x, rng: halved(x, one=np.max), "brightness changed"),
        (lambda: lambda x, rng: halved(x)[::-1], "its own four"),
        (lambda: lambda x, rng: x[::2, ::2], "came back as"),
        (lambda: lambda x, rng: halved(np.float64(x)), "float32"),
    ],
}

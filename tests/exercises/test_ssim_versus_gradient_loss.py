"""Right and wrong answers to the exercises of notebook `ssim_versus_gradient_loss`."""

from __future__ import annotations

import numpy as np

from helpers import noise


def soiled(image: np.ndarray, sigma: float = 2 / 255) -> np.ndarray:
    return noise.Gaussian(sigma)(image, rng=0)


def share_kept(clean: np.ndarray, picture: np.ndarray) -> float:
    pairs = [[np.diff(x, axis=k).ravel() for x in (clean, picture)] for k in (0, 1)]
    return sum(g @ r for g, r in pairs) / sum(g @ g for g, _ in pairs)


def best_factor(texture: float, grain: float, left: float) -> float:
    return texture / (texture + left * grain)


RIGHT = {
    "forge": [lambda: soiled, lambda: lambda x: soiled(x, 3 / 255)],
    "kept": [lambda: share_kept],
    "shrink": [lambda: best_factor],
}


WRONG = {
    "forge": [
        (lambda: lambda x: x, "not fooled"),
        (lambda: lambda x: soiled(x, 50 / 255), "not fooled"),
        (lambda: lambda x: x[1:], "shape"),
    ],
    "kept": [
        (lambda: lambda x, y: 1.0, "third of its contrast"),
        (lambda: lambda x, y: np.std(np.diff(y)) / np.std(np.diff(x)), "and noise"),
        (lambda: lambda x, y: np.corrcoef(x.ravel(), y.ravel())[0, 1], ""),
    ],
    "shrink": [
        (lambda: lambda g, n, left: g / (g + n), "for left = 1"),
        (lambda: lambda g, n, left: 1, "the slope in s"),
        (lambda: lambda g, n, left: left * g / (left * g + n), "the slope in s"),
    ],
}

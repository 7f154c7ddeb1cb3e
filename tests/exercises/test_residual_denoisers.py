"""Right and wrong answers to the exercises of notebook `residual_denoisers`."""

from __future__ import annotations

import numpy as np


def radius(layers: list, scale: int) -> int:
    return scale * sum(size // 2 * dilation for size, dilation in layers) + scale - 1


def at_any_sigma(noisy: np.ndarray, sigma: float, denoise, trained: float) -> np.ndarray:
    return denoise(noisy * trained / sigma) * sigma / trained


def ensemble(noisy: np.ndarray, denoise, undo: bool = True, turns: int = 4) -> np.ndarray:
    restored = []
    for picture in (noisy, noisy.T):
        for k in range(turns):
            one = np.rot90(denoise(np.rot90(picture, k)), -k if undo else 0)
            restored.append(one.T if picture is not noisy else one)
    return np.mean(restored, axis=0)


RIGHT = {
    "radius": [lambda: radius, lambda: lambda layers, scale: np.int64(radius(layers, scale))],
    "rescale": [lambda: at_any_sigma],
    "ensemble": [lambda: ensemble],
}


WRONG = {
    "radius": [
        (lambda: lambda layers, scale: 2 * radius(layers, 1), "the width of what it sees"),
        (lambda: lambda layers, scale: 2 * radius(layers, 1) + 1, "with the pixel itself"),
        (lambda: lambda layers, scale: sum(size // 2 for size, _ in layers), "look further"),
        (lambda: lambda layers, scale: radius(layers, 1), "counted in folded pixels"),
        (lambda: lambda layers, scale: scale * radius(layers, 1), "shares its folded pixel"),
        (lambda: lambda layers, scale: len(layers), "7×7"),
        (lambda: lambda layers, scale: float("nan"), "add up the layers"),
    ],
    "rescale": [
        (lambda: lambda y, sigma, denoise, trained: denoise(y), "multiply the picture"),
        (
            lambda: lambda y, sigma, denoise, trained: denoise(y * sigma / trained),
            "noise of 101/255",
        ),
        (lambda: lambda y, sigma, denoise, trained: denoise(y * trained / sigma), "come back"),
        (lambda: lambda y, sigma, denoise, trained: y, "never calls"),
        (
            lambda: lambda y, *rest: (at_any_sigma(y, *rest), y)[1],
            "return what denoise gives",
        ),
    ],
    "ensemble": [
        (lambda: lambda y, denoise: denoise(y), "given 1 different version"),
        (lambda: lambda y, denoise: ensemble(y, denoise, turns=2), "given 4 different versions"),
        (lambda: lambda y, denoise: ensemble(y, denoise, undo=False), ""),
        (lambda: lambda y, denoise: (ensemble(y, denoise), y)[1], "take the mean"),
        (lambda: lambda y, denoise: ensemble(y, denoise)[1:], "shape"),
    ],
}

"""Right and wrong answers to the exercises of notebook `no_clean_pictures`."""

from __future__ import annotations

import numpy as np


def by_second(restored: np.ndarray, second: np.ndarray, sigma: float, times: float = 1) -> float:
    """PSNR from the difference to a noisy picture, less so many times its variance."""
    return -10 * np.log10(np.mean((restored - second) ** 2) - times * sigma**2)


def two_pictures(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The means of both diagonals."""
    blocks = image.reshape(image.shape[0] // 2, 2, image.shape[1] // 2, 2)
    return (blocks[:, 0, :, 0] + blocks[:, 1, :, 1]) / 2, (
        blocks[:, 0, :, 1] + blocks[:, 1, :, 0]
    ) / 2


def honest(training: dict, test: dict) -> float:
    """The test score of what did best in training."""
    return np.mean(test[max(training, key=lambda name: np.mean(training[name]))])


RIGHT = {
    "second-exposure": [lambda: by_second, lambda: lambda r, y, s: np.float32(by_second(r, y, s))],
    "halves": [lambda: two_pictures, lambda: lambda x: list(two_pictures(x))[::-1]],
    "choice": [lambda: honest, lambda: lambda a, b: float(honest(a, b))],
}

WRONG = {
    "second-exposure": [
        (lambda: lambda r, y, s: by_second(r, y, 0), "take off its variance"),
        (lambda: lambda r, y, s: by_second(r, y, s, -1), "makes the error larger"),
        (lambda: lambda r, y, s: -by_second(r, y, s), "minus sign"),
        (lambda: lambda r, y, s: np.mean((r - y) ** 2) - s**2, "in dB"),
        (lambda: lambda r, y, s: -10 * np.log10(abs(np.mean((r - y) ** 2) - s)), "not σ"),
        (lambda: lambda r, y, s: 0.0, "then −10·log10"),
        (lambda: lambda r, y, s: r, "a number"),
    ],
    "halves": [
        (lambda: lambda x: [2 * one for one in two_pictures(x)], "half of their sum"),
        (lambda: lambda x: (x[::2, ::2], x[1::2, 1::2]), "two pixels of four out"),
        (lambda: lambda x: [sum(two_pictures(x)) / 2] * 2, "share noise"),
        (lambda: lambda x: [y.reshape(6, 4)[::2] for y in [x[:, :4], x[:, 4:]]], "one diagonal"),
        (lambda: lambda x: (x[::2].reshape(-1, 4, 2).mean(2), x[1::2, :4]), "one diagonal"),
        (lambda: lambda x: x.reshape(3, 2, 4, 2).mean(3).swapaxes(0, 1), "those are rows"),
        (lambda: lambda x: x.reshape(3, 2, 4, 2).mean(1).transpose(2, 0, 1), "those are columns"),
        (lambda: lambda x: (x, x), "3×4"),
        (lambda: lambda x: 1.0, "two pictures"),
    ],
    "choice": [
        (lambda: lambda a, b: max(map(np.mean, b.values())), "always wins"),
        (lambda: lambda a, b: max(map(np.mean, a.values())), "was chosen by"),
        (lambda: lambda a, b: b["σ = 10"][0], "one number"),
        (lambda: lambda a, b: 0.0, "choose by"),
    ],
}

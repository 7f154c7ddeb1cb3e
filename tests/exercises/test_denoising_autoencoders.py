"""Right and wrong answers to the exercises of notebook `denoising_autoencoders`."""

from __future__ import annotations

import numpy as np


def in_any_range(denoise, picture: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * denoise((picture - low) / (high - low))


def stretched(denoise, picture: np.ndarray, *_) -> np.ndarray:
    return in_any_range(denoise, picture, picture.min(), picture.max())


def is_deaf(denoise, pictures: list[np.ndarray], share: float = 0.1) -> bool:
    returned = [denoise(picture) for picture in pictures]
    return np.std(returned, axis=0).mean() < share * np.std(pictures, axis=0).mean()


RIGHT = {
    "code": [
        lambda: lambda widths: widths[-1] / 4 ** len(widths),
        lambda: lambda widths: np.float32(widths[-1] / 4 ** len(widths)),
    ],
    "range": [lambda: in_any_range],
    "deaf": [lambda: is_deaf, lambda: lambda *given: bool(is_deaf(*given, share=0.2))],
}


WRONG = {
    "code": [
        (lambda: lambda widths: widths[-1] / 2 ** len(widths), "a quarter"),
        (lambda: lambda widths: widths[-1], "count its places"),
        (lambda: lambda widths: sum(widths) / 4 ** len(widths), "only the last level"),
        (lambda: lambda widths: np.prod(widths) / 4 ** len(widths), "do not multiply"),
        (lambda: lambda widths: 4 ** len(widths) / widths[-1], "turn it over"),
        (lambda: lambda widths: float("nan"), "not nan"),
    ],
    "range": [
        (lambda: lambda denoise, y, low, high: denoise(y), "black must become 0"),
        (lambda: stretched, "own extremes"),
        (lambda: lambda denoise, y, *ends: in_any_range(denoise, y.clip(*ends), *ends), "cut off"),
        (lambda: lambda denoise, y, low, high: denoise((y - low) / (high - low)), "caller's"),
        (lambda: lambda denoise, y, low, high: y, "never calls"),
        (lambda: lambda denoise, y, *ends: in_any_range(denoise, y[1:], *ends), "the shape"),
    ],
    "deaf": [
        (lambda: lambda denoise, pictures: False, "differ from each other"),
        (lambda: lambda denoise, pictures: True, "chests are alike"),
        (lambda: lambda denoise, pictures: is_deaf(denoise, pictures, 0.9), "chests are alike"),
        (lambda: lambda denoise, pictures: is_deaf(denoise, pictures, 0.001), "a trace"),
        (lambda: lambda denoise, pictures: float(is_deaf(denoise, pictures)), "True or False"),
        (
            lambda: lambda denoise, pictures: np.array_equal(*map(denoise, pictures[:2])),
            "a trace of the input",
        ),
    ],
}

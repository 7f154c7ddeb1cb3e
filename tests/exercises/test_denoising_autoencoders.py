"""Right and wrong answers to the exercises of notebook `denoising_autoencoders`."""

from __future__ import annotations

import numpy as np


def weighted(y: float, values: list[float], likely: np.ndarray) -> float:
    return np.sum(likely * np.array(values)) / np.sum(likely)


def distances(y: float, values: list[float], sigma: float) -> np.ndarray:
    return (y - np.array(values)) ** 2 / (2 * sigma**2)


def mean_under_noise(y: float, values: list[float], weights: list[float], sigma: float) -> float:
    away = distances(y, values, sigma)
    return weighted(y, values, np.array(weights) * np.exp(away.min() - away))


def naive(y: float, values: list[float], weights: list[float], sigma: float) -> float:
    """Right near the values; 0/0 far from them."""
    with np.errstate(invalid="ignore"):
        return weighted(y, values, np.array(weights) * np.exp(-distances(y, values, sigma)))


def likeliest(y: float, values: list[float], weights: list[float], sigma: float) -> float:
    return values[np.argmax(np.log(weights) - distances(y, values, sigma))]


def spread(denoise, pictures: list[np.ndarray]) -> float:
    return np.std([denoise(picture) for picture in pictures], axis=0).mean()


def is_deaf(denoise, pictures: list[np.ndarray], share: float = 0.1) -> bool:
    return spread(denoise, pictures) < share * np.std(pictures, axis=0).mean()


RIGHT = {
    "code": [
        lambda: lambda widths: widths[-1] / 4 ** len(widths),
        lambda: lambda widths: np.float32(widths[-1] / 4 ** len(widths)),
    ],
    "mean": [lambda: mean_under_noise],
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
    "mean": [
        (lambda: naive, "least of the distances"),
        (lambda: likeliest, "likeliest value"),
        (lambda: lambda y, values, weights, sigma: np.dot(values, weights), "before anything"),
        (lambda: lambda y, values, weights, sigma: y, "y itself"),
        (
            lambda: lambda y, v, w, sigma: weighted(y, v, np.exp(-distances(y, v, sigma))),
            "use their shares",
        ),
        (
            lambda: lambda y, v, w, sigma: np.dot(np.exp(-distances(y, v, sigma)) * w, v),
            "sum of the weights",
        ),
        (
            lambda: lambda y, v, w, sigma: mean_under_noise(y, v, w, sigma / np.sqrt(2)),
            "has a 2 below",
        ),
        (
            lambda: lambda y, v, w, s: weighted(y, v, w * np.exp(-np.abs(y - np.array(v)) / s)),
            "distance is squared",
        ),
        (lambda: lambda y, values, weights, sigma: float("nan"), "weigh each value"),
    ],
    "deaf": [
        (lambda: lambda denoise, pictures: False, "differ from each other"),
        (lambda: lambda denoise, pictures: True, "chests are alike"),
        (lambda: lambda denoise, pictures: is_deaf(denoise, pictures, 0.9), "chests are alike"),
        (lambda: lambda denoise, pictures: is_deaf(denoise, pictures, 0.001), "a trace"),
        (lambda: lambda denoise, pictures: spread(denoise, pictures) < 4e-3, "a fiftieth"),
        (lambda: lambda denoise, pictures: float(is_deaf(denoise, pictures)), "True or False"),
        (
            lambda: lambda denoise, pictures: np.array_equal(*map(denoise, pictures[:2])),
            "a trace of the input",
        ),
    ],
}

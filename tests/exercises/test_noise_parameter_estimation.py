"""Right and wrong answers to the exercises of notebook `noise_parameter_estimation`."""

from __future__ import annotations

import numpy as np

from helpers import gradients


def canberra_of_filled_bins(p: np.ndarray, q: np.ndarray) -> float:
    filled = p + q > 0
    return float(np.sum(np.abs(p - q)[filled] / (p + q)[filled]))


def canberra_of_pictures(reference: np.ndarray, image: np.ndarray) -> float:
    pairs = zip(gradients.probabilities(reference), gradients.probabilities(image))
    return float(np.hypot(*(canberra_of_filled_bins(p, q) for p, q in pairs)))


def canberra_of_counts(reference: np.ndarray, image: np.ndarray) -> float:
    """Right for pictures of one size only."""
    pairs = zip(gradients.histograms(reference), gradients.histograms(image))
    return float(np.hypot(*(canberra_of_filled_bins(p, q) for p, q in pairs)))


def published_canberra(reference: np.ndarray, image: np.ndarray) -> float:
    levels = (np.rint(255 * x) for x in (reference, image))
    return gradients.deg(*levels, distance="canberra", faithful=True)


def extreme(image: np.ndarray) -> float:
    return float(np.mean((image == 0) | (image == 1)))


def amount_of_impulses(noisy: np.ndarray, references: list[np.ndarray]) -> float:
    clean = np.mean([extreme(x) for x in references])
    return float((extreme(noisy) - clean) / (1 - clean))


def amount_by_black(noisy: np.ndarray, references: list[np.ndarray]) -> float:
    """Right where no clean pixel is white."""
    clean = np.mean([np.mean(x == 0) for x in references])
    return float((extreme(noisy) - clean) / (1 - clean))


RIGHT = {
    "canberra-score": [
        lambda: canberra_of_pictures,
        lambda: lambda x, y: gradients.deg(x, y, distance="canberra"),
    ],
    "unaligned": [lambda: amount_of_impulses],
    "coverage": [lambda: 15, lambda: np.int64(15)],
}


WRONG = {
    "canberra-score": [
        (lambda: published_canberra, "instead of 0"),
        (lambda: lambda x, y: gradients.deg(x, y), "instead of"),
        (lambda: canberra_of_counts, "two sizes"),
        (lambda: lambda x, y: canberra_of_pictures(x, y) * (1 + x.std() - y.std()), "swapped"),
        (lambda: lambda x, y: float("nan"), "instead of 0"),
        (lambda: 3, ""),
    ],
    "unaligned": [
        (lambda: lambda noisy, references: extreme(noisy), "share of black and white"),
        (lambda: amount_by_black, "black and white"),
        (lambda: lambda noisy, references: np.mean(noisy != references[0]), "your estimate"),
        (lambda: lambda noisy, references: 100 * amount_of_impulses(noisy, references), "estima"),
        (lambda: lambda noisy, references: float("nan"), "your estimate"),
        (lambda: lambda noisy, references: 0.05, "for a = 0.3"),
    ],
    "coverage": [
        (lambda: 16, "13%"),
        (lambda: 14, "not the largest"),
        (lambda: 18, "in 61%"),
        (lambda: 15.5, "whole number"),
        (lambda: 21, "0 to 20"),
        (lambda: 0.05, "whole number"),
        (lambda: float("nan"), ""),
        (lambda: float("inf"), ""),
    ],
}

"""Right and wrong answers to the exercises of notebook `gradient_statistics`."""

from __future__ import annotations

import numpy as np

from helpers import gradients


def sigma_from_variance(clean: np.ndarray, noisy: np.ndarray) -> float:
    added = np.diff(noisy, axis=1).var() - np.diff(clean, axis=1).var()
    return float(np.sqrt(added / 2))


def canberra_of_filled_bins(p: np.ndarray, q: np.ndarray) -> float:
    filled = p + q > 0
    return float(np.sum(np.abs(p - q)[filled] / (p + q)[filled]))


def naive_canberra(p: np.ndarray, q: np.ndarray) -> float:
    with np.errstate(invalid="ignore"):
        return float(np.sum(np.abs(p - q) / (p + q)))


RIGHT = {
    "canberra": [lambda: canberra_of_filled_bins, lambda: gradients.canberra],
    "sigma": [lambda: sigma_from_variance],
}


WRONG = {
    "canberra": [
        (lambda: naive_canberra, "0/0"),
        (lambda: gradients.l1, "instead of"),
        (lambda: lambda p, q: 2 * gradients.canberra(p, q), "instead of"),
        (lambda: lambda p, q: gradients.canberra(p, q) + 1, "equal histograms"),
        (lambda: lambda p, q: float("nan"), "finite"),
        (lambda: lambda p, q: 1j, "number"),
        (lambda: 3, ""),
    ],
    "sigma": [
        (lambda: lambda clean, noisy: (noisy - clean).std(), "not pixels"),
        (lambda: lambda clean, noisy: np.sqrt(noisy.var() - clean.var()), "not pixels"),
        (lambda: lambda clean, noisy: 25 / 255, "your estimate"),
        (lambda: lambda clean, noisy: 255 * sigma_from_variance(clean, noisy), "your estimate"),
        (lambda: lambda clean, noisy: 2**0.5 * sigma_from_variance(clean, noisy), "estimate"),
        (lambda: lambda clean, noisy: np.diff(noisy).std() / 2**0.5, "your estimate"),
        (lambda: lambda clean, noisy: float("nan"), ""),
        (lambda: lambda clean, noisy: float("inf"), "your estimate"),
        (lambda: lambda clean: 0.1, "TypeError"),
    ],
}

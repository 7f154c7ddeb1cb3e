"""Right and wrong answers to the exercises of notebook `classical_filters`."""

from __future__ import annotations

import warnings

import numpy as np

from helpers import filters


def noise_left(weights: np.ndarray) -> float:
    return np.sqrt(np.sum(weights**2)) / np.sum(weights)


def repair(noisy: np.ndarray, size: int = 5, known: bool = True) -> np.ndarray:
    """Impulses become the median of a window, of its intact pixels only if `known`."""
    impulse = (noisy == 0) | (noisy == 1)
    voters = np.where(impulse & known, np.nan, noisy)
    padded = np.pad(voters, size // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    with warnings.catch_warnings(action="ignore"):  # windows without a single voter
        return np.where(impulse, np.nanmedian(windows, axis=(2, 3)), noisy)


def root_of_photons(scale: bool = True, start: float = 3 / 8, stop: float = 1 / 8):
    """A denoiser of photon noise by Anscombe's root."""

    def restore(noisy: np.ndarray, peak: float, denoise) -> np.ndarray:
        top = 2 * np.sqrt(peak + start) if scale else 1
        z = 2 * np.sqrt(np.maximum(peak * noisy + start, 0))
        return ((top * denoise(z / top, 1 / top) / 2) ** 2 - stop) / peak

    return restore


RIGHT = {
    "noise-left": [lambda: noise_left],
    "impulses": [lambda: repair, lambda: lambda y: repair(y).astype(np.float32)],
    "photons": [root_of_photons, lambda: root_of_photons(stop=3 / 8)],
}


WRONG = {
    "noise-left": [
        (lambda: lambda w: np.sqrt(np.sum(w**2)), "divide by the sum"),
        (lambda: lambda w: noise_left(w) ** 2, "is its root"),
        (lambda: lambda w: np.sum(w), "variances that add up"),
        (lambda: lambda w: 1 / np.sqrt(w.size), "49 random weights"),
        (lambda: lambda w: float("nan"), "variances that add up"),
    ],
    "impulses": [
        (lambda: filters.adaptive_median, "of the intact pixels"),
        (lambda: filters.median, "of the intact pixels"),
        (lambda: lambda y: np.where((y == 0) | (y == 1), filters.median(y, size=3), y), "30%"),
        (lambda: lambda y: repair(y, known=False), "intact neighbours only"),
        (lambda: lambda y: repair(y, size=1), "hold nothing but impulses"),
        (lambda: lambda y: y, "adaptive median has"),
        (lambda: lambda y: y[1:], "shape"),
        (lambda: lambda y: repair(y) + np.nan, "of the intact pixels"),
    ],
    "photons": [
        (lambda: lambda y, peak, denoise: denoise(y, np.sqrt(0.5 / peak)), "where it is bright"),
        (lambda: root_of_photons(scale=False), "about 0 to 1"),
        (lambda: root_of_photons(stop=9), "should come back"),
        (lambda: lambda y, peak, denoise: y, "never calls"),
        (lambda: lambda y, peak, denoise: denoise(2 * np.sqrt(y), 1 / peak), "of that where"),
        (lambda: lambda y, peak, denoise: (root_of_photons()(y, peak, denoise), y)[1], "NLM"),
        (lambda: lambda y, peak, denoise: denoise(y, 0), "told σ = 0"),
    ],
}

"""Right and wrong answers to the exercises of notebook `measuring_quality`."""

from __future__ import annotations

import numpy as np

from helpers import metrics


def psnr_of_bytes(reference: np.ndarray, image: np.ndarray, kind: type = float) -> float:
    """PSNR of bytes, computed in numbers of this kind."""
    error = np.mean((reference.astype(kind) - image.astype(kind)) ** 2)
    return 10 * np.log10(255**2 / error) if error else np.inf


def verdict_of(low: float, high: float) -> str:
    return "first" if low > 0 else "second" if high < 0 else "undecided"


def referee(first: np.ndarray, second: np.ndarray, rng: int) -> str:
    return verdict_of(*metrics.paired_interval(first, second, rng))


def unpaired_referee(first: np.ndarray, second: np.ndarray, rng: int) -> str:
    reach = 2 * np.sqrt((np.var(first) + np.var(second)) / len(first))
    return verdict_of(*(np.mean(first) - np.mean(second) + reach * np.array([-1, 1])))


def majority(first: np.ndarray, second: np.ndarray, rng: int) -> str:
    """Counts wins, and asks for two thirds of them."""
    share = np.mean(np.asarray(first) > second)
    return "first" if share > 2 / 3 else "second" if share < 1 / 3 else "undecided"


def strength_without_reference(denoise, noisy: np.ndarray, sigma: float, factors, rng: int):
    def by_sure(factor: float) -> float:
        return metrics.sure(lambda y, s: denoise(y, factor * s), noisy, sigma, rng)

    return min(factors, key=by_sure)


def told_the_multiple(denoise, noisy: np.ndarray, sigma: float, factors, rng: int):
    return min(factors, key=lambda factor: metrics.sure(denoise, noisy, factor * sigma, rng))


def least_changed(denoise, noisy: np.ndarray, sigma: float, factors, rng: int):
    return min(factors, key=lambda factor: np.std(denoise(noisy, factor * sigma) - noisy))


RIGHT = {
    "bytes": [lambda: psnr_of_bytes, lambda: metrics.psnr],
    "strength": [lambda: strength_without_reference],
    "referee": [lambda: referee],
}


WRONG = {
    "bytes": [
        (lambda: lambda a, b: psnr_of_bytes(a, b, np.uint8), "a byte cannot hold"),
        (lambda: lambda a, b: psnr_of_bytes(a, b) - 20 * np.log10(255), "the peak of bytes"),
        (lambda: lambda a, b: 20 * np.log10(255 / np.abs(a - b.astype(int)).mean()), "averaged"),
        (lambda: lambda a, b: 30.0, "10·log₁₀"),
        (lambda: lambda a, b: min(psnr_of_bytes(a, b), 100), "infinitely many"),
        (lambda: lambda a, b: float("nan"), "10·log₁₀"),
    ],
    "strength": [
        (lambda: told_the_multiple, "SURE is told the σ of the noise"),
        (lambda: least_changed, "nearest to the noisy picture"),
        (lambda: lambda denoise, noisy, sigma, factors, rng: 1.0, "one of the factors"),
        (lambda: lambda denoise, noisy, sigma, factors, rng: factors[0], "changes least"),
        (lambda: lambda denoise, noisy, sigma, factors, rng: factors[1], "SURE is the least"),
        (lambda: lambda denoise, noisy, sigma, factors, rng: float("nan"), "one of the factors"),
    ],
    "referee": [
        (lambda: lambda a, b, rng: "first" if np.mean(a) > np.mean(b) else "second", "chance"),
        (lambda: unpaired_referee, "picture by picture"),
        (lambda: lambda a, b, rng: referee(b, a, rng), "that is 'first'"),
        (lambda: majority, "two large losses"),
        (lambda: lambda a, b, rng: "undecided", "picture by picture"),
        (lambda: lambda a, b, rng: metrics.paired_interval(a, b, rng), "one of the words"),
    ],
}

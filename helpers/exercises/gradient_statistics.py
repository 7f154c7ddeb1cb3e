"""Checks of notebook `gradient_statistics`: a distance with empty bins, and σ from gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import gradients, images, noise
from helpers.exercises.checking import exercise, number


@exercise("canberra")
def _canberra(answer: Callable) -> str | None:
    """The Canberra distance with bins that are empty in both left out."""
    rng = np.random.default_rng(0)
    p, q = (np.where(rng.random(511) < 0.5, 0, rng.random(511)) for _ in range(2))
    p, q = p / p.sum(), q / q.sum()
    value = number(answer(p, q))
    if not np.isfinite(value):
        return "the result is not finite; bins that are empty in both give 0/0, leave them out"
    if abs(answer(p, p)) > 1e-12:
        return f"two equal histograms are {answer(p, p):.4g} apart instead of 0"
    right = gradients.canberra(p, q)
    both = (p > 0) & (q > 0)
    if abs(value - (np.abs(p - q)[both] / (p + q)[both]).sum()) < 1e-6:
        return "you left out bins that are empty in only one of the two; these count 1 each"
    return None if abs(value - right) < 1e-6 else f"{value:.4f} instead of {right:.4f}"


@exercise("sigma")
def _sigma(answer: Callable) -> str | None:
    """The standard deviation of noise from the variances of gradients: (Var dn − Var dc)/2.

    The clean picture is turned around and the noisy one has a ramp of brightness: neither
    changes the variance of gradients, but both mislead whatever compares pixels.
    """
    clean = images.load("brick", gray=True, size=256)
    ramp = np.linspace(0, 0.5, 256, dtype=np.float32)  # (256,) along each row
    for sigma in (10 / 255, 30 / 255):
        noisy = noise.Gaussian(sigma)(0.5 * (clean + ramp), rng=1)
        ratio = number(answer(0.5 * clean[::-1, ::-1], noisy)) / sigma
        if abs(ratio - 1) <= 0.05:  # the right answer is off by 0.7 % at most, in 20 draws
            continue
        slip = f"your estimate is {ratio:.2f} times the truth; compare gradients, not pixels"
        if not np.isfinite(ratio):
            slip = "your estimate is not a number; subtract the clean variance from the noisy one"
        elif abs(ratio - np.sqrt(2)) < 0.1:
            slip = "your estimate is too large by √2: a gradient holds two draws of noise"
        elif ratio > 100:
            slip = "your estimate is in gray levels; divide by 255"
        return f"for σ = {255 * sigma:.0f}/255 {slip}"
    return None

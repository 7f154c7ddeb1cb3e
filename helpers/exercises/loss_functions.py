"""Checks of notebook `loss_functions`: what a loss makes of doubt, and what it is blind to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from helpers import gradients, images, metrics
from helpers.exercises.checking import exercise, given, number

BEHIND = np.array([0.1, 0.1, 0.1, 0.2, 0.3, 0.8, 0.9])  # levels that may lie behind one pixel


@exercise("best-guess")
def _best_guess(answer: Sequence[float]) -> str | None:
    """The best single answers under L2, L1 and hit-or-miss: mean, median, mode."""
    if np.shape(answer) != (3,):
        return "three numbers are asked for: under L2, under L1, under hit-or-miss"
    right = {"L2": BEHIND.mean(), "L1": np.median(BEHIND), "hit-or-miss": 0.1}
    for (loss, best), guess in zip(right.items(), map(number, answer)):
        if not abs(guess - best) < 1e-3:
            return f"under {loss} there is a better answer than {guess:g}; try a few and add up"
    return None


@exercise("unseen")
def _unseen(answer: Callable) -> str | None:
    """A picture far from the clean one with the same histograms of gradients."""
    for name in ("camera", "coffee"):
        clean = images.load(name, gray=True, size=96)
        other = images.as_image(given(answer(clean.copy())))
        if other.shape != clean.shape:
            return f"the shape changed from {clean.shape} to {other.shape}"
        psnr, deg = metrics.psnr(clean, other), gradients.deg(clean, other)
        if not psnr < 15:
            return f"{name}: at {psnr:.1f} dB it is still too close to the clean picture"
        if not deg < 0.01:
            return f"{name}: DE-G sees it, {deg:.2f} gray levels"
    return None


@exercise("halved")
def _halved(answer: Callable) -> str | None:
    """Means of 2×2 pixels, each repeated 2×2."""
    for shape in ((8, 8), (6, 10), (4, 6, 3)):
        image = np.random.default_rng(0).random(shape, np.float32)
        coarse = np.asarray(given(answer(image.copy(), np.random.default_rng(0))))
        if coarse.shape != shape:
            return f"a picture of shape {shape} came back as {coarse.shape}"
        blocks, right = (
            x.reshape(shape[0] // 2, 2, shape[1] // 2, 2, -1) for x in (coarse, image)
        )
        if not np.allclose(blocks, blocks[:, :1, :, :1]):
            return "the four pixels of a block must be equal"
        if not np.allclose(blocks.mean(), image.mean(), atol=1e-4):
            return "brightness changed: take the mean of the four, not one of them or their sum"
        if not np.allclose(blocks[:, 0, :, 0], right.mean(axis=(1, 3)), atol=1e-5):
            return "a block must hold the mean of its own four pixels"
        if coarse.dtype != np.float32:
            return f"networks want float32, not {coarse.dtype}"
    return None

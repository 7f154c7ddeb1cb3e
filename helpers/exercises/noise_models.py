"""Checks of notebook `noise_models`: two kinds of noise made equal, and a model of your own."""

from __future__ import annotations

import numpy as np

from helpers import noise
from helpers.exercises.checking import exercise, given, number


@exercise("equal-noise")
def _equal_noise(answer: object) -> str | None:
    """Photons at white whose noise on middle gray equals σ = 25/255: x/peak = σ²."""
    peak = number(answer)
    right = 0.5 / (25 / 255) ** 2
    if abs(peak - right) < 0.02 * right:  # 52 is 52.02 rounded
        return None
    amount, strength = ("few", "stronger") if peak < right else ("many", "weaker")
    return f"{peak:g} photons are too {amount}, the noise would be {strength} than σ = 25/255"


@exercise("row-noise")
def _row_noise(answer: object) -> str | None:
    """A model that adds one N(0, σ²) offset to each row, as some sensors do."""
    if not (isinstance(answer, type) and issubclass(answer, noise.NoiseModel)):
        return "a class that inherits from noise.NoiseModel is asked for"
    for sigma, level in ((0.1, 0.95), (0.1, 0.05), (0.05, 0.5)):
        model, gray = answer(sigma=sigma), np.full((4000, 8), level, dtype=np.float32)
        added = given(model.apply(gray, np.random.default_rng(0))) - gray
        if not (gray == np.float32(level)).all():
            return "your apply changes the image it is given; return a new one"
        if added.shape != gray.shape:
            return f"the result has shape {added.shape} instead of {gray.shape}"
        if added.std(axis=1).max() > 1e-6:
            return "pixels of one row have different noise; draw one number for each row"
        off = f"instead of {{}}, at a gray of {level} and σ = {sigma}"
        if abs(added.mean()) > sigma / 10:  # of 4000 rows: six standard errors
            return f"the offsets have mean {added.mean():+.3f} {off.format(0)}; is it clipped?"
        if not 0.9 < added.std() / sigma < 1.1:  # nine standard errors
            return f"the offsets have standard deviation {added.std():.3f} {off.format(sigma)}"
    if np.array_equal(added, model.apply(gray, np.random.default_rng(1)) - gray):
        return "another seed gives the same offsets; draw them from rng"
    if not np.array_equal(added, given(model.apply(gray, np.random.default_rng(0))) - gray):
        return "the same seed gives other offsets; draw them from rng, not from np.random"
    colour = model.apply(np.full((64, 5, 3), 0.5, dtype=np.float32), np.random.default_rng(2))
    if colour.shape != (64, 5, 3) or np.ptp(colour, axis=(1, 2)).max() > 1e-6:
        return "gray is right; in colour, (H, W, 3), a row still gets one offset"
    return None

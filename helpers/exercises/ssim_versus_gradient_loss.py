"""Checks of notebook `ssim_versus_gradient_loss`: how to fool DE-G, and what texture costs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import filters, gradients, images, metrics, noise
from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("forge")
def _forge(answer: Callable) -> str | None:
    """A worse picture that DE-G likes better, made without looking at the clean one."""
    sigma = 25 / 255
    for seed, name in enumerate(("chelsea", "grass")):
        clean = images.load(name, gray=True, size=128)
        unseen = np.random.default_rng((seed, 15))  # so that noise of an answer is fresh noise
        noisy = noise.Gaussian(sigma)(clean, unseen)
        restored = np.clip(filters.nlm(noisy, sigma), 0, 1).astype(np.float32)
        forged = images.as_image(given(answer(restored.copy())), clipped=False)
        if forged.shape != restored.shape:
            return f"the shape changed from {restored.shape} to {forged.shape}"
        degs = [gradients.deg(clean, metrics.eight_bits(x)) for x in (restored, forged)]
        errors = [metrics.mse(clean, x) for x in (restored, forged)]
        if not degs[1] < degs[0]:
            return f"{name}: DE-G was {degs[0]:.1f} and is {degs[1]:.1f}; it is not fooled"
        if not errors[1] > errors[0]:
            return f"{name}: your picture is better than the restored one, also by PSNR"
    return None


@exercise("kept")
def _kept(answer: Callable) -> str | None:
    """Share of the reference's gradients that is there: ∑ g·r / ∑ g·g."""
    clean = images.load("brick", gray=True, size=96)
    pictures = {
        "the clean picture itself": clean,
        "a third of its contrast": clean / 3,
        "a flat picture": np.full_like(clean, 0.5),
        "the clean picture and noise": noise.Gaussian(0.1)(clean, rng=0),
        "a blur": noise.GaussianBlur(2)(clean, rng=0),
    }
    for name, picture in pictures.items():
        share = number(answer(clean.copy(), picture.copy()))
        pairs = [(np.diff(clean, axis=k), np.diff(picture, axis=k)) for k in (0, 1)]
        right = float(sum((g * r).sum() for g, r in pairs) / sum((g * g).sum() for g, _ in pairs))
        if not abs(share - right) < 2e-3:
            return f"{name}: {right:.2f} is right, not {share:.2f}"
    return None


@exercise("shrink")
def _shrink(answer: Callable) -> str | None:
    """The factor s that makes (1 − s)²·G + left·s²·N least: G/(G + left·N)."""
    for texture, grain, left in ((1, 1, 1), (4, 1, 1), (1, 3, 0.25), (2, 5, 1 / 16), (0, 1, 1)):
        factor = number(answer(texture, grain, left))
        right = texture / (texture + left * grain)
        slips = {"that is the answer for left = 1": texture / (texture + grain)}
        if slip := name_slip(factor, right, slips, "where is the slope in s zero?", atol=1e-3):
            case = f"G = {texture}, N = {grain}, left = {left:g}"
            return f"{case}: {factor:.3g} is not the least; {slip}"
    return None

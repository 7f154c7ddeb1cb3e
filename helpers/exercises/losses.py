"""Checks of notebooks 12 and 13: what a loss makes of doubt, is blind to, and pays for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from helpers import gradients, images, metrics, noise
from helpers.exercises.checking import exercise, given, number
from helpers.filters import FILTERS

# ---- notebook 12 -----------------------------------------------------------------------------

BEHIND = np.array([0.1, 0.1, 0.1, 0.2, 0.3, 0.8, 0.9])


@exercise("12-doubt")
def _doubt(answer: Sequence[float]) -> str | None:
    """The best single answers under L2, L1 and hit-or-miss: mean, median, mode."""
    if np.shape(answer) != (3,):
        return "three numbers are asked for: under L2, under L1, under hit-or-miss"
    right = {"L2": BEHIND.mean(), "L1": np.median(BEHIND), "hit-or-miss": 0.1}
    for (loss, best), said in zip(right.items(), map(number, answer)):
        if not abs(said - best) < 1e-3:
            return f"under {loss} there is a better answer than {said:g}; try a few and add up"
    return None


@exercise("12-unseen")
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


@exercise("12-halved")
def _halved(answer: Callable) -> str | None:
    """Means of 2×2 pixels, each repeated 2×2."""
    for shape in ((8, 8), (6, 10), (4, 6, 3)):
        image = np.random.default_rng(0).random(shape, np.float32)
        coarse = np.asarray(given(answer(image.copy(), np.random.default_rng(0))))
        if coarse.shape != shape:
            return f"a picture of shape {shape} came back as {coarse.shape}"
        blocks = coarse.reshape(shape[0] // 2, 2, shape[1] // 2, 2, -1)
        if not np.allclose(blocks, blocks[:, :1, :, :1]):
            return "the four pixels of a block must be equal"
        if not np.allclose(blocks.mean(), image.mean(), atol=1e-4):
            return "brightness changed: take the mean of the four, not one of them or their sum"
        if not np.allclose(blocks[:, 0, :, 0], _block_means(image), atol=1e-5):
            return "a block must hold the mean of its own four pixels"
        if coarse.dtype != np.float32:
            return f"networks want float32, not {coarse.dtype}"
    return None


def _block_means(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    return image.reshape(height // 2, 2, width // 2, 2, -1).mean(axis=(1, 3))


# ---- notebook 13 -----------------------------------------------------------------------------


@exercise("13-forge")
def _forge(answer: Callable) -> str | None:
    """A worse picture that DE-G likes better, made without looking at the clean one."""
    sigma = 25 / 255
    for number_of, name in enumerate(("chelsea", "grass")):
        clean = images.load(name, gray=True, size=128)
        noisy = noise.Gaussian(sigma)(clean, rng=number_of)
        restored = np.clip(FILTERS["nlm"](noisy, sigma), 0, 1).astype(np.float32)
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


@exercise("13-kept")
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
        said = number(given(answer(clean.copy(), picture.copy())))
        if not abs(said - _share(clean, picture)) < 2e-3:
            return f"{name}: {_share(clean, picture):.2f} is right, not {said:.2f}"
    return None


def _share(clean: np.ndarray, picture: np.ndarray) -> float:
    pairs = [(np.diff(clean, axis=k), np.diff(picture, axis=k)) for k in (0, 1)]
    return float(sum((g * r).sum() for g, r in pairs) / sum((g * g).sum() for g, _ in pairs))


@exercise("13-shrink")
def _shrink(answer: Callable) -> str | None:
    """The factor s that makes (1 − s)²·G + left·s²·N least: G/(G + left·N)."""
    for texture, grain, left in ((1, 1, 1), (4, 1, 1), (1, 3, 0.25), (2, 5, 1 / 16), (0, 1, 1)):
        said = number(given(answer(texture, grain, left)))
        if abs(said - texture / (texture + left * grain)) < 1e-3:
            continue
        case = f"G = {texture}, N = {grain}, left = {left:g}: {said:.3g} is not the least"
        if abs(said - texture / (texture + grain)) < 1e-3:
            return f"{case}; that is the answer for left = 1"
        return f"{case}; where is the slope in s zero?"
    return None

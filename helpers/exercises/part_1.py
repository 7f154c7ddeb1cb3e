"""Checks of notebooks 00 to 02: what noise is, and what it does to gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import gradients, images, metrics, noise
from helpers.exercises.checking import exercise, given, number

# ---- 00: start here ------------------------------------------------------------------------


@exercise("00-turning-point")
def _turning_point(answer: object) -> str | None:
    """Gray levels of noise at which a blur of 1 pixel neither helps nor harms `camera`."""
    sigma = number(answer)
    if 0 < sigma < 0.4:
        return f"in gray levels, please: {255 * sigma:g} instead of {255 * sigma:g}/255"
    if sigma == 0:
        return "without noise there is nothing to gain"
    if not 0 < sigma <= 100:
        return f"{sigma:g} is not on the slider; σ runs from 0 to 100 gray levels"
    gain = blur_gain(images.load("camera", gray=True, size=256), sigma / 255)
    if abs(gain) <= 0.5:
        return None
    side = "gains" if gain > 0 else "loses"
    return f"at σ = {sigma:g}/255 the blur still {side} {abs(gain):.1f} dB"


def blur_gain(clean: np.ndarray, sigma: float, blur: float = 1.0, rng: images.Seed = 0) -> float:
    """How many dB of PSNR a Gaussian blur (in pixels) gains over the noisy image it is given."""
    noisy = noise.Gaussian(sigma)(clean, rng)
    blurred = noise.GaussianBlur(blur)(noisy, rng)
    before, after = (metrics.score(clean, image, ["psnr"])["psnr"] for image in (noisy, blurred))
    return after - before


# ---- 01: noise models ----------------------------------------------------------------------


@exercise("01-equal-noise")
def _equal_noise(answer: object) -> str | None:
    """Photons at white whose noise on middle gray equals σ = 25/255: x/peak = σ²."""
    peak = number(answer)
    right = 0.5 / (25 / 255) ** 2
    if abs(peak - right) < 0.02 * right:
        return None
    amount, strength = ("few", "stronger") if peak < right else ("many", "weaker")
    return f"{peak:g} photons are too {amount}, the noise would be {strength} than σ = 25/255"


@exercise("01-row-noise")
def _row_noise(answer: object) -> str | None:
    """A model that adds one N(0, σ²) offset to each row, as some sensors do."""
    if not (isinstance(answer, type) and issubclass(answer, noise.NoiseModel)):
        return "a class that inherits from noise.NoiseModel is asked for"
    model = answer(sigma=0.1)
    gray = np.full((4000, 8), 0.95, dtype=np.float32)
    added = given(model.apply(gray, np.random.default_rng(0))) - gray
    if not (gray == np.float32(0.95)).all():
        return "your apply changes the image it is given; return a new one"
    if added.shape != gray.shape:
        return f"the result has shape {added.shape} instead of {gray.shape}"
    if added.std(axis=1).max() > 1e-6:
        return "pixels of one row have different noise; draw one number for each row"
    if not 0.09 < added.std() < 0.11:
        return f"the offsets have standard deviation {added.std():.3f} instead of σ = 0.1"
    if abs(added.mean()) > 0.01:
        return f"the offsets have mean {added.mean():+.3f} instead of 0; is something clipped?"
    if np.array_equal(added, model.apply(gray, np.random.default_rng(1)) - gray):
        return "another seed gives the same offsets; draw them from rng"
    colour = model.apply(np.full((64, 5, 3), 0.5, dtype=np.float32), np.random.default_rng(2))
    if colour.shape != (64, 5, 3) or np.ptp(colour, axis=(1, 2)).max() > 1e-6:
        return "gray is right; in colour, (H, W, 3), a row still gets one offset"
    return None


# ---- 02: gradient statistics ---------------------------------------------------------------


@exercise("02-canberra")
def _canberra(answer: Callable) -> str | None:
    """The Canberra distance with bins that are empty in both left out."""
    rng = np.random.default_rng(0)
    p, q = (np.where(rng.random(511) < 0.5, 0, rng.random(511)) for _ in range(2))
    p, q = p / p.sum(), q / q.sum()
    value = number(given(answer(p, q)))
    if not np.isfinite(value):
        return "the result is not finite; bins that are empty in both give 0/0, leave them out"
    if abs(answer(p, p)) > 1e-12:
        return f"two equal histograms are {answer(p, p):.4g} apart instead of 0"
    right = gradients.canberra(p, q)
    both = (p > 0) & (q > 0)
    if abs(value - (np.abs(p - q)[both] / (p + q)[both]).sum()) < 1e-6:
        return "you left out bins that are empty in only one of the two; these count 1 each"
    return None if abs(value - right) < 1e-6 else f"{value:.4f} instead of {right:.4f}"


@exercise("02-sigma")
def _sigma_from_gradients(answer: Callable) -> str | None:
    """The standard deviation of noise from the variances of gradients: (Var dn − Var dc)/2.

    The clean picture is turned around and the noisy one has a ramp of brightness: neither
    changes the variance of gradients, but both mislead whatever compares pixels.
    """
    clean = images.load("brick", gray=True, size=256)
    ramp = np.linspace(0, 0.5, 256, dtype=np.float32)  # (256,) along each row
    for sigma in (10 / 255, 30 / 255):
        noisy = noise.Gaussian(sigma)(0.5 * (clean + ramp), rng=1)
        estimate = number(given(answer(0.5 * clean[::-1, ::-1], noisy)))
        if abs(estimate - sigma) <= 0.05 * sigma:
            continue
        return f"for σ = {255 * sigma:.0f}/255 {_what_went_wrong(estimate / sigma)}"
    return None


def _what_went_wrong(ratio: float) -> str:
    """Name the usual slips by the factor between estimate and truth."""
    if not np.isfinite(ratio):
        return "your estimate is not a number; subtract the clean variance from the noisy one"
    if abs(ratio - np.sqrt(2)) < 0.1:
        return "your estimate is too large by √2: a gradient holds two draws of noise"
    if ratio > 100:
        return "your estimate is in gray levels; divide by 255"
    return f"your estimate is {ratio:.2f} times the truth; compare gradients, not pixels"

"""Checks of notebook `start_here`: when a filter helps, and when it harms."""

from __future__ import annotations

import numpy as np

from helpers import images, metrics, noise
from helpers.exercises.checking import exercise, number


@exercise("turning-point")
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
    if abs(gain) <= 0.5:  # one step of the slider, at the turning point, is 0.7 dB
        return None
    side = "gains" if gain > 0 else "loses"
    return f"at σ = {sigma:g}/255 the blur still {side} {abs(gain):.1f} dB"


def blur_gain(clean: np.ndarray, sigma: float) -> float:
    """How many dB of PSNR a Gaussian blur of 1 pixel gains over the noisy image it is given."""
    noisy = noise.Gaussian(sigma)(clean, rng=0)
    blurred = noise.GaussianBlur(1)(noisy, rng=0)
    before, after = (metrics.score(clean, image, ["psnr"])["psnr"] for image in (noisy, blurred))
    return after - before

"""Checks of notebook `noise_parameter_estimation`: a score, an amount, and honest intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import binom

from helpers import gradients, images, noise
from helpers.exercises.checking import exercise, number


@exercise("canberra-score")
def _canberra_score(answer: Callable) -> str | None:
    """DE-G by the Canberra distance as it should be: normalised, and 0 for identical pictures."""
    clean = images.load("coins", gray=True, size=128)
    noisy = noise.Gaussian(10 / 255)(clean, rng=0, clip=True)
    itself = number(answer(clean, clean))
    if not abs(itself) < 1e-9:
        return f"two identical pictures score {itself:.4g} instead of 0; leave empty bins out"
    if abs(number(answer(clean, noisy)) - number(answer(noisy, clean))) > 1e-6:
        return "the score changes when the two pictures are swapped"
    for image in (noisy, noisy[:64]):  # of two sizes
        score, right = number(answer(clean, image)), gradients.deg(clean, image, "canberra")
        if not abs(score - right) < 1e-6:
            sizes = "" if image is noisy else " for pictures of two sizes; compare probabilities"
            return f"{score:.4f} instead of {right:.4f}{sizes}"
    return None


@exercise("unaligned")
def _unaligned(answer: Callable) -> str | None:
    """Share of impulses from the shares of black and white: s = a + (1 − a)·c.

    Once of X-rays, of which a part is black, and once of their negatives, white there.
    """
    phantoms = [images.xray_phantom(k, size=128).image for k in range(8)]
    for amount, pictures in ((0.05, phantoms), (0.3, [1 - x for x in phantoms])):
        noisy = noise.SaltAndPepper(amount)(pictures[0], rng=1)
        estimate = number(answer(noisy, pictures[1:]))
        if abs(estimate - amount) <= 0.02:  # the right answer: 0.010 at most, in 20 draws
            continue
        share = np.mean((noisy == 0) | (noisy == 1))
        if abs(estimate - share) < 0.005:
            return f"{share:.3f} is the share of black and white; some of it is the clean picture"
        return f"for a = {amount} your estimate is {estimate:.3f}; count black and white"
    return None


@exercise("coverage")
def _coverage(answer: object) -> str | None:
    """The largest count of hits among 20 that honest 90 % intervals reach in 5 % of all cases."""
    count = number(answer)
    if count != int(count) or not 0 <= count <= 20:
        return f"a whole number from 0 to 20 is asked for, not {count:g}"
    here, next_one = binom.cdf([count, count + 1], 20, 0.9)
    if here > 0.05:
        return f"honest intervals cover {count:g} times or fewer in {here:.0%} of all cases"
    if next_one <= 0.05:
        return f"{count:g} is rare enough, but not the largest such count"
    return None

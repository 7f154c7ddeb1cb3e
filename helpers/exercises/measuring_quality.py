"""Checks of notebook `measuring_quality`: bytes, a choice without a reference, a referee."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import filters, images, metrics, noise
from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("bytes")
def _bytes(answer: Callable) -> str | None:
    """PSNR of two uint8 arrays, whose difference and square do not fit into a byte."""
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 256, (32, 32), dtype=np.uint8)
    others = {
        "two random pictures": rng.integers(0, 256, (32, 32), dtype=np.uint8),
        "two pictures 3 gray levels apart": np.where(gray > 250, gray - 3, gray + 3),
        "a picture and its negative": 255 - gray,
    }
    for name, other in others.items():
        value, right = number(answer(gray, other)), metrics.psnr(gray, other)
        gap = np.abs(gray.astype(int) - other)
        errors = {
            "a byte cannot hold the difference nor its square": np.mean((gray - other) ** 2),
            "the peak of bytes is 255": np.mean(gap**2) * 255**2,
            "squared errors are averaged, not absolute ones": np.mean(gap) ** 2,
        }
        slips = {hint: 10 * np.log10(255**2 / error) for hint, error in errors.items()}
        formula = "it is 10·log₁₀(255²/mean squared error)"
        if slip := name_slip(value, right, slips, formula, rtol=0, atol=0.01):
            return f"{name} have {right:.2f} dB, not {value:.2f}; {slip}"
    same = number(answer(gray, gray.copy()))
    return None if same == np.inf else f"equal pictures have infinitely many dB, not {same}"


@exercise("strength")
def _strength(answer: Callable) -> str | None:
    """A strength for a filter from the noisy picture alone: that of the least SURE."""
    clean, sigma, factors = images.load("camera", gray=True, size=96), 25 / 255, [0.4, 0.8, 1.6]
    noisy = noise.Gaussian(sigma)(clean, rng=0)
    trials = {
        "a filter told what it should be": filters.tv,
        "a filter that wants half of it": lambda y, s: filters.tv(y, 2 * s),
        "a filter that wants twice as much": lambda y, s: filters.tv(y, s / 2),
    }
    for name, denoise in trials.items():
        chosen = number(answer(denoise, noisy, sigma, factors, 0))
        if not np.isclose(factors, chosen).any():
            return f"one of the factors {factors} is asked for, not {chosen:g}"
        errors = [metrics.mse(clean, denoise(noisy, factor * sigma)) for factor in factors]
        best, own = np.argmin(errors), np.argmin(np.abs(np.array(factors) - chosen))
        if own == best:
            continue
        hint = "take the factor whose SURE is the least"
        if own == 0:
            hint = (
                "the one that changes least is nearest to the noisy picture, not to the clean one"
            )
        if own == len(factors) - 1:
            hint = "SURE is told the σ of the noise, and the filter alone is told a multiple of it"
        return f"{name}: the factor {factors[best]:g} is best, not {chosen:g}; {hint}"
    return None


@exercise("referee")
def _referee(answer: Callable) -> str | None:
    """The better of two methods by a paired interval: "first", "second" or "undecided"."""
    rng = np.random.default_rng(0)
    pictures = rng.normal(29, 4, 15)  # dB of one method; pictures differ by far more than methods
    lead = rng.normal(0.5, 0.4, 15)
    chance = np.tile([1.2, -1.1, 0.4, -0.6, 0.1], 3)
    lucky = np.array([0.1] * 13 + [-2.0, -2.5])  # wins on most pictures, loses where it matters
    trials = {
        "a small lead on nearly every picture": (pictures + lead, pictures, "first"),
        "the same lead of the other method": (pictures, pictures + lead, "second"),
        "differences of both signs": (pictures + chance, pictures, "undecided"),
        "many tiny wins and two large losses": (pictures + lucky, pictures, "undecided"),
    }
    for name, (first, second, right) in trials.items():
        verdict = given(answer(first, second, 0))
        if not isinstance(verdict, str) or verdict not in ("first", "second", "undecided"):
            return f'one of the words "first", "second", "undecided" is asked for, not {verdict!r}'
        if verdict == right:
            continue
        hint = "compare the methods picture by picture"
        if right == "undecided":
            hint = "0 is among the mean differences that chance explains"
        return f"{name}: that is {right!r}, not {verdict!r}; {hint}"
    return None

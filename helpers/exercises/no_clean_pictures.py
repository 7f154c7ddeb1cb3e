"""Checks of notebook `no_clean_pictures`: scores by a second picture, halves, an honest choice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, name_slip, number

SIGMA = 0.1


@exercise("second-exposure")
def _second_exposure(answer: Callable) -> str | None:
    """PSNR of a restored picture, by a noisy one whose noise is independent and known."""
    rng = np.random.default_rng(0)
    for error in (0.05, 0.02):
        clean = rng.random((256, 256))
        restored = clean + error * rng.standard_normal(clean.shape)
        second = clean + SIGMA * rng.standard_normal(clean.shape)
        found = number(answer(restored, second, SIGMA))
        seen = float(np.mean((restored - second) ** 2))
        slips = {
            "the noise of the second picture is still in it: take off its variance": seen,
            "take off the variance, σ², not σ": abs(seen - SIGMA),
            "subtract the variance: the noise of the target makes the error larger": seen
            + SIGMA**2,
        }
        slips = {hint: -10 * np.log10(mse) for hint, mse in slips.items()}
        slips["a PSNR has a minus sign: smaller errors are more dB"] = -_psnr(seen)
        slips["the mean squared error is asked for in dB"] = seen - SIGMA**2
        otherwise = "mean squared difference less σ², then −10·log10"
        if slip := name_slip(found, _psnr(seen), slips, otherwise):
            return f"{_psnr(seen):.2f} dB, not {found:.2f}; {slip}"
    return None


def _psnr(seen: float) -> float:
    """Of a mean squared difference to a noisy picture."""
    return -10 * float(np.log10(seen - SIGMA**2))


@exercise("halves")
def _halves(answer: Callable) -> str | None:
    """Two half-size pictures that share no pixel: the means of both diagonals."""
    image = np.random.default_rng(0).random((6, 8))
    made = given(answer(image.copy()))
    if not (hasattr(made, "__len__") and len(made) == 2):
        return "two pictures are asked for"
    first, second = (np.asarray(one, dtype=float) for one in made)
    if first.shape != (3, 4) or second.shape != (3, 4):
        return f"of 6×8 pixels both halves have 3×4, not {first.shape} and {second.shape}"
    a, b, c, d = image[::2, ::2], image[::2, 1::2], image[1::2, ::2], image[1::2, 1::2]
    both, right = np.stack([first, second]), np.stack([(a + d) / 2, (b + c) / 2])
    if np.allclose(both, right) or np.allclose(both, right[::-1]):
        return None
    slips = {
        "the mean of two values is half of their sum": 2 * right,
        "those are rows: take the diagonals": np.stack([(a + b) / 2, (c + d) / 2]),
        "those are columns: take the diagonals": np.stack([(a + c) / 2, (b + d) / 2]),
        "that leaves two pixels of four out: average a with d, and b with c": np.stack([a, d]),
        "both are the mean of all four: halves that share pixels share noise": np.stack(
            [(a + b + c + d) / 4] * 2
        ),
    }
    return name_slip(both, right, slips, "a and d are one diagonal, b and c the other")


@exercise("choice")
def _choice(answer: Callable) -> str | None:
    """The mean test score of what does best on training scenes."""
    training = {"σ = 5": [36.1, 35.7], "σ = 10": [37.4, 36.2], "σ = 25": [36.9, 36.0]}
    test = {
        "σ = 5": [36.0, 36.4, 36.2],
        "σ = 10": [36.5, 36.6, 36.1],
        "σ = 25": [37.0, 36.9, 37.4],
    }
    score = number(answer(training, test))
    best = max(map(np.mean, test.values()))
    slips = {
        "that is the best on the test scenes: whoever may choose by them always wins": best,
        "that is its score on the scenes it was chosen by": np.mean(training["σ = 10"]),
        "one number: the mean over the test scenes": test["σ = 10"][0],
    }
    otherwise = "choose by the training scenes, report the mean on test scenes"
    slip = name_slip(score, np.mean(test["σ = 10"]), slips, otherwise)
    return slip and f"{score:.2f} dB; {slip}"

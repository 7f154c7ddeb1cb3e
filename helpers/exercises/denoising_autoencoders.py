"""Checks of notebook `denoising_autoencoders`: a bottleneck, a mean, and a network's hearing."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from helpers import images, noise
from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("code")
def _code(answer: Callable) -> str | None:
    """Numbers in the code for each pixel: the last width, on a grid halved at each level."""
    for widths in ((32, 96), (32, 64, 128), (16,), (8, 8, 8, 8)):
        right = widths[-1] / 4 ** len(widths)
        result = number(answer(widths))
        slips = {
            "pooling halves both sides, so it leaves a quarter": widths[-1] / 2 ** len(widths),
            "the grid is coarser: count its places": widths[-1],
            "only the last level's maps are the code": sum(widths) / 4 ** len(widths),
            "maps of one level do not multiply those of another": prod(widths) / 4 ** len(widths),
            "that is pixels for each number; turn it over": 1 / right,
        }
        otherwise = "maps at the deepest level, times places for each pixel"
        if slip := name_slip(result, right, slips, otherwise):
            return f"widths {widths} have {right:g} numbers for each pixel, not {result:g}; {slip}"
    return None


@exercise("mean")
def _mean(answer: Callable) -> str | None:
    """The mean of all values that could be under the noise, each as likely as it is."""
    worlds = {
        "two values, as often": ([0.2, 0.8], [0.5, 0.5], 0.25),
        "two values, one rare": ([0.2, 0.8], [0.9, 0.1], 0.25),
        "three values": ([0.1, 0.5, 0.7], [0.2, 0.3, 0.5], 0.1),
    }
    for name, (values, weights, sigma) in worlds.items():
        for y in (0.4, 0.55, 0.9):
            result = number(answer(y, values, weights, sigma))
            likely = weights * np.exp(-((y - np.array(values)) ** 2) / (2 * sigma**2))
            right = float(likely @ values / likely.sum())
            if slip := name_slip(
                result,
                right,
                _slips_of_a_mean(y, np.array(values), np.array(weights), sigma),
                "weigh each value by its share times exp(−(y − x)²/2σ²)",
                rtol=0,
                atol=1e-4,
            ):
                return (
                    f"{name}, y = {y}, σ = {sigma}: {right:.4f} is right, not {result:.4f}; {slip}"
                )
    far = number(answer(60.0, [0.2, 0.8], [0.5, 0.5], 0.25))
    if not abs(far - 0.8) < 1e-4:
        return (
            f"y = 60 far beyond all values gives {far}, and 0.8 is right: every weight is rounded "
            "to 0; subtract the least of the distances from all of them first"
        )
    return None


def _slips_of_a_mean(
    y: float, values: np.ndarray, weights: np.ndarray, sigma: float
) -> dict[str, float]:
    """What other answers come to."""
    near = np.exp(-((y - values) ** 2) / (2 * sigma**2))
    double, single = near**2 * weights, np.exp(-np.abs(y - values) / sigma) * weights
    return {
        "that is the mean before anything was seen; y says more": weights @ values,
        "that is the likeliest value; squared error wants the mean": values[
            np.argmax(near * weights)
        ],
        "that is y itself": y,
        "the values are not equally likely: use their shares": near @ values / near.sum(),
        "divide by the sum of the weights": near * weights @ values,
        "the exponent has a 2 below: σ² is the variance": double @ values / double.sum(),
        "the distance is squared": single @ values / single.sum(),
    }


FAINTEST = 0.02  # of the contrast: no spread is small in itself, only beside that of the inputs


@exercise("deaf")
def _deaf(answer: Callable) -> str | None:
    """Tell a network that always draws the same picture from one that looks at its input."""
    phantoms = [images.xray_phantom(rng, 48).image for rng in range(8)]
    pictures = [noise.Gaussian(5 / 255)(x, rng) for rng, x in enumerate(phantoms)]
    return _misheard(answer, pictures, "") or _misheard(
        answer, [FAINTEST * x for x in pictures], " on pictures of a fiftieth of the contrast"
    )


def _misheard(answer: Callable, pictures: list[np.ndarray], where: str) -> str | None:
    """What is wrong about some network on these pictures."""
    average = np.mean(pictures, axis=0)
    blur = noise.GaussianBlur(1.5)
    deaf = {
        "a network that returns the average chest": lambda y: average,
        "the average chest with a trace of the input": lambda y: average + 0.02 * (y - average),
    }
    hearing = {
        "a network that returns its input": lambda y: y,
        "a blur": lambda y: blur(y, 0),
        "a blur with half the contrast, and brighter": lambda y: 0.4 + 0.5 * blur(y, 0),
    }
    for name, denoise in {**hearing, **deaf}.items():
        verdict = given(answer(denoise, pictures))
        if not isinstance(verdict, (bool, np.bool_)):
            return f"True or False is asked for, not {verdict!r}"
        if verdict == (name in deaf):
            continue
        hint = "chests are alike; compare how much outputs differ with how much the inputs do"
        if name in deaf:
            hint = "ask how much the outputs differ from each other"
        return f"{name}{where}: {not verdict} is right; {hint}"
    return None

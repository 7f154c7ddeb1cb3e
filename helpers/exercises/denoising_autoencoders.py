"""Checks of notebook `denoising_autoencoders`: a bottleneck, ranges, and a network's hearing."""

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


@exercise("range")
def _range(answer: Callable) -> str | None:
    """Into [0, 1] by the known range, not by the picture's own extremes, and back."""
    clean = images.load("camera", gray=True, size=64)
    noisy = noise.Gaussian(25 / 255)(clean, rng=1)
    for low, high in ((0.0, 255.0), (-1.0, 1.0), (0.0, 1.0), (100.0, 4095.0)):
        inputs: list[np.ndarray] = []

        def halve(picture: np.ndarray, inputs: list = inputs) -> np.ndarray:
            inputs.append(np.asarray(picture))
            return 0.5 * np.asarray(picture)  # a denoiser that changes something

        own = low + (high - low) * noisy
        restored = np.asarray(given(answer(halve, own.copy(), low, high)))
        where = f"for a picture in {low:g} … {high:g} "
        if not inputs:
            return "your function never calls denoise(picture)"
        if inputs[-1].shape != noisy.shape or not np.allclose(inputs[-1], noisy, atol=1e-3):
            return where + _slip_of_input(inputs[-1], noisy)
        right = low + (high - low) * 0.5 * noisy
        if restored.shape != noisy.shape or not np.allclose(
            restored, right, atol=1e-3 * (high - low)
        ):
            return where + "the result is not in the caller's range; undo both steps, last first"
    return None


def _slip_of_input(fed: np.ndarray, right: np.ndarray) -> str:
    """What went wrong on the way in, by what arrived."""
    if fed.shape != right.shape:
        return f"denoise is fed the shape {fed.shape}, not {right.shape}"
    if np.isclose(fed.min(), 0, atol=1e-3) and np.isclose(fed.max(), 1, atol=1e-3):
        what = "cut off" if (fed == fed.min()).sum() > 1 else "the picture's own extremes"
        return (
            f"denoise is fed exactly 0 to 1 ({what}); noise reaches beyond black and white, and "
            "must be let"
        )
    return (
        f"denoise is fed values from {fed.min():.3g} to {fed.max():.3g}; black must become 0 and "
        "white 1"
    )


@exercise("deaf")
def _deaf(answer: Callable) -> str | None:
    """Tell a network that always draws the same picture from one that looks at its input."""
    phantoms = [images.xray_phantom(rng, 48).image for rng in range(8)]
    pictures = [noise.Gaussian(5 / 255)(x, rng) for rng, x in enumerate(phantoms)]
    average = np.mean(phantoms, axis=0)
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
        return f"{name}: {not verdict} is right; {hint}"
    return None

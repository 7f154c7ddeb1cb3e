"""Pairs that do not show the same place are noticed, whatever the noise."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from helpers import images, noise
from helpers.training.alignment import shift_between, warn_of_shift
from helpers.training.patches import prepare_pairs


def pair(name: str, sigma: float, down: int, right: int) -> list[np.ndarray]:
    """Two noisy pictures, of which the second shows its scene lower and further right."""
    whole = images.load(name, gray=True)
    crops = whole[40:200, 40:200], whole[40 - down : 200 - down, 40 - right : 200 - right]
    return [noise.Gaussian(sigma / 255)(x, rng=seed) for seed, x in enumerate(crops)]


@pytest.mark.parametrize("name", ["camera", "chelsea", "gravel", "coffee"])
@pytest.mark.parametrize("sigma", [0, 10, 25])
@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, -2), (7, 12)])
def test_a_shift_is_read_under_noise(name: str, sigma: int, shift: tuple) -> None:
    assert shift_between(*pair(name, sigma, *shift)) == shift


def test_noise_alone_blurs_and_negatives_are_no_shift(clean: np.ndarray) -> None:
    for seed in range(20):
        first, second = (noise.Gaussian(0.1)(0 * clean, 2 * seed + k) for k in (0, 1))
        assert shift_between(first, second) == (0, 0)
    assert shift_between(noise.GaussianBlur(2)(clean, 0), clean) == (0, 0)
    assert shift_between(1 - clean, clean) == (0, 0)
    assert shift_between(np.full((1, 1), 0.5), np.full((1, 1), 0.5)) == (0, 0)
    colour = images.load("coffee", size=200)
    assert shift_between(noise.Camera()(colour, 0), colour) == (0, 0)


def test_training_says_which_pair_lies_apart() -> None:
    with pytest.warns(UserWarning, match="pair 1: the second picture lies 3 pixels lower"):
        prepare_pairs([pair("camera", 10, 0, 0), pair("camera", 10, 3, 0)], 1, 32, clean=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_shift(*pair("camera", 10, 0, 0), "pair 0")

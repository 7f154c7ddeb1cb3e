"""One network, taught a camera's noise in several ways: same start, same rivals."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images
from helpers.networks import build
from helpers.noise import Gaussian
from helpers.training.multiscale import RIVALS, train_rival
from helpers.training.real_noise import NETWORK, OneOf, train_colour

SCENE = images.load("coffee", size=192)


def test_one_of_draws_each() -> None:
    models = (Gaussian(0.1), Gaussian(0.2))
    rng = np.random.default_rng(0)
    draw = OneOf(models)
    assert {draw(rng) for _ in range(20)} == set(models)


def test_all_ways_start_from_the_same_weights() -> None:
    pairs = [(Gaussian(0.1)(SCENE, rng=0), SCENE)]
    pairs, drawn = train_colour(pairs, None, 0, 1), train_colour([SCENE], Gaussian(0.1), 0, 1)
    parts = zip(pairs.parameters(), drawn.parameters())
    # One step of a rate that begins with a warm-up: hardly moved, and from one start.
    assert max(float((a - b).detach().abs().max()) for a, b in parts) < 0.1
    assert pairs.architecture["network"] == NETWORK["name"]


def test_rivals_of_equal_parameters_have_nearly_as_many() -> None:
    counts = {
        name: sum(p.numel() for p in build(one.network, **one.options).parameters())
        for name, one in RIVALS.items()
    }
    for name in ("mwcnn, equal parameters", "pridnet, equal both"):
        assert counts[name] == pytest.approx(counts["dncnn"], rel=0.05)


def test_a_rival_is_trained_again_to_the_bit() -> None:
    name = "mwcnn, equal parameters"
    first, second = (train_rival(name, seed=3, steps=2)[0].state_dict() for _ in range(2))
    assert all((value == second[key]).all() for key, value in first.items())


def test_an_unknown_rival_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown rival 'unet'"):
        train_rival("unet", 0, steps=1)

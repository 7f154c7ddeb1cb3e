"""Noise fitted without pairs: what the measurement finds, and what the camera leaves alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers import images
from helpers.networks import build
from helpers.noise import Camera, Gaussian, Jpeg
from helpers.training.multiscale import RIVALS, train_rival
from helpers.training.real_noise import (
    NETWORK,
    OneOf,
    SoftCamera,
    fit_camera,
    fit_soft_camera,
    flat_correlations,
    flat_squares,
    spread_of,
    train_colour,
)

SCENE = images.load("coffee", size=192)


def test_without_spread_it_is_the_camera() -> None:
    soft = SoftCamera(gain=0.004, sigma=0.01, quality=90)
    assert np.array_equal(soft(SCENE, rng=1), Camera(0.004, 0.01, quality=90)(SCENE, rng=1))


def test_the_scene_stays_sharp_whatever_the_spread() -> None:
    silent = SoftCamera(gain=0, spread=2.0, quality=100)(SCENE, rng=0)
    assert np.array_equal(silent, Jpeg(100)(SCENE, rng=0))  # no mosaic, no blur


def correlations(noisy: np.ndarray) -> np.ndarray:
    """In all squares of a picture that is flat everywhere."""
    return flat_correlations(np.concatenate(flat_squares(noisy, share=1.0)))


def test_spread_makes_the_grain_coarse() -> None:
    gray = np.full((128, 128, 3), 0.5, np.float32)
    fine, coarse = (correlations(SoftCamera(0.01, spread=s)(gray, rng=0)) for s in (0, 1.2))
    assert coarse[0] > fine[0] + 0.2


def test_white_noise_has_no_correlation() -> None:
    noisy = Gaussian(10 / 255)(np.full((256, 256, 3), 0.5, np.float32), rng=0)
    assert np.abs(correlations(noisy)).max() < 0.03


@pytest.mark.parametrize("spread", [0.7, 1.2])
def test_spread_is_measured_without_a_reference(spread: float) -> None:
    model = SoftCamera(0.03, spread=spread)
    noisy = [model(images.load(name, size=256), rng=0) for name in ("coffee", "rocket", "chelsea")]
    assert spread_of(noisy) == pytest.approx(spread, abs=0.3)


GRAY = np.full((64, 64, 3), 0.5, np.float32)


def test_gain_is_fitted_without_a_pair() -> None:
    truth = SoftCamera(gain=0.02)
    noisy = truth(images.load("astronaut", size=256), rng=0)
    clean = [images.load(name, size=128) for name in ("coffee", "chelsea", "rocket")]
    found = fit_camera(noisy, clean)
    assert found.spread == 0
    assert found.rms(GRAY) == pytest.approx(truth.rms(GRAY), rel=0.3)


def test_gain_is_measured_in_flat_squares_alone() -> None:
    truth = SoftCamera(gain=0.02, spread=1.0)
    ramp = np.linspace(0.1, 0.75, 256, dtype=np.float32)[:, None, None].repeat(256, 1).repeat(3, 2)
    for scene, off in ((ramp, 0.1), (images.load("coffee", size=256), 0.3)):
        found = fit_soft_camera(truth(scene, rng=0), spread=1.0)
        assert found.rms(GRAY) == pytest.approx(truth.rms(GRAY), rel=off)


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


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((64, 64, 3), np.nan), "NaN or infinite"),
        (np.full((3, 3, 3), 0.5, np.float32), "no square of 16×16"),
        (np.zeros((64, 64, 3), np.float32), "no square of 16×16"),
        (np.full((64, 64), 0.5, np.float32), "in colour"),
    ],
)
def test_where_noise_cannot_be_measured_it_says_why(picture: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fit_soft_camera(picture, 0.8)
    with pytest.raises(ValueError, match=reason):
        spread_of([picture])


@pytest.mark.parametrize("spread", [-1, math.nan, math.inf])
def test_an_impossible_spread_is_refused(spread: float) -> None:
    with pytest.raises(ValueError, match="spread is a blur's width in pixels"):
        SoftCamera(spread=spread)


def test_what_is_not_there_cannot_be_measured_or_trained() -> None:
    with pytest.raises(ValueError, match="there is none"):
        spread_of([np.full((64, 64, 3), 0.5, np.float32)])
    with pytest.raises(ValueError, match="not in none"):
        spread_of([])
    with pytest.raises(ValueError, match="unknown rival 'unet'"):
        train_rival("unet", 0, steps=1)

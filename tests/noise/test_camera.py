"""A camera with soft noise: without spread it is `Camera`, and the scene stays sharp."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers import images
from helpers.noise import Camera, Jpeg, SoftCamera

SCENE = images.load("coffee", size=192)


def test_without_spread_it_is_the_camera() -> None:
    soft = SoftCamera(gain=0.004, sigma=0.01, quality=90)
    assert np.array_equal(soft(SCENE, rng=1), Camera(0.004, 0.01, quality=90)(SCENE, rng=1))


def test_the_scene_stays_sharp_whatever_the_spread() -> None:
    silent = SoftCamera(gain=0, spread=2.0, quality=100)(SCENE, rng=0)
    assert np.array_equal(silent, Jpeg(100)(SCENE, rng=0))  # no mosaic, no blur


@pytest.mark.parametrize("spread", [-1, math.nan, math.inf])
def test_an_impossible_spread_is_refused(spread: float) -> None:
    with pytest.raises(ValueError, match="spread is a blur's width in pixels"):
        SoftCamera(spread=spread)

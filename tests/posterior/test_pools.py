"""Whether pictures look real is asked of pictures of other scenes, all together."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import gradients, images, noise
from helpers.posterior import apart, floor

LEAVES = [images.dead_leaves(seed, (48, 48), (2, 16)) for seed in range(12)]
POOL, OTHERS = LEAVES[:8], LEAVES[8:]


def test_of_one_picture_and_one_it_is_the_distance_of_both() -> None:
    """Which, of a picture and its own reference, is a distortion."""
    for distance in gradients.DISTANCES:
        assert apart(LEAVES[:1], LEAVES[1:2], distance) == gradients.deg(
            LEAVES[0], LEAVES[1], distance
        )


def test_all_pictures_are_one_crowd() -> None:
    smooth, busy = np.zeros((40, 40)), np.indices((40, 40)).sum(axis=0) % 2.0
    assert apart([smooth, busy], [busy, smooth]) == 0
    assert apart([smooth, busy], [smooth]) == pytest.approx(
        apart([np.zeros((9, 9)), busy], [smooth])  # whatever their sizes
    )
    assert apart([smooth, busy], [smooth]) == pytest.approx(apart([busy], [smooth]) / 2)


def test_clean_pictures_of_other_scenes_are_as_near_as_two_halves_of_the_pool() -> None:
    halves = floor(POOL, rng=0, draws=50)  # of four pictures each, as there are others
    assert halves.min() > 0
    assert apart(POOL, OTHERS) < halves.max()
    for sigma in (5 / 255, 25 / 255):  # noise is seen, and so is its being too smooth
        noisy = [noise.Gaussian(sigma)(one, rng=0) for one in OTHERS]
        blurred = [noise.GaussianBlur(1)(one, rng=0) for one in OTHERS]
        assert min(apart(POOL, noisy), apart(POOL, blurred)) > halves.max()


def test_unclipped_pictures_are_scored_as_files() -> None:
    wide = [5 * one - 2 for one in OTHERS]
    assert apart(POOL, wide) == apart(POOL, [np.clip(one, 0, 1) for one in wide])


def test_a_seed_tells_the_halves() -> None:
    assert np.array_equal(floor(POOL, rng=0, draws=3), floor(POOL, rng=0, draws=3))
    assert not np.array_equal(floor(POOL, rng=0, draws=3), floor(POOL, rng=1, draws=3))
    assert floor(POOL, rng=0, draws=20).std() > 0


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: apart(POOL, []), "restored is a list of one picture or more"),
        (lambda: apart([], OTHERS), "pool is a list of one picture or more"),
        (lambda: apart(POOL, None), "restored is a list of pictures, not None"),
        (lambda: apart(POOL, [np.zeros((1, 9))]), "at least 2×2 pixels"),
        (lambda: apart(POOL, OTHERS, "far"), "unknown distance 'far'"),
        (lambda: floor(POOL[:1], rng=0), "pool is two pictures or more"),
        (lambda: floor(POOL, rng=None), "rng is a seed"),
        (lambda: floor(POOL, rng=0, draws=0), "draws is a whole number from 1"),
    ],
)
def test_odd_arguments_are_refused(call, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        call()

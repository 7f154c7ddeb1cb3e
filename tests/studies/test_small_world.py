"""A network that learns a small world: what it is above the least error there is."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.studies import small_world, table


def test_the_mean_is_at_the_bound_and_what_is_worse_is_above_it() -> None:
    """By as much as the definition of a decibel says."""
    world = small_world.small_world()
    assert small_world.above(world.denoise).tolist() == [0.0]
    noisy_itself = small_world.above(lambda noisy, sigma: noisy)[0]
    rng = np.random.default_rng(0)
    clean = world.draw(5000, rng)
    noisy = clean + rng.normal(0, small_world.SIGMA, clean.shape)
    least = world.uncertainty(noisy, small_world.SIGMA).mean()
    wanted = 10 * np.log10(small_world.SIGMA**2 / least)
    assert noisy_itself == pytest.approx(wanted, abs=0.2)


def test_parts_go_from_what_is_known_best_to_what_is_known_least() -> None:
    off = small_world.above(
        lambda noisy, sigma: small_world.small_world().denoise(noisy, sigma) + 0.01, 5
    )
    assert (np.diff(off) < 0).all()  # the same distance weighs less where more is left open


@pytest.mark.parametrize("shape", small_world.SHAPES)
def test_a_few_steps_come_nearer(shape: str) -> None:
    start, later = (small_world.above(small_world.learn(shape, 0, n))[0] for n in (2, 100))
    assert later < start - 1


def test_a_seed_tells_the_network() -> None:
    patch = np.full((1, 8, 8), 0.4)
    one, same, other = (
        small_world.learn("product", seed, 3)(patch, small_world.SIGMA) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_another_strength_than_the_learned_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has learned σ = 0\.098"):
        small_world.learn("product", 0, 1)(np.zeros((8, 8)), 0.2)


def test_the_table_comes_within_a_tenth_of_a_decibel() -> None:
    rows = table("small_world")
    assert set(rows["shape"]) == set(small_world.SHAPES)
    assert set(rows["steps"]) == set(small_world.STEPS)
    assert rows.query("shape == 'product' and steps == 10_000")["above"].max() < 0.1

"""One network, taught a camera's noise in several ways: same start, other scenes in the test."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers import images
from helpers.noise import Gaussian
from helpers.studies import real_noise, table
from helpers.studies.real_noise import HALVES, LEVELS, NETWORK, SEEDS, best_levels, train_colour

SCENE = images.load("coffee", size=192)


def test_all_ways_start_from_the_same_weights() -> None:
    pairs = [(Gaussian(0.1)(SCENE, rng=0), SCENE)]
    pairs, drawn = train_colour(pairs, None, 0, 1), train_colour([SCENE], Gaussian(0.1), 0, 1)
    parts = zip(pairs.parameters(), drawn.parameters())
    # One step of a rate that begins with a warm-up: hardly moved, and from one start.
    assert max(float((a - b).detach().abs().max()) for a, b in parts) < 0.1
    assert pairs.architecture["network"] == NETWORK["name"]


def test_more_starts_are_planned_for_the_strength_that_is_best_on_scenes_learned_from() -> None:
    rows = [
        {"method": f"gaussian {s}", "seed": 0, "half": half, "learned": learned, "psnr": psnr}
        for s in LEVELS
        for half, best in ((0, 10), (1, 25))
        for learned, psnr in ((True, -abs(s - best)), (False, s))
    ]
    made = pd.DataFrame(rows)
    assert best_levels(made) == {0: 25, 1: 10}  # a scene's half is not that learned from
    assert best_levels(made[made["method"] != "gaussian 5"]) == {}
    planned, at_first = (set(real_noise.groups(t)) for t in (made, pd.DataFrame()))
    assert planned - at_first == {("gaussian 10", 1), ("gaussian 25", 1)}


@pytest.mark.parametrize("trained", [True, False])
def test_a_strength_is_chosen_on_the_scenes_of_the_other_half(trained: bool) -> None:
    rows = [
        {"method": f"bm3d {s}", "half": half, "learned": learned, "psnr": psnr}
        for learned, own, other in ((True, 10, 25), (False, 25, 10))
        for half, best in ((0, own), (1, other))
        for s, psnr in ((10, 30 + (best == 10)), (25, 30 + (best == 25)))
        if trained or not learned
    ]
    made = pd.DataFrame([*rows, {"method": "bm3d", "half": 0, "learned": False, "psnr": 99}])
    chosen = real_noise.tuned(made, "bm3d")
    # What was trained is chosen where it learned, the rest where it is not tested.
    expected = {0: "bm3d 25", 1: "bm3d 10"} if trained else {0: "bm3d 10", 1: "bm3d 25"}
    assert dict(zip(chosen["half"], chosen["method"])) == expected
    assert not chosen["learned"].any()


def test_nobody_was_tested_on_scenes_that_it_learned_from() -> None:
    rows = table("real_noise")
    canon = rows[(rows["set"] == "polyu") & ~rows["learned"]]
    assert canon.groupby("scene")["half"].nunique().max() == 1  # no scene is in both
    assert canon["scene"].nunique() == 15
    assert set(canon["half"]) == set(HALVES)
    counts = canon.groupby(["method", "seed"])["crop"].agg(["count", "nunique"])
    assert (counts == 55).all(axis=None)


def test_every_way_to_learn_a_camera_was_tried_from_every_start() -> None:
    rows = table("real_noise")
    seeds = rows.groupby("method")["seed"].agg(set)
    best = {f"gaussian {level}" for level in best_levels(rows).values()}
    assert "real pairs, pridnet" in seeds
    for name in ("fitted soft camera", "real pairs", *best):
        assert seeds[name] == set(SEEDS)
    for level in LEVELS:
        assert 0 in seeds[f"gaussian {level}"] & seeds[f"bm3d {level}"]
    assert all(level in LEVELS[1:-1] for level in best_levels(rows).values())


def test_each_scene_has_its_camera_fitted_in_two_ways() -> None:
    fits = table("real_noise_fits")
    assert (fits.groupby("method")["scene"].nunique() == 15).all()
    assert len(fits) == 2 * 15
    soft = fits[fits["method"] == "fitted soft camera"]
    assert (soft["fitted"] / soft["true"]).median() == pytest.approx(1, abs=0.25)

"""Zero-DCE without each of its losses: what was tried, and what is measured."""

from __future__ import annotations

from itertools import product

import numpy as np

from helpers import low_light, networks
from helpers.losses import LowLight
from helpers.studies import STUDIES, table
from helpers.studies.low_light import (
    OFF,
    SEEDS,
    curves_of,
    describe,
    in_colour,
    in_the_dark,
    questions,
    train_short,
)
from helpers.training import zero_dce
from helpers.training.recipes import RECIPES
from helpers.training.sources import TESTED_ON


def test_each_loss_is_left_out_from_every_start() -> None:
    rows = table("low_light_losses")
    assert set(zip(rows["off"], rows["seed"])) == set(product(OFF, SEEDS))
    assert (rows.groupby(["off", "seed"])["picture"].apply(set) == set(TESTED_ON)).all()


def test_every_way_to_brighten_is_scored_on_every_place() -> None:
    rows = table("low_light_stacks")
    methods = {"dark input", *low_light.BRIGHTENERS, zero_dce.NAME}
    assert (rows.groupby("place")["method"].agg(set) == methods).all()
    assert {key for (key,) in STUDIES["low_light_stacks"].groups(rows)} == methods


def test_each_question_is_asked_on_every_place_and_the_last_is_the_weights() -> None:
    rows, stacks = table("low_light_questions"), table("low_light_stacks")
    recipes = questions()
    assert rows["asked"].unique().tolist() == list(recipes)
    assert (rows.groupby("asked")["place"].agg(set) == set(stacks["place"])).all()
    assert recipes["whole pictures, 0.5"] == RECIPES[zero_dce.NAME]
    assert recipes["patches, 0.6"].loss["side"] * recipes["patches, 0.6"].reduced == 16
    again = rows.loc[rows["asked"] == "whole pictures, 0.5", "psnr"].mean()
    weight = stacks.loc[stacks["method"] == zero_dce.NAME, "psnr"].mean()
    assert abs(again - weight) < STUDIES["low_light_questions"].spread["psnr"]


def test_the_photographs_are_taken_in_several_lights_and_in_colour() -> None:
    pictures = in_the_dark(seed=0)
    assert len(pictures) == 4 * 8
    assert all(x.ndim == 3 and x.dtype == np.float32 for x in pictures)
    means = np.reshape([x.mean() for x in pictures], (8, 4))
    assert (np.diff(means) < 0).all()  # less light is darker


def test_what_is_described_is_that_of_the_picture() -> None:
    network, _ = train_short(in_the_dark(seed=0)[:4], LowLight("released"), steps=1)
    scene = in_colour(["chelsea"], 64)["chelsea"]
    found = describe(network, scene, scene)
    assert found["brightness"] > scene.mean()  # nearly as at the start: curves that brighten
    assert 0 < found["roughness"] < 0.1
    assert found["psnr"] < 40


def test_the_curves_of_a_picture_brighten_it_as_the_network_does() -> None:
    network = networks.weights.read("zero_dce")[0]
    dark = low_light.underexpose(next(iter(in_colour(["chelsea"], 64).values())), 0.1, rng=0)
    curves = curves_of(network, dark)
    assert curves.shape == (8, 64, 64, 3)
    bent = dark
    for a in curves:
        bent = bent + a * bent * (1 - bent)
    assert np.allclose(bent, networks.TrainedNetwork(network)(dark), atol=1e-5)

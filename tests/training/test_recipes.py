"""Recipes: every one can be built, begins as it says, and is what the weight's card tells."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers import networks, paths
from helpers.networks import weights
from helpers.noise import NoiseModel
from helpers.training import mdf
from helpers.training.recipes import LIVE, RECIPES, Recipe
from tests.networks.tiny import tiny

DENOISERS = [name for name, recipe in RECIPES.items() if isinstance(recipe, Recipe)]


@pytest.mark.parametrize("name", DENOISERS)
def test_every_denoiser_can_be_built(name: str) -> None:
    recipe = RECIPES[name]
    network = networks.build(recipe.network, recipe.size, **recipe.options)
    assert network.architecture["channels"] == (3 if name.endswith("colour") else 1)
    assert recipe.numbers.steps >= 1000
    drawn = recipe.noise()
    low, high = recipe.sigma
    one = drawn if isinstance(drawn, NoiseModel) else drawn(np.random.default_rng(0))
    strength = getattr(one, "strength", None) or one.sigma  # of a camera's file, of white noise
    assert low <= strength * 255 <= high


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_a_weight_that_ships(name: str) -> None:
    recipe = RECIPES[name]
    card = weights.read_card(recipe.folder / f"{name}.safetensors")
    told, settings = card["training"], json.loads(json.dumps(recipe.settings))
    assert {key: told[key] for key in settings} == settings
    assert told["lr"] == recipe.numbers.lr
    assert told["seed"] == recipe.numbers.seed


def test_the_discriminators_are_where_their_loss_looks_for_them() -> None:
    assert RECIPES["mdf_jpeg"].folder == paths.weights() / "losses"
    states = RECIPES["mdf_jpeg"].states(paths.checkpoints() / "mdf_jpeg.safetensors")
    assert [path.stem for path in states] == [f"mdf_jpeg_{k}" for k in range(8)]


def test_defaults_of_a_recipe_are_those_of_its_trainings() -> None:
    assert RECIPES["zero_dce"].numbers.optimizer == "adam"
    assert RECIPES["mdf_jpeg"].numbers.betas == mdf.SINGAN["betas"]
    assert LIVE.numbers.optimizer == "muon"


def start_of(**changes) -> networks.Network:
    return replace(RECIPES["dncnn_blind"], options={"blind": True}, **changes).fresh()


def test_a_training_begins_with_the_weights_of_another(tmp_path) -> None:
    begin, path = networks.build("dncnn", blind=True), tmp_path / "begin.safetensors"
    weights.save(begin, path, {})
    kept = weights.read(path)[0].state_dict()
    started, fresh = start_of(start=str(path)), start_of(start=None)
    assert all(torch.equal(value, kept[key]) for key, value in started.state_dict().items())
    assert not all(torch.equal(value, kept[key]) for key, value in fresh.state_dict().items())


def test_a_network_without_batch_normalisation_begins_with_it_dissolved(tmp_path) -> None:
    begin, path = networks.build("dncnn").eval(), tmp_path / "begin.safetensors"
    with torch.no_grad():
        begin.noise[3].running_mean.uniform_(-0.1, 0.1)
    weights.save(begin, path, {})
    started = replace(RECIPES["dncnn_blind"], start=str(path)).fresh().eval()
    noisy = torch.rand(1, 1, 24, 24)
    torch.testing.assert_close(started(noisy), weights.read(path)[0](noisy), rtol=0, atol=1e-4)


def test_weights_of_another_size_are_no_beginning(tmp_path) -> None:
    weights.save(tiny("dncnn"), tmp_path / "tiny.safetensors", {})
    with pytest.raises(ValueError, match=r"no dncnn of this size to begin with; name another"):
        start_of(start=str(tmp_path / "tiny.safetensors"))


def test_a_card_says_mirrored_where_weights_were(monkeypatch) -> None:
    """With the weights of another one to begin with, nothing is drawn."""
    recipe = RECIPES["dncnn_colour"]
    assert recipe.training()["init"] == "mirrored"
    assert "init" not in replace(recipe, start="dncnn_colour").training()

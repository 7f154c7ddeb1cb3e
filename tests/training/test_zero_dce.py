"""The weight of Zero-DCE: halves that share no place, the card, the command, what it is worth."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional as F

from helpers import datasets, images, low_light, networks, paths
from helpers.datasets.dataset import Dataset, Lazy
from helpers.networks import weights
from helpers.training import zero_dce
from helpers.training.patches import as_batch
from helpers.training.recipes import RECIPES


def stacks() -> Dataset:
    """Two scenes at five exposures each, the second not in order; and one that has no bright."""
    scenes = [images.load(name, size=64) for name in ("coffee", "chelsea", "rocket")]
    shares = [(1, 0.6, 0.2, 0.1, 0.04), (0.1, 1, 0.6, 0.04, 0.2), (0.1, 0.04)]
    rows = [
        (scene, low_light.dimming(share), k)
        for k, scene in enumerate(scenes)
        for share in shares[k]
    ]
    table = pd.DataFrame({"place": [2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 26, 26]})
    table["scene"] = table["place"]
    pictures = Lazy(rows, lambda row: row[0] * np.float32(row[1]))
    return Dataset("mine", "CC0", "me", tuple("abcdefghijkl"), pictures, table=table)


@pytest.fixture
def offline(monkeypatch) -> None:
    monkeypatch.setattr(datasets, "fetch", lambda name, **options: stacks())


def test_a_place_is_in_one_half_only(offline) -> None:
    seen, held_out = zero_dce.halves()
    assert set(seen.table["place"]) == {3}
    assert set(held_out.table["place"]) == {2, 26}


def test_dark_pictures_meet_the_normal_exposure_of_their_scene() -> None:
    found = zero_dce.pairs(stacks())
    means = [float(images.to_gray(x).mean()) for x in stacks().images]
    assert set(found["scene"]) == {2, 3}  # the third has no normal exposure
    for pair in found.itertuples():
        stack = stacks().table.index[stacks().table["scene"] == pair.scene]
        assert {pair.dark, pair.normal} < set(stack)
        assert all(abs(means[pair.normal] - 0.5) <= abs(means[i] - 0.5) for i in stack)
        assert means[pair.dark] <= means[pair.normal] / 2
    assert found.groupby("scene")["dark"].nunique().min() > 1


def test_scores_are_means_over_the_pairs_of_a_place() -> None:
    table = zero_dce.score_pairs(stacks(), {"dark input": lambda x: x, "black": np.zeros_like})
    assert list(table.columns) == ["place", "method", "psnr", "ssim"]
    assert len(table) == 4
    dark, black = (table[table["method"] == name]["psnr"].mean() for name in table["method"][:2])
    assert dark > black
    assert zero_dce.mean_scores(table)["black"]["psnr"] == pytest.approx(black, abs=1e-4)


@pytest.mark.parametrize("shape", [(64, 96, 3), (70, 97, 3)])
def test_a_reduced_picture_has_the_means_of_its_cells(shape: tuple) -> None:
    picture = np.random.default_rng(0).random(shape, np.float32)
    small = zero_dce.reduced(picture, 8)
    assert small.shape == (8, 12, 3)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small[2, 3], picture[16:24, 24:32].mean((0, 1)), rtol=1e-5)


def test_reduced_cells_of_a_reduced_picture_have_the_same_curves() -> None:
    picture = images.load("coffee", size=128)
    whole = networks.build("zero_dce", width=4, scale=16)
    torch.nn.init.normal_(whole.last.weight)  # curves that depend on the picture
    small = networks.build("zero_dce", width=4, scale=4)
    small.load_state_dict(whole.state_dict())
    with torch.inference_mode():
        fine = whole.curves(as_batch([picture]))
        coarse = small.curves(as_batch([zero_dce.reduced(picture, 4)]))
    assert fine.std() > 0.01
    # enlarged 16 times or 4 times between the same points: means of cells agree nearly
    assert (F.avg_pool2d(fine, 4) - coarse).abs().max() < 1e-4


@pytest.mark.parametrize("reduced", [1, 4])
def test_the_network_is_that_which_was_trained_on_small_pictures(
    reduced: int, offline, tmp_path
) -> None:
    settings = {"steps": 2, "batch": 1, "patch": 16, "lr": 0.01}
    recipe = replace(
        RECIPES["zero_dce"], options={"width": 4, "scale": 8}, settings=settings, reduced=reduced
    )
    network, history = recipe.train(tmp_path / "state.safetensors", progress=False)
    assert history.step == [2]
    assert network.scale == 8
    assert not network.training
    torch.manual_seed(0)
    begin = networks.build("zero_dce", width=4, scale=8)
    assert not torch.equal(network.last.weight, begin.last.weight)
    assert recipe.training()["reduced"] == reduced
    with pytest.raises(ValueError, match="cells of 8 pixels are no multiple of 3"):
        replace(recipe, reduced=3).train(tmp_path / "other.safetensors", progress=False)


# ---- what ships -----------------------------------------------------------------------------


def test_the_card_is_that_of_the_recipe() -> None:
    network, card = weights.read("zero_dce")
    assert card["training"] == json.loads(json.dumps(RECIPES["zero_dce"].training()))
    assert card["training"]["steps"] == card["history"]["step"][-1]
    assert card["parameters"] == sum(p.numel() for p in network.parameters())
    assert (card["data"], card["terms"]) == (zero_dce.STACKS.description, zero_dce.STACKS.terms)


def test_the_weight_brightens_what_it_never_saw() -> None:
    brighten = networks.load("zero_dce")
    scene = images.load("chelsea", size=128)
    dark = low_light.underexpose(scene, light=0.1, rng=0)
    bright = brighten(dark)
    assert bright.mean() > 1.5 * dark.mean()
    assert np.square(bright - scene).mean() < np.square(dark - scene).mean() / 2


def test_a_whole_picture_is_brightened_and_keeps_its_contrast() -> None:
    # Asked for one gray in each patch of 16 pixels, a network gave 0.75 of the scene's contrast.
    scene = images.load("coffee", size=384)
    bright = networks.load("zero_dce")(np.float32(low_light.dimming(0.1)) * scene)
    assert images.to_gray(bright).mean() == pytest.approx(0.5, abs=0.1)
    assert images.to_gray(bright).std() > 0.9 * images.to_gray(scene).std()


def test_by_its_card_it_is_better_than_equalisation() -> None:
    _, card = weights.read("zero_dce")
    scores = card["scores"]["held-out stacks"]
    assert scores["zero_dce"]["psnr"] > scores["equalise"]["psnr"] > scores["gamma"]["psnr"]


def test_a_black_picture_stays_black_and_a_gray_one_is_refused() -> None:
    brighten = networks.load("zero_dce")
    assert not brighten(np.zeros((64, 64, 3), np.float32)).any()
    with pytest.raises(ValueError, match=r"np.dstack\(\[noisy\] \* 3\)"):
        brighten(np.zeros((64, 64), np.float32))


@pytest.mark.usefixtures("image_sets")
def test_the_scores_of_the_card_can_be_had_again() -> None:
    network, card = weights.read("zero_dce")
    seen = zero_dce.halves()[0]
    told = f"{len(seen)} pictures of {seen.table['scene'].nunique()} scenes"
    assert told in zero_dce.STACKS.description
    first = zero_dce.halves()[1].where(place=2)
    table = pd.read_csv(paths.results() / "low_light_stacks.csv", comment="#")
    expected = table[table["place"] == 2].set_index("method")
    again = zero_dce.score_pairs(first, {"zero_dce": networks.TrainedNetwork(network, card)})
    assert again["psnr"].item() == pytest.approx(expected.loc["zero_dce", "psnr"], abs=0.01)
    for metric in ("psnr", "ssim"):
        means = table.groupby("method")[metric].mean()
        for method, told in card["scores"]["held-out stacks"].items():
            assert means[method] == pytest.approx(told[metric], abs=1e-3)

"""`python -m helpers.training`: where pictures come from, what the weight's card says."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import datasets, images, metrics, networks, paths
from helpers.networks import TrainedNetwork, weights
from helpers.training import cards, sources
from helpers.training.__main__ import arguments, main, network_of, recipe_of
from helpers.training.recipes import RECIPES
from helpers.training.sources import SOURCES, source, split
from tests.networks.tiny import tiny


@pytest.fixture
def offline(monkeypatch) -> None:
    """No test set is there, and none can be downloaded."""

    def fetch(name: str, **options):
        raise ConnectionError(name)

    monkeypatch.setattr(datasets, "fetch", fetch)


# ---- the command ----------------------------------------------------------------------------


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path) -> None:
    argv = ["dncnn", "--data", "nowhere", "--out", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "helpers.training", *argv], capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("python -m helpers.training: ")
    assert "nowhere" in ended.stderr


def test_a_weight_and_its_card_are_trained_by_one_command(offline, tmp_path, capsys) -> None:
    out = ["--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "state")]
    main(["dncnn", "--sigma", "15", "--data", "photographs", "--steps", "3", "--batch", "2", *out])
    network, card = weights.read(tmp_path / "out" / "dncnn.safetensors")
    assert network.architecture == {"network": "dncnn", "size": "small", "channels": 1}
    assert card["data"].startswith("photographs inside scikit-image, without astronaut, camera")
    assert card["terms"].startswith("CC0")
    assert card["training"]["sigma"] == [15.0, 15.0]
    for name, value in {"steps": 3, "batch": 2, "patch": 64, "grad_clip": 1.0, "seed": 0}.items():
        assert card["training"][name] == value  # what was not said is told too
    assert card["history"]["step"] == [3]
    assert "torch" in card["machine"]
    assert card["seconds"] >= 0
    assert card["scores"] == {}
    assert capsys.readouterr().out.startswith("dncnn: ")
    assert list((tmp_path / "state").iterdir()) == []  # the next training begins anew


def test_of_several_processes_the_first_one_writes(offline, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RANK", "1")
    out = ["--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "state")]
    main(["gondara", "--data", "photographs", "--steps", "1", *out])
    assert not (tmp_path / "out").exists()


def test_what_is_not_asked_for_is_as_in_the_recipe() -> None:
    recipe = recipe_of(arguments(["dncnn_blind"]))
    assert recipe == replace(
        RECIPES["dncnn_blind"], settings=RECIPES["dncnn_blind"].settings | {"seed": 0}
    )
    argv = ["--sigma", "30", "--lr", "0.5", "--start", "none", "--out", "elsewhere"]
    changed = recipe_of(arguments(["dncnn_blind", *argv]))
    assert (changed.sigma, changed.start) == ((30.0, 30.0), None)
    assert changed.settings == recipe.settings | {"lr": 0.5}


@pytest.mark.parametrize("argv", [["dncn"], [], ["dncnn", "--size", "large"]])
def test_an_impossible_command_is_answered_with_the_usage(argv: list, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments(argv)
    assert "usage: python -m helpers.training" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv", [["--sigma", "15"], ["--data", "photographs"], ["--size", "paper"], ["--seed", "1"]]
)
def test_what_ships_is_not_replaced_by_something_else(argv: list, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments(["dncnn", *argv])
    assert "name a folder with --out" in capsys.readouterr().err
    assert arguments(["dncnn", *argv, "--out", "elsewhere"]).out.name == "elsewhere"


def test_the_recipe_itself_goes_where_the_weights_are() -> None:
    assert arguments(["dncnn", "--sigma", "25", "--data", "bsds500"]).out == paths.weights()


def test_a_strength_below_one_gray_level_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"--sigma is in gray levels here.*units is 25\.5"):
        arguments(["dncnn", "--sigma", "0.1", "--out", "elsewhere"])


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_built(name: str) -> None:
    recipe = RECIPES[name]
    network = networks.build(recipe.network, **recipe.options)
    assert network.architecture["channels"] == (3 if name.endswith("colour") else 1)
    assert cards.Settings(**recipe.settings).steps >= 1000
    strengths = recipe.noise()
    low, high = recipe.sigma
    sigma = getattr(strengths, "sigma", None) or strengths(np.random.default_rng(0)).sigma
    assert low <= sigma * 255 <= high


def start_of(**changes) -> networks.Network:
    recipe = replace(RECIPES["dncnn_blind"], options={"blind": True}, **changes)
    return network_of(replace(recipe, settings={"seed": 0}), "small")


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
    recipe = replace(RECIPES["dncnn_blind"], start=str(path), settings={"seed": 0})
    started, noisy = network_of(recipe, "small").eval(), torch.rand(1, 1, 24, 24)
    torch.testing.assert_close(started(noisy), weights.read(path)[0](noisy), rtol=0, atol=1e-4)


def test_weights_of_another_size_are_no_beginning(tmp_path) -> None:
    weights.save(tiny("dncnn"), tmp_path / "tiny.safetensors", {})
    with pytest.raises(ValueError, match=r"no dncnn of this size to begin with; name another"):
        start_of(start=str(tmp_path / "tiny.safetensors"))


# ---- cards ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sigma", "levels"),
    [
        ((25, 25), ["25"]),
        ((0, 55), ["15", "25", "50"]),
        ((10, 10), ["10"]),
        ((20, 50), ["25", "50"]),
    ],
)
def test_scores_are_told_for_the_published_strengths(offline, sigma, levels: list) -> None:
    held_out = [images.load("coffee", size=24)]
    scores = cards.scores(TrainedNetwork(tiny("rednet", channels=3)), sigma, held_out)
    assert list(scores) == ["held out"]  # sets that are not there are left out
    assert list(scores["held out"]) == levels


def test_scores_are_means_by_the_protocol(monkeypatch) -> None:
    pictures = [images.load(name, gray=True, size=40) for name in ("camera", "chelsea")]
    monkeypatch.setattr(cards, "_pictures", lambda name: pictures if name == "set12" else [])
    denoise = TrainedNetwork(tiny("rednet"))
    (row,) = cards.scores(denoise, (25, 25))["set12"].values()
    given = []
    for number, clean in enumerate(pictures):
        rng = np.random.default_rng((cards.SEED, number))
        noisy = clean + np.float32(25 / 255) * rng.standard_normal(clean.shape, np.float32)
        given.append([metrics.score(clean, x, ["psnr", "ssim"]) for x in (noisy, denoise(noisy))])
    for i, kind in enumerate(("noisy", "restored")):
        for metric in ("psnr", "ssim"):
            mean = np.mean([pair[i][metric] for pair in given])
            assert row[f"{kind} {metric}"] == pytest.approx(mean, abs=0.05)


def test_a_card_is_json_also_without_validation(offline) -> None:
    history = cards.History([1, 2], [0.123456789, 0.5], [math.nan, 20.0], 2.0)
    card = cards.card_of(tiny("rednet"), RECIPES["rednet"], SOURCES["photographs"], history)
    written = json.loads(json.dumps(card, allow_nan=False))
    assert written["history"]["psnr"] == [None, 20.0]
    assert written["history"]["loss"] == [0.12346, 0.5]


# ---- sources --------------------------------------------------------------------------------


def test_photographs_leave_out_what_the_course_tests_on() -> None:
    pictures = sources.photographs()
    assert len(pictures) == len(images.PHOTOGRAPHS) - 7
    for name in ("astronaut", "camera", "chelsea"):
        kept_for_tests = images.load(name)
        assert name in SOURCES["photographs"].about
        assert not any(np.array_equal(kept_for_tests, picture) for picture in pictures)


def test_dead_leaves_are_drawn_without_any_photograph(monkeypatch) -> None:
    monkeypatch.setattr(sources, "LEAVES", 3)
    pictures = SOURCES["dead_leaves"].pictures()
    assert [picture.shape for picture in pictures] == [(192, 192, 3)] * 3
    assert not np.array_equal(pictures[0], pictures[1])


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_what_it_is_and_on_which_terms(name: str) -> None:
    assert len(SOURCES[name].about) > 20
    assert len(SOURCES[name].terms) > 10


def test_a_folder_is_a_source_with_all_that_is_below_it(tmp_path) -> None:
    (tmp_path / "deeper").mkdir()
    for path, value in (("b.png", 50), ("deeper/a.PNG", 100)):
        Image.fromarray(np.full((9, 8), value, np.uint8)).save(tmp_path / path)
    (tmp_path / "notes.txt").write_text("no picture")
    folder = source(str(tmp_path))
    assert folder.about == "2 pictures of a folder"
    values = [round(255 * float(picture.mean())) for picture in folder.pictures()]
    assert values == [50, 100]


def test_an_unknown_source_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown source of pictures 'bsd500', did you mean"):
        source("bsd500")


def test_a_folder_without_pictures_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"no picture in .*; looked for .png"):
        source(str(tmp_path))


@pytest.mark.parametrize("count", [1, 2, 8, 19, 20, 21, 100])
def test_pictures_for_validation_are_not_trained_on(count: int) -> None:
    training, validation = split(list(range(count)))
    assert sorted(training + validation) == list(range(count))
    assert training
    assert len(validation) == max(count // 20, min(count - 1, 1))

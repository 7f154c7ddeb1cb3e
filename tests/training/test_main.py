"""`python -m helpers.training`: one command for every weight, what it writes and refuses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from helpers import datasets, images, low_light, networks, paths, versions
from helpers.datasets.dataset import Dataset, Lazy
from helpers.losses import MDF
from helpers.networks import weights
from helpers.training import loop, mdf, zero_dce
from helpers.training.__main__ import NAMES, arguments, main
from helpers.training.denoising import Denoising
from helpers.training.low_light import Brightening
from helpers.training.mdf import OneScale
from helpers.training.recipes import LIVE, RECIPES
from helpers.training.sources import SOURCES


@pytest.fixture
def offline(monkeypatch) -> None:
    """No test set is there, and none can be downloaded."""

    def fetch(name: str, **options):
        raise ConnectionError(name)

    monkeypatch.setattr(datasets, "fetch", fetch)


def stacks() -> Dataset:
    """Two places, two scenes each way, as the exposure stacks have them."""
    shares = (1, 0.6, 0.2, 0.1)
    rows = [(name, share) for name in ("coffee", "chelsea") for share in shares]
    table = pd.DataFrame({"place": [2] * 4 + [3] * 4})
    table["scene"] = table["place"]
    pictures = Lazy(
        rows, lambda row: images.load(row[0], size=64) * np.float32(low_light.dimming(row[1]))
    )
    return Dataset("mine", "CC0", "me", tuple("abcdefgh"), pictures, table=table)


@pytest.fixture
def small(offline, monkeypatch) -> None:
    """Recipes that take a second."""
    live = {"steps": 3, "batch": 2, "patch": 32}
    monkeypatch.setitem(
        RECIPES,
        "gondara",
        replace(RECIPES["gondara"], data=SOURCES["photographs"], settings={"lr": 0.008, **live}),
    )
    scales = mdf.Scales(scales=2, width=4, drawn=2)
    jpeg = replace(RECIPES["mdf_jpeg"], options=scales, settings={"steps": 2, "patch": 24})
    monkeypatch.setitem(RECIPES, "mdf_jpeg", jpeg)
    dark = replace(RECIPES["zero_dce"], settings={"lr": 2e-3, **live}, reduced=2)
    monkeypatch.setitem(RECIPES, "zero_dce", dark)

    def fetch(name: str, **options):
        if name == "exposure_stacks":
            return stacks()
        raise ConnectionError(name)

    monkeypatch.setattr(datasets, "fetch", fetch)


def folders(tmp_path: Path) -> list[str]:
    return ["--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "state")]


# ---- what it writes -------------------------------------------------------------------------


def test_a_weight_and_its_card_are_trained_by_one_command(offline, tmp_path, capsys) -> None:
    changes = ["--sigma", "15", "--data", "photographs", "--steps", "3", "--batch", "2"]
    main(["dncnn", *changes, *folders(tmp_path)])
    network, card = weights.read(tmp_path / "out" / "dncnn.safetensors")
    assert network.architecture == {"network": "dncnn", "size": "small", "channels": 1}
    assert card["data"].startswith("photographs inside scikit-image, without astronaut, camera")
    assert card["terms"].startswith("CC0")
    assert card["training"]["sigma"] == [15.0, 15.0]
    for name, value in {"steps": 3, "batch": 2, "patch": 64, "grad_clip": 1.0, "seed": 0}.items():
        assert card["training"][name] == value  # what was not said is told too
    assert card["history"]["step"] == [3]
    assert len(card["history"]["psnr"]) == 1
    assert "torch" in card["machine"]
    assert card["seconds"] >= 0
    assert card["scores"] == {}
    assert [card["commit"]] == card["commits"]
    assert capsys.readouterr().out.startswith("dncnn: ")
    assert list((tmp_path / "state").iterdir()) == []  # the next training begins anew


def test_zero_dce_is_a_recipe(small, tmp_path, capsys) -> None:
    main(["zero_dce", *folders(tmp_path)])
    network, card = weights.read(tmp_path / "out" / "zero_dce.safetensors")
    assert isinstance(network, networks.ZeroDCE)
    assert card["training"]["loss"] == RECIPES["zero_dce"].training()["loss"]
    assert card["history"]["step"] == [3]
    assert card["data"] == zero_dce.STACKS.description
    assert next(iter(card["scores"]["held-out stacks"])) == "dark input"
    assert capsys.readouterr().out.startswith("zero_dce: ")
    assert list((tmp_path / "state").iterdir()) == []


def test_the_discriminators_are_a_recipe(small, tmp_path) -> None:
    main(["mdf_jpeg", *folders(tmp_path)])
    path = tmp_path / "out" / "mdf_jpeg.safetensors"
    card = weights.read_card(path)
    assert card["training"]["steps"] == 2
    assert card["training"]["noise"] == "RandomParameters('jpeg', quality=(10, 40))"
    assert card["inputs"] == [-1, 1]
    assert card["history"]["step"] == [2, 2]  # of each scale
    assert all(len(card["history"][name]) == 2 for name in ("loss", "error", "apart"))
    assert len(MDF(path).discriminators) == 2
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "objective", "step"),
    [("gondara", Denoising, 2), ("zero_dce", Brightening, 2), ("mdf_jpeg", OneScale, 1)],
)
def test_a_training_that_was_killed_goes_on(
    small, name: str, objective: type, step: int, tmp_path, monkeypatch
) -> None:
    class Stop(Exception):
        pass

    def stop(self, numbers):
        if numbers[0] >= step * batch_of:
            raise Stop
        return batch(self, numbers)

    def fit_often(*given, real=loop.fit, **how):
        return real(*given, **how | {"every": 1})

    for module in ("denoising", "low_light", "mdf"):
        monkeypatch.setattr(f"helpers.training.{module}.fit", fit_often)
    batch, batch_of = objective.batch, RECIPES[name].numbers.batch
    whole, again = tmp_path / "whole", tmp_path / "again"
    main([name, *folders(whole)])
    monkeypatch.setattr(objective, "batch", stop)
    with pytest.raises(Stop):
        main([name, *folders(again)])
    monkeypatch.setattr(objective, "batch", batch)
    assert list((again / "state").iterdir())
    main([name, *folders(again)])
    one, other = (load_file(path / "out" / f"{name}.safetensors") for path in (whole, again))
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[key]) for key, value in one.items())
    assert list((again / "state").iterdir()) == []


# ---- options --------------------------------------------------------------------------------


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path) -> None:
    argv = ["dncnn", "--data", "nowhere", "--out", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "helpers.training", *argv], capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("python -m helpers.training: ")
    assert "nowhere" in ended.stderr


def test_what_is_not_given_is_as_in_the_recipe() -> None:
    assert arguments(["dncnn_blind"]).recipe == RECIPES["dncnn_blind"]
    argv = ["--sigma", "30", "--lr", "0.5", "--start", "none", "--out", "elsewhere"]
    changed = arguments(["dncnn_blind", *argv]).recipe
    assert (changed.sigma, changed.start) == ((30.0, 30.0), None)
    assert changed.settings == RECIPES["dncnn_blind"].settings | {"lr": 0.5}


@pytest.mark.parametrize("argv", [["dncn"], [], ["dncnn", "--size", "large"]])
def test_an_impossible_command_is_answered_with_the_usage(argv: list, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments(argv)
    assert "usage: python -m helpers.training" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["zero_dce", "--sigma", "25"], "the recipe of zero_dce has no --sigma"),
        (["drunet_camera", "--sigma", "25"], "draws its own noise: it has no --sigma"),
        (["mdf_jpeg", "--data", "photographs"], "the recipe of mdf_jpeg has no --data"),
        (["dncnn", "--lr", "-1"], "lr is a number above 0, not -1"),
        (["mdf_jpeg", "--batch", "0"], "batch is a whole number from 1"),
    ],
)
def test_an_option_that_a_recipe_has_not_is_refused(argv: list, reason: str, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments([*argv, "--out", "elsewhere"])
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        *(["dncnn", *more] for more in (["--sigma", "15"], ["--data", "photographs"])),
        *(["dncnn", *more] for more in (["--size", "paper"], ["--seed", "1"])),
        *(["zero_dce", "--steps", "3"], ["mdf_jpeg", "--steps", "3"], ["live"]),
    ],
)
def test_what_ships_is_not_replaced_by_something_else(argv: list, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments(argv)
    assert "name a folder with --out" in capsys.readouterr().err
    assert arguments([*argv, "--out", "elsewhere"]).out.name == "elsewhere"
    folder = RECIPES.get(argv[0], LIVE).folder  # to name it does not help
    with pytest.raises(SystemExit, match="2"):
        arguments([*argv, "--out", str(folder / ".." / folder.name)])


@pytest.mark.parametrize("name", NAMES[:-1])
def test_the_recipe_itself_goes_where_the_weights_are(name: str) -> None:
    options = arguments([name, "--seed", "0"])
    assert (options.out / f"{name}.safetensors").exists()


def test_the_live_network_is_a_recipe() -> None:
    assert arguments(["live", "--out", "elsewhere"]).recipe == LIVE
    assert arguments(["dncnn", "--sigma", "25", "--data", "bsds500"]).out == paths.weights()


def test_a_strength_below_one_gray_level_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"--sigma is in gray levels here.*units is 25\.5"):
        arguments(["dncnn", "--sigma", "0.1", "--out", "elsewhere"])


# ---- what ships -----------------------------------------------------------------------------


@pytest.fixture
def shipping(small, tmp_path, monkeypatch) -> Path:
    """The folder of what ships; nothing that a recipe depends on has changed."""
    monkeypatch.setattr(paths, "weights", lambda: tmp_path / "weights")
    monkeypatch.setattr(versions, "commit", lambda thing: "1a2b3c4")
    return tmp_path / "weights"


def test_what_ships_names_its_commit(shipping, tmp_path) -> None:
    main(["gondara", "--checkpoints", str(tmp_path / "state")])
    assert weights.read_card(shipping / "gondara.safetensors")["commits"] == ["1a2b3c4"]


def test_what_would_ship_from_changed_code_is_refused_at_the_start(
    shipping, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(versions, "commit", lambda thing: "1a2b3c4-dirty")
    names = [f"helpers.noise.chance:{name}" for name in "abcdefg"]
    monkeypatch.setattr(versions, "changes", lambda thing, commit: names)
    reason = r"gondara ships, and helpers.noise.chance:a, .*:e differs from commit 1a2.*7 defin"
    with pytest.raises(ValueError, match=reason):
        main(["gondara", "--checkpoints", str(tmp_path / "state")])
    assert list(tmp_path.iterdir()) == []
    main(["gondara", *folders(tmp_path)])  # elsewhere anything goes, and the card says so
    card = weights.read_card(tmp_path / "out" / "gondara.safetensors")
    assert card["commits"] == ["1a2b3c4-dirty"]


def test_code_that_changes_until_the_end_is_named_and_nothing_is_lost(
    shipping, tmp_path, monkeypatch
) -> None:
    first, second = ["1a2b3c4"] * 2 + ["5d6e7f8-dirty"], ["5d6e7f8"] * 3
    commits = iter(first + second)  # at a start, in the training, at an end
    monkeypatch.setattr(versions, "changes", lambda thing, commit: ["helpers.losses:L2"])
    monkeypatch.setattr(versions, "commit", lambda thing: next(commits))
    state = ["--checkpoints", str(tmp_path / "state")]
    with pytest.raises(ValueError, match=r"helpers.losses:L2 differs from commit 5d6e7f8"):
        main(["gondara", *state])
    main(["gondara", *state])  # committed since; nothing is trained again
    assert weights.read_card(shipping / "gondara.safetensors")["commits"] == ["1a2b3c4"]


def test_a_weight_trained_under_lost_code_may_not_ship(shipping, tmp_path, monkeypatch) -> None:
    commits = iter(["1a2b3c4", "1a2b3c4-dirty", "5d6e7f8"])
    monkeypatch.setattr(versions, "commit", lambda thing: next(commits))
    with pytest.raises(ValueError, match="was trained under 1a2b3c4-dirty, code that nobody"):
        main(["gondara", "--checkpoints", str(tmp_path / "state")])
    assert not shipping.exists()

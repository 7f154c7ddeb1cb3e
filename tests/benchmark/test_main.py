"""The command line: what is asked for is computed, and what is wrong is named."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers import images, noise
from helpers.benchmark import KNOWLEDGE, suites, tables
from helpers.benchmark.__main__ import main, model, models, pictures


def words(tmp_path: Path, *more: str) -> list[str]:
    few = ["--methods", "mean", "--images", "camera", "--size", "48", "--metrics", "psnr", "mse"]
    return [*few, "--cache", str(tmp_path / "cells"), *more]


@pytest.mark.slow
def test_a_leaderboard_is_printed_and_files_are_written(tmp_path: Path, capsys) -> None:
    out = [str(tmp_path / name) for name in ("t.csv", "t.md")]
    noises = ["--noises", "gaussian:sigma=25", "poisson_gaussian:gain=0.02,sigma=4"]
    assert main(words(tmp_path, *noises, "--draws", "2", "--out", *out)) == 0
    printed = capsys.readouterr().out
    assert "| noisy input |" in printed
    assert Path(out[1]).read_text().strip() in printed
    table = tables.read(out[0])
    assert len(table) == 2 * 2 * 2
    assert set(table["noise"]) == {str(model(text)) for text in noises[1:]}
    assert main(words(tmp_path, *noises, "--draws", "2", "--finished")) == 0
    assert "8 cells, 0 of them failed" in capsys.readouterr().out


@pytest.mark.slow
def test_files_and_folders_are_pictures(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "mine"
    for name in ("a.png", "b.png"):
        save(folder / name)
    asked = words(tmp_path, "--out", str(tmp_path / "t.csv"))
    asked[3:4] = [str(folder), str(folder / "a.png"), "coins"]
    assert main(asked) == 0
    assert set(tables.read(tmp_path / "t.csv")["image"]) == {"a.png", "b.png", "coins"}


def save(path: Path, name: str = "coffee") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((images.load(name, size=40) * 255).astype("uint8")).save(path)


def test_pictures_are_told_apart_by_as_many_folders_as_it_takes(tmp_path: Path) -> None:
    for folder in ("a/x", "b/x", "b/y"):
        save(tmp_path / folder / "1.png")
    save(tmp_path / "b/y/2.png")
    save(tmp_path / "b/y/._2.png")  # as macOS leaves them
    (tmp_path / "b/y/3.png").mkdir()
    asked = [str(tmp_path / one) for one in ("a/x", "b/x", "b/y", "b/y/2.png", "b/x/../x/1.png")]
    found = pictures([*asked, "camera"], 32)
    assert list(found) == ["a/x/1.png", "b/x/1.png", "y/1.png", "2.png", "camera"]
    assert {image.shape for image in found.values()} == {(32, 32)}


def test_a_file_is_no_photograph_of_the_same_name(tmp_path: Path) -> None:
    save(tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / "camera")
    found = pictures(["camera", str(tmp_path / "camera")], 32)
    assert list(found) == ["camera", f"{tmp_path.name}/camera"]
    assert not np.array_equal(*found.values())


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are Unicode there")
def test_a_name_that_is_not_unicode_is_shown(tmp_path: Path) -> None:
    save(tmp_path / "x.png")
    os.rename(tmp_path / "x.png", os.fsencode(tmp_path) + b"/caf\xe9.png")
    asked = words(tmp_path, "--out", str(tmp_path / "t.csv"))
    asked[3] = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")
    assert main(asked) == 0
    assert set(tables.read(tmp_path / "t.csv")["image"]) == {r"caf\udce9.png"}


def test_noises_that_look_alike_are_told_apart_by_what_was_typed() -> None:
    typed = ["gaussian:sigma=25", "gaussian:sigma=25.00001", "gaussian:sigma=25.0", "speckle"]
    found = models(typed)
    assert list(found) == [*typed[:2], str(noise.Speckle())]
    assert found[typed[1]].sigma == 25.00001 / 255


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--noises", "jpeg:quality=30.9"], "quality is one of 1, 2, 3"),
        (["--noises", "gaussian:sigma=25,sigma=50"], "names sigma twice"),
        (["--size", "-1"], "size is a whole number, 0 or more"),
        (["--images", "a" * 300], "a picture cannot be"),
        (["--methods", "bm4d"], "no method bm4d; there are gaussian"),
        (["--images", "nowhere.png"], "neither a file nor a photograph"),
        (["--noises", "gauss"], "did you mean 'gaussian'"),
        (["--noises", "gaussian:s=3"], "gaussian has the parameters sigma"),
        (["--noises", "gaussian:sigma=x"], "'x' is no number"),
        (["--noises", "gaussian:sigma=999"], "(in gray levels) is a number from 0 to 255"),
        (["--metrics", "snr"], "unknown metric 'snr'"),
        (["--draws", "0"], "draws is a whole number"),
        (["--scheduler", "soon"], "a scheduler is"),
        (["--finished"], "nothing of it is finished"),
        (["--out", "t.xls"], "not to 't.xls'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, capsys, more: list[str], reason: str) -> None:
    assert main(words(tmp_path, *more)) == 1
    assert reason in capsys.readouterr().err


def test_the_help_has_every_option(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    options = ("methods", "images", "noises", "metrics", "draws", "knows", "suite", "cache", "out")
    for option in options:
        assert f"--{option}" in told
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert "suite published: Set12 and BSD68" in listed
    assert "knows: told (The true noise model), strength (" in listed


def test_each_column_of_knowledge_has_a_board_of_its_own(tmp_path: Path, capsys) -> None:
    assert main(words(tmp_path, "--knows", "told", "nothing")) == 0
    printed = capsys.readouterr().out
    assert "| method, told | Gaussian, σ = 25/255 |" in printed
    assert "| method, nothing | Gaussian, σ = 25/255 |" in printed
    assert printed.count("| noisy input |") == 2


# ---- suites ----------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [["--methods", "mean"], ["--finished"]])
def test_a_part_of_a_suite_does_not_take_the_place_of_its_table(more, monkeypatch) -> None:
    written = []
    monkeypatch.setattr("helpers.benchmark.__main__.compute", lambda options: small_table())
    monkeypatch.setattr(tables, "write", lambda table, path, command="": written.append(path))
    assert main(["--suite", "chest", *more]) == 0
    assert written == []
    assert main(["--suite", "chest"]) == 0
    assert written == [suites.results("chest")]


def small_table() -> pd.DataFrame:
    row = {"image": "a", "noise": "g", "method": "mean", "psnr": 20.0, "seconds": 1.0, "error": ""}
    return pd.DataFrame([row])


def test_a_new_method_is_in_every_suite() -> None:
    mine = {"mine": lambda noisy, sigma: noisy}
    tasks = suites.cells("kinds", mine)
    asked = [(t.image, t.noise, t.knows) for t in tasks if t.method == "mine"]
    start = [(t.image, t.noise, t.knows) for t in tasks if t.method == "noisy input"]
    assert len(asked) == len(set(asked))
    assert {one for one in start if one[2] != "nothing"} == set(asked)
    assert {task.noise for task in tasks} == {*suites.GAUSSIAN, *suites.OTHERS}


def test_the_noisy_input_is_told_nothing_in_every_column() -> None:
    tasks = suites.cells("kinds", {}, ["photograph/camera"])
    assert {task.tell for task in tasks} == {KNOWLEDGE["nothing"]}
    assert {task.knows for task in tasks} == set(suites.SUITES["kinds"].knows)


def test_suites_take_all_filters_and_all_weights_for_gray_pictures() -> None:
    methods = suites.course_methods()
    assert {"bm3d", "dncnn", "dncnn_blind", "vincent", "zero_shot"} <= methods.keys()
    assert not {"dncnn_colour", "zero_dce"} & methods.keys()
    assert all(one.precision == "float32" for one in methods.values() if hasattr(one, "card"))


def test_pictures_that_are_no_photographs_are_for_methods_that_are_told() -> None:
    methods = {name: suites.course_methods()[name] for name in ("bm3d", "dncnn", "drunet")}
    tasks = suites.cells("kinds", methods)
    others = [task for task in tasks if not task.image.startswith("photograph/")]
    assert {(task.noise, task.knows) for task in others} == {
        ("gaussian 25", "told"),
        ("poisson", "told"),
    }
    untold = {task.method for task in tasks if task.knows == "nothing"}
    assert untold == {"noisy input", "dncnn"}


def test_an_unknown_suite_or_picture_is_named() -> None:
    with pytest.raises(ValueError, match="unknown suite 'kind', did you mean 'kinds'"):
        suites.cells("kind", {})
    with pytest.raises(ValueError, match="unknown picture 'texture/bricks', did you mean"):
        suites.cells("kinds", {}, images=["texture/bricks"])


def test_pictures_are_images_large_enough_for_all_metrics() -> None:
    for name, picture in suites.kinds_of_picture().items():
        assert images.as_image(picture).ndim == 2, name
        assert min(picture.shape) >= 161, name
        assert picture.std() > 0.05, name

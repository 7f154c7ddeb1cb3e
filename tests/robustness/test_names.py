"""Names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import (
    filters,
    images,
    metrics,
    networks,
    noise,
)
from helpers.benchmark import __main__ as command
from helpers.benchmark import run, tables
from helpers.losses import LOSSES
from tests.robustness.cases import CLEAN


@pytest.mark.slow
def test_names_two_folders_with_one_file_name(tmp_path: Path, capsys) -> None:
    for folder, name in (("noisy", "camera"), ("clean", "coins")):
        (tmp_path / folder).mkdir()
        levels = np.rint(255 * images.load(name, size=32)).astype(np.uint8)
        Image.fromarray(levels).save(tmp_path / folder / "1.png")
    argv = ["--images", str(tmp_path / "noisy"), str(tmp_path / "clean"), "--methods", "mean"]
    argv += [
        "--metrics",
        "psnr",
        "--cache",
        str(tmp_path / "c"),
        "--out",
        str(tmp_path / "t.csv"),
    ]
    if command.main(argv) == 0:  # both pictures, or a refusal that names the file
        assert (tables.read(tmp_path / "t.csv")["method"] == "mean").sum() == 2
    else:
        assert "1.png" in capsys.readouterr().err


def test_names_a_picture_may_have_a_hash_sign(tmp_path: Path) -> None:
    table = run({"mean": filters.mean}, {"cat #1": CLEAN}, {"g": noise.Gaussian()}, progress=False)
    tables.write(table, tmp_path / "t.csv")
    again = tables.read(tmp_path / "t.csv")
    assert list(again["image"]) == ["cat #1"] * 2
    assert again["psnr"].notna().all()


@pytest.mark.parametrize("load", [images.load, networks.load])
def test_names_of_300_letters_are_refused(load: Callable) -> None:
    with pytest.raises((ValueError, FileNotFoundError)):
        load("a" * 300)


def test_names_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "x.png")
    assert images.load("~/x.png").shape == (9, 9)


@pytest.mark.parametrize(
    "family", [noise.MODELS, LOSSES, metrics.METRICS, filters.FILTERS, networks.NETWORKS]
)
def test_names_that_are_lists_are_unknown(family: dict) -> None:
    with pytest.raises(ValueError, match="unknown"):
        family[["gaussian"]]

"""Cards."""

from __future__ import annotations

import json
import signal
import time
import tracemalloc
from pathlib import Path

import pytest

from helpers import (
    networks,
)
from helpers.networks import weights
from tests.robustness.cases import small


def test_cards_that_ask_for_a_million_layers_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    weights.save(small(), path, {})
    card = path.with_suffix(".json")
    card.write_text(card.read_text().replace('"depth": 4', '"depth": 1000000'))
    before = signal.signal(signal.SIGALRM, lambda *frame: pytest.fail("5 seconds have passed"))
    signal.alarm(5)
    try:
        with pytest.raises(ValueError, match="safetensors"):
            networks.load(path)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


HUGE = {
    "a thousand layers": {"depth": 1000},
    "a million layers": {"depth": 10**6},
    "a number of 4000 digits": {"depth": int("9" * 4000)},
    "a width": {"width": 10_000},
    "a matrix": {"network": "vincent", "patch": 5000, "hidden": 10_000},
    "modules": {"network": "ridnet", "modules": 10_000},
    "blocks": {"network": "rdn", "blocks": 10_000},
    "dense layers": {"network": "rdn", "layers": 10_000},
    "convolutions": {"network": "mwcnn", "convs": 10_000},
    "levels": {"network": "mwcnn", "widths": [4] * 10**4},
    "deep U-nets": {"network": "pridnet", "widths": [4] * 16},
    "many U-nets": {"network": "pridnet", "pools": [1] * 10**4},
    "cells": {"network": "pridnet", "pools": [1, 2**20]},
    "iterations": {"network": "zero_dce", "iterations": 10**9},
    "a scale": {"network": "zero_dce", "scale": 2**20},
}


@pytest.mark.parametrize("what", HUGE)
def test_cards_that_ask_for_what_the_file_cannot_hold_are_refused_at_once(
    what: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.safetensors"
    weights.save(small(), path, {})
    card = json.loads(path.with_suffix(".json").read_text())
    architecture = {"network": "rednet"} | HUGE[what]
    card["architecture"] = architecture
    path.with_suffix(".json").write_text(json.dumps(card))
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"x\.(safetensors|json)"):
        networks.load(path)
    assert time.process_time() - begun < 2  # 0.01 to 0.1 s measured
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_cards_that_are_folders_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    weights.save(small(), path, {})
    path.with_suffix(".json").unlink()
    path.with_suffix(".json").mkdir()
    with pytest.raises(ValueError, match=r"card x\.json is a folder"):
        networks.load(path)


@pytest.mark.parametrize(
    "name", [None, 5, "", "x" * 300, ["dncnn"], "dncnn\0", b"dncnn", "~no_such_user/x"]
)
def test_names_that_no_weight_has_are_refused(name: object) -> None:
    with pytest.raises(
        ValueError, match=r"^a trained weight (is a name or a path, not|cannot be)"
    ):
        networks.load(name)


def test_names_of_weights_may_begin_at_home(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    weights.save(small(), "~/x.safetensors", {})
    assert (tmp_path / "x.safetensors").exists()
    assert networks.load("~/x.safetensors").channels == 1


def test_names_that_ship_are_found_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vincent").mkdir()
    assert networks.load("vincent").network.architecture["network"] == "vincent"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"precision": None}, "precision is one of auto, float32, bfloat16, not None"),
        ({"tile": "x"}, "tile is a whole number"),
        ({"tile": 1.5}, "tile is a whole number"),
        ({"tile": float("nan")}, "tile is a whole number"),
        ({"device": "tpu"}, "device is 'cpu', or 'cuda' where there is one, not 'tpu'"),
        ({"device": 3.5}, "device is 'cpu'"),
        ({"device": []}, "device is 'cpu'"),
        ({"device": "meta"}, "device is 'cpu'"),
    ],
)
def test_how_a_weight_is_used_is_checked_when_it_is_loaded(options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        networks.load("vincent", **options)

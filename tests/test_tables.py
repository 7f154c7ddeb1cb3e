"""Tables that ship say which command made them, and hold what it makes."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.networks import weights
from helpers.training import vision
from helpers.training.recipes import LIVE
from tools import live_network, vision_table, weights_table

RESULTS = sorted((weights.folder().parent / "results").glob("*.csv"))


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_a_table_begins_with_its_command(path) -> None:
    first = path.read_text("utf-8").split("\n", 1)[0]
    assert first.startswith("# python -m tools.") or first.startswith("# python -m helpers.")
    assert len(pd.read_csv(path, comment="#")) > 1


def test_the_live_network_was_trained_on_every_source_and_longer_and_shorter() -> None:
    table = pd.read_csv(live_network.RESULTS, comment="#")
    steps = LIVE.settings["steps"]
    expected = {(data, steps) for data in live_network.DATA}
    expected |= {(live_network.DATA[0], round(share * steps)) for share in live_network.SHARES}
    assert set(zip(table["data"], table["steps"])) == expected


def test_every_row_of_denoising_for_vision_is_there_and_begins_with_the_noisy_input() -> None:
    table = pd.read_csv(vision_table.RESULTS, comment="#")
    shipped = {name for name, task in vision.TASKS.items() if task.shipped}
    assert shipped <= set(table["task"]) <= set(vision.TASKS)
    for name, rows in table.groupby("task"):
        assert tuple(rows["row"].unique()) == vision_table.ROWS
        counts = rows.groupby(["row", "seed"]).size()
        assert len(counts) == len(vision_table.ROWS) * len(vision_table.SEEDS)
        assert counts.nunique() == 1
        if name in shipped:
            assert counts.iloc[0] == len(vision.TASKS[name].samples().tests)
    assert table[["psnr", "ssim", "score"]].notna().all().all()
    assert table["score"].between(0, 1).all()


def card(**scores: float) -> dict:
    return {
        "architecture": {"channels": 1},
        "parameters": 1000,
        "seconds": 60,
        "training": {"steps": 10, "start": None},
        "scores": {"bsd68": {"25": scores}},
    }


@pytest.mark.parametrize(
    ("name", "psnr", "words"),
    [
        ("dncnn", 29.0, "0.15 dB SHORT of 29.15"),
        ("dncnn", 29.2, None),
        ("gondara", 25.0, "0.48 dB SHORT of 25.48"),
        ("gondara", 26.0, None),
    ],
)
def test_a_weight_below_its_target_is_told_so(name: str, psnr: float, words: str | None) -> None:
    scores = {"noisy psnr": 20.48, "restored psnr": psnr, "restored ssim": 0.8}
    line = weights_table.row(name, card(**scores))
    assert "20.48 → " in line
    assert ("SHORT" in line) == (words is not None)
    assert words is None or words in line


def test_every_weight_has_a_row() -> None:
    for name in weights.available():
        assert weights_table.row(name, weights.read(name)[1]).startswith(name)

"""Tables that ship say which command made them, and hold what it makes."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from helpers import paths
from helpers.benchmark import BASELINE, suites, tables
from helpers.losses import LOSSES
from helpers.low_light import BRIGHTENERS
from helpers.networks import weights
from helpers.training import vision
from helpers.training.multiscale import RIVALS, STEPS
from helpers.training.recipes import LIVE
from helpers.training.sources import TESTED_ON
from tools import (
    live_network,
    losses_table,
    multiscale_table,
    readme_table,
    real_noise_table,
    tradeoff_tables,
    vision_table,
    weights_table,
)
from tools.low_light_table import OFF, SEEDS

RESULTS_OF = paths.results()
RESULTS = sorted(RESULTS_OF.glob("*.csv"))


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


@pytest.mark.parametrize("task", losses_table.TASKS)
def test_every_loss_was_tried_from_three_starts_on_the_same_pictures(task: str) -> None:
    table = pd.read_csv(losses_table.RESULTS / f"losses_{task}.csv", comment="#")
    rows = [losses_table.BASELINE, *losses_table.TASKS[task].rows]
    assert table.groupby(["loss", "seed"]).size().to_dict() == {
        (row, seed): table["picture"].nunique() for row in rows for seed in losses_table.SEEDS
    }
    noisy = table[table["loss"] == losses_table.BASELINE]
    assert noisy["whiteness"].isna().all()  # nothing was removed
    assert {row[0] for row in losses_table.TASKS[task].rows.values()} == set(LOSSES)


@pytest.mark.parametrize("task", losses_table.TASKS)
def test_the_networks_of_the_first_start_ship_as_their_cards_say(task: str) -> None:
    for row in losses_table.TASKS[task].rows:
        network, card = weights.read(f"losses/{task}_{row}")
        training = card["training"]
        assert network.architecture["width"] == losses_table.NETWORK["width"]
        assert losses_table.SETTINGS.items() <= training.items()
        assert training["lr"] == losses_table.TASKS[task].lr
        assert (training["seed"], training["task"]) == (losses_table.SEEDS[0], task)


TRADEOFF = {"choices": "score", "attacks": "score", "frontier": "method"}


@pytest.mark.parametrize("name", tradeoff_tables.TABLES)
def test_the_trade_off_was_measured_on_all_pictures_and_draws(name: str) -> None:
    table = pd.read_csv(tradeoff_tables.RESULTS / f"{name}.csv", comment="#")
    rows = table.groupby([TRADEOFF[name], "photograph", "draw"]).size().unstack(0)
    cases = len(tradeoff_tables.PHOTOGRAPHS) * tradeoff_tables.DRAWS
    assert len(rows) == cases >= 8 * 3
    assert set(rows.to_numpy().ravel()) == {rows.iloc[0, 0]}  # as many of each


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


def test_a_weight_that_removes_no_noise_stands_beside_what_needs_no_learning() -> None:
    line = weights_table.row("zero_dce", weights.read("zero_dce")[1])
    for method in ("dark input", *BRIGHTENERS, "zero_dce"):
        assert f"{method} " in line
    assert "σ" not in line


def test_each_loss_of_zero_dce_is_left_out_from_every_start() -> None:
    table = pd.read_csv(RESULTS_OF / "low_light_losses.csv", comment="#")
    assert set(zip(table["off"], table["seed"])) == set(product(OFF, SEEDS))
    assert (table.groupby(["off", "seed"])["picture"].apply(set) == set(TESTED_ON)).all()


def test_each_rival_was_trained_from_every_start() -> None:
    table = pd.read_csv(multiscale_table.RESULTS, comment="#")
    pairs = set(product(RIVALS, multiscale_table.SEEDS))
    assert set(zip(table["network"], table["seed"])) == pairs
    assert len(table) == len(pairs)
    assert (table["steps"] == STEPS).all()


def test_rivals_of_equal_time_took_nearly_the_same() -> None:
    table = pd.read_csv(multiscale_table.RESULTS, comment="#")
    seconds = table.groupby("network")["seconds"].mean()
    assert 0.7 < seconds["mwcnn, equal time"] / seconds["dncnn"] < 1.3


def test_nobody_was_tested_on_scenes_that_it_learned_from() -> None:
    table = pd.read_csv(real_noise_table.RESULTS, comment="#")
    canon = table[(table["set"] == "polyu") & ~table["learned"]]
    assert canon.groupby("scene")["half"].nunique().max() == 1  # no scene is in both
    assert canon["scene"].nunique() == 15
    assert set(canon["half"]) == set(real_noise_table.HALVES)
    counts = canon.groupby(["method", "seed"])["crop"].agg(["count", "nunique"])
    assert (counts == 55).all(axis=None)


def test_every_way_to_learn_a_camera_was_tried_from_every_start() -> None:
    table = pd.read_csv(real_noise_table.RESULTS, comment="#")
    seeds = table.groupby("method")["seed"].agg(set)
    best = {f"gaussian {level:g}" for level in real_noise_table.best_levels(table).values()}
    assert "real pairs, pridnet" in seeds
    for name in ("fitted soft camera", "real pairs", *best):
        assert seeds[name] == set(real_noise_table.SEEDS)
    for level in real_noise_table.LEVELS:
        assert 0 in seeds[f"gaussian {level:g}"] & seeds[f"bm3d {level:g}"]
    inner = real_noise_table.LEVELS[1:-1]
    assert all(level in inner for level in real_noise_table.best_levels(table).values())


def test_each_scene_has_its_camera_fitted_in_two_ways() -> None:
    table = pd.read_csv(real_noise_table.FITS, comment="#")
    assert (table.groupby("method")["scene"].nunique() == 15).all()
    assert len(table) == 2 * 15
    soft = table[table["method"] == "fitted soft camera"]
    assert (soft["fitted"] / soft["true"]).median() == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("name", suites.SUITES)
def test_a_comparison_has_its_baseline_and_each_cell_once(name: str) -> None:
    table = tables.read(suites.results(name))
    cells = table.groupby(["image", "noise", "draw", "method"]).size()
    assert (cells == 1).all()
    scored = table.groupby(["image", "noise"])["method"].agg(set)
    assert all(BASELINE in methods for methods in scored)
    assert set(table["noise"]) <= set(suites.SUITES[name].noises)
    failed = table["error"] != ""
    assert table.loc[~failed, list(suites.METRICS)].notna().all(axis=None)
    assert failed.mean() < 0.01


def test_the_readme_shows_the_table_that_ships() -> None:
    text = readme_table.README.read_text("utf-8")
    assert readme_table.updated(text) == text, "run python -m tools.readme_table"
    with pytest.raises(ValueError, match="lacks"):
        readme_table.updated("# no marks")

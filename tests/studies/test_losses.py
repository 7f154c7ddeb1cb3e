"""One small network and many losses: what was tried, and what ships of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from helpers import metrics, networks, noise, versions
from helpers.losses import LOSSES
from helpers.networks import weights
from helpers.studies import STUDIES, losses, table
from helpers.training.sources import held_out_photographs

TEACHERS = {"noise": losses.TEACHERS | losses.BETWEEN, "jpeg": losses.TEACHERS}


@pytest.mark.parametrize("task", losses.TASKS)
def test_every_loss_was_tried_from_three_starts_on_the_same_pictures(task: str) -> None:
    rows = table(f"losses_{task}")
    names = [losses.BASELINE, *TEACHERS[task]]
    assert rows.groupby(["loss", "seed"]).size().to_dict() == {
        (name, seed): rows["picture"].nunique() for name in names for seed in losses.SEEDS
    }
    noisy = rows[rows["loss"] == losses.BASELINE]
    assert noisy["whiteness"].isna().all()  # nothing was removed
    assert {teacher.loss for teacher in TEACHERS[task].values()} == set(LOSSES)


@pytest.mark.parametrize("task", losses.TASKS)
def test_the_networks_of_the_first_start_ship_as_their_cards_say(task: str) -> None:
    for name, teacher in TEACHERS[task].items():
        network, card = weights.read(f"losses/{task}_{name}")
        history = losses.History(seconds=card["seconds"])
        told = losses.card_of(teacher, losses.TASKS[task], losses.SEEDS[0], history)
        assert network.architecture["width"] == losses.NETWORK["width"]
        assert card["training"] == told["training"]
        assert (card["data"], card["terms"]) == (told["data"], told["terms"])
        assert STUDIES[f"losses_{task}"].ships((name, losses.SEEDS[0]))


@pytest.mark.parametrize("name", TEACHERS["noise"])
def test_the_networks_that_remove_noise_take_another_strength(name: str) -> None:
    """Told twice the σ each is better, and told that there is none it changes nothing."""
    clean = held_out_photographs()["camera"][:128, :128]
    noisy = noise.Gaussian(50 / 255)(clean, rng=0)
    denoise = networks.load(f"losses/noise_{name}")
    as_it_is, told = (metrics.psnr(clean, denoise(noisy, sigma)) for sigma in (None, 50 / 255))
    assert told > as_it_is
    assert np.array_equal(denoise(clean, 0), clean)


def test_what_ships_is_written_with_the_commit_that_made_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(losses.paths, "weights", lambda: tmp_path)
    monkeypatch.setattr(losses, "SETTINGS", losses.SETTINGS | {"patch": 16})
    short = losses.train_with
    monkeypatch.setattr(losses, "train_with", lambda *a: short(*a, steps=1))
    monkeypatch.setattr(losses, "tests", lambda: {"camera": held_out_photographs()["camera"]})
    monkeypatch.setattr(versions, "commit", lambda thing: "abc")
    task = losses.TASKS["jpeg"]
    plain = losses.rows("l2", losses.TEACHERS["l2"], LOSSES["l2"](), task, 1)
    assert list(tmp_path.iterdir()) == []  # a row alone writes nothing
    kept = losses.rows("l2", losses.TEACHERS["l2"], LOSSES["l2"](), task, 1, save=True)
    assert kept.equals(plain)
    card = weights.read(tmp_path / "losses" / "jpeg_l2.safetensors")[1]
    assert card["commit"] == "abc"
    assert card["training"]["seed"] == 1


def test_l2_beside_a_loss_is_weighed() -> None:
    task = losses.TASKS["noise"]
    x = torch.rand(1, 1, 32, 32)
    y = x + 0.1
    both = losses.loss_of(losses.Teacher("l1", l2=10), task)
    assert float(both(y, x)) == pytest.approx(0.1 + 10 * 0.01, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["l2"])
def test_the_row_that_a_notebook_trains_again_is_that_of_the_table(name: str) -> None:
    task, pictures = losses.TASKS["noise"], held_out_photographs()
    network, _ = losses.train_with(LOSSES[name](), task)
    denoise = networks.TrainedNetwork(network)
    made = {one["picture"]: one for one in losses.scores(denoise, task, pictures)}
    rows = table("losses_noise").query("loss == @name and seed == 0").set_index("picture")
    for picture, one in made.items():
        for column, allowed in STUDIES["losses_noise"].spread.items():
            assert np.isclose(one[column], rows.loc[picture, column], rtol=0, atol=allowed), column


def test_the_table_is_told_by_means_and_by_differences_of_the_same_pictures() -> None:
    scored = [
        ("l2", 0, "a", 30.0),
        ("l2", 0, "b", 20.0),
        ("l2", 1, "a", 31.0),
        ("l2", 1, "b", 21.0),
    ]
    scored += [(losses.BASELINE, 0, "a", 28.0), (losses.BASELINE, 0, "b", 19.0)]
    rows = pd.DataFrame(scored, columns=["loss", "seed", "picture", "psnr"])
    others = [name for name in losses.TEACHERS if name != "l2"]
    rows = pd.concat([rows, *(rows[rows["loss"] == "l2"].assign(loss=name) for name in others)])
    told = losses.overview(rows.assign(ssim=0.5, deg=1.0))
    assert list(told.index) == [losses.BASELINE, *losses.TEACHERS]
    assert told.loc["l2", ["psnr", "± starts (dB)"]].tolist() == pytest.approx([25.5, 0.5**0.5])
    found = losses.against(rows, losses.BASELINE, "psnr", rng=0)
    assert list(found) == list(losses.TEACHERS)
    mean, low, high = found["l2"]
    assert low < mean == 2.0 < high  # 2.5 on one picture, 1.5 on the other
    assert losses.against(rows, "l2", "psnr", rng=0)["ssim"] == (0, 0, 0)

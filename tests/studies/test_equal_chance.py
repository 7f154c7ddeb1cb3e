"""Every network the same chance: one budget, and the rate and batch that probes liked best."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.networks import weights
from helpers.studies import equal_chance, table
from helpers.studies.equal_chance import CONTESTANTS
from helpers.training.recipes import BUDGET, PATCH, RECIPES, Recipe, fair
from helpers.training.sources import SOURCES

SETTLED = equal_chance.settled()


@pytest.mark.parametrize("batch", [1, 2, 4, 32])
def test_a_budget_is_as_many_pixels_whatever_the_batch(batch: int) -> None:
    steps = fair(1e-3, batch)["steps"]
    assert steps * batch * PATCH**2 == pytest.approx(BUDGET, rel=1e-3)


def test_a_probe_says_how_it_went() -> None:
    settings = fair(1e-3, share=2e-5) | {"patch": 32}
    recipe = Recipe("gondara", settings=settings, data=SOURCES["photographs"])
    rows = equal_chance.probe("gondara", recipe)
    assert set(rows["network"]) == {"gondara"}
    assert rows["megapixels"].iloc[-1] == pytest.approx(
        settings["steps"] * 4 * 32**2 / 1e6, abs=0.01
    )
    assert (rows["silent layers"] == 0).all()


def probed(ends: dict) -> pd.DataFrame:
    rows = [{"network": n, "lr": lr, "batch": b, "psnr": p} for (n, lr, b), p in ends.items()]
    return pd.DataFrame(rows).assign(**{"silent layers": 0})


def test_a_probe_that_silenced_a_layer_is_not_the_best() -> None:
    low, middle, high = equal_chance.RATES
    table = probed(
        {("pridnet", low, 4): 27.0, ("pridnet", middle, 4): 28.0, ("pridnet", high, 4): 27.5}
    )
    table.loc[1, "silent layers"] = 2
    assert equal_chance.last(table)["pridnet"].idxmax() == (high, 4)


def test_smaller_batches_are_tried_at_the_rate_that_did_best() -> None:
    none = equal_chance.probes(pd.DataFrame())
    assert {batch for _, _, batch in none} == {equal_chance.BATCHES[0]}
    low, middle, high = equal_chance.RATES
    ends = {("pridnet", low, 4): 27.0, ("pridnet", middle, 4): 28.0, ("pridnet", high, 4): 27.5}
    more = set(equal_chance.probes(probed(ends))) - set(none)
    assert more == {("pridnet", middle, 2)}
    ends.pop(("pridnet", high, 4))
    assert set(equal_chance.probes(probed(ends))) == set(none)


def test_where_a_smaller_batch_silences_a_layer_the_next_lower_rate_is_tried() -> None:
    low, middle, high = equal_chance.RATES
    ends = {("pridnet", lr, 4): 27.0 + 100 * lr for lr in equal_chance.RATES}
    table = probed(ends | {("pridnet", high, 2): 28.0})
    first = set(equal_chance.probes(table)) - set(ends)
    assert ("pridnet", middle, 2) not in first
    table.loc[3, "silent layers"] = 4
    more = set(equal_chance.probes(table)) - set(ends)
    assert ("pridnet", middle, 2) in more
    assert ("pridnet", low, 2) not in more


# What its probes say, and a training with the whole budget overruled (see its recipe).
OVERRULED = {"mwcnn": (1e-3, 2)}


@pytest.mark.parametrize("name", SETTLED)
def test_a_recipe_has_the_rate_and_the_batch_that_did_best(name: str) -> None:
    numbers = RECIPES[name].numbers
    assert equal_chance.best(name) == OVERRULED.get(name, (numbers.lr, numbers.batch))


@pytest.mark.parametrize("name", SETTLED)
def test_a_weight_that_ships_saw_its_share_of_the_budget(name: str) -> None:
    told, share = weights.read_card(weights.find(name))["training"], CONTESTANTS[name]
    assert share in (1, 0.3)  # the second where the processor has no bfloat16
    assert told["steps"] * told["batch"] * told["patch"] ** 2 >= 0.999 * share * BUDGET


@pytest.mark.parametrize("name", SETTLED)
def test_the_probe_that_did_best_silenced_no_layer(name: str) -> None:
    key = dict(zip(("lr", "batch"), equal_chance.best(name)))
    rows = table("chance_probes").set_index(["network", *key])
    assert (rows.loc[(name, *key.values()), "silent layers"] == 0).all()

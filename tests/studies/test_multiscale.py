"""Networks at equal parameters and at equal time."""

from __future__ import annotations

from itertools import product

import pytest

from helpers.networks import build
from helpers.studies import table
from helpers.studies.multiscale import RIVALS, SEEDS, STEPS, train_rival


def test_rivals_of_equal_parameters_have_nearly_as_many() -> None:
    counts = {
        name: sum(p.numel() for p in build(one.network, **one.options).parameters())
        for name, one in RIVALS.items()
    }
    for name in ("mwcnn, equal parameters", "pridnet, equal parameters"):
        assert counts[name] == pytest.approx(counts["dncnn"], rel=0.05)


def test_a_rival_is_trained_again_to_the_bit() -> None:
    recipe = RIVALS["mwcnn, equal parameters"]
    first, second = (train_rival(recipe, seed=3, steps=2)[0].state_dict() for _ in range(2))
    assert all((value == second[key]).all() for key, value in first.items())


def test_an_unknown_rival_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown rival 'unet'"):
        RIVALS["unet"]


def test_each_rival_was_trained_from_every_start() -> None:
    rows = table("multiscale")
    pairs = set(product(RIVALS, SEEDS))
    assert set(zip(rows["network"], rows["seed"])) == pairs
    assert len(rows) == len(pairs)
    assert (rows["steps"] == STEPS).all()


def test_rivals_of_equal_time_took_nearly_the_same() -> None:
    seconds = table("multiscale").groupby("network")["seconds"].mean()
    assert 0.7 < seconds["mwcnn, equal time"] / seconds["dncnn"] < 1.3

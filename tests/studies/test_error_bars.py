"""Error bars of whole sets: places, factors, and what the tables say of the target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import images, networks, posterior
from helpers.studies import error_bars, table

CAMERA = images.load("camera", gray=True, size=128)


def test_flats_edges_and_texture_are_three_parts_of_a_picture() -> None:
    found = error_bars.places(CAMERA)
    assert (np.sum([*found.values()], axis=0) == 1).all()
    stripes = np.full((64, 96), 0.3)
    stripes[:, 64:] += 0.05 * (np.indices((64, 32)).sum(axis=0) % 2)  # fine, on the right
    stripes[:, :32] = 0.9  # and an edge on the left
    found = error_bars.places(np.float32(stripes))
    assert found["edges"][:, 30:34].mean() > 0.4
    assert found["texture"][:, 70:].mean() > 0.7 > 0.3 > found["texture"][:, 40:60].mean()


def test_the_middle_of_a_picture() -> None:
    image = np.arange(30).reshape(5, 6)
    assert error_bars.centre(image, 3).tolist() == image[1:4, 1:4].tolist()
    assert error_bars.centre(image, 9).shape == (5, 6)


def test_a_picture_is_tried_as_its_seed_says() -> None:
    mean = posterior.conditional_mean(networks.load("drunet"))
    small = CAMERA[:32, :32]
    one, same, other = (error_bars.tried(mean, small, 25, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.spread, same.spread)
    assert not np.array_equal(one.error, other.error)
    assert one.error == pytest.approx(one.found.restored - small)


def test_bars_are_tried_only_where_the_factor_is_known() -> None:
    assert {name for name, _ in error_bars.groups(pd.DataFrame())} == {"bsd68"}
    some = pd.DataFrame({"set": ["bsd68"], "σ": [25], "factor": [1.6]})
    planned = error_bars.groups(some)
    assert planned["set12", 25].args == ("set12", 25, 1.6)
    assert ("set12", 50) not in planned


def test_the_bars_hold_on_pictures_that_nothing_was_chosen_on() -> None:
    rows = table("error_bars").set_index(["set", "σ", "where"])
    fifths = [f"fifth {k}" for k in range(1, 6)]
    kinds = ["flats", "edges", "texture"]
    for pictures in ("photographs", "set12", "all photographs"):
        held = rows.loc[(pictures, 25)].loc[fifths + kinds, "held"]
        assert held.between(0.85, 0.95).all()
    assert rows.loc[("photographs", 25, "all"), "narrower"] > 0.15


def test_samples_pay_twice() -> None:
    rows = table("samples")
    assert set(rows["photograph"]) == set(error_bars.NATURAL)
    assert rows["ratio"].median() == pytest.approx(2, abs=0.15)  # one photograph: 1.8 to 3.6
    assert rows["removed"].between(24.5, 27).all()

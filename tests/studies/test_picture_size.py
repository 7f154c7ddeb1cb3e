"""How wrong an estimate is, against the size of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.studies import picture_size, table


def test_the_table_has_every_search_at_every_size() -> None:
    rows = table("picture_size")
    keys = set(zip(rows["picture"], rows["draw"], rows["particles"], rows["search"]))
    assert keys == set(picture_size.plan())
    usual = rows[
        (rows["particles"] == picture_size.PARTICLES) & (rows["search"] == "as published")
    ]
    assert set(usual["size"]) == set(picture_size.SIZES)
    assert not usual.isna().any(axis=None)


def test_noise_has_the_strength_that_is_asked_for() -> None:
    clean, noisy = picture_size.noisy("brick", 128, 0)
    assert clean.shape == noisy.shape == (128, 128)
    np.testing.assert_allclose(255 * (noisy - clean).std(), picture_size.SIGMA, rtol=0.03)


@pytest.mark.parametrize("search", picture_size.SEARCHES)
def test_a_swarm_ends_within_its_range(search: str) -> None:
    assert 0 <= picture_size.swarm("brick", 64, 0, 4, search) <= 30

"""Features of digits: the study's autoencoders learn, its classifier reads, its table is whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import digits
from helpers.studies import digit_features, table
from helpers.studies.digit_features import flat


@pytest.fixture(scope="module")
def drawn() -> digits.Digits:
    return digits.draw(0, 600)


def test_the_table_has_every_start_and_every_way_to_read() -> None:
    rows = table("digit_features")
    assert sorted(rows["seed"].unique()) == list(digit_features.SEEDS)
    assert (rows.groupby("seed")["read"].nunique() == 8).all()
    whole = ~rows["read"].str.startswith("ruined")
    assert (rows["known fonts"].notna() == whole).all()
    fonts = rows.filter(like="font ").mean(axis=1)  # as many digits in each font, but for chance
    np.testing.assert_allclose(fonts, rows["new fonts"], atol=1)


def test_a_classifier_reads_what_it_has_learned(drawn) -> None:
    read = digit_features.reader(flat(drawn.images), drawn.labels)
    wrong = digit_features.misread(read, torch.nn.Identity(), drawn)
    assert wrong.shape == (600,)
    assert wrong.mean() < 0.02
    other = digit_features.misread(read, torch.nn.Identity(), digits.draw(1, 300, fonts="test"))
    assert wrong.mean() < other.mean() < 0.6


def test_who_repairs_is_better_at_repairing(drawn) -> None:
    ruined, x, off = flat(digit_features.ruin(drawn, 5).images), flat(drawn.images), {}
    for share in (0, digit_features.HALF):
        network = digit_features.learn(share, drawn, 0, 200)
        with torch.no_grad():
            off[share] = float((network.reconstruct(ruined) - x).square().mean())
    assert off[digit_features.HALF] < off[0]


def test_half_of_the_ink_is_gone(drawn) -> None:
    ruined = digit_features.ruin(drawn, 0)
    np.testing.assert_allclose(ruined.images.sum() / drawn.images.sum(), 0.5, atol=0.01)
    np.testing.assert_array_equal(ruined.labels, drawn.labels)


def test_rows_of_a_start_in_small() -> None:
    made = digit_features.rows(0, count=200, steps=2)
    assert len(made) == 8
    assert made["new fonts"].between(0, 100).all()

"""Judges of ten filters, counted on other photographs."""

from __future__ import annotations

import numpy as np

from helpers import images, noise
from helpers.studies import judges, table


def test_the_table_has_ours_and_others() -> None:
    rows = table("judges")
    assert dict(rows["set"].value_counts()) == {"bsds500": 200, "course": 15}
    assert set(rows.loc[rows["set"] == "course", "picture"]) == set(images.PHOTOGRAPHS)
    assert not rows.isna().any(axis=None)
    assert (rows.filter(like="lost by") >= 0).all(axis=None)


def test_a_row_says_what_the_judges_say() -> None:
    clean = images.load("camera", gray=True, size=64)
    found = judges.row(clean, 3)
    said = judges.judged(clean, noise.Gaussian(judges.SIGMA)(clean, 3), 3)
    assert list(said.index) == list(judges.TEN)
    best, chosen = said["psnr"].max(), said["psnr"][said["sure"].idxmax()]
    assert found["lost by sure"] == best - chosen
    assert found["psnr nlm"] == said["psnr"]["nlm"]


def test_upside_down_beats_all_where_the_picture_is_its_own_reflection() -> None:
    half = np.random.default_rng(0).random((32, 64), np.float32)
    assert judges.row(np.vstack([half, half[::-1, ::-1]]), 0)["upside down beats all"]

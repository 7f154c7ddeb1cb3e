"""Restored pictures against a pool of others: perception, distortion, and the floor."""

from __future__ import annotations

import pytest

from helpers.studies import realism, table


@pytest.mark.usefixtures("image_sets")
def test_no_restored_picture_is_in_the_pool() -> None:
    pool, restored = realism.pictures()
    assert len(pool) == len(restored) == 34
    assert {one.shape for one in [*pool, *restored]} == {(128, 128)}
    assert not any((one == other).all() for one in pool for other in restored)


@pytest.mark.usefixtures("image_sets")
def test_clean_pictures_have_no_distortion_and_are_not_0_apart() -> None:
    rows = realism.rows("untouched", realism.untouched).set_index("way")
    assert rows.loc["clean", "deg"] == 0 < rows.loc["clean", "apart"]
    assert rows.loc["noisy", "apart"] > 10 * rows.loc["clean", "apart"]
    shipped = table("realism").set_index("way")
    assert rows.loc["noisy", "psnr"] == pytest.approx(shipped.loc["noisy", "psnr"], abs=0.01)


@pytest.mark.usefixtures("image_sets")
def test_the_clean_ones_are_as_far_as_two_halves_are() -> None:
    halves = realism.chance().set_index("way")["apart"]
    clean = table("realism").set_index("way").loc["clean", "apart"]
    assert halves["median"] < halves["95 %"] > clean


def test_a_sample_looks_more_real_than_the_mean_and_pays_for_it() -> None:
    rows = table("realism").set_index("way")
    mean, sample = rows.loc["mean"], rows.loc["100% sample"]
    assert sample["apart"] < rows.loc["95 %", "apart"] < mean["apart"]
    assert mean["psnr"] - sample["psnr"] == pytest.approx(3, abs=0.4)  # twice the error: 3.01
    assert rows.loc["bm3d", "psnr"] < mean["psnr"]

"""Claims about gradient histograms, counted on other photographs."""

from __future__ import annotations

import numpy as np

from helpers import gradients, images, noise
from helpers.studies import distances, table

FLAT = np.full((64, 64), 0.5, np.float32)


def test_the_table_has_ours_and_others() -> None:
    rows = table("distances")
    assert dict(rows["set"].value_counts()) == {"bsds500": 200, "course": 15}
    assert set(rows.loc[rows["set"] == "course", "picture"]) == set(images.PHOTOGRAPHS)
    assert all(f"{name} rises" in rows for name in gradients.DISTANCES)


def test_wasserstein_rises_and_a_flat_picture_is_the_same_upside_down() -> None:
    found = distances.row(FLAT)
    assert found["wasserstein rises"]
    assert found["upside down wins"]
    assert found["wasserstein over floor"] > 10


def test_rare_bins_decide_where_all_bins_are_rare() -> None:
    first, second = (noise.Gaussian(25 / 255)(FLAT[:3, :3], k) for k in (0, 1))
    assert distances.rare_share(first, second) == 1
    constant = np.zeros((64, 64), np.float32)
    step = constant.copy()
    step[:, 32:] = 1  # 64 differences of 255: no bin is rare
    assert distances.rare_share(constant, step) == 0


def test_suspects_are_versions_of_the_picture() -> None:
    picture = images.load("camera", gray=True, size=64)
    made = distances.suspects(picture)
    np.testing.assert_array_equal(made["upside down"][::-1, ::-1], picture)
    assert made["blurred, fresh noise"].shape == picture.shape

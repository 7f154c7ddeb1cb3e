"""What SIDD publishes beside its pictures, as it ships."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers import datasets, images


def test_the_shipped_names_give_the_derived_table(shared):
    derived = pd.read_csv(shared / "SIDD/sidd_scene_instances.csv")
    ours = datasets.sidd_instances()
    pd.testing.assert_frame_equal(ours, derived, check_dtype=False)


def test_noise_levels_that_ship_are_those_of_the_scene_instances() -> None:
    levels, instances = datasets.sidd_noise_levels(), datasets.sidd_instances()
    medium = instances[instances["subset"] == "medium"]
    counted = levels.groupby(["phone", "iso"])["scene_instances"].sum()
    pd.testing.assert_series_equal(
        counted, medium.groupby(["phone", "iso"]).size(), check_names=False
    )


def test_noise_levels_that_ship_are_those_of_the_downloaded_table(shared):
    published = datasets.fetch("sidd").table
    columns = [c for c in published if c.startswith("beta")]
    ours = datasets.sidd_noise_levels()[["phone", "iso", *columns]]
    theirs = published.loc[published["subset"] == "medium", ours.columns].drop_duplicates()
    both = [table.sort_values([*ours.columns]).reset_index(drop=True) for table in (ours, theirs)]
    pd.testing.assert_frame_equal(*both, rtol=1e-12)


def test_the_pair_that_ships_is_the_centre_of_the_first_crop(shared):
    crops = datasets.fetch("sidd")
    for ours, theirs in zip(datasets.sidd_pair(), (crops.images[0], crops.references[0])):
        assert np.array_equal(ours, images.centre_crop(theirs, 128))

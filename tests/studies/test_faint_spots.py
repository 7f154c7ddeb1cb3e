"""Faint spots: what a denoiser keeps is all for the input, none for a blank, and tuned filters."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images
from helpers.filters import FILTERS
from helpers.studies import faint_spots, table


def test_the_table_has_every_method_on_every_phantom() -> None:
    rows = table("faint_spots")
    assert set(zip(rows["method"], rows["seed"])) == set(faint_spots.plan())
    assert (rows.groupby(["method", "seed"])["phantom"].nunique() == faint_spots.TRIED).all()


def test_spots_lie_in_the_lungs_and_are_faint() -> None:
    phantom = images.xray_phantom(3, faint_spots.SIDE)
    added = faint_spots.spots(phantom, 0)
    assert 0.15 < added.max() < 0.45
    lungs = phantom.masks["lungs"]
    assert added[~lungs].max() < 0.01
    assert (added > 0.1).sum() >= 5


@pytest.mark.parametrize(("denoise", "kept"), [(np.asarray, 100), (np.zeros_like, 0)])
def test_what_is_kept(denoise, kept: float) -> None:
    judged = faint_spots.judge(denoise, 0)
    assert judged.kept == pytest.approx(kept, abs=0.01)
    assert judged.restored.shape == judged.left.shape == (faint_spots.SIDE, faint_spots.SIDE)


def test_a_filter_is_tuned_by_what_is_told() -> None:
    told = faint_spots.tuned("median").keywords["sigma"] / faint_spots.SIGMA
    assert any(told == pytest.approx(one) for one in faint_spots.TOLD)
    assert faint_spots.tuned("median").func is FILTERS["median"]


def test_lessons() -> None:
    plain, sick = (faint_spots.lesson(name) for name in faint_spots.LESSONS[:2])
    assert len(plain) == len(sick) == faint_spots.LEARN_FROM
    assert all((b >= a).all() and b.sum() > a.sum() for a, b in zip(plain, sick))


def test_a_network_learns() -> None:
    judged = [faint_spots.judge(faint_spots.learn("phantoms", 0, steps), 0) for steps in (1, 30)]
    assert judged[0].psnr + 3 < judged[1].psnr

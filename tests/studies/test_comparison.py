"""The comparisons that ship: every method, every cell once."""

from __future__ import annotations

import pytest

from helpers import images, versions
from helpers.benchmark import BASELINE, KNOWLEDGE, suites, tables
from helpers.filters import FILTERS
from helpers.studies import STUDIES, comparison

ASKED = ("told", "estimated")


@pytest.mark.parametrize("name", suites.SUITES)
def test_a_comparison_has_its_baseline_and_each_cell_once(name: str) -> None:
    table = tables.read(suites.results(name))
    cells = table.groupby(["image", "noise", "draw", "knows", "method"]).size()
    assert (cells == 1).all()
    scored = table.groupby(["image", "noise", "knows"])["method"].agg(set)
    assert all(BASELINE in methods for methods in scored)
    assert set(table["knows"]) == set(suites.SUITES[name].knows)
    assert set(table["noise"]) <= set(suites.SUITES[name].noises)
    failed = table["error"] != ""
    assert table.loc[~failed, list(suites.METRICS)].notna().all(axis=None)
    assert failed.mean() < 0.01


@pytest.mark.parametrize("name", suites.SUITES)
def test_a_study_is_made_of_a_suite_and_its_methods(name: str) -> None:
    study = STUDIES[f"benchmark_{name}"]
    assert study.path == suites.results(name)
    groups = study.groups(None)
    for knows in suites.SUITES[name].knows:
        methods = {method for method, column in groups if column == knows}
        if knows != "nothing":
            assert methods == {BASELINE, *suites.course_methods()} - {"zero_shot"}
        else:
            assert {BASELINE, "dncnn", "dncnn_blind", "zero_shot"} <= methods
            assert not {"bm3d", "drunet"} & methods


def test_a_group_has_the_cells_of_one_method(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    small = {"photograph/camera": images.load("camera", gray=True, size=32)}
    suite = suites.Suite("small", lambda: small, suites.GAUSSIAN)
    monkeypatch.setitem(suites.SUITES, "small", suite)
    monkeypatch.setattr(suites, "METRICS", ("psnr",))
    table = comparison.rows("small", "mean", FILTERS["mean"], "told", KNOWLEDGE["told"])
    assert list(table["method"].unique()) == ["mean"]
    assert list(table["knows"].unique()) == ["told"]
    assert list(table["noise"]) == list(suites.GAUSSIAN)
    assert table["psnr"].notna().all()


def test_how_noise_is_estimated_is_no_matter_of_rows_that_were_told() -> None:
    groups = STUDIES["benchmark_kinds"].groups(None)
    estimate = "helpers.denoise.estimating:estimate"
    found = {knows: estimate in versions.uses(groups["mean", knows]) for knows in ASKED}
    assert found == {"told": False, "estimated": True}

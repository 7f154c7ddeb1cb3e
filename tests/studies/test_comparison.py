"""The comparisons that ship: every method, every cell once."""

from __future__ import annotations

import pytest

from helpers import images
from helpers.benchmark import BASELINE, suites, tables
from helpers.filters import FILTERS
from helpers.studies import STUDIES, comparison


@pytest.mark.parametrize("name", suites.SUITES)
def test_a_comparison_has_its_baseline_and_each_cell_once(name: str) -> None:
    table = tables.read(suites.results(name))
    cells = table.groupby(["image", "noise", "draw", "method"]).size()
    assert (cells == 1).all()
    scored = table.groupby(["image", "noise"])["method"].agg(set)
    assert all(BASELINE in methods for methods in scored)
    assert set(table["noise"]) <= set(suites.SUITES[name].noises)
    failed = table["error"] != ""
    assert table.loc[~failed, list(suites.METRICS)].notna().all(axis=None)
    assert failed.mean() < 0.01


@pytest.mark.parametrize("name", suites.SUITES)
def test_a_study_is_made_of_a_suite_and_its_methods(name: str) -> None:
    study = STUDIES[f"benchmark_{name}"]
    assert study.path == suites.results(name)
    assert {key for (key,) in study.groups(None)} == {BASELINE, *suites.course_methods()}


def test_a_group_has_the_cells_of_one_method(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    small = {"photograph/camera": images.load("camera", gray=True, size=32)}
    suite = suites.Suite("small", lambda: small, suites.GAUSSIAN)
    monkeypatch.setitem(suites.SUITES, "small", suite)
    monkeypatch.setattr(suites, "METRICS", ("psnr",))
    table = comparison.rows("small", "mean", FILTERS["mean"])
    assert list(table["method"].unique()) == ["mean"]
    assert list(table["noise"]) == list(suites.GAUSSIAN)
    assert table["psnr"].notna().all()

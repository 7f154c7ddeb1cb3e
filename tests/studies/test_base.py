"""A study in miniature: what is due, what is made again, what is adopted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from helpers import networks, paths, versions
from helpers.networks import weights
from helpers.studies import STUDIES
from helpers.studies.base import Study, label
from tests.studies.small import MADE, by, groups_of, renamed, slipped, squares

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def made(study: Study, only: str | None = None) -> list[str]:
    """Names of the groups that a run makes."""
    return [label(key) for key, _ in study.run(only)]


def test_a_run_makes_all_and_the_next_one_nothing(study: Study) -> None:
    assert study.due() == dict.fromkeys([("one",), ("two",), ("three",)], "missing")
    assert made(study) == ["one", "two", "three"]
    assert study.due() == {}
    assert made(study) == []
    first, _, rows = study.path.read_text("utf-8").partition("\n")
    assert first == "# python -m helpers.studies squares"
    assert rows.splitlines()[1] == "one,1,0.3333,1"


def test_an_interrupted_run_goes_on(study: Study) -> None:
    next(study.run())  # and is left
    assert made(study) == ["two", "three"]
    assert list(study.read()[0]["name"].unique()) == ["one", "two", "three"]


def test_two_processes_at_once_lose_nothing(study: Study) -> None:
    """What another run has written while a group was made stays."""
    slow = study.run()
    next(slow)
    assert made(study, only="three") == ["three"]
    next(slow)
    assert list(study.read()[0]["name"].unique()) == ["one", "two", "three"]
    assert study.due() == {}


def test_only_what_changed_is_made_again_and_in_its_old_place(study: Study) -> None:
    made(study)
    before = study.read()[0]
    other = replace(study, groups=groups_of({"one": 1.0, "two": 4.0, "three": 3.0, "four": 4.0}))
    assert other.due() == {("two",): "stale", ("four",): "missing"}
    assert made(other) == ["two", "four"]
    after = other.read()[0]
    assert list(after["name"].unique()) == ["one", "two", "three", "four"]
    assert after["square"].iloc[:6].tolist() == [0.3333, 1.3333, 1.3333, 5.3333, 1.0, 4.0]
    unchanged = before["name"] != "two"
    assert after.iloc[:6][unchanged].equals(before[unchanged])


def test_what_is_no_longer_planned_is_dropped(study: Study) -> None:
    made(study)
    smaller = replace(study, groups=groups_of({"three": 3.0}))
    assert smaller.due() == {("one",): "dropped", ("two",): "dropped"}
    assert made(smaller) == []
    assert list(smaller.read()[0]["name"]) == ["three", "three"]
    assert smaller.due() == {}


def test_a_group_that_comes_late_takes_its_place_in_the_plan(study: Study) -> None:
    for name in ("three", "one", "two"):
        made(study, name)
    assert list(study.read()[0]["name"].unique()) == ["one", "two", "three"]


def test_groups_are_made_by_several_processes_as_by_one(study: Study) -> None:
    made_there = dict(study.run(scheduler=2))
    assert set(made_there) == {("one",), ("two",), ("three",)}
    assert study.due() == {}
    assert study.read()[0]["square"].tolist() == [0.3333, 1.3333, 0.6667, 2.6667, 1.0, 4.0]


def test_what_goes_wrong_ends_the_run_and_what_was_made_is_kept(study: Study) -> None:
    broken = replace(study, groups=groups_of({"one": 1.0, "two": "many"}))
    with pytest.raises(TypeError):
        made(broken)
    assert broken.due() == {("two",): "missing"}


def test_groups_that_interleave_keep_their_places(study: Study) -> None:
    made(study)
    table, kept = study.read()
    mixed = table.sort_values("number", kind="stable").reset_index(drop=True)
    study.write(mixed, kept)
    study.write(*study.read())  # as it was read
    other = replace(study, groups=groups_of({"one": 1.0, "two": 2.0, "three": 9.0}))
    assert made(other) == ["three"]
    assert other.read()[0]["square"].tolist() == [0.3333, 0.6667, 3.0, 1.3333, 2.6667, 12.0]


def test_only_one_group_is_made_where_one_is_named(study: Study) -> None:
    assert made(study, "two") == ["two"]
    assert study.due() == {("one",): "missing", ("three",): "missing"}
    with pytest.raises(ValueError, match="no group 'four'; it has 'one', 'two', 'three'"):
        made(study, "four")


def test_a_plan_may_depend_on_what_came_out(study: Study) -> None:
    def groups(table: pd.DataFrame):
        first = groups_of({"one": 1.0, "two": 2.0})(table)
        best = (
            {} if len(table) < 4 else {("best",): partial(squares, "best", table["square"].max())}
        )
        return first | best

    assert made(replace(study, groups=groups)) == ["one", "two", "best"]
    assert MADE[-1] == ("best", 2.6667)


def test_a_table_that_something_else_changed_is_known_to_nobody(study: Study) -> None:
    made(study)
    text = study.path.read_text("utf-8")
    study.path.write_text(text.replace("0.3333", "0.4444"), "utf-8")
    assert set(study.due().values()) == {"stale"}
    study.path.write_text(text.replace("studies squares", "something else"), "utf-8")
    assert study.due() == {}  # the command above the rows is no part of them


def test_a_group_with_another_key_is_refused(study: Study) -> None:
    wrong = replace(study, groups=lambda table: {("one",): partial(squares, "two", 1.0)})
    with pytest.raises(ValueError, match=r"made \[\('two',\)\] where \('one',\) was to be made"):
        made(wrong)
    assert not study.path.exists()


# ---- adopted ---------------------------------------------------------------------------------


def test_a_table_is_adopted_where_the_sample_agrees(study: Study) -> None:
    made(study)
    bytes_before, changed = study.path.read_bytes(), replace(study, groups=by(renamed))
    assert len(changed.due()) == 3
    MADE.clear()
    assert changed.adopt() == [("one",)]
    assert MADE == [("one", 1.0)]  # the sample alone
    assert changed.due() == {}
    assert study.path.read_bytes() == bytes_before


def test_a_sample_may_leave_out_what_only_other_groups_have(study: Study) -> None:
    def make(name: str, times: float) -> pd.DataFrame:
        rows = squares(name, times)
        return rows.assign(cube=rows["number"] ** 3) if name == "three" else rows

    some = replace(study, groups=by(make), sample=[("one",)])
    made(some)
    assert some.adopt() == [("one",)]


def test_a_sample_that_differs_is_refused(study: Study) -> None:
    made(study)
    before = study.beside.read_bytes()
    changed = replace(study, groups=by(slipped))
    with pytest.raises(ValueError, match=r"off by 0\.04, more than 0; nothing is adopted"):
        changed.adopt()
    assert study.beside.read_bytes() == before
    assert replace(changed, spread={"square": 0.05}).adopt() == [("one",)]


def test_groups_that_are_not_there_are_not_adopted(study: Study) -> None:
    made(study, "one")
    assert replace(study, groups=by(renamed)).adopt() == [("one",)]
    assert replace(study, groups=by(renamed)).due() == dict.fromkeys(
        [("two",), ("three",)], "missing"
    )
    with pytest.raises(ValueError, match="no sample"):
        replace(study, sample=()).adopt()


# ---- weights that ship -----------------------------------------------------------------------


def test_what_ships_is_saved_and_comes_from_committed_code(study: Study, monkeypatch) -> None:
    saved = []

    def make(name: str, times: float, save: bool = False) -> pd.DataFrame:
        saved.extend([name] * save)
        return squares(name, times)

    shipping = replace(study, groups=by(make), ships=lambda key: key == ("two",))
    monkeypatch.setattr(versions, "commit", lambda thing: "abc-dirty")
    with pytest.raises(ValueError, match=r"the weight of 'two' ships, and .* not committed"):
        made(shipping)
    assert MADE == []  # before anything is made
    monkeypatch.setattr(versions, "commit", lambda thing: "abc")
    assert len(made(shipping)) == 3
    assert saved == ["two"]


def test_another_weight_of_that_name_makes_those_stale_that_load_it(
    study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "mine.safetensors"
    weights.save(networks.build("dncnn", depth=3), path, {})
    loading = replace(study, loads=lambda key: [path] if key == ("two",) else ())
    made(loading)
    assert loading.due() == {}
    weights.save(networks.build("dncnn", depth=3), path, {})
    assert loading.due() == {("two",): "stale"}


# ---- what ships ------------------------------------------------------------------------------


def test_every_table_has_a_study_and_every_study_its_table() -> None:
    assert {path.stem for path in paths.results().glob("*.csv")} == set(STUDIES)
    assert all(study.name == name for name, study in STUDIES.items())


@pytest.mark.parametrize("name", STUDIES)
def test_a_table_begins_with_its_command_and_holds_what_is_planned(name: str) -> None:
    study = STUDIES[name]
    first = study.path.read_text("utf-8").split("\n", 1)[0]
    assert first == f"# python -m helpers.studies {name}"
    assert "missing" not in study.due().values()
    assert "dropped" not in study.due().values()


@pytest.mark.parametrize("name", STUDIES)
def test_a_table_that_is_written_as_it_was_read_is_the_same(name: str) -> None:
    study = STUDIES[name]
    table = study.read()[0].to_csv(index=False, lineterminator="\n", **study.form)
    assert table == study.path.read_text("utf-8").partition("\n")[2]


@pytest.mark.parametrize("name", STUDIES)
def test_fingerprints_are_those_of_their_table(name: str) -> None:
    table, kept = STUDIES[name].read()
    assert kept, "python -m helpers.studies --check: by whom was it written?"
    assert len(kept) == len(table.groupby(list(STUDIES[name].key)))


@pytest.mark.parametrize("name", STUDIES)
def test_a_sample_is_planned_and_a_notebook_reads_the_table(name: str) -> None:
    study = STUDIES[name]
    assert set(study.sample) <= set(study.groups(study.read()[0]))
    assert set(study.spread) | set(study.measured) | set(study.key) <= set(study.read()[0].columns)
    (notebook,) = NOTEBOOKS.glob(f"??_{study.notebook}.ipynb")
    assert name in notebook.read_text("utf-8") or "suites" in notebook.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["choices", "low_light_losses"])
def test_a_sample_comes_out_as_in_the_table(name: str) -> None:
    study = STUDIES[name]
    (key,) = study.sample
    assert study.difference(key, study.groups(None)[key]()) is None

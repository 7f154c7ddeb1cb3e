"""The published solution of every exercise is right, and its stub is not yet tried."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from helpers import exercises, versions
from tests.notebooks.exercise_cells import find_exercises, insert_probes, verdicts
from tests.notebooks.runs import run_with_papermill
from tests.notebooks.sample import sample
from tools.notebooks import course

EXPECTED = {"stub": "not tried", "solution": "right"}
CHECKER = """
from types import SimpleNamespace

def check(key, answer):
    status = "not tried" if answer is ... else "right" if answer == 3 else "wrong"
    return SimpleNamespace(status=status)
"""


NOTEBOOKS = {path.stem.partition("_")[2]: path for path in course.notebooks()}  # without number


# ---- notebooks, modules and keys -------------------------------------------------------------


def test_each_notebook_has_its_module_of_exercises_and_each_module_its_notebook() -> None:
    with_exercises = {
        name for name, path in NOTEBOOKS.items() if find_exercises(nbformat.read(path, 4))
    }
    folder = Path(exercises.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "checking"}
    assert modules == with_exercises


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_keys_of_a_notebook_are_those_of_its_module(name: str) -> None:
    module = f"helpers.exercises.{name}"
    keys = [exercise.key for exercise in find_exercises(nbformat.read(NOTEBOOKS[name], 4))]
    assert sorted(keys) == sorted(
        key for key, verify in exercises.CHECKS.items() if verify.__module__ == module
    )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_depends_on_its_own_exercises_alone(name: str) -> None:
    """Or a hint that changes would make the outputs of others stale."""
    uses = versions.uses(course.code(nbformat.read(NOTEBOOKS[name], 4)))
    modules = {use.partition(":")[0] for use in uses if use.startswith("helpers.exercises.")}
    assert modules - {"helpers.exercises.checking"} == {f"helpers.exercises.{name}"}


# ---- stubs and solutions ---------------------------------------------------------------------


def complaints(notebook: NotebookNode) -> list[str]:
    """What is not as expected after the probes ran."""
    printed = verdicts(notebook)
    wanted = {
        (exercise.key, who): status
        for exercise in find_exercises(notebook)
        for who, status in EXPECTED.items()
    }
    return [
        f"{key}: the {who} is {printed.get((key, who))!r}, not {status!r}"
        for (key, who), status in wanted.items()
        if printed.get((key, who)) != status
    ]


def test_solutions_are_right_and_stubs_untried(executed: NotebookNode) -> None:
    assert verdicts(executed), "no exercise was tried"
    assert complaints(executed) == []


@pytest.fixture
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course whose one check knows that the answer is 3."""
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "__init__.py").write_text('__version__ = "0"\n')
    (tmp_path / "helpers" / "exercises.py").write_text(CHECKER)
    (tmp_path / "helpers" / "widgets.py").write_text("predict = record = lambda *a, **k: None\n")
    shutil.copy(course.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(course, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", []),
        ("two + 1", "two", ["sample: the solution is 'wrong', not 'right'"]),
        ("answer = ...", "answer = 3", ["sample: the stub is 'right', not 'not tried'"]),
        ("Solution", "Answer", ["sample: the solution is None, not 'right'"]),
    ],
)
def test_a_bad_exercise_is_noticed(
    small_course: Path, old: str, new: str, complaint: list[str]
) -> None:
    notebook = sample()
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new) if old else cell.source
    insert_probes(notebook)
    path = small_course / "sample.ipynb"
    nbformat.write(notebook, path)
    assert complaints(run_with_papermill(path)) == complaint

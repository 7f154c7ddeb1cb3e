"""Every notebook runs, in the fast profile, through nbval and through papermill.

Both, because they fail on different things: nbval sees errors that a widget swallows, papermill
injects parameters as a user does and gives the state of the widgets, which is then scanned.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.runs import run_with_nbval, run_with_papermill
from tools.notebooks import course, execution

SWALLOWED = {
    "interact": "from ipywidgets import interact\ninteract(lambda n: 1 / n, n=(0, 0));",
    "output": "from ipywidgets import Output\nwith Output():\n    1 / 0",
}


def broken(folder: Path, source: str) -> Path:
    """Write a notebook with one cell, which hides an error inside a widget."""
    notebook = new_notebook(cells=[new_code_cell(source)])
    notebook.metadata["kernelspec"] = course.KERNELSPEC
    nbformat.write(notebook, folder / "broken.ipynb")
    return folder / "broken.ipynb"


def test_there_are_notebooks() -> None:
    assert course.notebooks(), "no notebook found"


def test_nbval(path: Path, tmp_path: Path) -> None:
    finished = run_with_nbval(execution.fast_copy(path, tmp_path))
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_papermill(executed: NotebookNode) -> None:
    assert execution.widget_errors(executed) == []


@pytest.mark.parametrize("where", SWALLOWED)
def test_a_swallowed_error_is_seen_in_the_widget_state(where: str, tmp_path: Path) -> None:
    notebook = run_with_papermill(broken(tmp_path, SWALLOWED[where]))  # does not fail
    assert execution.widget_errors(notebook) == ["ZeroDivisionError: division by zero"]


@pytest.mark.parametrize("where", SWALLOWED)
def test_a_swallowed_error_fails_in_nbval(where: str, tmp_path: Path) -> None:
    finished = run_with_nbval(broken(tmp_path, SWALLOWED[where]))
    assert finished.returncode == 1
    assert "ZeroDivisionError" in finished.stdout


@pytest.mark.parametrize("where", SWALLOWED)
def test_a_swallowed_error_keeps_outputs_from_being_written(where: str, tmp_path: Path) -> None:
    path = broken(tmp_path, SWALLOWED[where])
    before = path.read_bytes()
    with pytest.raises(execution.NotebookError, match="inside a widget: ZeroDivisionError"):
        execution.execute(path)
    assert path.read_bytes() == before

"""What several tests of the notebooks share: one run of each notebook through papermill."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.exercise_cells import insert_probes
from tests.notebooks.runs import run_with_papermill
from tools.notebooks import course, execution


@pytest.fixture(params=course.notebooks(), ids=lambda path: path.stem, scope="session")
def path(request: pytest.FixtureRequest) -> Path:
    """Each notebook of the course."""
    return request.param


@pytest.fixture(scope="session")
def executed(path: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The fast copy, run through papermill once, with every solution tried on the way.

    nbval runs the copy as it ships; here the probes of `exercise_cells` ride along, which saves a
    third run of each notebook.
    """
    folder = tmp_path_factory.mktemp(path.stem)
    copy = execution.fast_copy(path, folder)
    notebook = nbformat.read(copy, as_version=4)
    insert_probes(notebook)
    nbformat.write(notebook, copy)
    return run_with_papermill(copy)

"""The tool that executes, stamps and copies notebooks."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from helpers import plotting
from tests.notebooks.sample import sample
from tools.notebooks import course, execution, stamps
from tools.notebooks.__main__ import main

HELPERS = {
    "helpers/__init__.py": "",
    "helpers/images.py": "",
    "helpers/noise.py": "from .images import as_image",
    "helpers/metrics.py": "",
    "helpers/estimation/__init__.py": "from helpers.estimation import fit",
    "helpers/estimation/fit.py": "from ..noise import Gaussian\nfrom . import grid",
    "helpers/estimation/grid.py": "",
}


@pytest.fixture
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with a few helpers and no notebook."""
    for name, source in HELPERS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(course, "ROOT", tmp_path)
    return tmp_path


def write(folder: Path, *sources: str, name: str = "01_small") -> Path:
    """Write a notebook with these code cells, the first one tagged `parameters`."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.cells[0].metadata["tags"] = ["parameters"]
    path = folder / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


# Running --------------------------------------------------------------------------------------

SHOWS_ENVIRONMENT = """\
import os, sys
from ipywidgets import IntSlider
print("COURSE_DATA" in os.environ)
print("a warning", file=sys.stderr)
display({"text/plain": "  0%|          | 0/5 [00:00<?, ?it/s]"}, raw=True)
IntSlider()"""


@pytest.mark.slow
def test_execute_tidies_and_stamps(
    small_course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("COURSE_DATA", "/somewhere")
    path = write(small_course, 'profile = "course"', "import helpers.noise", SHOWS_ENVIRONMENT)
    (small_course / "helpers" / "noise.py").write_text("")
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert "01_small.ipynb: executed in " in capsys.readouterr().out
    assert main(["--check"]) == 0

    notebook = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    folded = {"tags": ["parameters"], "jupyter": {"source_hidden": True}, "cellView": "form"}
    assert [cell.metadata for cell in notebook.cells] == [folded, {}, {}]
    assert set(notebook.metadata) == {"kernelspec", "language_info", "course"}
    assert notebook.metadata.kernelspec == course.KERNELSPEC
    assert notebook.metadata.language_info.version.count(".") == 1
    assert notebook.metadata.course.stamp == stamps.stamp(notebook)
    assert isinstance(notebook.metadata.course.seconds, int)
    stdout, widget = notebook.cells[2].outputs
    assert stdout.text == "False\n"
    assert "application/vnd.jupyter.widget-view+json" in widget.data
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.slow
def test_a_failing_cell_is_named_and_nothing_written(
    small_course: Path, capsys: pytest.CaptureFixture
) -> None:
    path = write(small_course, "seed = 0", "print(seed / seed)")
    before = path.read_bytes()
    assert main([]) == 1
    message = capsys.readouterr().err
    assert "01_small.ipynb, cell 2" in message
    assert "ZeroDivisionError" in message
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_names_and_switches_select(
    small_course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    first = write(small_course, "seed = 0", name="01_first")
    second = write(small_course, "seed = 0", name="02_second")
    write(small_course, "seed = 0", name="draft")
    ran: list[Path] = []
    monkeypatch.setattr(execution, "execute", lambda path: ran.append(path) or 0)
    monkeypatch.setattr(stamps, "is_stale", lambda path: path == second)

    for arguments, expected in [
        ([], [second]),
        (["01"], []),
        (["01", "--all"], [first]),
        (["notebooks/02_second.ipynb"], [second]),
        (["--all"], [first, second]),
        (["--check"], []),
    ]:
        ran.clear()
        main(arguments)
        assert ran == expected, arguments
    with pytest.raises(SystemExit, match="2"):
        main(["03"])
    assert "no notebook begins with '03'" in capsys.readouterr().err


def test_fast_copy_overrides_the_profile_and_drops_outputs(tmp_path: Path) -> None:
    nbformat.write(sample(), tmp_path / "00_sample.ipynb")
    (tmp_path / "fast").mkdir()
    copy = execution.fast_copy(tmp_path / "00_sample.ipynb", tmp_path / "fast")
    notebook = nbformat.read(copy, as_version=4)
    assert copy == tmp_path / "fast" / "00_sample.ipynb"
    assert 'profile = "fast"' in notebook.cells[3].source
    assert "injected-parameters" in notebook.cells[3].metadata.tags
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_fast_copy_refuses_an_unknown_parameter(tmp_path: Path) -> None:
    nbformat.write(sample(), tmp_path / "00_sample.ipynb")
    with pytest.raises(ValueError, match=r"\['size'\]; it accepts \['profile', 'seed'\]"):
        execution.fast_copy(tmp_path / "00_sample.ipynb", tmp_path, {"size": 64, "seed": 1})


# Pictures of the last run -----------------------------------------------------------------------


def shown(levels: np.ndarray) -> NotebookNode:
    """A notebook whose one cell shows a picture."""
    picture = base64.b64encode(plotting.png(levels)).decode()
    output = nbformat.v4.new_output("display_data", {"image/png": picture})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])


@pytest.mark.parametrize(
    ("pixels", "apart", "kept"),
    [(600, 0, True), (1, 80, True), (1, 100, False), (100, 1, True), (200, 1, False)],
)
def test_a_picture_stays_where_only_rounding_moved_it(pixels: int, apart: int, kept: bool) -> None:
    levels = np.random.default_rng(0).integers(0, 100, (20, 30)).astype(np.uint8)
    other = levels.copy()
    other.ravel()[:pixels] += apart
    before, notebook = shown(levels), shown(other)
    new = notebook.cells[0].outputs[0].data["image/png"]
    execution.keep_pictures(notebook, before)
    now = notebook.cells[0].outputs[0].data["image/png"]
    assert now == (before.cells[0].outputs[0].data["image/png"] if kept else new)


def test_a_picture_of_another_shape_is_new() -> None:
    notebook = shown(np.zeros((20, 30), np.uint8))
    new = notebook.cells[0].outputs[0].data["image/png"]
    execution.keep_pictures(notebook, shown(np.zeros((20, 31), np.uint8)))
    assert notebook.cells[0].outputs[0].data["image/png"] == new

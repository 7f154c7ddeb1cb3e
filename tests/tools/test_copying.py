"""The reader's copy: without outputs, renewed when untouched, kept when changed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_output

from tests.notebooks.sample import sample
from tools.notebooks import __main__ as command
from tools.notebooks import copying, course

NAME = "00_sample.ipynb"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with one notebook, which was executed."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(course.ROOT / "pyproject.toml", tmp_path)  # the address of the course
    monkeypatch.setattr(course, "ROOT", tmp_path)
    publish(tmp_path, "")
    return tmp_path


def publish(clone: Path, news: str) -> None:
    """The course as it is after a pull."""
    notebook = sample()
    notebook.cells[-1].source += news
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [new_output("stream", text="the answer")], 7
    notebook.metadata["course"] = {"stamp": {}}
    nbformat.write(notebook, clone / "notebooks" / NAME)


def edit(path: Path, change) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def run_cells(notebook) -> None:
    """What JupyterLab saves after the reader ran the cells and opened a fold."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [new_output("stream", text="mine")], 1
            cell.metadata["jupyter"] = {"source_hidden": False}


def write_a_note(notebook) -> None:
    notebook.cells.append(new_markdown_cell("A note of mine."))


def last_source(clone: Path) -> str:
    return nbformat.read(clone / "reader" / NAME, as_version=4).cells[-1].source


def test_a_copy_has_the_cells_and_no_outputs(clone: Path) -> None:
    assert copying.copy() == []
    ours = nbformat.read(clone / "notebooks" / NAME, as_version=4)
    theirs = nbformat.read(clone / "reader" / NAME, as_version=4)
    assert [cell.source for cell in theirs.cells] == [cell.source for cell in ours.cells]
    for mine, yours in zip(ours.cells, theirs.cells):
        assert mine.metadata == yours.metadata  # tags and folds
        assert not yours.get("outputs")
        assert yours.get("execution_count") is None
    assert "course" not in theirs.metadata


def test_what_was_only_run_keeps_its_outputs_until_the_course_changes(clone: Path) -> None:
    copying.copy()
    edit(clone / "reader" / NAME, run_cells)
    before = (clone / "reader" / NAME).read_bytes()
    assert copying.copy() == []
    assert (clone / "reader" / NAME).read_bytes() == before
    publish(clone, "\n\nNew.")
    assert copying.copy() == []
    assert last_source(clone).endswith("New.")


def test_what_the_reader_changed_is_kept_and_the_news_are_said(clone: Path) -> None:
    copying.copy()
    edit(clone / "reader" / NAME, write_a_note)
    before = (clone / "reader" / NAME).read_bytes()
    assert copying.copy() == []  # nothing is new
    publish(clone, "\n\nNew.")
    for _ in range(2):
        (sentence,) = copying.copy()
        assert f"reader/{NAME}" in sentence
    assert (clone / "reader" / NAME).read_bytes() == before
    (clone / "reader" / NAME).rename(clone / "reader" / "mine.ipynb")
    assert copying.copy() == []
    assert last_source(clone).endswith("New.")
    assert (clone / "reader" / "mine.ipynb").read_bytes() == before


def test_a_change_taken_back_is_none(clone: Path) -> None:
    copying.copy()
    edit(clone / "reader" / NAME, write_a_note)
    edit(clone / "reader" / NAME, lambda notebook: notebook.cells.pop())
    publish(clone, "\n\nNew.")
    assert copying.copy() == []
    assert last_source(clone).endswith("New.")


@pytest.mark.parametrize("record", ["", "{", "[]", "null"])
def test_without_its_record_all_is_taken_for_the_readers(clone: Path, record: str) -> None:
    copying.copy()
    (clone / "reader" / copying.RECORD).write_text(record)
    publish(clone, "\n\nNew.")
    assert len(copying.copy()) == 1
    assert not last_source(clone).endswith("New.")


def test_a_file_that_is_no_notebook_is_kept(clone: Path) -> None:
    copying.copy()
    (clone / "reader" / NAME).write_text("half a noteb")
    publish(clone, "\n\nNew.")
    assert len(copying.copy()) == 1
    assert (clone / "reader" / NAME).read_text() == "half a noteb"


@pytest.mark.parametrize("changed", [False, True])
def test_a_notebook_that_moved_leaves_no_copy_unless_the_reader_changed_it(
    clone: Path, changed: bool
) -> None:
    copying.copy()
    if changed:
        edit(clone / "reader" / NAME, write_a_note)
    (clone / "notebooks" / NAME).rename(clone / "notebooks" / "01_sample.ipynb")
    copying.copy()
    assert (clone / "reader" / "01_sample.ipynb").exists()
    assert (clone / "reader" / NAME).exists() == changed


def test_the_command_says_what_is_kept(clone: Path, capsys: pytest.CaptureFixture) -> None:
    assert command.main(["copy"]) == 0
    edit(clone / "reader" / NAME, write_a_note)
    publish(clone, "\n\nNew.")
    assert command.main(["copy"]) == 0
    assert "is kept" in capsys.readouterr().out


def test_links_lead_as_far_from_the_copy_as_from_the_notebooks() -> None:
    assert (course.ROOT / copying.FOLDER).parent == (course.ROOT / "notebooks").parent


def test_git_ignores_the_copy() -> None:
    run = ["git", "check-ignore", "--quiet", f"{copying.FOLDER}/{NAME}"]
    if (Path(__file__).parents[2] / ".git").exists():
        assert subprocess.run(run, cwd=Path(__file__).parents[2], check=False).returncode == 0

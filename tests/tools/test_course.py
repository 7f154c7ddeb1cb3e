"""The order of the notebooks, their address, and their first cell."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.notebooks.sample import sample
from tools.notebooks import course


def helpers_module() -> ModuleType:
    """A module that looks like the course's package."""
    module = ModuleType("helpers")
    module.__version__ = "1.0.0"
    return module


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that the cell runs; each one pretends to install helpers."""
    commands: list[list[str]] = []

    def run(command: list[str], check: bool) -> None:
        commands.append(command)
        sys.modules["helpers"] = helpers_module()

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setitem(sys.modules, "helpers", None)  # importing it fails, until `run`
    return commands


def present(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """Pretend that only these modules can be found."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in modules)


PUBLISHED = {"repository": "https://github.com/me/noise", "tag": "v1.0.0"}


def test_bootstrap_uses_the_published_address_and_is_short() -> None:
    assert course.bootstrap() == course.BOOTSTRAP
    assert f"git+{course.address()['repository']}@{course.address()['tag']}" in course.BOOTSTRAP
    assert len(course.BOOTSTRAP.splitlines()) <= 24
    assert max(map(len, course.BOOTSTRAP.splitlines())) <= 99


def test_bootstrap_leaves_an_installed_course_alone(
    installed: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "helpers", helpers_module())
    exec(course.BOOTSTRAP, {})
    assert installed == []


def test_bootstrap_installs_on_colab(installed: list, monkeypatch: pytest.MonkeyPatch) -> None:
    present(monkeypatch, "google", "google.colab", "safetensors")
    names: dict[str, object] = {}
    exec(course.bootstrap(PUBLISHED), names)
    (command,) = installed
    assert command[:6] == [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    assert command[6] == "git+https://github.com/me/noise@v1.0.0"
    assert command[7:] == ["anywidget", "psygnal", "pooch", "pypng"]
    assert "helpers" in names


def test_bootstrap_installs_nothing_from_the_placeholder(
    installed: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took that name on the host would decide what runs in the reader's notebook."""
    present(monkeypatch, "google", "google.colab")
    placeholder = {"repository": "https://github.com/OWNER/seeing-through-noise", "tag": "v0.1.0"}
    with pytest.raises(ModuleNotFoundError, match="not published yet"):
        exec(course.bootstrap(placeholder), {})
    assert installed == []


@pytest.mark.parametrize("modules", [[], ["google"]])
def test_bootstrap_gives_instructions_elsewhere(
    installed: list, monkeypatch: pytest.MonkeyPatch, modules: list[str]
) -> None:
    present(monkeypatch, *modules)
    with pytest.raises(ModuleNotFoundError, match=r"make lab\n.*pip install"):
        exec(course.BOOTSTRAP, {})
    assert installed == []


@pytest.mark.parametrize("name", ["helpers.py", "helpers/notes.txt"])
def test_bootstrap_names_a_stray_file_that_hides_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Beside the notebook, so that it comes first on the search path."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "helpers")
    stray = tmp_path / name.partition("/")[0]
    with pytest.raises(ImportError, match=rf"{stray}.* hides the course's package: rename it"):
        exec(course.BOOTSTRAP, {})


# Folds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", course.FOLDED)
def test_what_is_not_the_idea_is_closed_on_every_page(tag: str) -> None:
    notebook = sample()
    cell = notebook.cells[4]
    cell.metadata["tags"] = [tag]
    course.fold(notebook)
    assert cell.metadata["jupyter"] == {"source_hidden": True}
    assert cell.metadata["cellView"] == "form"
    cell.metadata["tags"] = []
    cell.metadata["jupyter"]["outputs_hidden"] = False  # of others, left alone
    course.fold(notebook)
    assert cell.metadata["jupyter"] == {"outputs_hidden": False}
    assert "cellView" not in cell.metadata


# The list of notebooks ------------------------------------------------------------------------


def test_notebooks_are_found_by_the_beginning_or_by_the_name_without_number() -> None:
    (first,) = course.notebooks(["00"])
    assert first == course.notebooks()[0] == course.named(first.stem[3:])
    assert course.notebooks(["notebooks/00_start_here.ipynb", "01"]) == course.notebooks()[:2]
    with pytest.raises(ValueError, match="no notebook begins with '99'"):
        course.notebooks(["99"])

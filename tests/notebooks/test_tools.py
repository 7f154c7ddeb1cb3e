"""The tool that executes, stamps and copies notebooks."""

from __future__ import annotations

import base64
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

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


# The stamp ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import numpy", ""),
        ("import helpers", "helpers"),
        ("%%time\nimport helpers\nhelpers.metrics.psnr", "helpers helpers.metrics"),
        ("from helpers import images, metrics", "helpers helpers.images helpers.metrics"),
        ("from helpers.noise import Gaussian", "helpers helpers.images helpers.noise"),
        ("def f():\n    import helpers.metrics as m", "helpers helpers.metrics"),
        (
            "from helpers.estimation import fit",
            "helpers helpers.estimation helpers.estimation.fit helpers.estimation.grid "
            "helpers.images helpers.noise",
        ),
    ],
)
def test_helpers_are_found_through_helpers(small_course: Path, source: str, modules: str) -> None:
    notebook = new_notebook(cells=[new_code_cell(source)])
    assert sorted(stamps.helper_sources(course.code(notebook))) == modules.split()


def edit_helper(name: str) -> Callable[[Path, Path], object]:
    """Change the source of a helper."""
    return lambda course, path: (course / "helpers" / name).write_text("changed = True")


def edit_notebook(change: Callable) -> Callable[[Path, Path], None]:
    """Change the notebook on disk."""

    def edit(course: Path, path: Path) -> None:
        notebook = nbformat.read(path, as_version=4)
        change(notebook.cells[1])
        nbformat.write(notebook, path)

    return edit


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (edit_helper("noise.py"), True),
        (edit_helper("images.py"), True),  # through noise.py
        (edit_helper("metrics.py"), False),
        (edit_notebook(lambda cell: cell.update(source="import helpers.noise")), True),
        (edit_notebook(lambda cell: cell.metadata.update(tags=["predict"])), True),
        (edit_notebook(lambda cell: cell.update(id="other")), False),
        (edit_notebook(lambda cell: cell.update(execution_count=9)), False),
    ],
)
def test_stamp_changes_with_the_source(small_course: Path, edit: Callable, changes: bool) -> None:
    path = write(small_course, "seed = 0", "from helpers import noise")
    before = stamps.stamp(path)
    edit(small_course, path)
    assert (stamps.stamp(path) != before) == changes


# Running --------------------------------------------------------------------------------------

SHOWS_ENVIRONMENT = """\
import os, sys
from ipywidgets import IntSlider
print("COURSE_DATA" in os.environ)
print("a warning", file=sys.stderr)
display({"text/plain": "  0%|          | 0/5 [00:00<?, ?it/s]"}, raw=True)
IntSlider()"""


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
    assert [cell.metadata for cell in notebook.cells] == [{"tags": ["parameters"]}, {}, {}]
    assert set(notebook.metadata) == {"kernelspec", "language_info", "course"}
    assert notebook.metadata.kernelspec == course.KERNELSPEC
    assert notebook.metadata.language_info.version.count(".") == 1
    assert notebook.metadata.course.stamp == stamps.stamp(path)
    assert isinstance(notebook.metadata.course.seconds, int)
    stdout, widget = notebook.cells[2].outputs
    assert stdout.text == "False\n"
    assert "application/vnd.jupyter.widget-view+json" in widget.data
    assert [file.name for file in path.parent.iterdir()] == [path.name]


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


# The bootstrap cell ---------------------------------------------------------------------------


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that the cell runs; each one pretends to install helpers."""
    commands: list[list[str]] = []

    def run(command: list[str], check: bool) -> None:
        commands.append(command)
        sys.modules["helpers"] = ModuleType("helpers")

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
    assert len(course.BOOTSTRAP.splitlines()) <= 20
    assert max(map(len, course.BOOTSTRAP.splitlines())) <= 99


def test_bootstrap_leaves_an_installed_course_alone(
    installed: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "helpers", ModuleType("helpers"))
    exec(course.BOOTSTRAP, {})
    assert installed == []


def test_bootstrap_installs_on_colab(installed: list, monkeypatch: pytest.MonkeyPatch) -> None:
    present(monkeypatch, "google", "google.colab", "safetensors")
    names: dict[str, object] = {}
    exec(course.bootstrap(PUBLISHED), names)
    (command,) = installed
    assert command[:6] == [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    assert command[6] == "git+https://github.com/me/noise@v1.0.0"
    assert command[7:] == ["pooch", "pypng"]
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

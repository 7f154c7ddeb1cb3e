"""Which notebooks are stale, what makes them so, and what does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from helpers import versions
from tests.notebooks.sample import sample
from tools.notebooks import course, stamps
from tools.notebooks.__main__ import main

HELPERS = versions.ROOT


def stamped() -> dict[str, str]:
    """The stamp that each notebook would have now, by its name."""
    return {p.stem[3:]: stamps.stamp(nbformat.read(p, as_version=4)) for p in course.notebooks()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the course, to be changed."""
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(HELPERS, tmp_path_factory.mktemp("copy") / "helpers", ignore=ignored)


@pytest.fixture(scope="module")
def before(copy: Path) -> dict[str, str]:
    """Stamps of the unchanged copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "ROOT", copy)
        return stamped()


@pytest.fixture
def stale(
    copy: Path, before: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str, str], set[str]]:
    """Names of the notebooks that an edit makes stale; undone afterwards."""
    monkeypatch.setattr(versions, "ROOT", copy)

    def of(file: str, old: str, new: str) -> set[str]:
        path = copy / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        now = stamped()
        path.write_text(text, "utf-8")
        return {name for name in now if now[name] != before[name]}

    return of


@pytest.mark.slow
@pytest.mark.parametrize(
    "file", ["exercises/results_comparison.py", "datasets/rebuild.py", "estimation/published.py"]
)
def test_a_comment_makes_no_notebook_stale(stale: Callable, file: str) -> None:
    assert stale(file, "from __future__", "# a comment\nfrom __future__") == set()


@pytest.mark.slow
def test_a_hint_makes_stale_its_notebook_alone(stale: Callable) -> None:
    file = "exercises/results_comparison.py"
    (hint, *_) = re.findall(r'return "([^"{]{20,})"', (HELPERS / file).read_text("utf-8"))
    assert stale(file, hint, "another hint") == {"results_comparison"}


@pytest.mark.slow
def test_a_noise_model_makes_stale_those_that_use_it(stale: Callable) -> None:
    changed = stale(
        "noise/chance.py", "class Poisson(NoiseModel):", "class Poisson(NoiseModel):\n    more = 1"
    )
    users = stamps.users(course.notebooks(), "helpers.noise.chance.Poisson")
    assert changed == {path.stem[3:] for path in users}
    assert 0 < len(changed) < len(course.notebooks())


# The notebook itself --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "edit", "changes"),
    [
        (4, lambda cell: cell.update(source="import helpers.noise"), True),
        (4, lambda cell: cell.update(source=f"{cell.source}  # and a comment"), True),
        (4, lambda cell: cell.metadata.update(tags=["check"]), True),
        (4, lambda cell: cell.update(id="other"), False),
        (4, lambda cell: cell.update(execution_count=9), False),
        (5, lambda cell: cell.update(source="other prose"), False),
        (1, lambda cell: cell.update(source=f"{cell.source}\n1"), False),
    ],
)
def test_code_and_tags_count_and_nothing_else(
    index: int, edit: Callable[[NotebookNode], object], changes: bool
) -> None:
    notebook = sample()
    before = stamps.stamp(notebook)
    edit(notebook.cells[index])
    assert (stamps.stamp(notebook) != before) == changes


# What uses what -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("helpers.noise.chance", "helpers.noise.chance:Gaussian"),
        ("helpers.noise", "helpers.noise.chance:Gaussian"),
        ("helpers.noise.Gaussian", "helpers.noise.chance:Gaussian"),
        ("helpers.noise.chance.Gaussian", "helpers.noise.chance:Gaussian"),
    ],
)
def test_a_name_stands_for_definitions(name: str, definition: str) -> None:
    assert definition in stamps.definitions(name)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["--uses", "helpers.nothing"])
    assert "no module or definition 'helpers.nothing'" in capsys.readouterr().err


@pytest.mark.slow
def test_users_are_listed(capsys: pytest.CaptureFixture) -> None:
    assert main(["--uses", "helpers.exercises.results_comparison"]) == 0
    assert capsys.readouterr().out == f"{course.named('results_comparison').name}\n"

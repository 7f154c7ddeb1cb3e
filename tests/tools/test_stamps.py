"""Which notebooks are stale, and which use what; `tests/versions` has what code counts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from nbformat import NotebookNode

from helpers import versions
from tests.notebooks.sample import sample
from tools.notebooks import course, stamps
from tools.notebooks.__main__ import main

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


def test_the_definitions_that_changed_are_told(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "is_stale", lambda path: True)
    monkeypatch.setattr(versions, "changes", lambda code, commit: [f"{commit}:{len(code) > 99}"])
    assert main(["00", "--why"]) == 1
    output = capsys.readouterr().out
    assert re.fullmatch(r"stale: 00_start_here\.ipynb\n  [0-9a-f]{7,}:True\n", output)


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


@pytest.mark.slow
def test_those_that_use_a_noise_model_are_some_of_those_that_use_noise() -> None:
    everybody = course.notebooks()
    of_model = stamps.users(everybody, "helpers.noise.Poisson")
    of_noise = stamps.users(everybody, "helpers.noise")
    assert course.named("noise_models") in of_model
    assert set(of_model) < set(of_noise)

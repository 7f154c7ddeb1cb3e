"""Notebooks are inserted and removed, and every number follows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import test_hygiene as hygiene
from tools.notebooks import course, numbering
from tools.notebooks.__main__ import main

REAL = course.ROOT
QUESTION = "What would one more answer?"
COUNT = len(course.notebooks())
OF_OUTPUTS = {hygiene.is_fresh, hygiene.was_run_in_order, hygiene.states_its_run_time}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that names a notebook."""
    for name in ("notebooks", "docs"):
        shutil.copytree(REAL / name, tmp_path / name)
    for folder in ("data", "helpers", "tests"):
        (tmp_path / folder).mkdir()
    for path in [*numbering.documents(), REAL / "pyproject.toml"]:
        shutil.copy(path, tmp_path / path.relative_to(REAL))
    monkeypatch.setattr(course, "ROOT", tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the copy."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_insert_then_remove_changes_nothing(copy: Path) -> None:
    before = contents(copy)
    for number in (1, 6, COUNT):
        assert main(["insert", str(number), "one_more", QUESTION]) == 0
        assert contents(copy) != before
        assert main(["remove", f"{number:02d}"]) == 0
        assert contents(copy) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 6, COUNT])
def test_every_number_follows_an_insertion(copy: Path, number: int) -> None:
    names = [path.stem[3:] for path in course.notebooks()]
    main(["insert", str(number), "one_more", QUESTION])
    names.insert(number, "one_more")
    paths = course.notebooks()
    assert [path.stem for path in paths] == [f"{n:02d}_{name}" for n, name in enumerate(names)]
    number_of = numbering.numbers()
    for where, text in numbering.texts():
        assert numbering.misfits(text, number_of) == [], where
        for stem in re.findall(r"\b\d\d_\w+(?=\.ipynb)", text):
            assert (copy / "notebooks" / f"{stem}.ipynb").exists(), where
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        assert hygiene.has_numbers_that_fit(notebook, path) == []
        assert hygiene.badges_lead_here(notebook, path) == []


def test_a_new_notebook_obeys_every_rule_but_those_of_outputs(copy: Path) -> None:
    path = numbering.insert(6, "one_more", QUESTION)
    notebook = nbformat.read(path, as_version=4)
    for rule in hygiene.BROKEN.keys() - OF_OUTPUTS:
        assert rule(notebook, path) == [], rule.__name__


def test_the_neighbours_and_the_lists_know_the_new_one(copy: Path) -> None:
    main(["insert", "06", "one_more", QUESTION])
    (entry,) = re.findall(r"^\| 6 \| .*$", (copy / "README.md").read_text("utf-8"), re.MULTILINE)
    assert entry == (f"| 6 | [One more](notebooks/06_one_more.ipynb) | {QUESTION} |")
    site = (copy / "docs" / "index.md").read_text("utf-8")
    assert "\nnotebooks/05_classical_filters.ipynb\nnotebooks/06_one_more.ipynb\n" in site
    before, new = course.notebooks(["05", "06"])
    assert numbering.closing(before) == f"**Next:** [6 · {QUESTION}]({new.name})"
    assert numbering.closing(new).startswith("**Next:** [7 · ")


def test_what_still_names_a_removed_notebook_is_said(
    copy: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["remove", "11"]) == 1
    assert "still names it: 00_start_here.ipynb" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["insert", "0", "first"], f"from 1 to {COUNT}, not 0"),
        (["insert", "99", "last"], f"from 1 to {COUNT}, not 99"),
        (["insert", "3", "low_light"], "not 'low_light'"),
        (["insert", "3", "Two words"], "not 'Two words'"),
        (["insert", "3"], "missing 1 required positional argument: 'name'"),
        (["insert", "three", "name"], "invalid literal"),
        (["remove", "0"], f"from 1 to {COUNT - 1}"),
        (["remove", str(COUNT)], f"from 1 to {COUNT - 1}"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    copy: Path, capsys: pytest.CaptureFixture, arguments: list[str], reason: str
) -> None:
    before = contents(copy)
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert reason in capsys.readouterr().err
    assert contents(copy) == before


SPEAKS_OF_NUMBERS = ("tools/notebooks/", "tests/tools/", "tests/notebooks/", "tools/site/pages.py")


def test_code_calls_a_notebook_by_its_name_without_number() -> None:
    names = "|".join(numbering.numbers())
    numbered = re.compile(rf"(?i)\bnotebooks?\s+\d+\b|\b\d\d_(?:{names})\b")
    complaints = []
    for folder in ("helpers", "tools", "tests"):
        for path in sorted((REAL / folder).rglob("*.py")):
            name = str(path.relative_to(REAL))
            if not name.startswith(SPEAKS_OF_NUMBERS):
                complaints += [(name, text) for text in numbered.findall(path.read_text("utf-8"))]
    assert complaints == []


def test_renumber_mends_what_was_written_by_hand(copy: Path) -> None:
    readme = copy / "README.md"
    text = readme.read_text("utf-8")
    readme.write_text(text.replace("[notebook 14]", "[notebook 3]"), "utf-8")
    main(["renumber"])
    assert readme.read_text("utf-8") == text

"""The documents beside the notebooks: what they say of the course is so."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from helpers import datasets
from tools.notebooks import course, numbering

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ENTRY = re.compile(r"^@\w+\{(\w+),(.*?)^\}", re.DOTALL | re.MULTILINE)


def read(name: str) -> str:
    """Text of one document."""
    return (DOCS / name).read_text("utf-8")


def markdown(notebook: NotebookNode) -> str:
    """All prose of a notebook."""
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


# The exam ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_solutions_of_the_exam_hold(own_models) -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", read("exam_solutions.md"), re.DOTALL))
    assert code.count("assert") >= 18
    exec(compile(code, "exam_solutions.md", "exec", dont_inherit=True), {"__name__": "__main__"})


def test_every_task_has_a_solution_and_the_points_add_up() -> None:
    exam, solutions = read("exam.md"), read("exam_solutions.md")
    for half in (exam[: exam.index("## C")], exam[exam.index("## C") :]):
        points = re.findall(r"^\*\*\d+ · .*?\((\d) points\)", half, re.MULTILINE)
        assert len(points) == 9
        assert sum(map(int, points)) == 40
    tasks = re.findall(r"^\*\*(\d+) · ", exam, re.MULTILINE)
    solved = re.findall(r"^\*\*(\d+)\*\*", solutions, re.MULTILINE)
    assert solved == tasks == [str(number) for number in range(1, 19)]


@pytest.mark.parametrize("path", course.notebooks()[9:], ids=lambda path: path.stem)
def test_every_notebook_of_the_second_half_is_examined(path: Path) -> None:
    assert f"([notebook {int(path.name[:2])}](../notebooks/{path.name}))" in read(
        "exam_solutions.md"
    )


# The teacher's guide ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", course.notebooks(), ids=lambda path: path.stem)
def test_the_guide_says_what_the_notebook_says(path: Path) -> None:
    (row,) = numbering.entries(path.stem[3:]).finditer(read("teaching.md"))
    _, number, _, _, minutes, exercises, _, _ = (part.strip() for part in row[0].split("|"))
    notebook = nbformat.read(path, as_version=4)
    assert int(number) == int(path.name[:2])
    assert f"{minutes} min to read" in notebook.cells[0].source
    assert sum(
        "exercises.check(" in cell.source for cell in notebook.cells if cell.cell_type == "code"
    ) == int(exercises)


# Glossary, bibliography, contents ---------------------------------------------------------------


def test_the_glossary_is_in_order_and_explains_what_is_used() -> None:
    inside = re.search(r"```\{glossary\}\n(.*?)```", read("glossary.md"), re.DOTALL)[1]
    terms = [line for line in inside.splitlines() if line and not line.startswith(" ")]
    spelled = ["sigma" if term == "σ" else term.lower() for term in terms]
    assert spelled == sorted(spelled), "out of order"
    text = "\n".join(markdown(nbformat.read(path, as_version=4)) for path in course.notebooks())
    unused = [term for term in terms if not re.search(re.escape(term), text, re.IGNORECASE)]
    assert unused == []


@pytest.mark.parametrize(("key", "entry"), ENTRY.findall(read("references.bib")))
def test_a_reference_is_cited_where_it_says(key: str, entry: str) -> None:
    author = re.search(r"author = \{(?:\{?)([^,{}\\ ]{3,})", entry)
    year = re.search(r"year = \{(\d{4})\}", entry)[1]
    name = author[1] if author else ""
    for notebook in re.search(r"notebooks = \{([^}]*)\}", entry)[1].split(", "):
        path = course.named(notebook)
        text = markdown(nbformat.read(path, as_version=4))
        assert name in text, f"{key}: {name} is not named in {path.name}"
        assert year in text or key == "lee2001", f"{key}: no {year} in {path.name}"


@pytest.mark.parametrize("name", datasets.SETS)
def test_a_set_is_cited_as_in_the_bibliography(name: str) -> None:
    works = {}  # surnames of the authors to years and titles
    for _, entry in ENTRY.findall(read("references.bib")):
        work = {k: re.sub("[{}]", "", v) for k, v in re.findall(r"(\w+) = \{(.*)\},", entry)}
        surnames = ", ".join(author.split(",")[0] for author in work["author"].split(" and "))
        works.setdefault(surnames, []).append((work["year"], work["title"]))
    for work in datasets.SETS[name].citation.split("; "):
        surnames, year, title = re.match(r"(.+?) \((\d{4})\)\. (.{25,}?)\. ", work).groups()
        assert surnames not in works or (year, title) in works[surnames]


@pytest.mark.parametrize("path", numbering.documents(), ids=lambda path: path.name)
def test_the_number_of_a_notebook_is_a_link_to_it(path: Path) -> None:
    """`python -m tools.notebooks renumber` mends numbers that do not fit."""
    assert numbering.misfits(path.read_text("utf-8"), numbering.numbers()) == []


def test_the_contents_of_the_site_name_every_notebook() -> None:
    for path in course.notebooks():
        assert f"notebooks/{path.name}" in read("index.md")

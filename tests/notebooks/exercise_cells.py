"""Read the exercises of a notebook, and make the notebook try its own solutions.

An exercise is a code cell that ends in ``exercises.check("key", answer)``. The markdown cells
after it hold a hint and a solution, each folded away in ``<details>``; the solution is the first
Python block under a summary that says "Solution", and it assigns the name that is checked.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import takewhile

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
MARK = "VERDICT "


@dataclass(frozen=True)
class Exercise:
    """One exercise: where its cell is, its key, its check as code, and the notes after it."""

    index: int
    key: str
    check: str
    notes: str

    def folded(self, title: str) -> str | None:
        """Text of the first folded block whose summary contains `title`."""
        blocks = FOLDED.findall(self.notes)
        return next((text for summary, text in blocks if title in summary), None)

    @property
    def solution(self) -> str | None:
        """Code of the solution."""
        block = PYTHON.search(self.folded("Solution") or "")
        return block and block[1]


def is_check(node: ast.AST) -> bool:
    """Whether a piece of syntax is the call ``exercises.check(...)``."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "exercises.check"


def checks(source: str) -> list[ast.Call]:
    """All calls of ``exercises.check`` in a cell; none in a cell that holds a magic."""
    if "exercises.check" not in source:
        return []
    return [node for node in ast.walk(ast.parse(source)) if is_check(node)]


def ends_in_check(source: str) -> bool:
    """Whether a cell shows the verdict, because its last line is the bare check."""
    last = ast.parse(source).body[-1]
    return isinstance(last, ast.Expr) and is_check(last.value)


def notes_after(notebook: NotebookNode, index: int) -> str:
    """Markdown between a code cell and the next code cell."""
    cells = takewhile(lambda cell: cell.cell_type == "markdown", notebook.cells[index + 1 :])
    return "\n\n".join(cell.source for cell in cells)


def find_exercises(notebook: NotebookNode) -> list[Exercise]:
    """List the exercises in order."""
    return [
        Exercise(i, ast.literal_eval(c.args[0]), ast.unparse(c), notes_after(notebook, i))
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for c in checks(cell.source)
    ]


def probe(exercise: Exercise, who: str, source: str = "") -> NotebookNode:
    """Cell that runs `source`, checks the answer and prints the verdict."""
    cell = new_code_cell(f"{source}\nprint({MARK!r} + {exercise.check}.status)")
    cell.metadata.update(tags=[], probe=[exercise.key, who])
    return cell


def insert_probes(notebook: NotebookNode) -> None:
    """After each exercise, ask for the verdict on the stub, then on the solution."""
    for exercise in reversed(find_exercises(notebook)):
        probes = [probe(exercise, "stub")]
        if exercise.solution is not None:
            probes.append(probe(exercise, "solution", exercise.solution))
        notebook.cells[exercise.index + 1 : exercise.index + 1] = probes


def printed_verdict(cell: NotebookNode) -> str:
    """Status that a probe printed, empty if it printed none."""
    text = "".join(output.get("text", "") for output in cell.outputs)
    return text.rpartition(MARK)[2].strip() if MARK in text else ""


def verdicts(notebook: NotebookNode) -> dict[tuple[str, str], str]:
    """Map (key, "stub" or "solution") to the status, after the probes ran."""
    probes = [cell for cell in notebook.cells if "probe" in cell.metadata]
    return {tuple(cell.metadata["probe"]): printed_verdict(cell) for cell in probes}

"""A minimal notebook that obeys every rule, for tests of the rules and of the tools."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from tools.notebooks.course import ROOT
from tools.notebooks.skeleton import skeleton
from tools.notebooks.stamps import stamp

PATH = ROOT / "notebooks" / "00_sample.ipynb"  # where it would lie; it is not on disk
QUESTION = "What does a notebook need?"
PIXEL = (  # a gray PNG of 1 x 1 pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def picture() -> NotebookNode:
    """Output of a figure with its alt text."""
    data = {"image/png": PIXEL, "text/plain": "<Figure>"}
    alt = {"image/png": {"alt": "One gray pixel, nothing else."}}
    return new_output("display_data", data=data, metadata=alt)


def result(text: str, count: int) -> NotebookNode:
    """Output of an expression."""
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def sample(path: Path = PATH) -> NotebookNode:
    """Build the notebook as it would be committed: executed, tidied and stamped."""
    notebook = skeleton(path, QUESTION, "Next: nothing.")
    notebook.cells[5].source += " ![A gray pixel](https://example.org/gray.png)"
    tried = [result("not tried yet", 5)]
    outputs = ([], [], [], [picture(), result("2", 4)], tried, [])
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, (cell, shown) in enumerate(zip(cells, outputs), start=1):
        cell.execution_count, cell.outputs = count, shown
    notebook.metadata["course"] = {"stamp": stamp(notebook), "seconds": 4}
    return notebook

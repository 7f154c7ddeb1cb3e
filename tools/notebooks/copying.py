"""The reader's copy of the notebooks: no outputs, ignored by Git, never taken from the reader.

What the reader changed is kept; what only was run, or left alone, follows the course.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.files import write_whole
from tools.notebooks import course

FOLDER = "reader"  # beside `notebooks`: links to ../data and among notebooks keep working
RECORD = ".copies.json"  # file name to fingerprint, as it was when it was copied


def fingerprint(notebook: NotebookNode) -> str:
    """What a reader may change: the cells, without outputs, counts and folds."""
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    """Drop outputs, counts and the stamp, in the object itself; what is folded stays folded."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("course", None)
    return notebook


def copy(folder: Path | None = None) -> list[str]:
    """Copy the notebooks into the reader's folder; return what the reader should know.

    Parameters
    ----------
    folder : Path, optional
        By default `FOLDER` of the clone.

    Returns
    -------
    list of str
        A sentence for each notebook of which the reader's version is kept though the course has
        another one.
    """
    folder = course.ROOT / FOLDER if folder is None else folder
    folder.mkdir(exist_ok=True)
    copied, news = _record(folder), []
    ours = {path.name: nbformat.read(path, as_version=4) for path in course.notebooks()}
    for name, notebook in ours.items():
        path, now = folder / name, fingerprint(notebook)
        there = _fingerprint_of(path)
        if there in (None, copied.get(name)) and there != now:
            course.write(without_outputs(notebook), path)
            copied[name] = now
        elif there == now:  # as it is, with the outputs of the reader's own run
            copied[name] = now
        elif copied.get(name) != now:
            news.append(
                f"{FOLDER}/{name} has changes of yours and is kept; the course has a newer one, "
                "which comes when you rename yours"
            )
    for name in copied.keys() - ours.keys():  # the course has none of this name any more
        if _fingerprint_of(folder / name) == copied[name]:
            (folder / name).unlink()
    kept = {name: copied[name] for name in sorted(copied.keys() & ours.keys())}
    write_whole({folder / RECORD: (json.dumps(kept, indent=1) + "\n").encode()})
    return news


def _record(folder: Path) -> dict[str, str]:
    """What was copied; nothing where that is unknown, so that all is taken for the reader's."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _fingerprint_of(path: Path) -> str | None:
    """Of a notebook that is there; "" for a file that is none, which then is the reader's."""
    try:
        return fingerprint(nbformat.read(path, as_version=4))
    except FileNotFoundError:
        return None
    except Exception:  # nbformat raises many kinds
        return ""

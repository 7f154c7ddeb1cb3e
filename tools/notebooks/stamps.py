"""Which notebooks are stale: their outputs were made by other code than there is now.

What makes outputs are a notebook's code cells and the definitions of ``helpers`` that these use,
with the tables and weights that they name (`helpers.versions`). Prose does not count, and neither
does the bootstrap cell.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers import versions
from tools.notebooks import course


def stamp(notebook: NotebookNode) -> str:
    """SHA-256 (hex) of what makes the outputs."""
    cells = [[cell.source, sorted(cell.metadata.get("tags", []))] for cell in course.own(notebook)]
    content = json.dumps([cells, versions.of_source(course.code(notebook))])
    return hashlib.sha256(content.encode()).hexdigest()


def is_fresh(notebook: NotebookNode) -> bool:
    """Whether all outputs are there, and were made by what would make them now."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    was_run = all(cell.execution_count is not None for cell in cells)
    return was_run and notebook.metadata.get("course", {}).get("stamp") == stamp(notebook)


def is_stale(path: Path) -> bool:
    """Whether the outputs of a notebook on disk come from another source, or are missing."""
    return not is_fresh(nbformat.read(path, as_version=4))


def reasons(path: Path) -> list[str]:
    """Why a notebook may be stale: definitions that changed since it was committed.

    Tables, weights and the notebook's own cells are not looked into.
    """
    log = ["git", "-C", str(course.ROOT), "log", "-1", "--format=%h", "--", str(path)]
    commit = subprocess.run(log, capture_output=True, text=True).stdout.strip()
    code = course.code(nbformat.read(path, as_version=4))
    return versions.changes(code, commit) if commit else []


def definitions(name: str) -> set[str]:
    """What a module, a package, or a name in one of them stands for, as `versions.uses` says it.

    Raises
    ------
    ValueError
        If ``helpers`` has no such name.

    Examples
    --------
    >>> "helpers.noise.chance:Gaussian" in definitions("helpers.noise.Gaussian")
    True
    """
    code = versions.here()
    modules = {module for module in code.lines if f"{module}.".startswith(f"{name}.")}
    module, _, last = name.rpartition(".")
    names = code.closure({f"{one}:*" for one in modules}) if modules else set()
    names = {one for one in names if one.partition(":")[0] in modules}
    if not names and module in code.lines:
        names = code.follow(module, [last])
    if not names:
        raise ValueError(f"helpers has no module or definition {name!r}")
    return names


def users(paths: list[Path], name: str) -> list[Path]:
    """Those of some notebooks that use a module, or something that it defines."""
    wanted = definitions(name)
    sources = {path: course.code(nbformat.read(path, as_version=4)) for path in paths}
    return [path for path, code in sources.items() if wanted & set(versions.uses(code))]

"""Which notebooks are stale: their outputs were made by another source than there is now."""

from __future__ import annotations

import ast
import hashlib
import json
from importlib.util import resolve_name
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks import course


def helper_names(source: str, package: str = "") -> set[str]:
    """Dotted names below ``helpers`` that the source, a module of `package`, may import."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names.add(f"{node.value.id}.{node.attr}")  # `import helpers`, then helpers.noise
    return {name for name in names if name.split(".")[0] == "helpers"}


def module_file(name: str) -> Path | None:
    """File of a module or package, ``None`` for a name that is neither."""
    path = course.ROOT.joinpath(*name.split("."))
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((file for file in candidates if file.is_file()), None)


def helper_sources(source: str) -> dict[str, str]:
    """Source of every helper module that `source` imports, also through another helper."""
    sources: dict[str, str] = {}
    todo = helper_names(source)
    while todo:
        name = todo.pop()
        file = module_file(name)
        if file is None or name in sources:
            continue
        sources[name] = file.read_text("utf-8")
        parent = name.rpartition(".")[0]  # importing helpers.a.b runs helpers.a, too
        package = name if file.name == "__init__.py" else parent
        todo |= helper_names(sources[name], package) | {parent} - {""}
    return sources


def content(notebook: NotebookNode) -> list[list]:
    """What runs: code cells and their tags, without the bootstrap cell, which makes nothing."""
    first = course.BOOTSTRAP.splitlines()[0]
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        [cell.source, sorted(cell.metadata.get("tags", []))]
        for cell in cells
        if not cell.source.startswith(first)
    ]


def stamp(notebook: NotebookNode, path: Path) -> str:
    """SHA-256 (hex) of what makes the outputs of a notebook that lies at `path`."""
    text = json.dumps([content(notebook), helper_sources(course.code(notebook))], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_fresh(notebook: NotebookNode, path: Path) -> bool:
    """Whether all outputs are there, and were made by what would make them now."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    run = all(cell.execution_count is not None for cell in cells)
    return run and notebook.metadata.get("course", {}).get("stamp") == stamp(notebook, path)


def is_stale(path: Path) -> bool:
    """Whether the outputs of a notebook on disk come from another source, or are missing."""
    return not is_fresh(nbformat.read(path, as_version=4), path)

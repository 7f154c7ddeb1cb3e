"""The course as its maintainers see it: its notebooks in order, its address, its first cell."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

# Tags of cells that are not the idea: Colab, JupyterLab and the site show their first line, the
# title, and open them at a click.
FOLDED = ("parameters", "predict", "fold", "check")

BOOTSTRAP_TEMPLATE = """\
# @title Find the course's package; on Colab only, install it where it is missing
try:
    import helpers
except ModuleNotFoundError as error:
    import subprocess
    import sys
    from importlib import import_module, invalidate_caches, util

    course = "git+{repository}@{tag}"
    if "/OWNER/" in course or not (util.find_spec("google") and util.find_spec("google.colab")):
        raise ModuleNotFoundError(
            "Not installed here (Colab: not published yet). In its folder run:  make lab\\n"
            "or, without make:  pip install -r requirements.txt -e .  and then  jupyter lab"
        ) from error
    extras = {{"anywidget": "anywidget", "psygnal": "psygnal", "pooch": "pooch", "pypng": "png"}}
    extras["safetensors"] = "safetensors"
    missing = [package for package, module in extras.items() if not util.find_spec(module)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, course, *missing], check=True)
    invalidate_caches()
    helpers = import_module("helpers")
if not hasattr(helpers, "__version__"):
    stray = helpers.__file__ or list(helpers.__path__)
    raise ImportError(f"{{stray}} hides the course's package: rename it and restart the kernel")"""


def address() -> dict[str, str]:
    """Address of the published course, ``{"repository": ..., "tag": ...}``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["course"]


def bootstrap(published: Mapping[str, str] | None = None) -> str:
    """Source of the first code cell, the same in all notebooks, with the `address` of the course.

    While that address is the placeholder, whose owner could be anybody, the cell installs nothing.
    """
    return BOOTSTRAP_TEMPLATE.format(**(published or address()))


BOOTSTRAP = bootstrap()


def notebooks(names: Sequence[str] = ()) -> list[Path]:
    """List the notebooks whose file names begin with one of `names` (none: all), in order.

    Raises
    ------
    ValueError
        If a name selects nothing.
    """
    paths = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    starts = [Path(name).stem for name in names]
    for start in starts:
        if not any(path.stem.startswith(start) for path in paths):
            raise ValueError(f"no notebook begins with {start!r}")
    return [path for path in paths if path.stem.startswith(tuple(starts or [""]))]


def named(name: str) -> Path:
    """The notebook of this name, which is that of its file without the number."""
    return next(path for path in notebooks() if path.stem[3:] == name)


def own(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that are a notebook's own: all but the bootstrap cell."""
    first = BOOTSTRAP_TEMPLATE.splitlines()[0]
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if not cell.source.startswith(first)]


def is_folded(cell: NotebookNode) -> bool:
    """Whether a code cell shows its title alone: its tags say so, or it is the bootstrap cell."""
    return cell.source == BOOTSTRAP or any(tag in FOLDED for tag in cell.metadata.get("tags", []))


def fold(notebook: NotebookNode) -> None:
    """Close the cells that are to be folded, and open the others: JupyterLab's way and Colab's."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        closed = is_folded(cell)
        jupyter = {
            k: v for k, v in cell.metadata.get("jupyter", {}).items() if k != "source_hidden"
        }
        cell.metadata.pop("cellView", None)
        cell.metadata.pop("jupyter", None)
        if closed:
            jupyter["source_hidden"], cell.metadata["cellView"] = True, "form"
        if jupyter:
            cell.metadata["jupyter"] = jupyter


def code(notebook: NotebookNode) -> str:
    """The `own` cells as one piece of Python; magics and shell lines become empty lines."""
    lines = "\n".join(cell.source for cell in own(notebook)).splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one step, so that an interruption never leaves half of it."""
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)

"""Execute the course's notebooks, and know which of them are stale.

A notebook is committed with its outputs. A stamp in its metadata says which source made them: its
own cells and every module of ``helpers`` that it imports. When either changes, the stamp is stale.

    python -m tools.notebooks             # execute what is stale, in place
    python -m tools.notebooks 03 07       # the same, among these notebooks
    python -m tools.notebooks --all       # execute, stale or not
    python -m tools.notebooks --check     # name what is stale, change nothing
"""

from __future__ import annotations

import argparse
import ast
import base64
import copy
import hashlib
import io
import json
import os
import re
import sys
import tempfile
import time
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from importlib.util import resolve_name
from pathlib import Path

import nbformat
import numpy as np
import papermill
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbclient.output_widget import OutputWidget
from nbformat import NotebookNode
from PIL import Image
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
FAST = {"profile": "fast"}  # the parameters of a test run
STARTUP_TIMEOUT = 120  # seconds
CELL_TIMEOUT = 900  # seconds
# Gray levels of 255 by which two pictures may differ that look alike: on average, and at most,
# since a digit that changed is black where it was white. Rounding moves single pixels by up to 80.
UNSEEN, ANYWHERE = 0.2, 96

# Committed outputs show only what ships or may be shown: the sets in ../shared stay hidden, and
# nothing of the machine that runs the notebook reaches it.
HIDDEN = {"COURSE_SHARED": ""}
UNSET = ("COURSE_DATA", "MPLBACKEND")

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
RUNTIME_METADATA = ("execution", "papermill", "ExecuteTime")  # of a cell; different in every run
BAR = re.compile(r"\s*\d+%\|")  # how tqdm writes a bar where no widget can be shown
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

BOOTSTRAP_TEMPLATE = """\
# Find the course's package. On Colab only, install it where it is missing.
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
    extras = {{"pooch": "pooch", "pypng": "png", "safetensors": "safetensors"}}
    missing = [package for package, module in extras.items() if not util.find_spec(module)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, course, *missing], check=True)
    invalidate_caches()
    helpers = import_module("helpers")"""


class NotebookError(RuntimeError):
    """A notebook that did not run through; the message names the cell."""


def course() -> dict[str, str]:
    """Address of the published course, ``{"repository": ..., "tag": ...}``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["course"]


def bootstrap(address: Mapping[str, str] | None = None) -> str:
    """Source of the first code cell, the same in all notebooks, with the address of `course`.

    While that address is the placeholder, whose owner could be anybody, the cell installs nothing.
    """
    return BOOTSTRAP_TEMPLATE.format(**(address or course()))


BOOTSTRAP = bootstrap()


def notebooks(names: Sequence[str] = ()) -> list[Path]:
    """List the notebooks whose file names begin with one of `names` (none: all), in order.

    Raises
    ------
    ValueError
        If a name selects nothing.
    """
    found = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    starts = [Path(name).stem for name in names]
    for start in starts:
        if not any(path.stem.startswith(start) for path in found):
            raise ValueError(f"no notebook begins with {start!r}")
    return [path for path in found if path.stem.startswith(tuple(starts or [""]))]


# The stamp ------------------------------------------------------------------------------------


def code(notebook: NotebookNode) -> str:
    """All code cells as one piece of Python; magics and shell lines become empty lines."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    lines = "\n".join(cells).splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


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
    path = ROOT.joinpath(*name.split("."))
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


def fingerprint(notebook: NotebookNode) -> str:
    """SHA-256 (hex) of what makes the outputs; outputs and cell ids do not count."""
    cells = [[c.cell_type, c.source, sorted(c.metadata.get("tags", []))] for c in notebook.cells]
    content = json.dumps([cells, helper_sources(code(notebook))], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def stamp(path: Path) -> str:
    """`fingerprint` of a notebook on disk: the stamp that fresh outputs carry."""
    return fingerprint(nbformat.read(path, as_version=4))


def is_stale(path: Path) -> bool:
    """Whether the outputs were made from another source, or are missing."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    unrun = any(cell.execution_count is None for cell in cells)
    return unrun or notebook.metadata.get("course", {}).get("stamp") != fingerprint(notebook)


# Running --------------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    """Environment of a kernel that sees this working tree and none of the hidden pictures."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)} | HIDDEN


def private_sockets() -> Config:
    """Configuration of one kernel manager: talk through files of its own instead of TCP ports.

    Kernels that start at the same time may be given the same ports; about once in 200 starts one
    of them then never answers. Windows has no such files and keeps the ports.
    """
    if os.name == "nt":
        return Config()
    name = f"{tempfile.gettempdir()}/kernel-{uuid.uuid4().hex}"
    return Config({"KernelManager": {"transport": "ipc", "ip": name}})


def widget_errors(notebook: NotebookNode) -> list[str]:
    """List the errors that ipywidgets swallowed while the notebook ran.

    An exception inside ``interact`` or ``with Output()`` does not stop nbclient or papermill
    (ipywidgets#3208, nbclient#312); it is only kept in the state of an ``Output`` widget.
    """
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {}).values()
    outputs = [output for model in models for output in model["state"].get("outputs", [])]
    errors = [output for output in outputs if output["output_type"] == "error"]
    return [f"{error['ename']}: {error['evalue']}" for error in errors]


class QuietOutput(OutputWidget):
    """Keeps what an ``Output`` widget shows, without telling the kernel.

    nbclient tells it on the socket on which it waits for the reply to the cell, and about once in
    a hundred times sleeps through that reply until the cell's time is over (seen in 0.11).
    """

    def sync_state(self) -> None:
        """Send nothing."""


def run(
    notebook: NotebookNode,
    folder: Path,
    kernel: str = KERNELSPEC["name"],
    env: Mapping[str, str] | None = None,
) -> None:
    """Execute a notebook in `folder`, into the object itself.

    Parameters
    ----------
    notebook : NotebookNode
        What is executed.
    folder : Path
        Where it runs.
    kernel : str
        Name of the kernel's specification; this Python's by default.
    env : mapping, optional
        The kernel's environment variables, by default those of `environment`.

    Raises
    ------
    NotebookError
        If a cell fails, a cell takes too long, the kernel dies or a widget swallowed an error.
    """
    begun = [0]  # index of the last cell that was started
    client = NotebookClient(
        notebook,
        config=private_sockets(),
        kernel_name=kernel,
        timeout=CELL_TIMEOUT,
        startup_timeout=STARTUP_TIMEOUT,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=lambda cell, cell_index: begun.append(cell_index),
    )
    client.widget_registry["@jupyter-widgets/output"]["OutputModel"] = QuietOutput
    try:
        client.execute(env=environment() if env is None else env)
    except (CellControlSignal, DeadKernelError) as error:
        raise NotebookError(f"cell {begun[-1] + 1} (counted from 1): {error}") from error
    if errors := widget_errors(notebook):
        raise NotebookError(f"swallowed inside a widget: {'; '.join(errors)}")


def tidy(notebook: NotebookNode) -> None:
    """Drop what belongs to one run and not to the page: widgets, bars, stderr, times, versions."""
    for cell in notebook.cells:
        for key in RUNTIME_METADATA:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if not is_passing(out)]
    language = dict(notebook.metadata.get("language_info", {}))
    language["version"] = ".".join(language.get("version", "3").split(".")[:2])
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info=language)


def is_passing(output: NotebookNode) -> bool:
    """Whether an output is stderr, or a progress bar that has come to its end."""
    shown = output.get("data", {}).get("text/plain", "")
    return output.get("name") == "stderr" or bool(BAR.match(shown))


def keep_pictures(notebook: NotebookNode, before: NotebookNode) -> None:
    """Put back each picture of the last run from which the new one differs by rounding alone.

    Processors round differently. Without this every execution would add all pictures to the
    repository once more, five megabytes that nobody can tell from those that are there.
    """
    for new, old in zip(notebook.cells, before.cells):
        for output, known in zip(new.get("outputs", []), old.get("outputs", [])):
            pictures = [one.get("data", {}).get("image/png") for one in (output, known)]
            if all(pictures) and look_alike(*pictures):
                output["data"]["image/png"] = pictures[1]


def look_alike(first: str, second: str) -> bool:
    """Whether two PNGs, in base64, have one shape and show the same to any reader."""
    levels = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"), int)
        for picture in (first, second)
    ]
    one, other = levels
    if one.shape != other.shape:
        return False
    apart = np.abs(one - other)
    return bool(apart.mean() <= UNSEEN and apart.max() <= ANYWHERE)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one step, so that an interruption never leaves half of it."""
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)


def execute(path: Path) -> int:
    """Execute a notebook in place, tidy and stamp it, and return the seconds that it took.

    Raises
    ------
    NotebookError
        As `run` does; the file is then left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    before = copy.deepcopy(notebook)
    source = fingerprint(notebook)  # before the run: an edit during the run leaves it stale
    start = time.monotonic()
    run(notebook, path.parent)
    seconds = round(time.monotonic() - start)
    tidy(notebook)
    keep_pictures(notebook, before)
    notebook.metadata["course"] = {"stamp": source, "seconds": seconds}
    write(notebook, path)
    return seconds


def fast_copy(path: Path, folder: Path, parameters: Mapping[str, object] = FAST) -> Path:
    """Write a copy without outputs that runs with other parameters, and return its path.

    Parameters
    ----------
    path : Path
        The notebook.
    folder : Path
        Where the copy goes, under the same name.
    parameters : mapping
        Values for names that the cell tagged ``parameters`` assigns.

    Raises
    ------
    ValueError
        If that cell does not assign one of the names; papermill would only warn.
    """
    accepted = list(papermill.inspect_notebook(path))
    if unknown := sorted(set(parameters) - set(accepted)):
        raise ValueError(f"{path.name} has no parameter {unknown}; it accepts {accepted}")
    copy = folder / path.name
    notebook = papermill.execute_notebook(
        path, None, dict(parameters), prepare_only=True, progress_bar=False
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    write(notebook, copy)
    return copy


# The command line -----------------------------------------------------------------------------


def succeeds(path: Path) -> bool:
    """Execute one notebook, print how it went, and return whether it ran through."""
    try:
        print(f"{path.name}: executed in {execute(path)} s", flush=True)
    except NotebookError as error:
        print(f"{path.name}, {error}\n{path.name} was left as it was.", file=sys.stderr)
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if all went well (with ``--check``: if nothing is stale)."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 03")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--all", action="store_true", help="execute, stale or not")
    mode.add_argument("--check", action="store_true", help="name what is stale, change nothing")
    options = parser.parse_args(arguments)
    try:
        chosen = notebooks(options.names)
    except ValueError as error:
        parser.error(str(error))
    todo = [path for path in chosen if options.all or is_stale(path)]
    if options.check:
        print("\n".join(f"stale: {path.name}" for path in todo) or "nothing is stale")
        return int(bool(todo))
    failures = [path for path in todo if not succeeds(path)]
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())

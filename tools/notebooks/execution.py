"""Execute a notebook, in place or as a copy that runs fast."""

from __future__ import annotations

import base64
import copy
import io
import os
import re
import tempfile
import time
import uuid
from collections.abc import Mapping
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

from tools.notebooks import course, stamps

FAST = {"profile": "fast"}  # the parameters of a test run
STARTUP_TIMEOUT = 120  # seconds
CELL_TIMEOUT = 900  # seconds
# Gray levels of 255 by which two pictures may differ that look alike: on average, and at most,
# since a digit that changed is black where it was white. Rounding moves single pixels by up to 80.
UNSEEN, ANYWHERE = 0.2, 96

# Committed outputs show only what ships or may be shown: the data sets of the machine that runs
# the notebook stay hidden, and so does its choice of a backend.
UNSET = ("COURSE_DATA", "MPLBACKEND")

RUNTIME_METADATA = ("execution", "papermill", "ExecuteTime")  # of a cell; different in every run
BAR = re.compile(r"\s*\d+%\|")  # how tqdm writes a bar where no widget can be shown
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


class NotebookError(RuntimeError):
    """A notebook that did not run through; the message names the cell."""


# Running --------------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    """Environment of a kernel that sees this working tree, no data set of this machine, no reader.

    What the maintainer answered as a reader belongs into no committed output.
    """
    rest = {name: value for name, value in os.environ.items() if name not in UNSET}
    paths = [str(course.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return rest | {"PYTHONPATH": os.pathsep.join(paths), "COURSE_READER": "none"}


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
    kernel: str = course.KERNELSPEC["name"],
    env: Mapping[str, str] | None = None,
) -> None:
    """Execute a notebook in `folder`, into the object itself.

    Parameters
    ----------
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
    """Drop what belongs to one run and not to the page: widgets, bars, stderr, times, versions.

    Cells are folded and opened as their tags say.
    """
    course.fold(notebook)
    for cell in notebook.cells:
        for key in RUNTIME_METADATA:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if not is_passing(out)]
    language = dict(notebook.metadata.get("language_info", {}))
    language["version"] = ".".join(language.get("version", "3").split(".")[:2])
    notebook.metadata = NotebookNode(kernelspec=course.KERNELSPEC, language_info=language)


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
        for output, last in zip(new.get("outputs", []), old.get("outputs", [])):
            pictures = [one.get("data", {}).get("image/png") for one in (output, last)]
            if all(pictures) and look_alike(*pictures):
                output["data"]["image/png"] = pictures[1]


def look_alike(first: str, second: str) -> bool:
    """Whether two PNGs, in base64, have one shape and show the same to any reader."""
    one, other = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"), int)
        for picture in (first, second)
    )
    if one.shape != other.shape:
        return False
    apart = np.abs(one - other)
    return bool(apart.mean() <= UNSEEN and apart.max() <= ANYWHERE)


def execute(path: Path) -> int:
    """Execute a notebook in place, tidy and stamp it, and return the seconds that it took.

    Raises
    ------
    NotebookError
        As `run` does; the file is then left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    before = copy.deepcopy(notebook)
    source = stamps.stamp(notebook)  # before the run: an edit during the run leaves it stale
    start = time.monotonic()
    run(notebook, path.parent)
    seconds = round(time.monotonic() - start)
    tidy(notebook)
    keep_pictures(notebook, before)
    notebook.metadata["course"] = {"stamp": source, "seconds": seconds}
    course.write(notebook, path)
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
    notebook = papermill.execute_notebook(
        path, None, dict(parameters), prepare_only=True, progress_bar=False
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    course.write(notebook, folder / path.name)
    return folder / path.name

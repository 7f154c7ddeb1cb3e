"""Run a notebook as a test does: through papermill, or through nbval."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import papermill
from nbformat import NotebookNode

from tools.notebooks import execution


def run_with_papermill(path: Path) -> NotebookNode:
    """Execute a notebook in its folder, in the environment that made the committed outputs."""
    environment = mock.patch.dict(os.environ, execution.environment(), clear=True)
    with environment, mock.patch("nbclient.client.OutputWidget", execution.QuietOutput):
        return papermill.execute_notebook(
            path,
            path.with_name(f"{path.stem}_executed.ipynb"),
            cwd=path.parent,
            progress_bar=False,
            config=execution.private_sockets(),
            start_timeout=execution.STARTUP_TIMEOUT,
            execution_timeout=300,
        )


def run_with_nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a notebook through nbval-lax, apart from the project's pytest configuration and plugins.

    The environment is this machine's, so where the hidden sets are present they are used.
    """
    plugins = ["-p", "nbval.plugin", "-p", "tests.notebooks.nbval_sockets"]
    options = [*plugins, "--nbval-lax", "--nbval-cell-timeout=300", "-q"]
    alone = ["-c", os.devnull, "--rootdir", str(path.parent), "-p", "no:cacheprovider"]
    rest = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    rest["COURSE_READER"] = "none"  # what was answered on this machine is no matter of a test
    rest["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # no xdist: its workers would share out the cells
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *alone, str(path)],
        cwd=path.parent,
        env=rest | {"PYTHONPATH": execution.environment()["PYTHONPATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

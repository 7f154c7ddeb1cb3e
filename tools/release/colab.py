"""Prove that the course runs on Google Colab: build what Colab has, do there what a reader does.

An environment gets the versions of ``tools/release/colab.txt``. The bootstrap cell runs in it word
for word, and git answers its address with this repository's last commit. Then the notebooks run in
the fast profile, outside this folder, and every control of every explorer is moved.

    python -m tools.release.colab                          # all notebooks
    python -m tools.release.colab 00 03 --python python3.13
    python -m tools.release.colab --torch torch==2.11.0    # as Colab has it, where it can be had
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from packaging.requirements import Requirement

from tools.notebooks import course, execution
from tools.release import torch_build

FREEZE = Path(__file__).with_name("colab.txt")
KERNEL = "colab"
# Where the mirror finds the course; git answers from the mirror for it.
PUBLISHED = course.address() | {"repository": "https://github.com/published/seeing-through-noise"}
ABSENT = {
    "anywidget",
    "jupyterlab",
    "pooch",
    "pypng",
    "safetensors",
}  # Colab's page is its own; bootstrap adds
WIDGET = "application/vnd.jupyter.widget-view+json"

# Runs as a notebook's last cell: a control that changes neither picture nor text, wherever another
# one stands, is broken.
MOVE_ALL = """\
import gc
import ipywidgets
from helpers.widgets import Explorer

assert ipywidgets.__version__ == "{version}", ipywidgets.__version__
explorers = [thing for thing in gc.get_objects() if isinstance(thing, Explorer)]

def other(control):
    return next(one for one in control.settings() if one != control.widget.value)

def moves(explorer, control):
    shown = lambda: (explorer._picture.value, explorer._plot.value, explorer.text)
    before, first = shown(), control.widget.value
    control.widget.value = other(control)
    after, control.widget.value = shown(), first
    return after != before

def moves_beside(explorer, control, neighbour):
    first, neighbour.widget.value = neighbour.widget.value, other(neighbour)
    moved = moves(explorer, control)
    neighbour.widget.value = first
    return moved

for explorer in explorers:
    for name, control in explorer._controls.items():
        rest = [one for one in explorer._controls.values() if one is not control]
        beside = (moves_beside(explorer, control, one) for one in rest)
        assert moves(explorer, control) or any(beside), f"{{name}} moves nothing"
print("moved", sum(len(explorer.controls) for explorer in explorers), "controls of",
      len(explorers), "explorers")"""


class Mirror:
    """An environment with Colab's versions, in a folder of its own."""

    def __init__(self, folder: Path, base: str, torch: str) -> None:
        self.folder, self.base, self.torch = folder, base, torch
        self.python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def build(self) -> None:
        """Install everything that Colab has; what is there already is kept."""
        if not self.python.exists():
            subprocess.run([self.base, "-m", "venv", str(self.folder / "venv")], check=True)
            self.pip("install", "--upgrade", "pip")
        build = torch_build.choose(os.environ, sys.platform)
        index = torch_build.command(build)[4:-1]  # options alone
        self.pip("install", *index, self.torch, check=False)  # without it, from PyPI
        self.pip("install", "--only-binary", ":all:", "-r", str(FREEZE), self.torch, "setuptools")
        self.call("-m", "ipykernel", "install", "--prefix", str(self.folder), "--name", KERNEL)
        packages = self.call("-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        colab = Path(packages.strip()) / "google" / "colab"  # what the bootstrap cell looks for
        colab.mkdir(parents=True, exist_ok=True)
        (colab / "__init__.py").touch()

    def pip(self, *arguments: str, check: bool = True) -> None:
        """Install into the mirror, or uninstall."""
        subprocess.run([str(self.python), "-m", "pip", "--quiet", *arguments], check=check)

    def call(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run the mirror's Python away from this repository and return what it prints."""
        run = [str(self.python), *arguments]
        finished = subprocess.run(
            run, cwd=self.folder, env=env or self.environment(), capture_output=True, text=True
        )
        if finished.returncode:
            raise RuntimeError(f"{arguments[0]} failed in the mirror:\n{finished.stderr[-3000:]}")
        return finished.stdout

    def environment(self) -> dict[str, str]:
        """Environment of its processes: nothing of this repository, and git answers for GitHub."""
        rest = {k: v for k, v in os.environ.items() if k not in (*execution.UNSET, "PYTHONPATH")}
        git = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{(self.folder / 'course.git').as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": PUBLISHED["repository"],
        }
        return rest | git | {"COURSE_READER": "none"}

    def publish(self) -> None:
        """Make the last commit the repository's published tag."""
        bare = self.folder / "course.git"
        if not bare.exists():
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
        tag = f"+HEAD:refs/tags/{PUBLISHED['tag']}"
        push = ["git", "-C", str(course.ROOT), "push", "--quiet", bare.as_uri()]
        subprocess.run([*push, tag, "+HEAD:refs/heads/main"], check=True)

    def packages(self) -> dict[str, str]:
        """Versions of all that is installed."""
        listed = json.loads(self.call("-m", "pip", "list", "--format", "json"))
        return {package["name"].lower(): package["version"] for package in listed}

    def bootstrap(self) -> dict[str, str]:
        """Run the bootstrap cell as a reader does, and return what it added.

        Raises
        ------
        RuntimeError
            If it changed a package that was there, or left one missing that the course needs.
        """
        self.pip("uninstall", "-y", "seeing-through-noise")
        before = self.packages()
        self.call("-c", course.bootstrap(PUBLISHED))
        after = self.packages()
        if wrong := changed(before, after) + self.missing():
            raise RuntimeError("after the bootstrap cell: " + "; ".join(wrong))
        return {name: version for name, version in after.items() if name not in before}

    def missing(self) -> list[str]:
        """What the course needs and lacks, as pip says it; JupyterLab is Colab's own page."""
        check = [str(self.python), "-m", "pip", "check"]
        lines = subprocess.run(check, capture_output=True, text=True).stdout.splitlines()
        ours = [line for line in lines if line.startswith("seeing-through-noise ")]
        return [line for line in ours if "requires jupyterlab," not in line]

    def run(self, path: Path) -> str:
        """Run a notebook's fast copy, move its explorers, and return what was moved.

        Raises
        ------
        NotebookError
            If a cell fails or an explorer does not answer or shows no picture without a kernel.
        """
        with tempfile.TemporaryDirectory() as name:
            copy = execution.fast_copy(path, Path(name))
            notebook = nbformat.read(copy, as_version=4)
            version = Requirement(pins()["ipywidgets"]).specifier
            source = MOVE_ALL.format(version=next(iter(version)).version)
            notebook.cells.append(new_code_cell(source))
            where = {"JUPYTER_PATH": str(self.folder / "share" / "jupyter")}
            os.environ.update(where)  # the client looks for the kernel's specification there
            execution.run(notebook, Path(name), KERNEL, self.environment())
        if wrong := blind_explorers(notebook):
            raise execution.NotebookError(f"explorers without a picture: cells {wrong}")
        report = [out.text for out in notebook.cells[-1].outputs if out.get("name") == "stdout"]
        return "".join(report).strip()


def pins() -> dict[str, str]:
    """Requirements of the mirror by name."""
    lines = FREEZE.read_text("utf-8").splitlines()
    return {Requirement(line).name: line for line in lines if line and not line.startswith("#")}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Name the packages that were there before and are gone or of another version.

    >>> changed({"numpy": "2.1.3", "scipy": "1.16.3"}, {"numpy": "2.4.6", "scipy": "1.16.3"})
    ['numpy 2.1.3 became 2.4.6']
    """
    return [
        f"{name} {version} became {after.get(name)}"
        for name, version in before.items()
        if after.get(name) != version
    ]


def blind_explorers(notebook: NotebookNode) -> list[int]:
    """Numbers of the cells whose widget came without a picture for readers without a kernel."""
    return [
        number
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", [])
        if WIDGET in output.get("data", {})
        and "widgets.explore(" in cell.source
        and "image/png" not in output.data
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if everything ran."""
    parser = argparse.ArgumentParser(prog="python -m tools.release.colab", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 03")
    parser.add_argument("--python", default=sys.executable, help="the mirror's Python (3.13)")
    parser.add_argument("--torch", default=torch_build.pin(), help="the mirror's torch")
    parser.add_argument("--folder", type=Path, default=course.ROOT / "build" / "colab")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    mirror = Mirror(options.folder.resolve(), options.python, options.torch)
    mirror.build()
    mirror.publish()
    added = mirror.bootstrap()
    print("the bootstrap cell added", *(f"{n} {v}" for n, v in sorted(added.items())))
    print("and changed nothing of", len(mirror.packages()) - len(added), "packages", flush=True)
    failures = 0
    for path in course.notebooks(options.names):
        start = time.monotonic()
        try:
            report = mirror.run(path)
        except execution.NotebookError as error:
            report, failures = f"FAILED, {error}", failures + 1
        print(f"{path.name}: {report} ({time.monotonic() - start:.0f} s)", flush=True)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())

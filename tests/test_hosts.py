"""Binder and dev containers get everyone's pins, with a Python that the course takes."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tools.release import colab, torch_build

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))


def lines(name: str) -> list[str]:
    """Lines of a file that say something."""
    text = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in text if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize(
    "version",
    [
        (ROOT / ".binder/runtime.txt").read_text("utf-8").strip().removeprefix("python-"),
        CONTAINER["image"].partition(":")[2],
    ],
)
def test_their_python_is_one_the_course_takes(version):
    assert SpecifierSet(PYPROJECT["project"]["requires-python"]).contains(version)


def test_binder_takes_the_pins_and_no_cuda():
    index, pins = lines(".binder/requirements.txt")
    assert index == f"--extra-index-url {torch_build.INDEX}/cpu"
    assert (ROOT / ".binder" / pins.removeprefix("-r ")).resolve() == ROOT / "requirements.txt"


def test_binder_installs_the_course_itself_and_nothing_over_its_pins():
    script = ROOT / ".binder" / "postBuild"
    assert re.search(r"^pip install .*--no-deps.* \.$", script.read_text("utf-8"), re.MULTILINE)
    assert os.name == "nt" or os.access(script, os.X_OK)


def test_the_container_is_made_by_make():
    target = CONTAINER["postCreateCommand"].removeprefix("make ")
    assert re.search(rf"^{target}:.*\.venv/ready", (ROOT / "Makefile").read_text("utf-8"), re.M)
    interpreter = CONTAINER["customizations"]["vscode"]["settings"]
    assert interpreter["python.defaultInterpreterPath"].endswith("/.venv/bin/python")


def test_colab_satisfies_what_the_course_asks_for():
    required = {
        Requirement(line).name: Requirement(line) for line in PYPROJECT["project"]["dependencies"]
    }
    pins = {name: Requirement(line).specifier for name, line in colab.pins().items()}
    for name, requirement in required.items():
        versions = [part.version for part in pins.get(name, [])]
        assert all(requirement.specifier.contains(version) for version in versions), name
        assert name in pins or name in colab.ABSENT | {"torch"}, f"{name}: not in colab.txt"

"""What the modules of the package import, and that all they offer is described."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import helpers

ROOT = Path(helpers.__file__).parent

# A module imports only modules listed above it (DESIGN.md, section 1).
ORDER = [
    "checks",
    "registry",
    "files",
    "paths",
    "reader",
    "versions",
    "schedulers",
    "parameters",
    "denoiser",
    "picture_files",
    "images",
    "digits",
    "noise",
    "low_light",
    "gradients",
    "metrics",
    "datasets",
    "bm3d",
    "estimation",
    "filters",  # after estimation, which tells them a σ that nobody gave
    "networks",
    "posterior",
    "denoise",
    "losses",
    "training",
    "benchmark",
    "studies",
    "plotting",
    "widgets",
    "exercises",
]
HEAVY = {"torch", "matplotlib", "ipywidgets", "IPython", "pandas"}
# What computes without networks: importing it takes no second, whatever it loads when called.
LIGHT = ["helpers", *(f"helpers.{name}" for name in ORDER[: ORDER.index("networks")])]


SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in sorted(ROOT.rglob("*.py"))
    if path != ROOT / "__init__.py"
}


def imported(path: Path) -> Iterator[str]:
    """Names of the modules of helpers that a file imports, inside of functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} line {node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("helpers."):
                yield name.split(".")[1]


def loaded(code: str) -> set[str]:
    """Top-level modules that are there after running some code in a fresh interpreter."""
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.slow
def test_importing_what_computes_loads_nothing_heavy() -> None:
    code = f"""
import importlib, sys
for name in {LIGHT}:  # in one process: to start one takes a second
    importlib.import_module(name)
    heavy = {HEAVY} & set(sys.modules)
    assert not heavy, f"{{name}} loads {{heavy}}"
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_using_what_computes_loads_nothing_heavy() -> None:
    code = """
from helpers import digits, gradients, images, metrics, noise
digits.draw(rng=0, count=1)
clean = images.load("camera", size=64)
for model in noise.MODELS.values():
    metrics.score(clean, model()(clean, rng=0))
"""
    assert loaded(code) & HEAVY == set()


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_has_its_place_in_the_order(module: str) -> None:
    assert module.split(".")[0] in ORDER


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_imports_only_modules_listed_above_it(module: str) -> None:
    own = module.split(".")[0]
    above = ORDER[: ORDER.index(own)]
    if "." in module:
        above = [*above, own]  # parts of a package know each other
    assert [name for name in imported(SOURCES[module]) if name not in above] == []


def implied(module: str, needs: dict[str, set[str]]) -> set[str]:
    """What a module needs through others."""
    return {far for near in needs[module] for far in needs[near] | implied(near, needs)}


def test_the_drawing_of_the_structure_is_true() -> None:
    needs: dict[str, set[str]] = {module: set() for module in ORDER}
    for name, path in SOURCES.items():
        own = name.split(".")[0]
        needs[own] |= set(imported(path)) & set(ORDER) - {own}
    arrows = [
        f"    {need} --> {module}"
        for module in ORDER
        for need in ORDER
        if need in needs[module] - implied(module, needs)
    ]
    text = (ROOT.parent / "CONTRIBUTING.md").read_text("utf-8")
    drawn = text.partition("```mermaid\nflowchart TD\n")[2].partition("\n```")[0].splitlines()
    assert drawn == arrows, "CONTRIBUTING.md should draw:\n" + "\n".join(arrows)


def test_the_table_of_modules_is_in_their_order() -> None:
    text = (ROOT.parent / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| `helpers/(\w+)(?:\.py|/)`", text, re.MULTILINE)
    assert rows == ORDER


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Functions and classes that are defined here for others to use."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node


def undescribed(source: str, module: object) -> Iterator[str]:
    """Public functions, classes and methods without a docstring of their own or inherited."""
    for node in public(ast.parse(source).body):
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for method in public(node.body):
                if not inspect.getdoc(getattr(getattr(module, node.name), method.name)):
                    yield f"{node.name}.{method.name}"


@pytest.mark.parametrize("name", SOURCES)
def test_everything_public_is_described(name: str) -> None:
    module = importlib.import_module(f"helpers.{name}".removesuffix(".__init__"))
    assert module.__doc__
    assert list(undescribed(SOURCES[name].read_text(), module)) == []


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert version("seeing-through-noise") == helpers.__version__

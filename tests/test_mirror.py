"""The tests mirror ``helpers`` module by module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
# Where to look instead, and why.
ELSEWHERE: dict[str, str] = {
    "benchmark/suites.py": "with the tables that they make: tests/studies/test_comparison.py",
    "benchmark/tasks.py": "a cell is computed by `run`: tests/benchmark",
    "schedulers/packing.py": "what travels is told by what arrives: tests/schedulers",
    "versions/values.py": "what a value is worth shows in `fingerprint`: tests/versions",
}


def has_public_code(path: Path) -> bool:
    """Whether a module defines a function or a class for others; an ``__init__`` only hands on."""
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.ClassDef)
    public = [n for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]
    return bool(public) and path.name != "__init__.py"


MODULES = [str(p.relative_to(HELPERS)) for p in HELPERS.rglob("*.py") if has_public_code(p)]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_has_its_test_file(module: str) -> None:
    path = Path(module)
    test = Path(__file__).parent / path.with_name(f"test_{path.stem.strip('_')}.py")
    assert test.exists() != (module in ELSEWHERE), "one of the two: a test file, or a reason"


@pytest.mark.parametrize("module", ELSEWHERE)
def test_a_reason_is_for_a_module_that_is_there(module: str) -> None:
    assert module in MODULES

"""The answers that the other files hold, one for each notebook: right ones, and wrong with a hint.

Those of one notebook alone: `python -m pytest tests/exercises -k loss_functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from helpers.exercises import CHECKS, check

pytestmark = pytest.mark.usefixtures("own_models")

NAMES = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
NAMES -= {"answers", "checking"}
ANSWERS = {name: import_module(f"tests.exercises.test_{name}") for name in sorted(NAMES)}


def cases(kind: str) -> list:
    """Key and answer of every case; answers are made when they are tried, not before."""
    return [
        pytest.param(key, case, id=f"{name}-{key}-{k}")
        for name, file in ANSWERS.items()
        for key, some in getattr(file, kind).items()
        for k, case in enumerate(some)
    ]


@pytest.mark.parametrize("name", ANSWERS)
def test_every_exercise_is_tried(name: str) -> None:
    module = f"helpers.exercises.{name}"
    keys = {key for key, verify in CHECKS.items() if verify.__module__ == module}
    assert set(ANSWERS[name].RIGHT) == set(ANSWERS[name].WRONG) == keys


@pytest.mark.parametrize(("key", "answer"), cases("RIGHT"))
def test_a_right_answer_is_right(key: str, answer: Callable[[], object]) -> None:
    """And nothing else is said."""
    verdict = check(key, answer())
    assert (verdict.status, str(verdict)) == ("right", "right ✓")


@pytest.mark.parametrize(("key", "case"), cases("WRONG"))
def test_a_wrong_answer_gets_a_hint(key: str, case: tuple[Callable[[], object], str]) -> None:
    answer, hint = case
    verdict = check(key, answer())
    assert verdict.status == "wrong"
    assert hint in verdict.message
    assert len(verdict.message.removeprefix("not yet: ")) > 10

"""What all checks have in common: not tried, wrong with a sentence, and never a traceback."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from helpers import noise
from helpers.exercises import CHECKS, check, checking

KEYS = list(CHECKS)
NO_FUNCTION = {"turning-point", "equal-noise", "row-noise", "coverage", "best-guess"}
GARBAGE = {
    "text": "fifty-two",
    "list": [52],
    "dictionary": {},
    "array": np.ones(3),
    "truth": True,
    "complex": 1j,
    "huge": 10**400,
    "object": object(),
    "class": int,
    "module": np,
    "exception": ValueError("no"),
    "model": noise.Gaussian(0.1),
    "function of nothing": lambda: 1,
    "function that raises": lambda *_: 1 / 0,
    "function that asserts": lambda *_: (_ for _ in ()).throw(AssertionError()),
    "function of text": lambda *_: "x",
    "function of arrays": lambda *_: np.ones(3),
}


# ---- answers of any kind ---------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("stub", [..., None])
def test_the_stub_is_not_tried(key: str, stub: object) -> None:
    verdict = check(key, stub)
    assert verdict.status == "not tried"
    assert "three dots" in verdict.message


@pytest.mark.parametrize("key", [key for key in KEYS if key not in NO_FUNCTION])
@pytest.mark.parametrize("stub", [lambda *_: ..., lambda *_: None])
def test_a_function_with_an_empty_body_is_not_tried(key: str, stub) -> None:
    assert check(key, stub).status == "not tried"


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_wrong_and_never_a_traceback(key: str, name: str) -> None:
    verdict = check(key, GARBAGE[name])
    assert verdict.status == "wrong"
    assert len(verdict.message.removeprefix("not yet: ")) > 10


def test_an_error_of_the_answer_is_named_in_the_hint() -> None:
    verdict = check("canberra", lambda p, q: 1 / 0)
    assert "ZeroDivisionError" in verdict.message


def test_a_verdict_reads_as_its_message() -> None:
    assert repr(check("equal-noise", 52)) == "right ✓"


# ---- keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("canbera", "canberra"),
        ("03-canberra", "canberra"),  # as keys were once called
        ("01-equal-noise", "equal-noise"),
        ("12-unseen", "unseen"),
    ],
)
def test_an_unknown_exercise_gets_the_near_key_and_all_others(key: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"unknown exercise '{key}', did you mean") as caught:
        check(key, 1)
    message, _, known = str(caught.value).partition(" Known: ")
    assert repr(near) in message
    assert set(known.split(", ")) == set(KEYS)


def test_a_key_belongs_to_one_notebook() -> None:
    with pytest.raises(ValueError, match=r"'dice' is an exercise of .*denoising_for_vision"):
        checking.exercise("dice")(lambda answer: None)


def test_importing_the_package_imports_no_exercise() -> None:
    code = "import helpers.exercises, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = run.stdout.split()
    assert [name for name in modules if name.startswith("helpers.exercises.")] == [
        "helpers.exercises.checking"
    ]
    assert "scipy" not in modules


@pytest.mark.parametrize(
    ("value", "hint"),
    [(4.0, "a"), (4.000001, "a"), (8, "b"), (5, "else"), (2, None), (np.nan, "else")],
)
def test_a_slip_is_named_by_the_value_it_gives(value: float, hint: str | None) -> None:
    assert checking.name_slip(value, 2, {"a": 4, "b": 8, "c": np.nan}, "else") == hint

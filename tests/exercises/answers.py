"""How answers are tried: in each file of tests the right ones, and wrong ones with their hints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from helpers.exercises import CHECKS, check


def keys_of(module: str) -> set[str]:
    """The exercises whose checks stand in a module of `helpers.exercises`."""
    name = f"helpers.exercises.{module}"
    return {key for key, verify in CHECKS.items() if verify.__module__ == name}


def cases(answers: Mapping[str, Sequence]) -> list:
    """Key and answer of every case; answers are made when they are tried, not before."""
    return [
        pytest.param(key, case, id=f"{key}-{k}")
        for key, some in answers.items()
        for k, case in enumerate(some)
    ]


def assert_right(key: str, answer: Callable[[], object]) -> None:
    """The answer is right, and nothing else is said."""
    verdict = check(key, answer())
    assert (verdict.status, str(verdict)) == ("right", "right ✓")


def assert_wrong(key: str, case: tuple[Callable[[], object], str]) -> None:
    """The answer is wrong, and the message has this hint."""
    answer, hint = case
    verdict = check(key, answer())
    assert verdict.status == "wrong"
    assert hint in verdict.message
    assert len(verdict.message.removeprefix("not yet: ")) > 10

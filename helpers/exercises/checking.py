"""How an answer is checked: right, wrong with a hint, or not tried yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers.registry import Registry

Check = Callable[[object], "str | None"]  # from an answer to what is wrong with it, if anything
CHECKS: Registry[Check] = Registry("exercise")


@dataclass(frozen=True)
class Verdict:
    """What `check` says: `status` is "right", "wrong" or "not tried"."""

    status: str
    message: str

    def __repr__(self) -> str:
        return self.message


class NotTried(Exception):
    """The answer still is the stub that the notebook came with."""


def check(key: str, answer: object) -> Verdict:
    """Check an answer; whatever it is, what comes back is a sentence and never a traceback.

    Parameters
    ----------
    key : str
        Name of the exercise, such as ``"01-equal-noise"``.
    answer : object
        What the exercise asks for: a number, a function, a noise model.

    Raises
    ------
    ValueError
        For an unknown exercise; the message lists the known ones.
    """
    verify = CHECKS[key]
    try:
        complaint = verify(given(answer))
    except NotTried:
        todo = "replace the three dots by your answer, then run the cell again"
        return Verdict("not tried", f"not tried yet: {todo}")
    except NotANumber as error:
        complaint = str(error)
    except Exception as error:  # the answer's own error becomes a hint
        complaint = f"your answer raised {type(error).__name__}: {error}"
    return Verdict("wrong", f"not yet: {complaint}") if complaint else Verdict("right", "right ✓")


def exercise(key: str) -> Callable[[Check], Check]:
    """Register a check under the name of its exercise (use as a decorator)."""

    def register(verify: Check) -> Check:
        CHECKS[key] = verify
        return verify

    return register


def given(value: object) -> object:
    """Pass on what the reader gave; a stub gives three dots, or None when it is called."""
    if value is ... or value is None:
        raise NotTried
    return value


class NotANumber(Exception):
    """The answer is of another kind than the number asked for."""


def number(answer: object) -> float:
    """The answer as a number; a truth value, a text or an array is none."""
    value = np.asarray(answer)
    if value.shape != () or value.dtype.kind not in "iuf":
        raise NotANumber(f"a number is asked for, not {type(answer).__name__}")
    return float(value)

"""How an answer is checked: right, wrong with a hint, or not tried yet."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from helpers.registry import Registry

Check = Callable[[object], "str | None"]  # from an answer to what is wrong with it, if anything
_CHECKS: Registry[Check] = Registry("exercise")


@dataclass(frozen=True)
class Verdict:
    """What `check` says: `status` is "right", "wrong" or "not tried"."""

    status: str
    message: str

    def __repr__(self) -> str:
        return self.message


class NotTried(Exception):
    """The answer still is the stub that the notebook came with."""


class NotANumber(Exception):
    """The answer is of another kind than the number asked for."""


def check(key: str, answer: object) -> Verdict:
    """Check an answer; whatever it is, what comes back is a sentence and never a traceback.

    Parameters
    ----------
    key : str
        Name of the exercise, such as ``"equal-noise"``.
    answer : object
        What the exercise asks for: a number, a function, a noise model.

    Raises
    ------
    ValueError
        For an unknown exercise; the message has the nearest key, and lists all of them.
    """
    verify = load_checks()[key]
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


def load_checks() -> Registry[Check]:
    """All checks by key; the modules that hold them are imported when this is first called.

    They are found by looking into the package's folder: no list of them could be forgotten, and
    nothing that calls `check` depends on the exercises of all notebooks.
    """
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        import_module(f"{__package__}.{module.name}")
    return _CHECKS


def exercise(key: str) -> Callable[[Check], Check]:
    """Register a check under the name of its exercise (use as a decorator).

    Raises
    ------
    ValueError
        When another check has this key: keys are unique over the course.
    """

    def register(verify: Check) -> Check:
        if key in _CHECKS and _CHECKS[key].__module__ != verify.__module__:
            raise ValueError(f"{key!r} is an exercise of {_CHECKS[key].__module__} already")
        _CHECKS[key] = verify
        return verify

    return register


def given(value: object) -> object:
    """Pass on what the reader gave; a stub gives three dots, or None when it is called."""
    if value is ... or value is None:
        raise NotTried
    return value


def number(answer: object) -> float:
    """The answer as a number; a truth value, a text or an array is none."""
    value = np.asarray(given(answer))
    if value.shape != () or value.dtype.kind not in "iuf":
        raise NotANumber(f"a number is asked for, not {type(answer).__name__}")
    return float(value)


def name_slip(
    value: object,
    right: object,
    slips: Mapping[str, object],
    otherwise: str,
    rtol: float = 1e-6,
    atol: float = 1e-6,
) -> str | None:
    """Name the usual slip that gives a wrong value, by its key in `slips`; None if it is right.

    >>> name_slip(4, 2, {"take the root": 4, "halve it": 8}, "see the formula")
    'take the root'
    """
    hints = {None: right, **slips}.items()
    return next((hint for hint, x in hints if np.allclose(value, x, rtol, atol)), otherwise)

"""What an argument may be, asked once: each check returns the value or says what is accepted.

Every refusal is one sentence of one form, "{name} is {what is accepted}, not {value}", and a
`ValueError`, whatever was wrong with the value: its type, its size, or that it is no number.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from math import inf, isfinite
from numbers import Integral, Real
from pathlib import Path

import numpy as np

LONGEST = 60  # letters of a value that a message shows; the reader knows the rest


def shown(value: object) -> str:
    """A value as a message shows it: on one line, and not without end.

    Examples
    --------
    >>> shown("x"), shown(10**9999), len(shown([0] * 99))
    ("'x'", 'a value of type int', 61)
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # whole numbers of 4300 digits and more, or a class that cannot say itself
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def refusal(name: str, accepted: str, value: object) -> ValueError:
    """The sentence that refuses an argument, to be raised.

    Examples
    --------
    >>> str(refusal("size", "'small' or 'paper'", 5))
    "size is 'small' or 'paper', not 5"
    """
    return ValueError(f"{name} is {accepted}, not {shown(value)}")


def is_number(value: object) -> bool:
    """Whether a value is a real, finite number: not a truth value, a text, or an array."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def is_whole(value: object) -> bool:
    """Whether a value is a whole number by its type: 3, not 3.0 and not True."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def whole(value: object, name: str, low: float = -inf, high: float = inf) -> int:
    """A whole number from `low` to `high`, both included, as int.

    Raises
    ------
    ValueError
        For a number out of range, and for what is no whole number: 3.0, True, "3", None.

    Examples
    --------
    >>> whole(3, "steps", 1)
    3
    >>> whole(0.5, "steps", 1)
    Traceback (most recent call last):
    ...
    ValueError: steps is a whole number, 1 or more, not 0.5
    """
    if is_whole(value) and low <= value <= high:
        return int(value)
    raise refusal(name, "a whole number" + _range(low, high), value)


def wholes(value: object, name: str, low: float = -inf, high: float = inf) -> tuple[int, ...]:
    """One whole number or more, each from `low` to `high`: a list, a tuple or an array of such.

    Raises
    ------
    ValueError
        For a single number, none at all, and where one of them is no whole number in range.

    Examples
    --------
    >>> wholes([32, 64], "widths", 1)
    (32, 64)
    >>> wholes(32, "widths", 1)
    Traceback (most recent call last):
    ...
    ValueError: widths is a list of whole numbers, 1 or more, not 32
    """
    accepted = "a list of whole numbers" + _range(low, high)
    members = several(value, name, accepted)
    if members and all(is_whole(one) and low <= one <= high for one in members):
        return tuple(map(int, members))
    raise refusal(name, accepted, value)


def number(
    value: object,
    name: str,
    low: float = -inf,
    high: float = inf,
    above: float = -inf,
    below: float = inf,
) -> float:
    """A finite number from `low` to `high`, both included, `above` and `below` others, as float.

    Raises
    ------
    ValueError
        For a number out of range, NaN, infinity, and for what is no real number: True, "0.1",
        None, complex numbers, arrays.

    Examples
    --------
    >>> number(1, "share", 0, 1)
    1.0
    >>> number(float("nan"), "lr", above=0)
    Traceback (most recent call last):
    ...
    ValueError: lr is a number above 0, not nan
    """
    if is_number(value) and low <= value <= high and above < value < below:
        return float(value)
    raise refusal(name, "a number" + _range(low, high, above, below), value)


def gray_levels(value: float, name: str) -> float:
    """A strength from a command line, where it is in gray levels, as it was given.

    One above 0 and below 1 is possible, and a warning says so: most who write it mean image units.

    Examples
    --------
    >>> gray_levels(25, "sigma")
    25
    """
    if 0 < value < 1:
        warnings.warn(
            f"{name} is in gray levels here, so {value:g} is {value:g}/255; "
            f"{value:g} in image units is {255 * value:g}",
            stacklevel=3,
        )
    return value


def flag(value: object, name: str) -> bool:
    """True or False, as bool; a text such as "no" is neither.

    Raises
    ------
    ValueError
        For anything but a truth value of Python or NumPy.

    Examples
    --------
    >>> flag("no", "clip")
    Traceback (most recent call last):
    ...
    ValueError: clip is True or False, not 'no'
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise refusal(name, "True or False", value)


def one_of(value: object, name: str, options: Iterable[object]) -> object:
    """One of a few values, such as "small" and "paper".

    Raises
    ------
    ValueError
        For any other, of whatever type; the options are listed.

    Examples
    --------
    >>> one_of(["small"], "size", ("small", "paper"))
    Traceback (most recent call last):
    ...
    ValueError: size is one of small, paper, not ['small']
    """
    options = list(options)
    for option in options:
        if type(value) is type(option) and value == option:
            return option
    raise refusal(name, f"one of {', '.join(map(str, options))}", value)


def function(value: object, name: str, of: str = "a function") -> Callable:
    """What can be called.

    Raises
    ------
    ValueError
        For what cannot; `of` says what was wanted.
    """
    if callable(value):
        return value
    raise refusal(name, of, value)


def several(value: object, name: str, of: str) -> list:
    """The members of a list, tuple, array or generator.

    Raises
    ------
    ValueError
        For one number, None, a text or a dictionary, which have no members of that kind.

    Examples
    --------
    >>> several(None, "images", "a list of pictures")
    Traceback (most recent call last):
    ...
    ValueError: images is a list of pictures, not None
    """
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        try:
            return list(value)
        except TypeError:  # an array without dimensions says that it could be iterated over
            pass
    raise refusal(name, of, value)


def path(value: object, name: str = "a path") -> Path:
    """A path that the disk could have, `~` replaced by the home folder; it need not exist.

    Raises
    ------
    ValueError
        For what is neither text nor a path, an empty name, one of too many letters, one that no
        disk can hold, and the home of a user who is not there.

    Examples
    --------
    >>> path("x/picture.png").name
    'picture.png'
    >>> path(None, "path")
    Traceback (most recent call last):
    ...
    ValueError: path is a name or a path, not None
    """
    if not isinstance(value, (str, Path)) or not str(value):
        raise refusal(name, "a name or a path", value)
    try:
        result = Path(value).expanduser()
        os.lstat(result)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return result
    except (OSError, ValueError, RuntimeError) as error:  # too long; a NUL; no home
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"{name} cannot be {shown(str(value))}: {reason}") from None
    return result


def check_fields(owner: object, ranges: Mapping[str, Callable[[object, str], object]]) -> None:
    """Check the fields of a frozen dataclass, each by one of the functions here.

    A field that is None by default may stay so. Kept is what the check returns: numbers of NumPy
    become Python's, which JSON can hold.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from functools import partial
    >>> @dataclass(frozen=True)
    ... class Settings:
    ...     steps: int = 10
    ...     def __post_init__(self):
    ...         check_fields(self, {"steps": partial(whole, low=1)})
    >>> Settings(np.int64(3))
    Settings(steps=3)
    """
    for name, check in ranges.items():
        value = getattr(owner, name)
        if not (value is None and getattr(type(owner), name, ...) is None):
            object.__setattr__(owner, name, check(value, name))


def _range(low: float, high: float, above: float = -inf, below: float = inf) -> str:
    """The range as a sentence goes on: " from 0 to 1", ", 1 or more", " above 0"."""
    low, high, above, below = (
        bound if isinstance(bound, int) else float(f"{bound:.6g}")
        for bound in (low, high, above, below)
    )
    start = f"above {above}" if above > low else f"from {low}" if low > -inf else ""
    end = f"below {below}" if below < high else f"{high}" if high < inf else ""
    if start and end:
        return f" {start} to {end}"
    if start:
        return f" {start}" if above > low else f", {low} or more"
    if not end:
        return ""
    return f" {end}" if below < high else f", {end} or less"

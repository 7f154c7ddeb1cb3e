"""A study in miniature: functions that make its groups, and what they made."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

MADE: list[tuple[str, float]] = []  # what was made, in order


def squares(name: str, times: float, save: bool = False) -> pd.DataFrame:
    """Two rows of a group."""
    MADE.append((name, times))
    values = np.round(times * np.arange(1, 3) ** 2 / 3, 4)
    return pd.DataFrame({"name": name, "number": [1, 2], "square": values, "seconds": len(MADE)})


def groups_of(settings: dict[str, float], function=squares):
    """The plan of a study: a group for each setting."""
    return lambda table: {(k,): partial(function, k, v) for k, v in settings.items()}


def renamed(name: str, times: float) -> pd.DataFrame:
    """The same numbers by other code."""
    return squares(name, times)


def slipped(name: str, times: float) -> pd.DataFrame:
    """Other numbers."""
    return squares(name, times + 0.03)


def by(function):
    """The plan of the fixture with another function."""
    return groups_of({"one": 1.0, "two": 2.0, "three": 3.0}, function)

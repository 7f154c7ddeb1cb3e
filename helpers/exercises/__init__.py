"""Checks for the reader's answers: right, wrong with a hint, or not tried yet.

`checking` says what a check is. The checks themselves stand in one module for each notebook,
named as the notebook is without its number; a new module is found by itself.

>>> check("turning-point", ...)
not tried yet: replace the three dots by your answer, then run the cell again
>>> check("equal-noise", 3)
not yet: 3 photons are too few, the noise would be stronger than σ = 25/255
"""

from helpers.exercises.checking import Verdict, check, load_checks

__all__ = ["CHECKS", "Verdict", "check"]


def __getattr__(name: str) -> object:
    """`CHECKS`, all checks by key: their modules are imported when it is asked for."""
    if name == "CHECKS":
        return load_checks()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Checks for the reader's answers: right, wrong with a hint, or not tried yet.

`checking` says what a check is; the checks themselves stand in one module for each part of the
course, in order of the notebooks.

>>> check("00-turning-point", ...)
not tried yet: replace the three dots by your answer, then run the cell again
>>> check("01-equal-noise", 3)
not yet: 3 photons are too few, the noise would be stronger than σ = 25/255
"""

# Checks register themselves when their module is imported.
from helpers.exercises import (  # noqa: F401
    autoencoders,
    comparison,
    losses,
    low_light,
    multiscale,
    part_2,
    part_3,
    residual_networks,
    vision,
)
from helpers.exercises.checking import CHECKS, Verdict, check
from helpers.exercises.part_1 import blur_gain

__all__ = ["CHECKS", "Verdict", "blur_gain", "check"]

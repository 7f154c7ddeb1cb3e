"""What is given to all of `posterior`: arrays of numbers, and the strength of noise."""

from __future__ import annotations

import numpy as np

from helpers import checks
from helpers.parameters import SIGMA

MOST = 1e6  # of a number: squares of what is larger, over a small variance, have no end
WEAKEST = 1e-6  # σ that is noise still: float32 rounds at a tenth of it


def numbers(values: object, name: str) -> np.ndarray:
    """Finite numbers as a float64 array, whatever holds them.

    Raises
    ------
    ValueError
        For what is no array of numbers, none at all, NaN, infinity and what is beyond a million.

    Examples
    --------
    >>> numbers([1, 2], "means").dtype
    dtype('float64')
    """
    try:
        array = np.asarray(values)
        array = array.astype(np.float64) if array.dtype.kind in "iuf" else None
    except (TypeError, ValueError, RuntimeError, OverflowError):
        array = None
    if array is None or np.ma.is_masked(values):  # what lies under a mask means nothing
        raise checks.refusal(name, "an array of numbers", values)
    if array.size == 0 or not (np.abs(array) <= MOST).all():  # NaN is not
        raise checks.refusal(name, f"finite numbers, one or more, up to {MOST:g}", values)
    return array


def strength(sigma: object, owner: str, least: float = WEAKEST) -> float:
    """σ of noise that is there, `least` or more, in image units, as float.

    Examples
    --------
    >>> strength(0, "score")
    Traceback (most recent call last):
    ...
    ValueError: sigma is a number from 1e-06 to 1, in image units, not 0
    """
    if SIGMA.check(sigma, owner) < least:
        accepted = f"a number from {least:g} to 1, in image units"
        raise checks.refusal("sigma", accepted, sigma)
    return float(sigma)

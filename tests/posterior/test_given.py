"""Numbers and strengths: what is taken, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.posterior.given import numbers, strength


@pytest.mark.parametrize("values", [0.5, [1, 2], np.ones((2, 3), np.float32), np.int8(3)])
def test_numbers_become_float64(values: object) -> None:
    assert numbers(values, "x").dtype == np.float64
    assert numbers(values, "x") == pytest.approx(values)


@pytest.mark.parametrize(
    "values",
    [None, True, "a", "0.1", 1j, [[1], [1, 2]], {1}, object(), int, 10**400, [], np.nan, 1e300],
)
def test_what_is_no_array_of_numbers_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match=r"x is (an array of|finite) numbers"):
        numbers(values, "x")


@pytest.mark.parametrize("sigma", [0, 1e-9, -1, 25, None, "0.1", np.nan])
def test_a_strength_is_of_noise_that_is_there(sigma: object) -> None:
    assert strength(0.1, "it") == 0.1
    with pytest.raises(ValueError, match="sigma is"):
        strength(sigma, "it")


def test_what_lies_under_a_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="x is an array of numbers"):
        numbers(np.ma.masked_equal([1.0, 2.0], 2.0), "x")

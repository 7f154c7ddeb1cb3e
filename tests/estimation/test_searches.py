"""Every search finds the minimum, and the scalar one takes one parameter."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import noise
from helpers.estimation import SEARCHES, fit
from tests.estimation.noisy import as_file


@pytest.mark.slow
@pytest.mark.parametrize("search", SEARCHES)
def test_every_search_finds_the_same_sigma(clean: np.ndarray, search: str) -> None:
    result = fit(as_file(noise.Gaussian(15 / 255), clean), clean, search=search)
    assert 255 * result.model.sigma == pytest.approx(15, rel=0.03)


def test_the_scalar_search_refuses_two_parameters(clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one parameter, not 2"):
        fit(as_file(noise.Gaussian(0.1), clean), clean, "poisson_gaussian", search="scalar")

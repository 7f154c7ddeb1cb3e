"""Gradients alone find the noise, whatever the proportions of surfaces in the reference."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation import fit
from tests.estimation.noisy import as_file


@pytest.mark.parametrize("sigma", [5 / 255, 25 / 255])
def test_gradients_alone_find_gaussian_noise(clean: np.ndarray, sigma: float) -> None:
    """The reference is turned around: no pixel lies on its own."""
    noisy = as_file(noise.Gaussian(sigma), clean)
    result = fit(noisy, clean[::-1, ::-1])
    assert not result.aligned
    assert result.model.sigma == pytest.approx(sigma, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("turned", [False, True])
def test_one_half_of_a_photograph_is_a_reference_for_the_other(turned: bool) -> None:
    """Half is sky and half is grass: the proportions of surfaces differ, and are left free."""
    halves = np.array_split(images.load("camera", gray=True), 2, axis=1)
    shown, reference = halves[::-1] if turned else halves
    result = fit(as_file(noise.Gaussian(25 / 255), shown), reference)
    assert not result.aligned
    assert result.model.sigma * 255 == pytest.approx(25, rel=0.06)

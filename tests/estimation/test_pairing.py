"""Probabilities of noisy levels are probabilities, for every model with a formula."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import noise
from helpers.estimation.pairing import transition


@pytest.mark.parametrize("clipped", [True, False])
@pytest.mark.parametrize("model", [m() for m in noise.MODELS.values()], ids=str)
def test_transitions_are_probabilities(model: noise.NoiseModel, clipped: bool) -> None:
    expected = transition(model, clipped)
    if expected is None:  # no formula
        return
    assert expected.min() > -1e-9
    assert np.allclose(expected.sum(axis=1), 1)

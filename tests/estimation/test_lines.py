"""Every line of a blind fit finds its way back to its model."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.estimation import LINES
from tests.estimation.noisy import TRUTHS


def test_every_line_finds_its_way_back() -> None:
    for truth in TRUTHS:
        line = LINES[truth.key]
        again = line.model(np.array(line.coefficients(truth)))
        for name in truth.parameters():
            assert getattr(again, name) == pytest.approx(getattr(truth, name))

"""A table to be made elsewhere, and as it is made here."""

from __future__ import annotations

import pytest

from helpers import benchmark, filters
from tests.benchmark.conftest import NOISES, pictures  # noqa: F401, a fixture
from tests.benchmark.methods import broken

METHODS = {"mean": filters.mean, "broken": broken, "wiener": filters.wiener}


@pytest.fixture(scope="session")
def expected(pictures: dict):  # noqa: F811
    return benchmark.run(METHODS, pictures, NOISES, draws=2)

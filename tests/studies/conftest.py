"""A study in miniature, in a folder of its own."""

from __future__ import annotations

import pytest

from helpers import paths
from helpers.studies.base import Study
from tests.studies.small import MADE, groups_of


@pytest.fixture
def study(tmp_path, monkeypatch) -> Study:
    """Three groups, of which one is the sample."""
    MADE.clear()
    monkeypatch.setattr(paths, "results", lambda: tmp_path)
    return Study(
        "squares",
        "squares of numbers",
        notebook="none",
        key=("name",),
        groups=groups_of({"one": 1.0, "two": 2.0, "three": 3.0}),
        minutes=0.1,
        sample=[("one",)],
        measured=("seconds",),
    )

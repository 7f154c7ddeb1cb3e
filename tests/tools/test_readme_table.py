"""The leaderboard in the README."""

from __future__ import annotations

import pytest

from tools.measure import readme_table


def test_the_readme_shows_the_table_that_ships() -> None:
    text = readme_table.README.read_text("utf-8")
    assert readme_table.updated(text) == text, "run python -m tools.measure.readme_table"
    with pytest.raises(ValueError, match="lacks"):
        readme_table.updated("# no marks")

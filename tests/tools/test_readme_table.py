"""The results in the README and in docs/results.md."""

from __future__ import annotations

import pytest

from tools.measure import readme_table


def test_the_documents_show_the_table_that_ships() -> None:
    parts = (
        (readme_table.README, readme_table.summary()),
        (readme_table.RESULTS, readme_table.section()),
    )
    for path, content in parts:
        text = path.read_text("utf-8")
        assert readme_table.updated(text, content) == text, (
            "run python -m tools.measure.readme_table"
        )


def test_the_summary_has_two_groups_below_the_input() -> None:
    rows = [line.split("|")[1].strip() for line in readme_table.summary().splitlines()[2:]]
    assert rows[0].startswith("noisy input")
    told, untold = rows.index("**told the noise**"), rows.index("**estimated from the picture**")
    assert (told, untold, len(rows)) == (1, 4, 9)


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        readme_table.updated("# no marks", "")

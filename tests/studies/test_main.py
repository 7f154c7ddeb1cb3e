"""The command ``python -m helpers.studies``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.studies import STUDIES
from helpers.studies import __main__ as command
from helpers.studies.base import Study
from tests.studies.small import MADE, by, renamed, slipped


@pytest.fixture
def entered(study: Study, monkeypatch) -> Study:
    """The study, known to the command by its name."""
    monkeypatch.setitem(STUDIES, study.name, study)
    return study


def test_check_says_what_is_due_and_exits_1(entered: Study, capsys) -> None:
    assert command.main(["squares", "--check"]) == 1
    assert "missing: three" in capsys.readouterr().out
    assert MADE == []
    assert command.main(["squares"]) == 0
    assert "one: number 1.5, square 0.8333" in capsys.readouterr().out
    assert command.main(["squares", "--check"]) == 0


def test_adopting_says_what_agreed_or_why_it_did_not(entered: Study, monkeypatch, capsys) -> None:
    command.main(["squares"])
    capsys.readouterr()
    assert command.main(["squares", "--adopt"]) == 0
    assert capsys.readouterr().out == ""  # nothing is stale
    monkeypatch.setitem(STUDIES, "squares", replace(entered, groups=by(slipped)))
    assert command.main(["squares", "--adopt"]) == 1
    assert "squares, one: square is off by 0.04" in capsys.readouterr().err
    monkeypatch.setitem(STUDIES, "squares", replace(entered, groups=by(renamed)))
    assert command.main(["squares", "--adopt"]) == 0
    assert "one came out as in the table" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv", [["unknown"], ["--only", "one"], ["squares", "--adopt", "--check"]]
)
def test_what_cannot_be_meant_is_refused(entered: Study, argv: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(argv)

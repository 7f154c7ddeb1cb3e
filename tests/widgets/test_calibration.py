"""Hits against confidence: counted right, and no more said than few answers can tell."""

from __future__ import annotations

from itertools import product
from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import reader
from helpers.widgets import Commitment, predict, record
from helpers.widgets.calibration import expected, judged
from tests.widgets.conftest import restart

SURE = st.integers(50, 100)


def answer(question: str, right: bool, sure: int) -> None:
    asked = predict(question, ["yes", "no"], "yes")
    asked.answer.value, asked.sure.value = ("yes" if right else "no"), sure
    asked.commit()


def made(*rights: bool, sure: int) -> list[Commitment]:
    return [Commitment("x", sure, right) for right in rights]


# ---- chance ---------------------------------------------------------------------------------


@given(st.lists(SURE, min_size=1, max_size=7))
def test_the_expected_range_holds_nine_tenths_of_all_outcomes(sure: list[int]) -> None:
    low, high = expected(sure)
    chances = [0.0] * (len(sure) + 1)
    for outcome in product((False, True), repeat=len(sure)):
        share = prod(s / 100 if hit else 1 - s / 100 for s, hit in zip(sure, outcome))
        chances[sum(outcome)] += share
    assert sum(chances[low : high + 1]) > 0.9 - 1e-9
    assert sum(chances[:low]) < 0.05 + 1e-9
    assert sum(chances[high + 1 :]) < 0.05 + 1e-9


def test_certainty_allows_no_error() -> None:
    assert expected([100] * 4) == (4, 4)
    assert "too sure" in judged(made(True, True, True, False, sure=100))


@pytest.mark.parametrize(
    ("hits", "count", "sure", "says"),
    [
        (10, 20, 95, "You were too sure"),
        (20, 20, 55, "You may trust yourself more"),
        (15, 20, 75, "agree"),
        (2, 2, 60, "only gross errors"),
        (0, 2, 60, "only gross errors"),
        (1, 1, 90, "One answer says nothing"),
        (0, 1, 50, "One answer says nothing"),
    ],
)
def test_the_verdict_follows_the_numbers(hits: int, count: int, sure: int, says: str) -> None:
    said = judged(made(*[True] * hits, *[False] * (count - hits), sure=sure))
    assert says in said
    assert f"{hits} of {count} right" in said


def test_many_answers_that_agree_are_not_called_few() -> None:
    assert "few" not in judged(made(*[True, True, True, False] * 5, sure=75))


# ---- the file's entries ---------------------------------------------------------------------


def test_a_commitment_comes_back_from_json() -> None:
    one = Commitment([1.5, 2.0], 85, False)
    assert Commitment.from_json(one.as_json("how?")) == one
    assert one.as_json("how?")["question"] == "how?"


@pytest.mark.parametrize("confidence", [None, "70", 49, 101, True, 70.5])
def test_confidence_that_is_none_makes_no_commitment(confidence: object) -> None:
    entry = {"prediction": "a", "confidence": confidence, "right": True}
    assert Commitment.from_json(entry) is None


# ---- the record -----------------------------------------------------------------------------


def test_the_record_follows_what_is_committed_above_it(somebody: Path) -> None:
    predict("later?", ["yes", "no"], "yes")
    shown = record()
    assert "once you have made some" in shown.text
    answer("one?", True, 90)
    answer("two?", False, 60)
    assert "1 of 2 right" in shown.text
    assert "1 still to be made" in shown.text
    table = shown.children[0].value
    assert "60 to 69 % sure" in table
    assert "90 to 100 % sure" in table
    assert "70 to 79" not in table  # nothing was said there
    assert "✓" in table
    assert "✗" in table


def test_the_record_counts_other_notebooks_apart(somebody: Path, monkeypatch) -> None:
    for k in range(3):
        answer(f"elsewhere {k}?", False, 80)
    restart(monkeypatch)
    answer("here?", True, 80)
    text = record().text
    assert "This notebook: 1 of 1 right" in text
    assert "All notebooks: 1 of 4 right" in text
    assert str(somebody) in text


def test_a_question_counts_once(somebody: Path) -> None:
    answer("one?", True, 80)
    answer("two?", True, 80)
    answer("two?", True, 80)
    assert "2 of 2 right" in record().text


def test_every_answer_is_in_one_row(somebody: Path) -> None:
    for sure in range(50, 101, 5):
        answer(f"{sure}?", True, sure)
    assert record().children[0].value.count("✓") == 11


def test_entries_that_are_none_are_left_out(somebody: Path) -> None:
    reader.keep("predictions", "odd", {"prediction": 1})
    answer("one?", True, 80)
    assert "1 of 1" in record().text
    assert "All notebooks" not in record().text


def test_a_file_that_cannot_be_read_is_said(somebody: Path) -> None:
    answer("one?", True, 80)
    somebody.unlink()
    somebody.mkdir()
    text = record().text
    assert "cannot be read" in text
    assert "1 of 1" in text


def test_without_a_reader_the_record_is_a_sentence() -> None:
    answer("nobody?", True, 80)
    data, _ = record()._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html"}
    assert "once you have made some" in data["text/html"]

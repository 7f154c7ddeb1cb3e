"""First the reader commits, then the truth is shown; and what was committed stays."""

from __future__ import annotations

import json
import re
from pathlib import Path

import ipywidgets
import pytest

from helpers import reader, widgets
from helpers.widgets import Prediction, predict
from tests.widgets.conftest import restart

WIDGET = "application/vnd.jupyter.widget-view+json"
QUESTION = "Which filter <best> removes salt & pepper?"
FILTERS = ["mean", "median"]


def ask(**options: object) -> Prediction:
    return predict(QUESTION, FILTERS, "median", because="Outliers do not move it.", **options)


def readout(asked: Prediction) -> str:
    (widget,) = (w for w in asked.children if "prediction-readout" in w._dom_classes)
    return widget.value


def button(asked: Prediction) -> ipywidgets.Button:
    (widget,) = (w for w in asked.children if isinstance(w, ipywidgets.Button))
    return widget


def state(asked: Prediction) -> str:
    """All that the browser is sent."""
    parts = [asked, *asked.children]
    return " ".join(str(part.get_state()) for part in parts)


def commit(asked: Prediction, value: object, sure: int = 70) -> None:
    asked.answer.value, asked.sure.value = value, sure
    button(asked).click()


# ---- commit, then see -----------------------------------------------------------------------


def test_the_truth_is_nowhere_before_the_commitment(somebody: Path) -> None:
    asked = ask()
    assert asked.answer.value is None
    assert "Outliers" not in state(asked)
    asked.answer.value = "mean"
    assert "Outliers" not in state(asked)  # choosing is not committing
    button(asked).click()
    assert "Outliers" in readout(asked)
    assert "✗ Not right. You said “mean”, 50 % sure. The answer is “median”." in readout(asked)


@pytest.mark.parametrize(("value", "right"), [("median", True), ("mean", False)])
def test_the_verdict_is_a_word_and_a_sign(somebody: Path, value: str, right: bool) -> None:
    asked = ask()
    commit(asked, value, 85)
    assert asked.committed == widgets.Commitment(value, 85, right)
    assert asked.text.startswith("✓ Right." if right else "✗ Not right.")
    assert 'role="status"' in readout(asked)


def test_nothing_is_committed_by_the_button_alone(somebody: Path) -> None:
    for choices, truth in ((FILTERS, "median"), ((0, 60), 9)):
        asked = predict(f"{choices}?", choices, truth)
        button(asked).click()
        assert asked.committed is None
        assert asked.text.endswith(".")
        assert "answer is" not in asked.text
        assert not button(asked).disabled
    assert not somebody.exists()


def test_what_is_committed_can_be_changed_no_more(somebody: Path) -> None:
    asked = ask()
    commit(asked, "mean")
    assert all(part.disabled for part in (asked.answer, asked.sure, button(asked)))
    commit(asked, "median", 100)
    assert asked.committed == widgets.Commitment("mean", 70, False)
    assert reader.recall("predictions")[QUESTION]["prediction"] == "mean"


def test_confidence_goes_from_a_coin_toss_to_certainty(somebody: Path) -> None:
    sure = ask().sure
    assert (sure.min, sure.max, sure.value) == (50, 100, 50)
    assert "sure" in sure.description


# ---- what stays -----------------------------------------------------------------------------


def test_a_second_call_shows_what_was_committed(somebody: Path, monkeypatch) -> None:
    commit(ask(), "mean", 90)
    for _ in range(2):
        again = ask()
        assert again.committed == widgets.Commitment("mean", 90, False)
        assert (again.answer.value, again.sure.value) == ("mean", 90)
        assert again.answer.disabled
        assert "Outliers" in again.text
        restart(monkeypatch)  # the second time in a new kernel: from the file


def test_a_mended_answer_judges_what_was_committed_before(somebody: Path, monkeypatch) -> None:
    commit(ask(), "mean")
    restart(monkeypatch)
    again = predict(QUESTION, FILTERS, "mean")
    assert again.committed.right
    assert "✓" in again.text


def test_questions_are_kept_apart_by_key(somebody: Path) -> None:
    commit(ask(), "mean")
    assert ask(key="of X-rays").committed is None


@pytest.mark.parametrize(
    "entry",
    [
        None,
        3,
        {},
        {"prediction": "gone", "confidence": 70, "right": True},
        {"prediction": 4, "confidence": 70, "right": True},
        {"prediction": ["mean"], "confidence": 70, "right": True},
        {"prediction": "mean", "confidence": 700, "right": True},
        {"prediction": "mean", "confidence": 70},
    ],
)
def test_an_entry_that_is_no_answer_is_asked_again(somebody: Path, entry: object) -> None:
    reader.keep("predictions", QUESTION, entry)
    asked = ask()
    assert asked.committed is None
    commit(asked, "median")
    assert json.loads(somebody.read_text())["predictions"][QUESTION]["prediction"] == "median"


def test_a_disk_that_refuses_is_said_and_the_answer_counts(somebody: Path, monkeypatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reader, "keep", full)
    asked = ask()
    commit(asked, "median")
    assert asked.committed.right
    assert "could not be kept" in readout(asked)
    assert "No space left" in readout(asked)
    assert ask().committed == asked.committed


def test_a_file_that_cannot_be_read_is_said(somebody: Path) -> None:
    somebody.mkdir()
    asked = ask()
    assert "cannot be read" in readout(asked)
    assert 'role="alert"' in readout(asked)


def test_an_error_is_seen_and_raised(somebody: Path, monkeypatch) -> None:
    asked = ask()
    monkeypatch.setattr(reader, "keep", lambda *args: 1 / 0)
    asked.answer.value = "mean"
    with pytest.raises(ZeroDivisionError):  # ipywidgets prints it where a button was pressed
        asked.commit()
    assert "ZeroDivisionError" in readout(asked)
    assert 'role="alert"' in readout(asked)


# ---- without a kernel -----------------------------------------------------------------------


def test_the_answer_stands_in_a_closed_fold() -> None:
    data, _ = ask()._repr_mimebundle_()
    before, fold = data["text/html"].split("<details>")
    assert "salt &amp; pepper" in before
    assert "&lt;best&gt;" in before
    assert before.count("<li>") == len(FILTERS)
    assert "Outliers" not in before
    assert "Outliers do not move it." in fold
    assert "</details>" in fold
    assert "Outliers" not in data["text/plain"]


def test_only_where_somebody_answers_the_widget_is_shown(somebody: Path, monkeypatch) -> None:
    asked = ask()
    view = {"version_major": 2, "version_minor": 0, "model_id": asked.model_id}
    assert asked._repr_mimebundle_()[0][WIDGET] == view
    monkeypatch.setattr(reader, "is_there", lambda: False)
    assert set(ask()._repr_mimebundle_()[0]) == {"text/plain", "text/html"}


def test_a_page_that_is_made_by_a_tool_has_no_answer_of_its_maker(
    somebody: Path, monkeypatch
) -> None:
    commit(ask(), "mean")
    restart(monkeypatch)
    monkeypatch.setattr(reader, "is_there", lambda: False)
    asked = ask()
    assert asked.committed is None
    commit(asked, "median")
    monkeypatch.setattr(reader, "is_there", lambda: True)
    assert reader.recall("predictions")[QUESTION]["prediction"] == "mean"


def test_ipywidgets_7_would_use_the_mimebundle_too() -> None:
    assert Prediction._ipython_display_ is None
    assert widgets.Record._ipython_display_ is None


# ---- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"question": ""}, "question is a text"),
        ({"question": None}, "question is a text"),
        ({"choices": None}, r"a list of texts, a range .* or a widgets\.Sketch"),
        ({"choices": "mean"}, "a list of texts"),
        ({"choices": {"mean", "median"}}, "a list of texts"),
        ({"within": 1}, "numbers and curves"),
        ({"because": 3}, "because is a text"),
        ({"unit": 3}, "unit is a text"),
        ({"key": ""}, "key is a text"),
        ({"answer": "mode"}, "one of mean, median"),
    ],
)
def test_bad_input_is_refused_in_words(bad: dict, says: str) -> None:
    good = {"question": QUESTION, "choices": FILTERS, "answer": "median"}
    with pytest.raises(ValueError, match=says) as refused:
        predict(**{**good, **bad})
    assert not re.search(r"object at 0x", str(refused.value))

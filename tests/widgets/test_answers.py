"""Kinds of answers: what they take, what is right, what they say."""

from __future__ import annotations

import ipywidgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.widgets.answers import Choice, Number, answer_of
from helpers.widgets.sketch import Curve, Sketch

SHEET = Sketch(x=(0, 1), y=(0, 1))


@pytest.mark.parametrize(
    ("choices", "truth", "kind"),
    [
        (["a", "b"], "a", Choice),
        ((0, 10), 3, Number),
        ((0, 1, 0.1), 0.3, Number),
        (SHEET, ([0, 1], [0, 1]), Curve),
    ],
)
def test_what_is_given_decides_the_kind(choices: object, truth: object, kind: type) -> None:
    assert isinstance(answer_of(choices, truth, None, ""), kind)


@pytest.mark.parametrize("options", [[], ["a"], ["a", "a"], ["a", ""], ["a", 3], [None, "a"]])
def test_options_are_different_texts(options: list) -> None:
    with pytest.raises(ValueError, match="two texts or more"):
        Choice(options, "a")


@pytest.mark.parametrize(
    "span", [(), (1,), (1, 2, 3, 4), (5, 5), (9, 1), (0, 1, 0), ("a", "b"), (0, float("nan"))]
)
def test_a_range_has_a_low_and_a_high_end(span: tuple) -> None:
    with pytest.raises(ValueError, match="low < high"):
        Number(span, 0)


@pytest.mark.parametrize("truth", [-1, 61, None, "9", float("nan"), True])
def test_the_answer_is_in_the_range(truth: object) -> None:
    with pytest.raises(ValueError, match="answer is a number from 0 to 60"):
        Number((0, 60), truth)


@pytest.mark.parametrize("within", [0, -1, "2", float("inf")])
def test_within_is_above_zero(within: object) -> None:
    with pytest.raises(ValueError, match="within is a number above 0"):
        Number((0, 60), 9, within)


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0.1, 30))
def test_right_is_what_is_close(value: float, truth: float, within: float) -> None:
    number = Number((0.0, 60.0), truth, within)
    away = abs(value - truth)
    if abs(away - within) > 1e-6:
        assert number.is_right(value) == (away < within)


def test_the_reader_is_told_what_counts_before_answering() -> None:
    assert "2 dB" in Number((0, 60), 9, 2, "dB").rule
    assert Number((0, 60), 9).rule == Number((0, 60), 40).rule  # and no more than that
    assert "within 6 " in Number((0, 60), 9).rule  # a tenth of the range


def test_the_last_digit_decides_nothing() -> None:
    assert Number((0.0, 1.0), 0.3, 0.1).is_right(0.4)
    assert Number((0.0, 1.0), 0.3, 0.1).is_right(0.2)


@pytest.mark.parametrize("truth", [0, 17.5, 60])
def test_the_slider_does_not_give_the_answer_away(truth: float) -> None:
    number = Number((0, 60), truth)
    slider = number.widget("how many?")
    assert (slider.min, slider.max, slider.value) == (0, 60, 30)
    assert number.value(slider) is None
    slider.value = 12
    assert number.value(slider) == 12
    slider.value = 30  # the middle, but meant
    assert number.value(slider) == 30


@pytest.mark.parametrize(
    ("span", "kind", "refused"),
    [((0, 60), ipywidgets.IntSlider, 2.5), ((0, 0.5), ipywidgets.FloatSlider, 0.6)],
)
def test_what_was_kept_fits_the_slider(span: tuple, kind: type, refused: float) -> None:
    number = Number(span, 0)
    assert isinstance(number.widget("?"), kind)
    assert number.accepts(0)
    for value in (refused, "0", None, True, [0]):
        assert not number.accepts(value)

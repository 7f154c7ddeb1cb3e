"""Kinds of answers to a question: one of several, a number. (`sketch` has the third, a curve.)

A kind makes the widget that asks, and says of a value what it is, whether it is right, and what
would have been.

>>> photons = Number((0, 60), 9, within=2, unit="photons")
>>> photons.rule, photons.is_right(10.5)
('Right is what lies within 2 photons of the answer.', True)
"""

from __future__ import annotations

from typing import Protocol

import ipywidgets

from helpers import checks
from helpers.widgets.sketch import TENTH, Curve, Sketch

_STEPS = 50  # of a slider's 300 pixels, 6 each: as fine as a hand moves it
STYLE = {"style": {"description_width": "140px"}, "layout": {"width": "520px"}}


class Answer(Protocol):
    """What a kind of answer does."""

    options: list[str]  # to be listed, where there are such
    ask: str  # the sentence for who commits to nothing
    rule: str  # what counts as right, "" where that is plain

    def widget(self, question: str) -> ipywidgets.Widget:
        """What the reader answers with."""

    def value(self, widget: ipywidgets.Widget) -> object:
        """What the widget says, as JSON holds it; None while it says nothing."""

    def accepts(self, value: object) -> bool:
        """Whether a value from the reader's file could be an answer."""

    def is_right(self, value: object) -> bool:
        """Whether it is right."""

    def said(self, value: object) -> str:
        """What the reader said, in words."""

    def answer(self) -> str:
        """The truth in words."""

    def settle(self, widget: ipywidgets.Widget, value: object) -> None:
        """Show a committed value, and let it be changed no more."""

    def picture(self) -> str:
        """HTML of the truth beside its words, if any."""


def answer_of(choices: object, answer: object, within: float | None, unit: str) -> Answer:
    """The kind of answer that `predict` was given.

    Raises
    ------
    ValueError
        For choices that are no kind, and for an answer that is not of that kind.
    """
    if isinstance(choices, Sketch):
        return Curve(choices, answer, within)
    if isinstance(choices, list):
        if within is not None:
            raise ValueError("within is for numbers and curves; one of several is right or wrong")
        return Choice(choices, answer)
    if isinstance(choices, tuple):
        return Number(choices, answer, within, unit)
    accepted = "a list of texts, a range (low, high[, step]), or a widgets.Sketch"
    raise checks.refusal("choices", accepted, choices)


class Choice:
    """One of several texts, of which one is right."""

    ask, rule = "Choose one first.", ""

    def __init__(self, options: list[str], truth: str) -> None:
        texts = all(isinstance(option, str) and option.strip() for option in options)
        if not texts or len(set(options)) != len(options) or len(options) < 2:
            raise checks.refusal("choices", "two texts or more, no two of them alike", options)
        self.options, self._truth = options, checks.one_of(truth, "answer", options)

    def widget(self, question: str) -> ipywidgets.Widget:
        """Radio buttons, none of them pressed."""
        wide = {"layout": {"width": "auto"}, "style": STYLE["style"]}
        return ipywidgets.RadioButtons(
            options=self.options, value=None, description="your prediction", **wide
        )

    def value(self, widget: ipywidgets.Widget) -> str | None:
        """The text that is chosen."""
        return widget.value

    def accepts(self, value: object) -> bool:
        """Whether it is one of the texts."""
        return isinstance(value, str) and value in self.options

    def is_right(self, value: str) -> bool:
        """Whether it is the right one."""
        return value == self._truth

    def said(self, value: str) -> str:
        """What the reader said, in words."""
        return f"You said “{value}”"

    def answer(self) -> str:
        """The right one."""
        return f"The answer is “{self._truth}”"

    def settle(self, widget: ipywidgets.Widget, value: str) -> None:
        """Show what was chosen, and nothing else can be."""
        widget.value, widget.disabled = value, True

    def picture(self) -> str:
        """Nothing: the words say all."""
        return ""


class Number:
    """A number from a range, right within some distance: by default a tenth of the range."""

    options: list[str] = []
    ask = "Move the slider first, or type a number beside it."

    def __init__(
        self, span: tuple, truth: float, within: float | None = None, unit: str = ""
    ) -> None:
        numbers = len(span) in (2, 3) and all(map(checks.is_number, span))
        if not numbers or span[0] >= span[1] or any(step <= 0 for step in span[2:]):
            raise checks.refusal("choices", "(low, high[, step]) with low < high", span)
        self._low, self._high, *step = span
        self._whole = all(map(checks.is_whole, span))
        width = self._high - self._low
        self._step = step[0] if step else (1 if self._whole else width / _STEPS)
        self._truth = checks.number(truth, "answer", self._low, self._high)
        within = TENTH * width if within is None else within
        self._within = checks.number(within, "within", above=0)
        if not isinstance(unit, str):
            raise checks.refusal("unit", "a text", unit)
        self._unit, self._moved = f" {unit}" if unit else "", False
        self.rule = f"Right is what lies within {self._shown(self._within)} of the answer."

    def widget(self, question: str) -> ipywidgets.Widget:
        """A slider, in the middle; it says nothing before it was moved."""
        kind = ipywidgets.IntSlider if self._whole else ipywidgets.FloatSlider
        middle = self._low + round((self._high - self._low) / 2 / self._step) * self._step
        shape = {} if self._whole else {"readout_format": ".4g"}
        slider = kind(
            value=middle, min=self._low, max=self._high, step=self._step,
            description=f"prediction ({self._unit.strip()})" if self._unit else "prediction",
            **shape, **STYLE,
        )  # fmt: skip
        slider.observe(self._touch, names="value")
        return slider

    def _touch(self, change: object) -> None:
        self._moved = True

    def value(self, widget: ipywidgets.Widget) -> float | None:
        """Where the slider was set."""
        return widget.value if self._moved else None

    def accepts(self, value: object) -> bool:
        """Whether it is a number of the range."""
        kind = checks.is_whole if self._whole else checks.is_number
        return kind(value) and self._low <= value <= self._high

    def is_right(self, value: float) -> bool:
        """Whether it is close enough; a rounding of the last digit decides nothing."""
        return abs(value - self._truth) <= self._within * (1 + 1e-9)

    def said(self, value: float) -> str:
        """What the reader said, in words."""
        return f"You said {self._shown(value)}"

    def answer(self) -> str:
        """The right number."""
        return f"The answer is {self._shown(self._truth)}"

    def settle(self, widget: ipywidgets.Widget, value: float) -> None:
        """Show what was set, and nothing else can be."""
        widget.value, widget.disabled = value, True

    def picture(self) -> str:
        """Nothing: the words say all."""
        return ""

    def _shown(self, value: float) -> str:
        return f"{value:.4g}{self._unit}"

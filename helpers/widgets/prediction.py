"""Predictions that commit: first the reader answers and says how sure, then the truth is shown.

>>> from helpers.widgets.sketch import Sketch
>>> filters = ["mean", "median", "neither"]
>>> asked = predict("Which filter removes salt and pepper?", filters, "median")
>>> asked.answer.value, asked.sure.value = "median", 80
>>> asked.commit()
>>> asked.text
'✓ Right. You said “median”, 80 % sure. The answer is “median”.'
>>> level = predict("How far does the PSNR fall?", (0, 20), 12.0, within=2, unit="dB")
>>> level.answer.value = 5
>>> level.commit()
>>> level.text
'✗ Not right. You said 5 dB, 50 % sure. The answer is 12 dB.'
>>> sheet = Sketch(x=(0, 100), y=(0, 50), xlabel="σ", ylabel="PSNR (dB)")
>>> curve = predict("How does the PSNR depend on σ?", sheet, ([0, 50, 100], [45, 14, 8]))
>>> curve.text
''
"""

from __future__ import annotations

import html

import ipywidgets

from helpers import checks, reader
from helpers.widgets import calibration
from helpers.widgets.answers import STYLE, Answer, answer_of
from helpers.widgets.calibration import LEAST, MOST, SECTION, Commitment
from helpers.widgets.sketch import Sketch


def predict(
    question: str,
    choices: list[str] | tuple[float, ...] | Sketch,
    answer: object,
    *,
    within: float | None = None,
    unit: str = "",
    because: str = "",
    key: str | None = None,
) -> Prediction:
    """Ask the reader for a prediction; the truth is shown when it is committed.

    What was committed is kept in the reader's file and counts once: the cell, run again, shows it
    with the truth. Where nobody answers, the answer stands in a fold below the question.

    Parameters
    ----------
    question : str
        One sentence.
    choices : list, tuple or Sketch
        Texts to choose from, a range ``(low, high[, step])`` of numbers, or a sheet to draw on.
    answer : object
        One of the texts, a number of the range, or a pair ``(x, y)`` of arrays.
    within : float, optional
        How far from the answer still is right: in units of the number, or of y on average. By
        default a tenth of the range. The reader is told.
    unit : str
        Of the number, such as ``"dB"``.
    because : str
        A sentence that is shown with the answer.
    key : str, optional
        Under which the answer is kept; by default the question. Needed where two questions read
        alike, or a question that has been published gets other words.

    Returns
    -------
    Prediction
        A widget.

    Raises
    ------
    ValueError
        For choices that are none of these, and an answer that is not among them.
    """
    for name, text in (("question", question), ("key", question if key is None else key)):
        if not isinstance(text, str) or not text.strip():
            raise checks.refusal(name, "a text", text)
    for name, text in (("because", because), ("unit", unit)):
        if not isinstance(text, str):
            raise checks.refusal(name, "a text", text)
    kind = answer_of(choices, answer, within, unit)
    return Prediction(question, kind, because, key or question)


class Prediction(ipywidgets.VBox):
    """A question, how sure, and the truth once the reader has committed; made by `predict`.

    Attributes
    ----------
    answer : ipywidgets.Widget
        What the reader answers with.
    sure : ipywidgets.IntSlider
        How sure, in percent.
    committed : Commitment or None
        What cannot be changed any more.
    text : str
        What is said below: what is missing, or the truth.
    """

    _ipython_display_ = None  # ipywidgets 7 would bypass _repr_mimebundle_

    def __init__(self, question: str, kind: Answer, because: str, key: str) -> None:
        self._question, self._kind, self._because, self._key = question, kind, because, key
        self.committed: Commitment | None = None
        self.text = ""
        self.answer = kind.widget(question)
        self.sure = ipywidgets.IntSlider(
            value=LEAST, min=LEAST, max=MOST, step=5, description="how sure (%)", **STYLE
        )
        self._button = ipywidgets.Button(description="Commit")
        self._readout = ipywidgets.HTML()
        asked = html.escape(f"{question} {kind.rule}".strip())
        title = ipywidgets.HTML(f"<p><b>Predict.</b> {asked}</p>")
        super().__init__(
            [title, self.answer, self.sure, self._button, self._readout],
            layout={"overflow": "auto"},
        )
        for part, name in ((self, "prediction"), (self._readout, "prediction-readout")):
            part.add_class(name)
        self._button.on_click(self.commit)
        self._recall()
        calibration.note(key, self.committed)

    def commit(self, button: object = None) -> None:
        """Take the answer as it stands, keep it, show the truth; an error is shown and raised."""
        if self.committed:
            return
        try:
            value = self._kind.value(self.answer)
            if value is None:
                self._say(self._kind.ask)
                return
            made = Commitment(value, self.sure.value, self._kind.is_right(value))
            self._settle(made, self._keep(made))
            calibration.note(self._key, self.committed)
        except Exception as error:
            self._say(f"{type(error).__name__}: {error}", role="alert")
            raise

    def _keep(self, made: Commitment) -> str:
        """Write it into the reader's file; a sentence if the disk refuses."""
        try:
            reader.keep(SECTION, self._key, made.as_json(self._question))
        except OSError as error:  # the answer counts all the same, until the kernel ends
            return f"It could not be kept: {error}."
        return ""

    def _recall(self) -> None:
        """Show what was committed before, judged by the answer that the question has now."""
        made = calibration.made_here(self._key)  # also where the disk kept nothing
        if not made:
            try:
                made = Commitment.from_json(reader.recall(SECTION).get(self._key))
            except OSError as error:
                self._say(f"What you answered before cannot be read: {error}.", role="alert")
        if made and self._kind.accepts(made.prediction):
            right = self._kind.is_right(made.prediction)
            self._settle(Commitment(made.prediction, made.confidence, right))

    def _settle(self, made: Commitment, note: str = "") -> None:
        """Nothing can be changed any more, and the truth is shown."""
        self.committed = made
        self._kind.settle(self.answer, made.prediction)
        self.sure.value, self.sure.disabled, self._button.disabled = made.confidence, True, True
        self._button.description = "Committed"
        verdict = "✓ Right." if made.right else "✗ Not right."
        said = f"{self._kind.said(made.prediction)}, {made.confidence} % sure."
        self._say(" ".join(filter(None, [verdict, said, self._truth(), note])))

    def _truth(self) -> str:
        return f"{self._kind.answer()}. {self._because}".strip()

    def _say(self, text: str, role: str = "status") -> None:
        self.text = text
        self._readout.value = f'<div role="{role}" aria-live="polite">{html.escape(text)}</div>'

    def _still(self) -> str:
        """The question, and the answer in a closed fold, as HTML."""
        listed = "".join(f"<li>{html.escape(option)}</li>" for option in self._kind.options)
        return (
            f'<div class="prediction"><p><b>Predict.</b> {html.escape(self._question)}</p>'
            f"{f'<ul>{listed}</ul>' if listed else ''}"
            f"<details><summary>The answer</summary><p>{html.escape(self._truth())}</p>"
            f"{self._kind.picture()}</details></div>"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The live widget, and beside it the question with a fold for who has no kernel.

        Where nobody answers the fold stands alone: a page would prefer a widget that is dead.
        """
        data = {"text/plain": f"Predict. {self._question}", "text/html": self._still()}
        if reader.is_there():
            view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
            data["application/vnd.jupyter.widget-view+json"] = view
        return data, {}

"""The reader's record: how often predictions were right, against how sure the reader was.

>>> sure = [Commitment("a", 90, right) for right in (True, True, False, False, False)]
>>> print(judged(sure))
2 of 5 right; with confidence that is just right it would have been 3 to 5. You were too sure.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import ipywidgets
import numpy as np

from helpers import checks, reader

LEAST, MOST = 50, 100  # percent: from a coin toss to certainty
SECTION = "predictions"  # of the reader's file
EDGES = (50, 60, 70, 80, 90)  # of the rows of a record; the last one holds 100, too
TAIL = 0.05  # on either side of the range that is expected
FEW = 10  # answers; below, only gross errors of confidence show


@dataclass(frozen=True)
class Commitment:
    """What a reader committed to: the prediction, how sure (percent), and whether it was right."""

    prediction: object
    confidence: int
    right: bool

    def as_json(self, question: str) -> dict[str, object]:
        """As the reader's file holds it."""
        return {"question": question, **asdict(self)}

    @classmethod
    def from_json(cls, entry: object) -> Commitment | None:
        """From the reader's file; None for an entry that is none, by whomever it was written.

        Examples
        --------
        >>> Commitment.from_json({"prediction": "a", "confidence": 70, "right": True})
        Commitment(prediction='a', confidence=70, right=True)
        >>> Commitment.from_json({"prediction": "a", "confidence": "very"}) is None
        True
        """
        if not isinstance(entry, dict) or "prediction" not in entry:
            return None
        confidence, right = entry.get("confidence"), entry.get("right")
        if not checks.is_whole(confidence) or not LEAST <= confidence <= MOST:
            return None
        return cls(entry["prediction"], confidence, right) if isinstance(right, bool) else None


def expected(confidences: Sequence[int]) -> tuple[int, int]:
    """How many of such predictions are right, nine times in ten, if the confidence is just right.

    The number is that of independent coins, each with a probability of its own.

    Examples
    --------
    >>> expected([90] * 10), expected([50])
    ((7, 10), (0, 1))
    """
    chances = np.ones(1)  # of 0, 1, 2 … right
    for confidence in confidences:
        chances = np.convolve(chances, [1 - confidence / 100, confidence / 100])
    below = np.cumsum(chances) + 1e-9  # rounding must not push a quantile beyond the last
    low, high = (int(np.argmax(below >= share)) for share in (TAIL, 1 - TAIL))
    return low, high


def judged(made: Sequence[Commitment]) -> str:
    """Hits against stated confidence in words, which say no more than the numbers can tell.

    Examples
    --------
    >>> judged([Commitment("a", 80, True)])
    '1 of 1 right. One answer says nothing about your confidence.'
    """
    count, hits = len(made), sum(one.right for one in made)
    said = f"{hits} of {count} right"
    if count == 1:
        return f"{said}. One answer says nothing about your confidence."
    low, high = expected([one.confidence for one in made])
    span = str(low) if low == high else f"{low} to {high}"
    said += f"; with confidence that is just right it would have been {span}."
    if hits < low:
        return f"{said} You were too sure."
    if hits > high:
        return f"{said} You may trust yourself more."
    few = ", but so few answers can show only gross errors" if count < FEW else ""
    return f"{said} What you said and how often you were right agree{few}."


# ---- what is shown -------------------------------------------------------------------------

_here: dict[str, Commitment | None] = {}  # key of each question asked in this kernel
_records: list[Record] = []  # on the page; each follows what is committed


def note(key: str, commitment: Commitment | None) -> None:
    """Enter a question of this notebook, with what was committed, if anything."""
    if not reader.is_there():
        return
    _here[key] = commitment
    for one in _records:
        one.update()


def made_here(key: str) -> Commitment | None:
    """What was committed under a key since the kernel started."""
    return _here.get(key)


def record() -> Record:
    """Show the reader's predictions: how many were right, against how sure the reader was.

    Stands at the end of a notebook, and follows what is still committed above.

    Returns
    -------
    Record
        A widget. Where there is no reader, it says what would stand here.

    Examples
    --------
    >>> record().text
    'Your predictions stand here, once you have made some: how often you were right, and how sure.'
    """
    return Record()


class Record(ipywidgets.VBox):
    """Hits against confidence, of this notebook and of all; made by `record`."""

    _ipython_display_ = None  # ipywidgets 7 would bypass _repr_mimebundle_

    def __init__(self) -> None:
        self._table = ipywidgets.HTML()
        super().__init__([self._table])
        self.add_class("prediction-record")
        self.text = ""
        _records.append(self)
        self.update()

    def update(self) -> None:
        """Count again; a file that cannot be read is said, and the rest is shown."""
        here = {key: made for key, made in _here.items() if made}
        fault, kept = "", {}
        try:
            entries = reader.recall(SECTION)
            kept = {key: Commitment.from_json(entry) for key, entry in entries.items()}
        except OSError as error:
            fault = f"What you answered elsewhere cannot be read: {error}."
        # What stands on this page is judged by the answers that this page has.
        everywhere = {key: made for key, made in {**kept, **here}.items() if made}
        lines = [_asked(here), _all(here, everywhere), fault]
        self.text = " ".join(line for line in lines if line)
        shown = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
        table = _rows(list(everywhere.values()))
        self._table.value = f'<div role="status" aria-live="polite">{shown}{table}</div>'

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The live widget; only text where nobody answers."""
        still = f'<div class="prediction-record"><p>{html.escape(self.text)}</p></div>'
        data = {"text/plain": self.text, "text/html": still}
        if reader.is_there():
            view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
            data["application/vnd.jupyter.widget-view+json"] = view
        return data, {}


def _asked(here: Mapping[str, Commitment]) -> str:
    if not here:
        future = "how often you were right, and how sure"
        return f"Your predictions stand here, once you have made some: {future}."
    waiting = len(_here) - len(here)
    still = f" {waiting} still to be made." if waiting else ""
    return f"This notebook: {judged(list(here.values()))}{still}"


def _all(here: Mapping[str, Commitment], everywhere: Mapping[str, Commitment]) -> str:
    if len(everywhere) == len(here):
        return ""
    return (
        f"All notebooks: {judged(list(everywhere.values()))} (They are kept in {reader.file()}.)"
    )


def _rows(made: Sequence[Commitment]) -> str:
    """A table: a row for each tenth of confidence that was stated, a sign for each answer."""
    rows = []
    for low, end in zip(EDGES, (*EDGES[1:], MOST + 1)):
        row = sorted((o.right for o in made if low <= o.confidence < end), reverse=True)
        if row:
            signs = f'<span aria-hidden="true">{"".join("✗✓"[right] for right in row)}</span>'
            said = f"{low} to {min(end - 1, MOST)} % sure"
            cells = f"<td>{sum(row)} of {len(row)} right</td><td>{signs}</td>"
            rows.append(f'<tr><th scope="row">{said}</th>{cells}</tr>')
    return f"<table>{''.join(rows)}</table>" if rows else ""

"""Curves drawn with the mouse: the sheet, the pad in the browser, the truth drawn over it.

The pad is an `anywidget`, imported when the first one is made.

>>> sheet = Sketch(x=(0, 10), y=(0, 100), xlabel="photons", ylabel="share (%)")
>>> truth = Curve(sheet, ([0, 5, 10], [0, 80, 100]))
>>> truth.distance([50.0] * COLUMNS) > truth.within
True
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ipywidgets
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers import checks, plotting

COLUMNS = 101  # of a drawing: every fifth of the pad's pixels
EDGE = 0.1  # of the width, on either side, that may stay empty
TENTH = 0.1  # of a range: how close counts as right, unless the author says otherwise


def _range(value: object, name: str) -> tuple[float, float]:
    """A pair of numbers, the lower one first."""
    pair = (
        isinstance(value, (tuple, list)) and len(value) == 2 and all(map(checks.is_number, value))
    )
    if pair and value[0] < value[1]:
        return float(value[0]), float(value[1])
    raise checks.refusal(name, "(low, high) with low < high", value)


@dataclass(frozen=True)
class Sketch:
    """A sheet on which the reader draws a curve.

    Attributes
    ----------
    x, y : tuple of float
        (low, high) of both axes.
    xlabel, ylabel : str
        What they show.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    xlabel: str = "x"
    ylabel: str = "y"

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _range(self.x, "x"))
        object.__setattr__(self, "y", _range(self.y, "y"))
        for name in ("xlabel", "ylabel"):
            if not isinstance(getattr(self, name), str):
                raise checks.refusal(name, "a text", getattr(self, name))


class Curve:
    """A curve to be drawn, and the true one: a kind of answer, as `answers.Choice` is.

    Parameters
    ----------
    sheet : Sketch
        On which it is drawn.
    truth : tuple of array
        (x, y), with x increasing.
    within : float, optional
        Mean distance in y that counts as right; by default a tenth of the sheet's height.

    Raises
    ------
    ValueError
        For a truth that is no such curve, or has fewer than two points on the sheet.
    """

    options: list[str] = []
    ask = "Draw your curve first, from the left edge to the right edge."

    def __init__(self, sheet: Sketch, truth: object, within: float | None = None) -> None:
        self.sheet = sheet
        low, high = sheet.y
        within = TENTH * (high - low) if within is None else within
        self.within = checks.number(within, "within", above=0)
        xs, ys = _points(truth)
        self.columns = np.linspace(*sheet.x, COLUMNS)
        self._on = (self.columns >= xs[0]) & (self.columns <= xs[-1])
        if self._on.sum() < 2:
            raise checks.refusal("answer", "a curve over the sheet's x", truth)
        self.truth = np.where(self._on, np.interp(self.columns, xs, ys), np.nan)
        self.rule = (
            f"Right is a curve whose mean distance to the true one is {self.within:g} or less."
        )

    def widget(self, question: str) -> ipywidgets.Widget:
        """The pad; a line that says what is missing where there is no anywidget."""
        try:
            pad = _pad()
        except ImportError:
            self.ask = "Drawing needs anywidget: pip install anywidget, then restart Jupyter."
            return ipywidgets.HTML(f"<p>{self.ask}</p>")
        sheet = self.sheet
        return pad(
            x=[*sheet.x], y=[*sheet.y], xlabel=sheet.xlabel, ylabel=sheet.ylabel,
            columns=COLUMNS, label=f"A curve to draw: {question}",
        )  # fmt: skip

    def value(self, widget: ipywidgets.Widget) -> list[float] | None:
        """Height of each column; None while the drawing does not reach from edge to edge."""
        drawn = getattr(widget, "drawn", [])
        at = [k for k, y in enumerate(drawn) if checks.is_number(y)]
        margin = EDGE * (COLUMNS - 1)
        if not at or at[0] > margin or at[-1] < COLUMNS - 1 - margin:
            return None
        heights = np.interp(range(COLUMNS), at, [drawn[k] for k in at])
        return [float(f"{y:.4g}") for y in heights]

    def accepts(self, value: object) -> bool:
        """Whether that is such a drawing."""
        return (
            isinstance(value, list) and len(value) == COLUMNS and all(map(checks.is_number, value))
        )

    def distance(self, value: list[float]) -> float:
        """Mean distance of a drawing to the truth, where there is one."""
        return float(np.abs(np.asarray(value) - self.truth)[self._on].mean())

    def is_right(self, value: list[float]) -> bool:
        """Whether a drawing is close enough."""
        return self.distance(value) <= self.within

    def said(self, value: list[float]) -> str:
        """What the reader said, in words."""
        return f"You drew a curve {self.distance(value):.3g} away from the true one, on average"

    def answer(self) -> str:
        """The truth in words: its ends, and where it is highest or lowest in between."""
        xs, ys = self.columns[self._on], self.truth[self._on]
        sheet = self.sheet
        said = f"{sheet.ylabel} goes from {ys[0]:.3g} at {sheet.xlabel} = {xs[0]:.3g}"
        bump = TENTH / 2 * (sheet.y[1] - sheet.y[0])  # less cannot be seen
        if ys.max() > max(ys[0], ys[-1]) + bump:
            said += f", over {ys.max():.3g} at {xs[ys.argmax()]:.3g}"
        if ys.min() < min(ys[0], ys[-1]) - bump:
            said += f", down to {ys.min():.3g} at {xs[ys.argmin()]:.3g}"
        return f"{said}, to {ys[-1]:.3g} at {xs[-1]:.3g}"

    def settle(self, widget: ipywidgets.Widget, value: list[float]) -> None:
        """Draw the truth over what was drawn, and let nothing more be drawn."""
        if not hasattr(widget, "drawn"):
            return
        truth = [y if on else None for y, on in zip(self.truth.tolist(), self._on)]
        spoken = f"{self.said(value)}. {self.answer()}"
        widget.set_trait("drawn", value)
        widget.set_trait("spoken", spoken)
        widget.set_trait("truth", truth)
        widget.set_trait("locked", True)

    def picture(self) -> str:
        """The truth as an ``<img>``, for where no kernel runs."""
        fig, (ax,) = plotting.figure(width=5.6, height=3.2)
        sheet = self.sheet
        ax.plot(self.columns, self.truth)
        ax.set(xlim=sheet.x, ylim=sheet.y, xlabel=sheet.xlabel, ylabel=sheet.ylabel)
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        content = plotting.small_png(np.asarray(canvas.buffer_rgba())[..., :3])
        source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        return f'<img src="{source}" alt="{html.escape(self.answer())}">'


def _points(truth: object) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) as arrays, or the refusal."""
    accepted = "a pair (x, y) of as many finite numbers each, x increasing"
    try:
        xs, ys = (np.asarray(part, float) for part in truth)
    except (TypeError, ValueError):
        raise checks.refusal("answer", accepted, truth) from None
    fine = xs.ndim == 1 and xs.shape == ys.shape and len(xs) >= 2
    if not fine or not np.isfinite([xs, ys]).all() or (np.diff(xs) <= 0).any():
        raise checks.refusal("answer", accepted, truth)
    return xs, ys


@cache
def _pad() -> type[ipywidgets.Widget]:
    """The class of the pad. Made late: whoever draws nothing needs no anywidget."""
    import anywidget

    class Pad(anywidget.AnyWidget):
        """A canvas in the browser; `sketch.js` draws on it."""

        _esm = Path(__file__).with_name("sketch.js").read_text("utf-8")
        drawn = traitlets.List([]).tag(sync=True)  # a height for each column, or None
        truth = traitlets.List([]).tag(sync=True)  # sent only when the reader has committed
        locked = traitlets.Bool(False).tag(sync=True)
        x, y = (traitlets.List([0, 1]).tag(sync=True) for _ in range(2))
        xlabel, ylabel, label, spoken = (traitlets.Unicode("").tag(sync=True) for _ in range(4))
        columns = traitlets.Int(COLUMNS).tag(sync=True)

    return Pad

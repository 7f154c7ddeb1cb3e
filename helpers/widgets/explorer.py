"""Explorers: interactive figures that answer within a blink, and say something without a kernel.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=96)
>>> def render(sigma):
...     noisy = noise.Gaussian(sigma)(clean, rng=0, clip=True)
...     return View({"clean": clean, "noisy": noisy}, text=f"σ = {255 * sigma:.0f}/255")
>>> explorer = explore(render, **noise.Gaussian.parameters())
>>> explorer.controls["sigma"].value = 50  # what moving the slider does
>>> explorer.text
'σ = 50/255'
>>> explorer.loupe.switch.value = True  # the same spot of both pictures, six times larger
>>> explorer.loupe.text
'Gray levels at row 23, column 47. clean: 168, noisy: 178'
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import ipywidgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers import checks, plotting
from helpers.gradients import BINS
from helpers.images import as_image
from helpers.parameters import Parameter

# A browser that stretches a picture of noise by a few percent resamples the noise.
_UNSCALED = {"align_self": "flex-start", "max_width": "none", "flex": "0 0 auto"}
_SQUEEZED = {"align_self": "flex-start", "max_width": "100%", "height": "auto", "flex": "0 0 auto"}
_STYLE = {"style": {"description_width": "140px"}, "layout": {"width": "520px"}}  # of a control
_STEPS = 50  # of a slider's 300 pixels, 6 each: as fine as a hand moves it
# Out of sight, but spoken by screen readers, which skip what is not displayed at all.
_SPOKEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"


@dataclass(frozen=True)
class View:
    """What an explorer shows at one setting.

    Attributes
    ----------
    panels : dict
        Title to image, (H, W) or (H, W, 3), one height; shown from 0 (black) to 1 (white).
    curves : dict
        Label to (511,) gradient probabilities, or to a pair (x, y) of arrays.
    text : str
        One line: the setting and the scores.
    alt : str
        What is to be seen, for who cannot see it; `text` by default.
    """

    panels: Mapping[str, np.ndarray]
    curves: Mapping[str, np.ndarray | tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    text: str = ""
    alt: str = ""


@dataclass(frozen=True)
class AxesLabels:
    """Labels of the axes under an explorer's panels."""

    x: str = "gradient (gray levels)"
    y: str = "probability"
    log: bool = False  # logarithmic y
    top: float | None = None  # of the y axis; by default all settings of the strip fit


def explore(
    render: Callable[..., View],
    /,
    *,
    axes: AxesLabels = AxesLabels(),
    zoom: int = 1,
    continuous: bool = True,
    **controls: object,
) -> Explorer:
    """Show what `render` returns, with a control for each of its arguments.

    Parameters
    ----------
    render : callable
        ``render(**values) -> View``; the same panels and curves at every setting.
    axes : AxesLabels
        For the curves.
    zoom : int
        Whole enlargement of the panels; the loupe below them enlarges six times more.
    continuous : bool
        False updates only when a slider is let go: for slow renderings.
    **controls
        Name of the argument to a `noise.Parameter`, a tuple ``(low, high[, step])``, a list of
        choices, a bool, or a core ipywidget. The names above are taken.

    Returns
    -------
    Explorer
        A widget. Where no kernel runs, its picture at the low, middle and high setting of the
        first control stays.

    Raises
    ------
    ValueError
        For a control that is none of these, or no control at all. Errors of `render` are shown
        in the text line and raised.
    """
    checks.function(render, "render")
    if not isinstance(axes, AxesLabels):
        raise checks.refusal("axes", "a widgets.AxesLabels", axes)
    zoom = checks.whole(zoom, "zoom", 1, plotting.LARGEST)
    continuous = checks.flag(continuous, "continuous")
    if not controls:
        raise ValueError("an explorer needs at least one control, such as sigma=(0, 100)")
    made = {name: _control(name, given) for name, given in controls.items()}
    return Explorer(render, made, axes, zoom, continuous)


# ---- controls ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Control:
    """An ipywidget, and how its value becomes an argument and a label."""

    widget: ipywidgets.Widget
    value: Callable[[object], object] = lambda shown: shown
    label: Callable[[object], str] = str

    def settings(self) -> list[object]:
        """Low, middle and high setting as widget values; of choices first, middle and last."""
        if hasattr(self.widget, "options"):
            choices = [value for _, value in self.widget._options_full]
            return [choices[0], choices[len(choices) // 2], choices[-1]]
        if isinstance(self.widget, ipywidgets.Checkbox):
            return [False, True]
        low, high = self.widget.min, self.widget.max
        if isinstance(self.widget, ipywidgets.FloatLogSlider):
            return [self.widget.base**power for power in (low, (low + high) / 2, high)]
        step = self.widget.step or (high - low) / 100
        middle = low + int((high - low) / 2 / step) * step
        return [low, middle, high]


def _control(name: str, given: object) -> Control:
    """The control for what `explore` was given for an argument."""
    if isinstance(given, Parameter):
        return _parameter_control(given)
    if isinstance(given, ipywidgets.Checkbox) or (
        isinstance(given, ipywidgets.Widget)
        and (hasattr(given, "options") or hasattr(given, "min"))  # choices, or a range
    ):
        return Control(_aligned(given))
    style = {"description": name.replace("_", " "), **_STYLE}
    if isinstance(given, bool):
        return Control(ipywidgets.Checkbox(given, **style))
    if isinstance(given, list) and given:
        return Control(ipywidgets.Dropdown(options=given, **style))
    numbers = isinstance(given, tuple) and all(map(checks.is_number, given))
    if numbers and len(given) in (2, 3) and given[0] < given[1] and all(s > 0 for s in given[2:]):
        low, high, *step = given
        whole = all(isinstance(x, int) for x in given)
        slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        step = step[0] if step else (1 if whole else (high - low) / _STEPS)
        return Control(slider(value=low, min=low, max=high, step=step, **style))
    raise ValueError(
        f"the control {name!r} is a noise.Parameter, (low, high[, step]) with low < high, "
        f"a list of choices, a bool, or an ipywidget with such a range, not {checks.shown(given)}"
    )


def _aligned(widget: ipywidgets.Widget) -> ipywidgets.Widget:
    """The author's own widget, as wide as the others unless the author says how wide."""
    style = getattr(widget, "style", None)
    if getattr(style, "description_width", None) == "":
        style.description_width = _STYLE["style"]["description_width"]
    if widget.layout.width is None:
        widget.layout.width = _STYLE["layout"]["width"]
    return widget


def _parameter_control(parameter: Parameter) -> Control:
    """A slider in the literature's unit: σ runs over 0 … 100 of 255, not 0 … 0.39."""
    label = f"{parameter.symbol} ({parameter.shown_unit})" if parameter.unit else parameter.symbol
    style = {"description": label, **_STYLE}
    low, high, value = (
        round(x * parameter.scale, 9) for x in (parameter.low, parameter.high, parameter.default)
    )
    if parameter.log and parameter.step:
        options = [2**k for k in range(int(np.log2(low)), int(np.log2(high)) + 1)]
        widget = ipywidgets.SelectionSlider(options=options, value=value, **style)
    elif parameter.log:
        low, high = np.log10(low), np.log10(high)
        widget = ipywidgets.FloatLogSlider(
            value=value, min=low, max=high, step=0.05, readout_format=".3g", **style
        )
    elif parameter.step:
        widget = ipywidgets.IntSlider(value=value, min=low, max=high, step=parameter.step, **style)
    else:
        step = 1 if high - low > 20 else (high - low) / _STEPS
        shape = f".{max(0, -int(np.floor(np.log10(step))))}f"
        widget = ipywidgets.FloatSlider(
            value=value, min=low, max=high, step=step, readout_format=shape, **style
        )
    if parameter.step:  # whole numbers stay whole
        return Control(widget, int, parameter.format)
    return Control(
        widget, lambda x: x / parameter.scale, lambda x: parameter.format(x / parameter.scale)
    )


# ---- the explorer --------------------------------------------------------------------------


class Explorer(ipywidgets.VBox):
    """Controls above panels, curves and one line of text; made by `explore`.

    Attributes
    ----------
    view : View or None
        What is shown.
    loupe : Loupe
        What enlarges a spot of all panels, once it is switched on.
    """

    _ipython_display_ = None  # ipywidgets 7 would bypass _repr_mimebundle_

    def __init__(self, render, controls: dict[str, Control], axes: AxesLabels, zoom, continuous):
        self._render, self._controls, self._zoom = render, controls, zoom
        self.view: View | None = None
        name, first = next(iter(controls.items()))  # the strip is drawn at three of its settings
        self._settings = [
            (first.label(setting), self._view_at({name: first.value(setting)}))
            for setting in first.settings()
        ]
        self._strip = _strip(self._settings, axes)
        views = [view for _, view in self._settings]
        self._curves = CurveCanvas(axes, views, width=776, height=210)  # as two panels of 384
        self._picture = ipywidgets.Image(format="png", layout=_UNSCALED)
        self._plot = ipywidgets.Image(format="png", layout=_SQUEEZED)
        self._readout = ipywidgets.HTML()
        self.loupe = Loupe(self._draw_panels)
        sliders = [control.widget for control in controls.values()]
        parts = [*sliders, self._readout, self._picture, self.loupe, self._plot]
        super().__init__(parts, layout={"overflow": "auto"})  # scroll rather than shrink
        self.add_class("explorer")
        self._readout.add_class("explorer-readout")
        self._picture.add_class("explorer-panels")
        self._plot.add_class("explorer-curves")
        if not self._curves.lines:
            self._plot.layout.display = "none"
        for widget in sliders:
            if not continuous and hasattr(widget, "continuous_update"):
                widget.continuous_update = False
            widget.observe(self.update, names="value")
        self.update()

    @property
    def controls(self) -> dict[str, ipywidgets.Widget]:
        """The ipywidgets, by name of the argument they set."""
        return {name: control.widget for name, control in self._controls.items()}

    @property
    def text(self) -> str:
        """The text line as it stands."""
        return self.view.text if self.view else ""

    def update(self, change: object = None) -> None:
        """Render the present setting; an error is shown in the text line and raised."""
        try:
            self.view = self._view_at({})
            self._draw_panels()
            if self.view.curves:
                self._plot.value = plotting.png(self._curves.draw(self.view.curves))
            text, alt = html.escape(self.view.text), html.escape(self.view.alt)
            spoken = f'<span class="explorer-alt" style="{_SPOKEN}">{alt}</span>'
            self._readout.value = f'<div role="status" aria-live="polite">{text}{spoken}</div>'
        except Exception as error:
            message = html.escape(f"{type(error).__name__}: {error}")
            self._readout.value = f'<span class="explorer-error" role="alert">{message}</span>'
            raise

    def _draw_panels(self) -> None:
        """The panels, and below them what is in the loupe."""
        panels = list(self.view.panels.items())
        held = self.loupe.hold(self.view.panels)
        picture = plotting.side_by_side(panels, self._zoom, held)
        if held:
            below = plotting.enlarged(panels, held, self.loupe.values, self._zoom)
            picture = plotting.stack([picture, below])
        self._picture.value = plotting.png(picture)

    def _view_at(self, changed: Mapping[str, object]) -> View:
        """What `render` returns at the present setting, but for the arguments given here."""
        values = {n: c.value(c.widget.value) for n, c in self._controls.items()}
        view = self._render(**{**values, **changed})
        if not isinstance(view, View):
            raise ValueError(f"render returns a widgets.View, not {type(view).__name__}")
        if not isinstance(view.panels, Mapping) or not view.panels:
            raise ValueError("a View has panels: a dict from title to image, at least one")
        return view

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The live widget, and beside it a picture and a text for readers without a kernel."""
        alt = self.view.alt or self.view.text or "Explorer with " + ", ".join(self._controls)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        spoken = ". ".join(_caption(label, view, ": ") for label, view in self._settings)
        data = {
            "text/plain": alt,
            "image/png": base64.b64encode(self._strip).decode(),
            "application/vnd.jupyter.widget-view+json": view,
        }
        return data, {"image/png": {"alt": f"An explorer at three settings. {spoken}"}}


class Loupe(ipywidgets.VBox):
    """Enlarges the same spot of all panels of an explorer, and reads the pixel in its middle.

    Off, it is a checkbox; its sliders are made when it is first switched on.

    Attributes
    ----------
    switch : ipywidgets.Checkbox
        Whether it is held over the panels.
    row, column : ipywidgets.IntSlider or None
        Where its middle is.
    values : list of str
        The pixel in its middle, in gray levels, of each panel.
    text : str
        The same as a sentence; "" while it is off.
    """

    def __init__(self, redraw: Callable[[], None]) -> None:
        self._redraw = redraw
        self.row = self.column = None
        self.values, self.text = [], ""
        self.switch = ipywidgets.Checkbox(False, description=f"loupe ×{plotting.LOUPE}", **_STYLE)
        super().__init__([self.switch], layout={"overflow": "visible", "flex": "0 0 auto"})
        self.add_class("explorer-loupe")
        self.switch.observe(self._switched, names="value")

    def _switched(self, change: object) -> None:
        self._redraw()
        self.children = [self.switch, *((self.row, self.column, self._line) * self.switch.value)]

    def hold(self, panels: Mapping[str, np.ndarray]) -> plotting.Held | None:
        """Hold it over panels, and read them; None while it is off."""
        self.values, self.text = [], ""
        if not self.switch.value:
            return None
        images = [as_image(panel, clipped=False) for panel in panels.values()]
        if self.row is None:
            self._make_sliders(images)
        held = plotting.hold(images, self.row.value, self.column.value)
        self.values = [plotting.levels_at(image, held) for image in images]
        read = ", ".join(f"{title}: {value}" for title, value in zip(panels, self.values))
        self.text = f"Gray levels at row {held.row}, column {held.column}. {read}"
        said = f'<div role="status" aria-live="polite">{html.escape(self.text)}</div>'
        self._line.value = said
        return held

    def _make_sliders(self, images: Sequence[np.ndarray]) -> None:
        self._line = ipywidgets.HTML()
        margin = plotting.loupe_side(images) // 2  # where it is wholly inside
        # It begins in the upper middle, where photographs have their subject.
        for name, axis, part in (("row", 0, 4), ("column", 1, 2)):
            last = min(image.shape[axis] for image in images) - 1
            slider = ipywidgets.IntSlider(
                value=max(last // part, margin),
                min=margin,
                max=last - margin,
                description=name,
                **_STYLE,
            )
            slider.observe(lambda change: self._redraw(), names="value")
            setattr(self, name, slider)


# ---- pixels --------------------------------------------------------------------------------


class CurveCanvas:
    """A plot whose axes are drawn once; `draw` only puts new lines on them (blitting)."""

    def __init__(self, axes: AxesLabels, views: list[View], width: int, height: int) -> None:
        self.lines: dict[str, object] = {}
        if not views[0].curves:
            return  # nothing to draw on, and `draw` refuses curves
        inches = {"width": width / plotting.DPI, "height": height / plotting.DPI}
        fig, (ax,) = plotting.figure(**inches)
        self._canvas, self._axes = FigureCanvasAgg(fig), ax
        for label in views[0].curves:
            (self.lines[label],) = ax.plot([], [], label=label, animated=True)
        ax.set(xlabel=axes.x, ylabel=axes.y, **_limits(views, axes))
        ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(fig.bbox)

    def draw(self, curves: Mapping[str, object]) -> np.ndarray:
        """Pixels of the plot with these curves, (height, width, 3) uint8."""
        if set(curves) != set(self.lines):
            raise ValueError(f"curves are the same at every setting: {list(self.lines)}")
        self._canvas.restore_region(self._background)
        for label, line in self.lines.items():
            line.set_data(*_points(curves[label]))
            self._axes.draw_artist(line)
        return np.asarray(self._canvas.buffer_rgba())[..., :3]


def _points(curve: np.ndarray | tuple) -> tuple[np.ndarray, np.ndarray]:
    return curve if isinstance(curve, tuple) else (BINS, curve)


def _limits(views: list[View], axes: AxesLabels) -> dict[str, object]:
    """Limits of the axes that hold the curves of all settings of the strip."""
    points = [_points(curve) for view in views for curve in view.curves.values()]
    xs, ys = (np.concatenate([np.ravel(p[k]) for p in points]) for k in (0, 1))
    xlim = (float(xs.min()), float(xs.max()))
    if axes.log:
        return {"xlim": xlim, "ylim": (ys[ys > 0].min() / 1.5, ys.max() * 2), "yscale": "log"}
    top = float(ys.max()) * 1.08 if axes.top is None else axes.top
    return {"xlim": xlim, "ylim": (min(float(ys.min()), 0), top)}


def _strip(views: list[tuple[str, View]], axes: AxesLabels) -> bytes:
    """PNG of an explorer at several settings: a square cut from each panel, and the curves.

    Where no curves need the room, and it suffices, panels are shown twice as large.
    """
    # The strip is committed with its notebook: a face fits into 96 pixels, labels into 64 more.
    side, width = 96, 640
    doubled = 2 * len(views[0][1].panels) * (side + plotting.GAP) <= width
    zoom = 2 if doubled and not views[0][1].curves else 1
    canvas = CurveCanvas(axes, [view for _, view in views], width=430, height=side + 64)
    rows = []
    for label, view in views:
        panels = [(title, _cut(panel, side)) for title, panel in view.panels.items()]
        row = plotting.side_by_side(panels, zoom)
        if view.curves:
            plot = canvas.draw(view.curves)
            left = np.full((len(plot), row.shape[1] + plotting.GAP, 3), 255, np.uint8)
            left[: len(row), : row.shape[1]] = plotting.as_colour(row)
            row = np.hstack([left, plot])
        rows += [plotting.heading(f"▸ {_caption(label, view)}", max(row.shape[1], width)), row]
    return plotting.small_png(plotting.stack(rows))


def _caption(label: str, view: View, between: str = "   ") -> str:
    """The text of a setting; many say the setting themselves."""
    said = re.search(rf"(?<![\w.]){re.escape(label)}(?!\w|\.\d)", view.text)
    return view.text if said else label + between + view.text


def _cut(panel: np.ndarray, side: int) -> np.ndarray:
    """A square from the upper middle, where photographs have their subject."""
    panel = as_image(panel, clipped=False)
    top, left = max((len(panel) - side) // 8, 0), max((panel.shape[1] - side) // 2, 0)
    return panel[top : top + side, left : left + side]

"""Draw what an explorer shows at many settings, for pages that have no kernel behind them.

Only the cells that an explorer needs are run: those that assign a name which it, or a cell that it
needs, reads. Panels are cut to a square around their subject, and each is written once, however
many frames show it.
"""

from __future__ import annotations

import ast
import hashlib
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

import ipywidgets
import numpy as np
from nbformat import NotebookNode
from PIL import Image

from helpers import plotting, widgets
from helpers.widgets import AxesLabels, Control, CurveCanvas, Explorer, View
from tools.site.computed import Computed, write_picture

WHOLE = 128  # pixels: panels are cut to a square of that side, and to a smaller one ...
FEW, SIDE, COLOUR_SIDE = 12, 96, 64  # ... where there are more frames than a few
CURVES = {"width": 600, "height": 200}
ALONE, IN_TURN, TOGETHER = 11, 7, 36  # frames along one slider, of three or more, of a pair


@dataclass(frozen=True)
class Frame:
    """An explorer at one setting: pictures as (title, file name), the curves' file, and words."""

    panels: list[tuple[str, str]]
    curves: str
    text: str
    alt: str


@dataclass(frozen=True)
class Recording:
    """All frames of one explorer, by the positions of its controls; or how it is computed."""

    cell: int
    labels: list[str]
    settings: list[list[str]]
    start: tuple[int, ...]
    frames: dict[tuple[int, ...], Frame]
    computed: dict | None = None


# Which cells an explorer needs ------------------------------------------------------------------


def names(source: str) -> tuple[set[str], set[str]]:
    """Names that a cell assigns or may change in place, and names that it reads.

    >>> sorted(names("from helpers import noise\\nseen[0] = noise.Gaussian(sigma)")[0])
    ['noise', 'seen']
    """
    made, read = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            made |= {name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)}
    return made, read


def needed_cells(notebook: NotebookNode, last: int) -> list[int]:
    """Return the indices of the code cells that cell `last` depends on, and `last` itself."""
    needed, wanted = [last], names(notebook.cells[last].source)[1]
    for index in reversed(range(last)):
        cell = notebook.cells[index]
        if cell.cell_type != "code":
            continue
        made, read = names(cell.source)
        if made & wanted:
            needed.append(index)
            wanted |= read
    return needed[::-1]


def explorer_cells(notebook: NotebookNode) -> list[int]:
    """Return the indices of the cells that show an explorer."""
    sources = [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells]
    return [index for index, source in enumerate(sources) if "widgets.explore(" in source]


def explorers(notebook: NotebookNode) -> Iterator[tuple[int, Explorer, AxesLabels]]:
    """Run what the explorers need, each cell once; yield each with its cell's index and axes."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    shown = explorer_cells(notebook)
    needed = sorted({index for last in shown for index in needed_cells(notebook, last)})
    for index in needed:
        made = mock.Mock()
        with (
            mock.patch.object(widgets, "explore", made),
            mock.patch.object(plotting, "publish"),
            redirect_stdout(io.StringIO()),
        ):
            source = notebook.cells[index].source
            exec(compile(source, f"cell {index}", "exec", dont_inherit=True), namespace)
        for call in made.call_args_list:
            axes = call.kwargs.get("axes", AxesLabels())
            yield index, widgets.explore(*call.args, **call.kwargs), axes


# Which settings ---------------------------------------------------------------------------------


def values(control: Control, count: int) -> list[object]:
    """Return at most `count` settings of a control from low to high; of choices, all."""
    widget = control.widget
    if hasattr(widget, "options"):
        return [value for _, value in widget._options_full]
    if isinstance(widget, ipywidgets.Checkbox):
        return [False, True]
    if isinstance(widget, ipywidgets.FloatLogSlider):
        return [float(x) for x in widget.base ** np.linspace(widget.min, widget.max, count)]
    steps = round((widget.max - widget.min) / widget.step)
    positions = np.unique(np.rint(np.linspace(0, steps, count)))
    kind = int if isinstance(widget.step, int) else float
    return [kind(widget.min + position * widget.step) for position in positions]


def settings(controls: Sequence[Control]) -> list[list[object]]:
    """Return the settings of each control, so few that the frames of two stay few.

    The value that a control begins with is one of them.
    """
    count = ALONE if len(controls) == 1 else IN_TURN
    if len(controls) == 2:
        choices = [len(values(c, 2)) for c in controls if hasattr(c.widget, "options")]
        count = max(TOGETHER // choices[0] if len(choices) == 1 else 6, 3)
    return with_start(controls, [values(control, count) for control in controls])


def every_setting(controls: Sequence[Control]) -> list[list[object]]:
    """Return all settings that the notebook's own controls have."""
    counts = [
        round((w.max - w.min) / w.step) + 1 if hasattr(w, "step") else 0
        for w in (control.widget for control in controls)
    ]
    return with_start(controls, [values(*each) for each in zip(controls, counts)])


def with_start(controls: Sequence[Control], grid: list[list[object]]) -> list[list[object]]:
    """Put the value that each control begins with in the place of the setting nearest to it."""
    for control, steps in zip(controls, grid):
        first = control.widget.value
        if first not in steps:
            nearest = min(range(len(steps)), key=lambda k: abs(steps[k] - first))
            steps[nearest] = first
    return grid


def combinations(sizes: Sequence[int], start: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the positions to draw: all of one or two controls; of more, one control at a time.

    >>> combinations([2, 2], [0, 0])
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    >>> combinations([2, 2, 2], [0, 0, 0])
    [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
    """
    everything = itertools.product(*map(range, sizes))
    if len(sizes) <= 2:
        return list(everything)
    return [at for at in everything if sum(a != s for a, s in zip(at, start)) <= 1]


# Drawing ----------------------------------------------------------------------------------------


def record(
    notebook: NotebookNode, folder: Path, computed: Mapping[int, Computed] | None = None
) -> list[Recording]:
    """Draw the frames of a notebook's explorers into `folder`, but for those that compute."""
    folder.mkdir(parents=True, exist_ok=True)
    computed = computed or {}
    return [
        hand_over(folder, *explorer, computed[place])
        if place in computed
        else draw(folder, *explorer)
        for place, explorer in enumerate(explorers(notebook))
    ]


def hand_over(
    folder: Path, cell: int, explorer: Explorer, axes: AxesLabels, how: Computed
) -> Recording:
    """Write down what the page needs to compute an explorer at every setting."""
    controls = list(explorer._controls.values())
    grid = every_setting(controls)
    names = explorer._render.__globals__
    read = {name: eval(expression, dict(names)) for name, expression in how.reads.items()}
    pictures = {n: write_picture(x, folder) for n, x in read.items() if isinstance(x, np.ndarray)}
    views = [view for _, view in explorer._settings]
    limits = widgets.explorer._limits(views, axes) if views[0].curves else {}
    return Recording(
        cell,
        *controls_of(explorer, grid),
        frames={},
        computed={
            "recipe": how.recipe,
            "options": dict(how.options),
            "pictures": pictures,
            "numbers": {name: x for name, x in read.items() if name not in pictures},
            "names": list(explorer._controls),
            "values": [[c.value(x) for x in steps] for c, steps in zip(controls, grid)],
            "axes": asdict(axes) | limits,
        },
    )


def controls_of(
    explorer: Explorer, grid: list[list[object]]
) -> tuple[list[str], list[list[str]], tuple[int, ...]]:
    """Return the labels of the controls, their settings in words, and where they start."""
    controls = explorer._controls
    return (
        [control.widget.description or key for key, control in controls.items()],
        [[spelled(c, value) for value in steps] for c, steps in zip(controls.values(), grid)],
        tuple(steps.index(c.widget.value) for c, steps in zip(controls.values(), grid)),
    )


def draw(folder: Path, cell: int, explorer: Explorer, axes: AxesLabels) -> Recording:
    """Draw the frames of one explorer."""
    keys, controls = list(explorer._controls), list(explorer._controls.values())
    grid = settings(controls)
    words = controls_of(explorer, grid)
    views = {}
    for at in combinations([len(steps) for steps in grid], words[-1]):
        setting = [c.value(steps[k]) for c, steps, k in zip(controls, grid, at)]
        views[at] = explorer._view_at(dict(zip(keys, setting)))
    canvas = CurveCanvas(axes, list(views.values()), **CURVES)
    drawn = {at: frame(view, canvas, folder, len(views)) for at, view in views.items()}
    return Recording(cell, *words, drawn)


def spelled(control: Control, value: object) -> str:
    """Return how a setting is written beside its slider."""
    if isinstance(value, float) and control.label is str:
        return f"{value:.3g}"
    return str(control.label(value))


def frame(view: View, canvas: CurveCanvas, folder: Path, count: int) -> Frame:
    """Write the pictures of one view among `count`."""
    panels = []
    for title, panel in view.panels.items():
        side = WHOLE if count <= FEW else SIDE if panel.ndim == 2 else COLOUR_SIDE
        square = panel if max(panel.shape[:2]) <= side else widgets.explorer._cut(panel, side)
        picture = plotting.side_by_side([("", square)])[plotting.HEAD :]
        panels.append((title, write(plotting.small_png(picture), folder)))
    curves = ""
    if view.curves:  # in 64 colours: a plot has few, and no noise that would be falsified
        plot, file = Image.fromarray(canvas.draw(view.curves)), io.BytesIO()
        plot.quantize(64).save(file, "PNG", optimize=True)
        curves = write(file.getvalue(), folder)
    return Frame(panels, curves, view.text, view.alt or view.text)


def write(picture: bytes, folder: Path) -> str:
    """Write a PNG under a name that its bytes give it, and return the name."""
    name = hashlib.sha256(picture).hexdigest()[:16] + ".png"
    (folder / name).write_bytes(picture)
    return name

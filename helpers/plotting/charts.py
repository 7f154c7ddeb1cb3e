"""Charts that the course draws again and again, each by one call.

Nothing is returned: a chart is displayed, and ends its cell. Whoever needs more begins with
`figures.figure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogFormatter, NullLocator

from helpers import checks
from helpers.gradients import BINS
from helpers.plotting.figures import COLOURS, DASHES, WIDTHS, figure, finish

Curve = tuple[Sequence[float], Sequence[float]]  # x and y
Interval = tuple[float, float, float]  # value, low and high end
LETTERS = 8  # points: of legends and ticks
JITTER = 0.25  # of a row: how far dots that would hide each other are moved apart
MARKERS = "osD^vXP"  # of kinds, and of intervals in one row
TIED = 0.5  # of a column: where so many are the best, none is framed
INK = 0.6  # of a map's range: on darker ground letters are white


def curves(
    panels: Mapping[str, Mapping[str, Curve]],
    *,
    xlabel: str,
    ylabel: str,
    alt: str,
    lines: Mapping[str, float] | None = None,
    marks: Mapping[str, float] | None = None,
    log: str = "",
    names: Sequence[str] | None = None,
    marker: str = "o",
    xlim: tuple[float | None, float | None] = (None, None),
    ylim: tuple[float | None, float | None] = (None, None),
    height: float = 3.2,
    columns: int | None = None,
    title: str = "",
    shared: bool = True,
) -> None:
    """Curves over a strength, a time, a size: a panel for each title.

    Parameters
    ----------
    panels : dict
        Title to a dictionary of label to ``(x, y)``. A label looks the same in all panels; the
        first is the reference, bold and black.
    xlabel, ylabel, alt : str
        With units.
    lines, marks : dict, optional
        Label to the height of a horizontal line, or to the place of a vertical one.
    log : str
        Which axes are logarithmic: "", "x", "y" or "xy". Values of x then are its ticks.
    names : sequence of str, optional
        Of x = 0, 1, 2 …, where x is a kind and no number: then no line joins the values.
    marker : str
        Of each value, "" for none.
    xlim, ylim : tuple
        Ends of the axes, None for those of the data.
    height : float
        Of a row of panels, in inches.
    columns : int, optional
        Panels in a row; all of them by default.
    title : str
        Over all panels.
    shared : bool
        False for quantities of several sizes: each panel has a y axis that fits its own.

    Raises
    ------
    ValueError
        Without panels or curves, for x and y of different lengths, and for another `log`.
    """
    checks.one_of(log, "log", ("", "x", "y", "xy"))
    panels = {name: _pairs(given, name) for name, given in _some(panels, "panels").items()}
    labels = list(dict.fromkeys(label for given in panels.values() for label in given))
    looks = {label: _look(k) for k, label in enumerate(labels)}
    if names is not None:
        looks = {label: look | {"linestyle": ""} for label, look in looks.items()}
    columns = min(len(panels), checks.whole(columns or len(panels), "columns", 1))
    rows = -(-len(panels) // columns)
    fig, axes = figure(columns, rows, width=min(9.5, 3.5 + 3 * columns), height=rows * height)
    drawn = axes[: len(panels)]
    for ax, (name, given) in zip(drawn, panels.items()):
        for label, (x, y) in given.items():
            shape = MARKERS[labels.index(label) % len(MARKERS)] if names is not None else marker
            ax.plot(x, y, label=label, marker=shape, markersize=4, **looks[label])
        ax.set_title(name, fontsize=10)
        ax.set(**{f"{axis}scale": "log" for axis in log})
        if "x" in log:
            ticks = np.unique(np.concatenate([x for x, _ in given.values()]))
            ax.set_xticks(ticks, [f"{one:g}" for one in ticks], fontsize=LETTERS)
            ax.xaxis.set_minor_locator(NullLocator())
        if names is not None:
            ax.set_xticks(range(len(names)), names, rotation=60, fontsize=LETTERS)
        _guide(ax, lines or {}, marks or {})
    ends = np.array([ax.get_ylim() for ax in drawn])
    for ax, own in zip(drawn, ends):
        ax.set(xlim=xlim, ylim=(ends[:, 0].min(), ends[:, 1].max()) if shared else own)
        ax.set_ylim(*ylim)  # None leaves an end as it is
        if "y" in log and ax.get_ylim()[0] >= 1 and ax.get_ylim()[1] <= 1e4:  # 20, not 2 × 10¹
            ax.yaxis.set_major_formatter(LogFormatter())
            ax.yaxis.set_minor_formatter(LogFormatter())
    for ax in drawn[::columns]:
        ax.set_ylabel(ylabel)
    for ax in drawn[-columns:]:  # below which no panel is
        ax.set_xlabel(xlabel)
    for ax in axes[len(panels) :]:
        ax.remove()
    if len(labels) > 1:
        lines_of = {line.get_label(): line for ax in drawn for line in ax.get_lines()}
        axes[0].legend([lines_of[one] for one in labels], labels, frameon=False, fontsize=LETTERS)
    if title:
        fig.suptitle(title, fontsize=11)
    finish(fig, alt)


def histograms(
    panels: Mapping[str, Mapping[str, np.ndarray]],
    *,
    alt: str,
    xlim: tuple[float, float] = (-255, 255),
    height: float = 2.8,
    columns: int | None = None,
    title: str = "",
) -> None:
    """Gradient histograms, (511,) probabilities, on a logarithmic axis: a panel for each title.

    Parameters
    ----------
    panels : dict
        Title to a dictionary of label to histogram.
    alt, xlim, height, columns, title
        As for `curves`.

    Raises
    ------
    ValueError
        As `curves`.
    """
    curves(
        {
            title: {label: (BINS, p) for label, p in _some(given, f"the panel {title!r}").items()}
            for title, given in _some(panels, "panels").items()
        },
        xlabel="gradient (gray levels)", ylabel="probability", alt=alt, log="y", marker="",
        xlim=xlim, ylim=(1e-5, 1), height=height, columns=columns, title=title,
    )  # fmt: skip


def intervals(
    rows: Mapping[str, Interval | Mapping[str, Interval]],
    *,
    xlabel: str,
    alt: str,
    zero: float | None = 0.0,
    title: str = "",
) -> None:
    """Values with their intervals, a row for each name, the first on top.

    Parameters
    ----------
    rows : dict
        Name to ``(value, low, high)``, or to a dictionary of such: one colour for each of its
        labels, told in a legend.
    xlabel, alt : str
        With units.
    zero : float, optional
        Where a vertical line says "no difference".
    title : str
        A sentence that says what is seen.

    Raises
    ------
    ValueError
        Without rows, and for what is no value between its ends.
    """
    groups = {
        name: given if isinstance(given, Mapping) else {"": given}
        for name, given in _some(rows, "rows").items()
    }
    labels = list(dict.fromkeys(label for given in groups.values() for label in given))
    fig, (ax,) = figure(width=7.5, height=0.8 + (0.16 + 0.18 * len(labels)) * len(groups))
    seen = {}  # a line with its marker for each label
    for row, (name, given) in enumerate(groups.items()):
        for label, interval in given.items():
            value, low, high = _interval(interval, f"{name} {label}".strip())
            k = labels.index(label)
            y = row + (k - (len(labels) - 1) / 2) * 0.6 / len(labels)
            look = {"color": COLOURS[k % len(COLOURS)], "linewidth": 1.6, "markersize": 5}
            look |= {"marker": MARKERS[k % len(MARKERS)], "markevery": [1]}
            seen[label] = ax.plot([low, value, high], [y] * 3, "-", **look)[0]
    _rows(ax, list(groups), xlabel, zero, title)
    if labels != [""]:
        place = {"loc": "outside lower center", "ncols": len(labels)}  # no label crosses a row
        fig.legend([seen[k] for k in labels], labels, frameon=False, fontsize=LETTERS, **place)
    finish(fig, alt)


def dots(
    rows: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    alt: str,
    zero: float | None = None,
    title: str = "",
) -> None:
    """All values of each name as dots in a row, with their median as a bar.

    Parameters
    ----------
    rows : dict
        Name to values, one for each picture or case.
    xlabel, alt : str
        With units.
    zero : float, optional
        Where a vertical line is drawn.
    title : str
        A sentence that says what is seen.

    Raises
    ------
    ValueError
        Without rows, or for a row without numbers.
    """
    values = {name: _numbers(given, name) for name, given in _some(rows, "rows").items()}
    fig, (ax,) = figure(width=7.5, height=0.8 + 0.36 * len(values))
    for row, given in enumerate(values.values()):
        look = {"color": COLOURS[0], "markersize": 20, "markeredgewidth": 2}
        ax.plot(np.median(given), row, "|", **look)
        apart = JITTER * (np.arange(len(given)) % 11 - 5) / 5
        ax.plot(given, row + apart, ".", color=COLOURS[2], markersize=5)
    _rows(ax, list(values), xlabel, zero, title)
    finish(fig, alt)


def gains(
    table: pd.DataFrame,
    *,
    title: str,
    alt: str,
    below: Sequence[str] | None = None,
    digits: int = 1,
    limit: float | None = None,
    signed: bool = True,
) -> None:
    """A map of gains, a row for each method and a column for each noise; the best is framed.

    Parameters
    ----------
    table : pandas.DataFrame
        Numbers; NaN stays empty.
    title, alt : str
        With units.
    below : sequence of str, optional
        A second line under the name of each column, such as the noisy input's PSNR.
    digits : int
        Behind the decimal point, 0 to 6.
    limit : float, optional
        Gains beyond have the darkest colour; by default the largest there is.
    signed : bool
        False for shares and other values of one sign, from white at 0 to black at `limit`.

    Raises
    ------
    ValueError
        For what is no table of numbers, and when `below` does not fit it.
    """
    values = _table(table)
    below = [""] * values.shape[1] if below is None else list(below)
    if len(below) != values.shape[1]:
        raise checks.refusal("below", f"{values.shape[1]} texts, one for each column", below)
    digits = checks.whole(digits, "digits", 0, 6)
    limit = np.nanmax(np.abs(values)) or 1 if limit is None else limit
    limit = checks.number(limit, "limit", above=0)
    fig, (ax,) = figure(
        width=min(9.5, 2.5 + 0.85 * values.shape[1]), height=1 + 0.33 * len(values)
    )
    colours = {"cmap": "PuOr_r", "vmin": -limit} if signed else {"cmap": "gray_r", "vmin": 0}
    ax.imshow(values, vmax=limit, aspect="auto", **colours)
    best = np.nanmax(np.where(np.isnan(values), -np.inf, values), axis=0)
    for (i, j), gain in np.ndenumerate(values):
        if np.isnan(gain):
            continue
        text = f"{round(gain, digits) + 0:{'+' if signed else ''}.{digits}f}"
        ink = "white" if abs(gain) > INK * limit else "black"
        first = gain == best[j] and (values[:, j] == gain).sum() < TIED * len(values)
        weight = "bold" if first else "normal"
        ax.text(j, i, text, ha="center", va="center", fontsize=9, color=ink, weight=weight)
        if first:
            frame = {"fill": False, "linewidth": 2, "edgecolor": ink}
            ax.add_patch(Rectangle((j - 0.47, i - 0.45), 0.94, 0.9, **frame))
    names = [f"{name}\n{line}".strip() for name, line in zip(table.columns, below)]
    ax.set_xticks(range(values.shape[1]), names, fontsize=LETTERS)
    ax.set_yticks(range(len(values)), map(str, table.index), fontsize=LETTERS)
    ax.set_title(title, fontsize=10)
    ax.grid(visible=False)
    finish(fig, alt)


# ---- what they share ------------------------------------------------------------------------


def _look(k: int) -> dict:
    """Of the k-th label."""
    k %= len(COLOURS)
    return {"color": COLOURS[k], "linestyle": DASHES[k], "linewidth": WIDTHS[k]}


def _guide(ax: Axes, lines: Mapping[str, float], marks: Mapping[str, float]) -> None:
    """Gray lines with their names, across the axes and up."""
    for name, y in lines.items():
        ax.axhline(y, color="gray", linewidth=0.8)
        at = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
        ax.annotate(name, (1, y), (-2, 2), ha="right", fontsize=LETTERS, color="dimgray", **at)
    for name, x in marks.items():
        ax.axvline(x, color="gray", linewidth=0.8)
        at = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points"}
        ax.annotate(name, (x, 1), (3, -8), fontsize=LETTERS, color="dimgray", **at)


def _rows(ax: Axes, names: Sequence[str], xlabel: str, zero: float | None, title: str) -> None:
    """Names beside the rows, the first on top."""
    if zero is not None:
        ax.axvline(zero, color="gray", linewidth=0.8)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.set(xlabel=xlabel, ylim=(len(names) - 0.4, -0.6))
    ax.set_title(title, fontsize=10)


def _some(given: object, name: str) -> Mapping:
    if not isinstance(given, Mapping) or not given:
        raise checks.refusal(name, "a dictionary that names one or more", given)
    return given


def _numbers(given: object, name: str) -> np.ndarray:
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 1 or not len(values):
        raise checks.refusal(f"{name!r}", "one or more numbers in a row", given)
    return values


def _pairs(given: object, title: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    pairs = {}
    for label, pair in _some(given, f"the panel {title!r}").items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise checks.refusal(f"the curve {label!r}", "a pair (x, y)", pair)
        x, y = (_numbers(one, label) for one in pair)
        if len(x) != len(y):
            raise ValueError(f"the curve {label!r} has {len(x)} values of x and {len(y)} of y")
        pairs[label] = x, y
    return pairs


def _interval(given: object, name: str) -> np.ndarray:
    ends = _numbers(given, name)
    if len(ends) != 3 or not ends[1] <= ends[0] <= ends[2]:
        raise checks.refusal(f"{name!r}", "(value, low, high) with low ≤ value ≤ high", given)
    return ends


def _table(given: object) -> np.ndarray:
    if not isinstance(given, pd.DataFrame) or not given.size:
        raise checks.refusal("table", "a pandas.DataFrame with rows and columns", given)
    try:
        values = given.to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise checks.refusal("table", "a pandas.DataFrame of numbers", given) from None
    if np.isnan(values).all():
        raise checks.refusal("table", "a pandas.DataFrame of numbers", given)
    return values

"""Figures with axes: the course's style, colours that everybody can tell apart, and alt text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from helpers import checks
from helpers.gradients import BINS
from helpers.plotting.pictures import publish, small_png

# Okabe and Ito (2008): told apart with any of the common colour-vision deficiencies.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
DPI = 100
WIDTHS = (2.0, *[1.2] * 6)  # the first is the reference, drawn bold
_SHADES = np.rint(np.rint(np.linspace(0, 32, 256)) * (255 / 32)).astype(np.uint8)
MOST_AXES, MOST_INCHES = 50, 100  # of a figure; matplotlib draws what is asked until memory ends
MARGIN = 3  # pixels between a title and the border


def figure(
    columns: int = 1, rows: int = 1, width: float = 7.5, height: float = 3.0
) -> tuple[Figure, np.ndarray]:
    """Start a figure in the style of the course.

    Parameters
    ----------
    columns, rows : int
        Grid of axes.
    width, height : float
        Of the whole figure, in inches of 100 pixels.

    Returns
    -------
    (Figure, numpy.ndarray)
        The axes are a flat array, row by row.

    Raises
    ------
    ValueError
        For a grid beyond 50×50, and a figure larger than 100×100 inches.
    """
    columns = checks.whole(columns, "columns", 1, MOST_AXES)
    rows = checks.whole(rows, "rows", 1, MOST_AXES)
    width = checks.number(width, "width", high=MOST_INCHES, above=0)
    height = checks.number(height, "height", high=MOST_INCHES, above=0)
    fig = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    axes = np.atleast_1d(fig.subplots(rows, columns)).ravel()
    for ax in axes:
        ax.set_prop_cycle(color=COLOURS, linestyle=DASHES, linewidth=WIDTHS)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25, linewidth=0.6)
    return fig, axes


def finish(fig: Figure, alt: str) -> None:
    """Display a figure with its alternative text (see `publish`).

    Lines and letters are drawn in 33 shades of each colour, which halves the file; a figure that
    shows pixels keeps all of them.
    """
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    if keep_titles_inside(fig):
        canvas.draw()
    levels = np.asarray(canvas.buffer_rgba())[..., :3]  # (H, W, 3) uint8
    shows_pixels = any(ax.images or ax.collections for ax in fig.axes)
    publish(small_png(levels if shows_pixels else _SHADES[levels]), alt, not shows_pixels)


def keep_titles_inside(fig: Figure) -> bool:
    """Move titles that leave a drawn figure back into it; whether there was any.

    A title stands above the middle of its axes, which long names beside them push to the right.
    """
    moved = False
    for ax in fig.axes:
        box, room = ax.title.get_window_extent(), fig.bbox.width - MARGIN
        shift = max(min(0, room - box.x1), MARGIN - box.x0)  # too wide: its beginning stays
        if shift:
            ax.title.set_x(ax.title.get_position()[0] + shift / ax.bbox.width)
            moved = True
    return moved


def plot_gradients(ax: Axes, histograms: Mapping[str, np.ndarray], log: bool = False) -> None:
    """Draw gradient histograms, each (511,) probabilities, on one pair of axes.

    The first is the reference, bold and black.
    """
    for label, p in histograms.items():
        ax.plot(BINS, p, label=label)
    ax.set(xlabel="gradient (gray levels)", ylabel="probability", xlim=(-258, 258))
    if log:
        ax.set_yscale("log")
    ax.legend(loc="upper right", frameon=False, fontsize=8)  # one place while a slider moves


def plot_training(
    ax: Axes, histories: Mapping[str, tuple[Sequence[int], Sequence[float]]]
) -> None:
    """Draw how trainings went: steps done, and PSNR on the validation pictures in dB."""
    for label, (steps, psnr) in histories.items():
        ax.plot(steps, psnr, label=label)
    ax.set(xlabel="training steps", ylabel="PSNR on validation pictures (dB)")
    ax.legend(frameon=False, fontsize=8)

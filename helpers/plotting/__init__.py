"""Static figures: `pictures` as they are, `figures` with axes, and `charts`, drawn by one call.

Each one is displayed with the alternative text that a screen reader speaks.
"""

from helpers.plotting.charts import curves, dots, gains, histograms, intervals
from helpers.plotting.figures import (
    COLOURS,
    DASHES,
    DPI,
    WIDTHS,
    figure,
    finish,
    plot_gradients,
    plot_training,
)
from helpers.plotting.pictures import (
    GAP,
    HEAD,
    LARGEST,
    as_colour,
    heading,
    png,
    publish,
    show,
    side_by_side,
    small_png,
    stack,
)

__all__ = [
    "COLOURS",
    "DASHES",
    "DPI",
    "GAP",
    "HEAD",
    "LARGEST",
    "WIDTHS",
    "as_colour",
    "curves",
    "dots",
    "figure",
    "finish",
    "gains",
    "heading",
    "histograms",
    "intervals",
    "plot_gradients",
    "plot_training",
    "png",
    "publish",
    "show",
    "side_by_side",
    "small_png",
    "stack",
]

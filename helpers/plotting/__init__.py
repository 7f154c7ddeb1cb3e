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
    LOUPE,
    Held,
    as_colour,
    enlarged,
    heading,
    hold,
    levels_at,
    loupe_side,
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
    "LOUPE",
    "WIDTHS",
    "Held",
    "as_colour",
    "curves",
    "dots",
    "enlarged",
    "figure",
    "finish",
    "gains",
    "heading",
    "histograms",
    "hold",
    "intervals",
    "levels_at",
    "loupe_side",
    "plot_gradients",
    "plot_training",
    "png",
    "publish",
    "show",
    "side_by_side",
    "small_png",
    "stack",
]

"""Interactive figures, each with a picture that stays where no kernel runs.

`explorer` is a figure with sliders; `own` goes from the reader's file to a restored one.
"""

from helpers.widgets.explorer import AxesLabels, Control, CurveCanvas, Explorer, View, explore
from helpers.widgets.own import OwnPicture, own_picture

__all__ = [
    "AxesLabels",
    "Control",
    "CurveCanvas",
    "Explorer",
    "OwnPicture",
    "View",
    "explore",
    "own_picture",
]

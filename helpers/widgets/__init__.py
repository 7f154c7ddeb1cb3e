"""Interactive figures, each with a picture that stays where no kernel runs.

`explorer` is a figure with sliders and a loupe; `running` lets the reader choose the picture that
explorers show; `own` goes from the reader's file to a restored one; `prediction` asks before the
truth is shown (`answers`: a choice, a number; `sketch`: a curve), and `calibration` counts how
often the reader was right, and how sure; `duel` lets the eye vote.
"""

from helpers.widgets.calibration import Commitment, Record, record
from helpers.widgets.duel import Duel, duel
from helpers.widgets.explorer import (
    AxesLabels,
    Control,
    CurveCanvas,
    Explorer,
    Loupe,
    View,
    explore,
)
from helpers.widgets.own import OwnPicture, own_picture
from helpers.widgets.prediction import Prediction, predict
from helpers.widgets.running import RunningPicture, running_picture
from helpers.widgets.sketch import Sketch

__all__ = [
    "AxesLabels",
    "Commitment",
    "Control",
    "CurveCanvas",
    "Duel",
    "Explorer",
    "Loupe",
    "OwnPicture",
    "Prediction",
    "Record",
    "RunningPicture",
    "Sketch",
    "View",
    "duel",
    "explore",
    "own_picture",
    "predict",
    "record",
    "running_picture",
]

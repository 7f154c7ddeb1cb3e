"""Training: patches with fresh noise, one loop, checkpoints, and the recipe of each weight.

>>> from helpers.training import Strengths, train
"""

from helpers.training.joint import JointLoss, train_cascade
from helpers.training.loop import History, Settings, train
from helpers.training.low_light import train_low_light
from helpers.training.patches import Patches, Strengths

__all__ = [
    "History",
    "JointLoss",
    "Patches",
    "Settings",
    "Strengths",
    "train",
    "train_cascade",
    "train_low_light",
]

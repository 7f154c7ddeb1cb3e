"""Training: patches with fresh noise, one loop, checkpoints, and the recipe of each weight.

>>> from helpers.training import RandomParameters, train
"""

from helpers.training.cascade import JointLoss, train_cascade
from helpers.training.denoising import train
from helpers.training.loop import History, Settings
from helpers.training.low_light import train_low_light
from helpers.training.patches import Patches, RandomParameters

__all__ = [
    "History",
    "JointLoss",
    "Patches",
    "RandomParameters",
    "Settings",
    "train",
    "train_cascade",
    "train_low_light",
]

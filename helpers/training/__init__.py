"""Training: patches with fresh noise, one loop, checkpoints, and the recipe of each weight.

`supervision` says what a network is to hit, with clean pictures or without any.

>>> from helpers.training import RandomParameters, train
"""

from helpers.training.blind_spot import BlindSpot
from helpers.training.cascade import JointLoss, train_cascade
from helpers.training.denoising import train
from helpers.training.loop import History, Settings
from helpers.training.low_light import train_low_light
from helpers.training.patches import Patches, RandomParameters
from helpers.training.supervision import SUPERVISIONS, SURE, Noise2Void, Supervision
from helpers.training.zero_shot import zero_shot

__all__ = [
    "SUPERVISIONS",
    "SURE",
    "BlindSpot",
    "History",
    "JointLoss",
    "Noise2Void",
    "Patches",
    "RandomParameters",
    "Settings",
    "Supervision",
    "train",
    "train_cascade",
    "train_low_light",
    "zero_shot",
]

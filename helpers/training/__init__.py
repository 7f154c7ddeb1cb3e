"""Training: patches with fresh noise, one loop, checkpoints, and the recipe of each weight.

>>> from helpers.training import Strengths, train
"""

from helpers.training.loop import History, Settings, train
from helpers.training.patches import Patches, Strengths

__all__ = ["History", "Patches", "Settings", "Strengths", "train"]

"""Training losses: ``LOSSES[name](**options)`` builds one; ``loss(restored, reference)`` scores.

>>> import torch
>>> loss = LOSSES["l1"]()
>>> float(loss(torch.full((1, 1, 2, 2), 0.5), torch.full((1, 1, 2, 2), 0.25)))
0.25

`LowLight` is not among them: it needs no reference, and takes (enhanced, dark, curves).
"""

from helpers.losses.base import LOSSES, Loss
from helpers.losses.gradients import DEG, GradientL1
from helpers.losses.low_light import LowLight
from helpers.losses.mdf import MDF, Discriminator
from helpers.losses.pixelwise import L1, L2, Charbonnier
from helpers.losses.structure import MSSSIM, MSSSIML1, SSIM
from helpers.losses.texture import Texture

__all__ = [
    "DEG",
    "L1",
    "L2",
    "LOSSES",
    "MDF",
    "MSSSIM",
    "MSSSIML1",
    "SSIM",
    "Charbonnier",
    "Discriminator",
    "GradientL1",
    "Loss",
    "LowLight",
    "Texture",
]

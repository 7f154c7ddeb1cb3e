"""Scores that compare an image with its reference, and the protocol of every table.

`scores` holds the metrics, `protocol` how tables apply them, `evidence` what else there is to
ask: is what was removed noise, and is one method really better than another? `texture` tells
detail that is kept from noise that is left; `sure` tells the error without any reference, where
the noise is known.

>>> from helpers import images, noise
>>> reference = images.load("camera", size=256)
>>> noisy = noise.Gaussian(25/255)(reference, rng=0)
>>> round(score(reference, noisy)["psnr"], 2)  # clipped to [0, 1] and rounded first
20.73
"""

from helpers.metrics.detail import Kept, texture
from helpers.metrics.evidence import mean_interval, paired_interval, residual_whiteness
from helpers.metrics.protocol import PROTOCOL, eight_bits, regions, score, score_by_region
from helpers.metrics.scores import (
    METRICS,
    deg,
    ms_ssim,
    mse,
    psnr,
    psnr_after_gain_and_offset,
    ssim,
    ssim_map,
)
from helpers.metrics.sure import sure

__all__ = [
    "METRICS",
    "PROTOCOL",
    "Kept",
    "deg",
    "eight_bits",
    "mean_interval",
    "ms_ssim",
    "mse",
    "paired_interval",
    "psnr",
    "psnr_after_gain_and_offset",
    "regions",
    "residual_whiteness",
    "score",
    "score_by_region",
    "ssim",
    "ssim_map",
    "sure",
    "texture",
]

"""Classical filters: noise removal without learning, each behind the same call.

``denoise(noisy, sigma=None) -> restored`` is what a filter and a trained network have in common.
A filter's free parameters follow from σ by rules, declared beside it, that were tuned on
training pictures (``python -m tools.measure.tune_filters``), never on the pictures of the tables.

`base` says what a filter is, `local` holds those that look at a small window around each
pixel, `wide` those that look further.

>>> from helpers import images, metrics, noise
>>> reference = images.load("camera", size=256)
>>> noisy = noise.Gaussian(25/255)(reference, rng=0)
>>> gained = [metrics.psnr(reference, FILTERS[name](noisy, 25/255)) for name in ("mean", "tv")]
>>> gained[0] < gained[1]
True
"""

from helpers.filters.base import FILTERS, denoiser, odd
from helpers.filters.local import (
    adaptive_median,
    bilateral,
    gaussian,
    lee,
    mean,
    median,
    wiener,
)
from helpers.filters.wide import bm3d, nlm, tv, wavelet
from helpers.parameters import Setting, setting

__all__ = [
    "FILTERS",
    "Setting",
    "adaptive_median",
    "bilateral",
    "bm3d",
    "denoiser",
    "gaussian",
    "lee",
    "mean",
    "median",
    "nlm",
    "odd",
    "setting",
    "tv",
    "wavelet",
    "wiener",
]

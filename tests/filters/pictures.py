"""What the tests of filters share: a noise, and what is left of it."""

from __future__ import annotations

import numpy as np

from helpers import metrics

SIGMA = 25 / 255


def psnr(reference: np.ndarray, restored: np.ndarray) -> float:
    return metrics.score(reference, restored, ["psnr"])["psnr"]

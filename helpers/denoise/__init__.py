"""A noise model for any denoiser; a noisy picture, from file to file.

`stabilising` makes the variance of a model's noise constant, `simulating` shows what no formula
tells, `impulses` finds and fills black and white ones; `telling` puts them around any denoiser.
"""

from helpers.denoise.stabilising import INVERSES, Stabiliser
from helpers.denoise.telling import Told, told

__all__ = ["INVERSES", "Stabiliser", "Told", "told"]

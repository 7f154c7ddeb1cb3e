"""A noise model for any denoiser; a noisy picture, from file to file.

`stabilising` makes the variance of a model's noise constant, `simulating` shows what no formula
tells, `impulses` finds and fills black and white pixels; `telling` puts them around any denoiser.
`estimating` says what a denoiser is to be told where nobody knows, and `restoring` takes a noisy
picture through all of it.
"""

from helpers.denoise.estimating import Estimate, estimate
from helpers.denoise.restoring import Restored, denoise
from helpers.denoise.stabilising import INVERSES, Stabiliser
from helpers.denoise.telling import Told, told

__all__ = ["INVERSES", "Estimate", "Restored", "Stabiliser", "Told", "denoise", "estimate", "told"]

"""What a denoiser shall be told, from one noisy picture alone.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> found = estimate(noisy)
>>> found.correlated, found.noiseless, abs(found.noise.sigma * 255 - 25) < 1
(False, False, True)
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np

from helpers.estimation import blind_fit, blind_sigma, grain
from helpers.estimation.grain import Grain
from helpers.images import as_image
from helpers.noise import Gaussian, NoiseModel

NOISELESS = 0.3 / 255  # about what rounding to 8 bits leaves
DOUBTFUL = (
    "it may be that the noise of neighbours goes together, or that texture looks so: only white "
    "noise was told"
)


@dataclass(frozen=True)
class Estimate:
    """What was found in a picture.

    Attributes
    ----------
    noise : NoiseModel, Grain or None
        What to tell a denoiser; None where there is no noise.
    correlated : bool
        Noise of neighbours goes together: tell its strength as it is measured after the transform.
    interval : dict
        90 % interval of each parameter that has one.
    certain : bool
        Whether nothing speaks against it.
    warnings : tuple of str
        What does.
    """

    noise: NoiseModel | Grain | None
    correlated: bool = False
    interval: dict[str, tuple[float, float]] = field(default_factory=dict)
    certain: bool = True
    warnings: tuple[str, ...] = ()

    @property
    def noiseless(self) -> bool:
        """Whether nothing is to be done."""
        return self.noise is None


def estimate(noisy: np.ndarray) -> Estimate:
    """Estimate the noise of a picture, to tell a denoiser.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 16×16.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        For what is no image, or is smaller.
    """
    image = as_image(noisy, clipped=False)
    if np.ptp(image) == 0:
        return Estimate(None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if min(image.shape[:2]) < 64:
            sigma = blind_sigma(image)
            return Estimate(Gaussian(min(sigma, 1)) if sigma > NOISELESS else None)
        try:
            measured = grain(image)
            fit = blind_fit(image)
            interval = fit.interval
        except ValueError as error:
            return Estimate(None, certain=False, warnings=(str(error),))
    if measured.correlated and measured.certain:
        return Estimate(measured, certain=True)
    strength = float(np.sqrt(fit.model.variance(np.array(0.5))))
    if strength < NOISELESS:
        return Estimate(None)
    cautions = (DOUBTFUL,) if measured.correlated else ()
    return Estimate(fit.model, False, interval, not cautions, cautions)

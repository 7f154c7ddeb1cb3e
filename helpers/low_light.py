"""Too little light: a scene photographed in the dark, and how to brighten it without learning.

A file holds light^(1/2.2), so a camera that gets a share of the light stores the whole scene
times one number, and noise that the dark parts can hardly carry.

>>> scene = np.full((64, 64, 3), 0.5, np.float32)
>>> dark = underexpose(scene, light=0.1, rng=0)
>>> bool(abs(dark.mean() - 0.5 * dimming(0.1)) < 0.01)
True
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import checks
from helpers.images import Seed, as_image, to_gray
from helpers.noise import PoissonGaussian, Quantize
from helpers.registry import Registry

GAMMA = 2.2  # of sRGB, nearly
MIDDLE = 0.5  # mean gray of a picture that is exposed as usual
LEVELS = 256  # of a file of 8 bits

Brightener = Callable[[np.ndarray], np.ndarray]
BRIGHTENERS: Registry[Brightener] = Registry("brightener")


def dimming(light: float) -> float:
    """What a file is multiplied by when the scene gets a share of the light.

    Parameters
    ----------
    light : float
        The share, above 0 and up to 1.

    Raises
    ------
    ValueError
        For another share.

    Examples
    --------
    >>> round(dimming(0.1), 2)  # a tenth of the light is a third of the gray level
    0.35
    """
    if not (checks.is_number(light) and 0 < light <= 1):
        raise checks.refusal("light", "a share above 0 and up to 1", light)
    return light ** (1 / GAMMA)


def underexpose(
    scene: np.ndarray, light: float, rng: Seed, gain: float = 0.001, sigma: float = 0.5 / 255
) -> np.ndarray:
    """The file of a camera that got a share of the light, noise and all.

    The steps of a camera without mosaic and JPEG: light, photons and read noise, clipping,
    gamma, 8 bits.

    Parameters
    ----------
    scene : ndarray
        (H, W) or (H, W, 3) in [0, 1]: the file of a camera that had light enough.
    light : float
        Share of that light, above 0 and up to 1.
    rng : int or numpy.random.Generator
    gain, sigma : float
        Of the sensor: the variance is gain·light + sigma², 1 is the light of white at full
        exposure. Gain 0.001 are 1000 photons there.

    Returns
    -------
    ndarray
        float32 in [0, 1], of the shape of `scene`, on 256 levels.

    Raises
    ------
    ValueError
        For what is no image, another share, and a gain or sigma that no sensor has.
    """
    arrived = (dimming(light) * as_image(scene)) ** GAMMA
    counted = PoissonGaussian(gain, sigma)(arrived, rng, clip=True)
    return Quantize(LEVELS)(counted ** (1 / GAMMA), rng)


# ---- without learning ------------------------------------------------------------------------


@BRIGHTENERS.register
def gamma(dark: np.ndarray, exponent: float = GAMMA) -> np.ndarray:
    """One curve for all: x^(1/2.2), on top of what the camera did.

    Parameters
    ----------
    dark : ndarray
        (H, W) or (H, W, 3) in [0, 1].
    exponent : float
        Above 1 brightens.

    Returns
    -------
    ndarray
        float32 in [0, 1].

    Raises
    ------
    ValueError
        For what is no image, and an exponent of 0 or less.
    """
    if not (checks.is_number(exponent) and exponent > 0):
        raise checks.refusal("exponent", "above 0", exponent)
    return as_image(dark) ** np.float32(1 / exponent)


@BRIGHTENERS.register
def equalise(dark: np.ndarray) -> np.ndarray:
    """Histogram equalisation of each channel: a gray level becomes the share of pixels below.

    Parameters and result as for `gamma`; a picture of one level stays as it is.
    """
    image = as_image(dark)
    planes = np.atleast_3d(image)
    equal = planes.copy()
    for c in range(planes.shape[-1]):
        levels = np.rint(planes[..., c] * (LEVELS - 1)).astype(int)
        share = np.cumsum(np.bincount(levels.ravel(), minlength=LEVELS)) / levels.size
        darkest = share[levels.min()]
        if darkest < 1:
            equal[..., c] = (share[levels] - darkest) / (1 - darkest)
    return equal.reshape(image.shape)


@BRIGHTENERS.register
def more_light(dark: np.ndarray, mean: float = MIDDLE) -> np.ndarray:
    """Multiply the light, white at most, until the mean gray level is 0.5.

    Parameters, result and errors else as for `gamma`.

    Parameters
    ----------
    mean : float
        Gray level to reach, between 0 and 1. A brighter picture stays as it is, a black one
        stays black.
    """
    if not (checks.is_number(mean) and 0 < mean < 1):
        raise checks.refusal("mean", "a gray level between 0 and 1", mean)
    image = as_image(dark)
    low, high = 1.0, float(LEVELS)  # factors of the file; the light's is the power GAMMA
    for _ in range(20):  # halvings of the range of 256: the factor is found to 5e-6
        factor = (low * high) ** 0.5
        bright = np.minimum(image * factor, 1)
        if to_gray(bright).mean() < mean:
            low = factor
        else:
            high = factor
    return np.minimum(image * np.float32(low), 1)

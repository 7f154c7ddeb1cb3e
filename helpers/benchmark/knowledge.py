"""What a method is told of the noise: methods are compared among those that know the same.

A member of `KNOWLEDGE` makes, of a denoiser and a draw of noise, what is called with the noisy
picture. Its first sentence is what tables say of it.

>>> from helpers import filters, images, metrics, noise
>>> reference, model = images.load("camera", size=96), noise.Poisson(20)
>>> draw = Draw(b"a", model, model(reference, rng=0), model.rms(reference))
>>> told_the_model, told_its_rms = (
...     metrics.psnr(reference, tell(filters.bm3d, draw)(draw.noisy, None))
...     for tell in (told, strength)
... )
>>> told_the_model > told_its_rms + 0.5
True
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from helpers.denoise import telling
from helpers.denoise.estimating import Estimate, estimate
from helpers.denoise.restoring import from_estimate
from helpers.denoiser import Denoiser
from helpers.noise.base import NoiseModel
from helpers.registry import Registry


@dataclass(frozen=True, eq=False)
class Draw:
    """One noisy picture, and the truth about its noise.

    Attributes
    ----------
    digest : bytes
        Its name: two draws of one name are the same.
    model : NoiseModel
        What it was drawn from.
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), unclipped.
    rms : float or None
        Of the noise, in image units; None for blurs, which are no noise.
    """

    digest: bytes
    model: NoiseModel
    noisy: np.ndarray = field(repr=False)
    rms: float | None


Tell = Callable[[Denoiser, Draw], Denoiser]
KNOWLEDGE: Registry[Tell] = Registry("column of knowledge")
MOST = 10_000  # estimates that are remembered, each a few numbers
_FOUND: dict[bytes, Estimate] = {}  # what was found in a draw: all methods are told the same


@KNOWLEDGE.register
def told(denoise: Denoiser, draw: Draw) -> Denoiser:
    """The true noise model.

    Of white Gaussian noise that is the denoiser at the true σ; of blurs nothing is told.
    """
    return denoise if draw.rms is None else telling.told(denoise, draw.model)


@KNOWLEDGE.register
def strength(denoise: Denoiser, draw: Draw) -> Denoiser:
    """The true RMS of the noise, one σ for all of the picture."""
    return lambda noisy, sigma: denoise(noisy, draw.rms)


@KNOWLEDGE.register
def estimated(denoise: Denoiser, draw: Draw) -> Denoiser:
    """What was estimated from the noisy picture alone."""
    return from_estimate(denoise, found_in(draw))


@KNOWLEDGE.register
def nothing(denoise: Denoiser, draw: Draw) -> Denoiser:
    """Nothing at all.

    A filter without a σ estimates one itself, of white noise.
    """
    return denoise


def found_in(draw: Draw) -> Estimate:
    """The estimate of a draw, made once."""
    digest = hashlib.blake2b(draw.noisy.tobytes(), digest_size=16).digest()
    if digest not in _FOUND:
        if len(_FOUND) >= MOST:
            _FOUND.clear()
        _FOUND[digest] = estimate(draw.noisy)
    return _FOUND[digest]


def heading(knows: str) -> str:
    """What a table says above a column of knowledge.

    Examples
    --------
    >>> heading("told")
    'The true noise model.'
    """
    return KNOWLEDGE[knows].__doc__.split("\n")[0]

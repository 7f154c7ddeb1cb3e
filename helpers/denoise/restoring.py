"""One noisy picture, nothing else known: estimate, choose, tell, restore, look at what went.

>>> from helpers import images, metrics, noise
>>> reference = images.load("camera", size=128)
>>> noisy = noise.PoissonGaussian(0.02, 5/255)(reference, rng=0, clip=True)
>>> restored = denoise(noisy)
>>> metrics.psnr(reference, restored.image) > metrics.psnr(reference, noisy) + 5
True
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

from helpers import checks
from helpers.denoise import impulses
from helpers.denoise.estimating import Estimate, estimate
from helpers.denoise.telling import MEASURED, Noise, parts_of, told
from helpers.denoise.trusting import trusted
from helpers.denoiser import Denoiser
from helpers.estimation.grain import Grain
from helpers.estimation.patches import constant
from helpers.filters import FILTERS
from helpers.images import as_image
from helpers.networks import load, weights
from helpers.noise import NoiseModel

TURNS = {"auto": 1, "best": 8}  # methods that choose the network themselves, gray or colour
# What was removed is looked at in blocks. A denoiser that is told the truth removes *less* where
# the picture is rich, since it is unsure there, and what it removes goes together less than noise:
# on 17 pictures of BSDS500 train under five noises at most 1.0 times and −0.03, with drunet and
# BM3D. Told twice the noise they have 1.1 to 1.3 times and up to 0.14; a Gaussian blur 1.3 to 2.1.
BLOCK, FEWEST = 16, 40  # pixels a side, and how many blocks have a say
CORRELATED, TEXTURED = 0.05, 1.1


@dataclass(frozen=True, eq=False)
class Restored:
    """What `denoise` gives.

    Attributes
    ----------
    image : numpy.ndarray
        float32 in [0, 1], of the shape of the noisy picture.
    model : NoiseModel, Grain or None
        The noise that the denoiser was told; None where none was found.
    interval : dict
        90 % interval of each estimated parameter; empty where the noise was told.
    method : str
        Which denoiser, how it was told.
    warnings : tuple of str
        Why the result, or the estimate, is to be looked at with care; empty if nothing speaks
        against it.
    """

    image: np.ndarray = field(repr=False)
    model: Noise | None
    interval: dict[str, tuple[float, float]]
    method: str
    warnings: tuple[str, ...] = ()


def denoise(
    noisy: np.ndarray,
    noise: Noise | None = None,
    method: str | Denoiser = "auto",
    strength: float = 1.0,
) -> Restored:
    """Restore one noisy picture.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3) in image units, at least 16×16 where the noise is to be estimated.
        Three equal channels, as scanners export, are restored as the gray picture that they are,
        by "auto", "best" and the filters.
    noise : NoiseModel, Grain or float, optional
        What the noise is known to be; estimated from the picture if not given.
    method : str or callable
        "auto": the network that can be told, for gray or for colour; "best": the same on all
        eight turns and flips, eight times slower; a key of `filters.FILTERS`, such as "bm3d"; one
        of `networks.weights.available`; or a denoiser of your own.
    strength : float
        How much of the noise is told, 0 to 10: below 1 leaves some, above 1 takes more. Up to 1,
        a camera's grain is taken as far as it explains what the denoiser takes (`trusting`).

    Returns
    -------
    Restored
        A picture without noise comes back as it was.

    Raises
    ------
    ValueError
        For what is no image, noise or method, a picture too small to estimate its noise, and a
        method that does not know gray, or colour.
    """
    image = as_image(noisy, clipped=False)
    strength = checks.number(strength, "strength", 0, 10)
    if image.ndim == 3 and _of_either(method) and (image == image[..., :1]).all():
        gray = denoise(image[..., 0], noise, method, strength)
        return replace(gray, image=np.repeat(gray.image[..., np.newaxis], 3, axis=2))
    denoiser, name = method_of(method, image.ndim == 3)
    if noise is None:
        found = estimate(image)
    else:
        given = noise if isinstance(noise, (NoiseModel, Grain)) else told(denoiser, noise).noise
        found = Estimate(noise=given)
    if found.noiseless:
        return Restored(np.clip(image, 0, 1), None, {}, "left as it is", found.warnings)
    restored = from_estimate(denoiser, found, strength)(image)
    doubts = () if strength != 1 else doubts_of(image, restored, found)
    result = np.clip(restored, 0, 1)
    return Restored(result, found.noise, found.interval, name, (*found.warnings, *doubts))


def from_estimate(denoiser: Denoiser, found: Estimate, strength: float = 1.0) -> Denoiser:
    """A denoiser that is told what was found in a picture, for this picture.

    Where no noise was found, it leaves the picture as it is.

    Examples
    --------
    >>> from helpers.noise import Gaussian
    >>> halves = lambda noisy, sigma=None: noisy / 2
    >>> flat = np.ones((2, 2), np.float32)
    >>> float(from_estimate(halves, Estimate(Gaussian(0.1)))(flat).mean())
    0.5
    >>> float(from_estimate(halves, Estimate(None))(flat).mean())
    1.0
    """
    if found.noiseless:
        return unchanged
    if found.black:
        return above_black(denoiser, found, strength)
    grain = MEASURED if found.correlated else None
    restore = told(denoiser, found.noise, grain=grain, strength=strength)
    if found.grain and strength <= 1:  # who asks for more shall get it
        return lambda noisy, sigma=None: trusted(
            restore, as_image(noisy, clipped=False), found.grain
        )
    return restore


def above_black(denoiser: Denoiser, found: Estimate, strength: float) -> Denoiser:
    """The same where photons are counted from a brightness above 0.

    Impulses are black and white of the picture as it is: they are filled first.
    """
    black = np.float32(found.black)
    rare, rest = parts_of(found.noise)
    restore = unchanged if rest is None else told(denoiser, rest, strength=strength)

    def restored(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        image = as_image(noisy, clipped=False)
        if rare is not None:
            image = impulses.fill(image, impulses.find(image, rare.amount, rare.salt))
        return restore(image - black) + black

    return restored


def unchanged(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """The picture as it is."""
    return as_image(noisy, clipped=False)


def method_of(method: str | Denoiser, colour: bool) -> tuple[Denoiser, str]:
    """The denoiser of a name, and what it is called.

    Raises
    ------
    ValueError
        For an unknown name, and a network of colour for a gray picture.

    Examples
    --------
    >>> method_of("auto", colour=True)[1], method_of("best", colour=False)[1]
    ('drunet_colour', 'drunet, eight turns')
    """
    if not isinstance(method, str):
        if not isinstance(method, Denoiser):
            raise checks.refusal("method", f"one of {', '.join(methods())}, or a denoiser", method)
        return method, getattr(method, "__name__", type(method).__name__)
    if method in FILTERS:
        return FILTERS[method], method
    turns = TURNS.get(method, 1)
    name = ("drunet_colour" if colour else "drunet") if method in TURNS else method
    if name not in weights.available():
        raise ValueError(f"unknown method {method!r}; there are {', '.join(methods())}")
    network = _loaded(name, turns)
    if not network.denoises:
        raise ValueError(f"{name} brightens, it removes no noise; methods are {methods()}")
    if network.channels == 3 and not colour:
        raise ValueError(f"{name} restores colour pictures, and this one is gray; try auto")
    return network, name + ", eight turns" * (turns == 8)


def _of_either(method: object) -> bool:
    """Whether a method restores gray pictures as well as colour ones, each by its own way."""
    return isinstance(method, str) and (method in TURNS or method in FILTERS)


def methods() -> list[str]:
    """The names that `denoise` knows."""
    return [*TURNS, *FILTERS, *(name for name in weights.available() if name != "zero_dce")]


@lru_cache(maxsize=4)
def _loaded(name: str, turns: int):
    return load(name, turns=turns)


# ---- what was removed ----------------------------------------------------------------------


def doubts_of(noisy: np.ndarray, restored: np.ndarray, found: Estimate) -> tuple[str, ...]:
    """What speaks against a result, from what was removed: is it noise, and nothing but noise?

    Looked at in the centre of the picture, and not in bars, which have no noise. Of noise that
    goes together nothing is said: a camera has smoothed it here more, there less.
    """
    noisy, restored = (_centre(one) for one in (noisy, restored))
    residual = np.atleast_3d(noisy - restored)  # (h, w, C)
    if found.correlated or not _has_variance(found.noise) or min(residual.shape[:2]) < 4 * BLOCK:
        return ()
    residual = residual / np.sqrt(
        np.maximum(found.noise.variance(_above(np.atleast_3d(restored), found.black)), 1e-8)
    )
    gray = restored if restored.ndim == 2 else restored.mean(axis=2)
    blocks = np.s_[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK]
    every = np.atleast_3d(restored)
    mean = uniform_filter(every, (BLOCK, BLOCK, 0))[blocks].reshape(-1, every.shape[2])
    reach = 2 * np.sqrt(found.noise.variance(_above(mean, found.black).astype(float)))
    whole = ((mean > reach) & (mean < 1 - reach)).all(axis=1)  # clipping took none of the noise
    whole &= ~constant(noisy).all(axis=0)[blocks].ravel()
    if np.sum(whole) < FEWEST:
        return ()
    doubts, strength = [], np.mean(residual**2, axis=2)
    power = uniform_filter(strength, BLOCK)[blocks].ravel()[whole]
    pairs = np.mean(residual * (_shifted(residual, 0) + _shifted(residual, 1)) / 2, axis=2)
    pairs = uniform_filter(pairs, BLOCK)[blocks].ravel()[whole]
    if (together := float(np.median(pairs) / max(np.median(power), 1e-12))) > CORRELATED:
        doubts.append(
            f"what was removed goes together from pixel to pixel (correlation {together:.2f}): "
            "it is not only white noise"
        )
    detail = uniform_filter((gray - gaussian_filter(gray, 2)) ** 2, BLOCK)[blocks].ravel()[whole]
    first, last = np.quantile(detail, (0.25, 0.75))
    rich, flat = np.median(power[detail >= last]), np.median(power[detail <= first])
    if (richer := float(np.sqrt(rich / max(flat, 1e-12)))) > TEXTURED:
        doubts.append(
            f"{richer:.1f} times as much was removed where the picture is rich in detail as where "
            "it is flat: some of it was texture"
        )
    return tuple(doubts)


def _above(image: np.ndarray, black: float) -> np.ndarray:
    """What a variance depends on: the brightness from which on photons count is taken off."""
    return np.clip(image - np.float32(black), 0, 1)


def _centre(image: np.ndarray) -> np.ndarray:
    """At most 1024×1024 pixels of a picture."""
    top, left = (max((side - 1024) // 2, 0) for side in image.shape[:2])
    return image[top : top + 1024, left : left + 1024]


def _shifted(residual: np.ndarray, axis: int) -> np.ndarray:
    """Each pixel's next one along an axis."""
    return np.roll(residual, -1, axis=axis)


def _has_variance(noise: Noise) -> bool:
    return isinstance(noise, NoiseModel) and noise.variance(np.zeros(1)) is not None

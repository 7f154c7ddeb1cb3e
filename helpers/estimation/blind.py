"""Noise levels from one picture, without any reference.

Every estimator looks for a view of the picture in which the scene is nearly silent, and measures
the noise there. None of them can know whether what is left of the scene is noise.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> abs(255 * blind_sigma(noisy) - 25) < 1
True
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.ndimage import convolve, correlate1d, gaussian_filter, uniform_filter
from scipy.stats import norm

from helpers.estimation.features import is_clipped
from helpers.estimation.grain import level_of_the_caller, warn_if_correlated
from helpers.estimation.patches import Patches, look, planes, readable
from helpers.registry import Registry

Method = Callable[..., float]
METHODS: Registry[Method] = Registry("blind method")
# High-pass filter of Daubechies' wavelet with two vanishing moments, of length 1.
DB2 = np.array([-0.1294095226, -0.2241438680, 0.8365163037, -0.4829629131])
MAD = 0.6744897501960817  # median of |n| for n ~ N(0, 1)
PATCH = 7  # pixels a side of a patch, but of `chen`
QUIET = 8  # of its 48 directions in which `flat` and `middle` measure noise
NOISELESS = 0.1 / 255  # a σ below what rounding to 8 bits alone would leave, 0.29/255
FEWEST = 64  # patches, so that a covariance has more members than the 49 directions of 7×7
SIDES = range(8, 1, -1)  # pixels a side of a patch of `chen`: the largest of which there are
CROWD = 16  # for each direction; with 5, of colour at 40×40, σ = 25/255 reads 20


def _method(function: Method) -> Method:
    """Register a method, to be called with a picture alone (use as a decorator).

    It gets the picture and which of its pixels are alive, (C, H, W); see `patches.look`.
    """

    @METHODS.register
    @functools.wraps(function)
    def method(noisy: np.ndarray) -> float:
        return function(*look(noisy))

    return function


@_method
def wavelet(noisy: np.ndarray, alive: np.ndarray) -> float:
    """Median of the finest diagonal wavelet coefficients, which edges rarely reach.

    Donoho, Johnstone (1994). Ideal spatial adaptation by wavelet shrinkage. Biometrika 81.
    Daubechies' wavelet with two vanishing moments, at all positions instead of every second.
    """
    medians = []
    for detail, here in zip(planes(noisy).astype(float), alive):
        for axis in (0, 1):
            detail = correlate1d(detail, DB2, axis=axis, mode="reflect")
        medians.append(np.median(np.abs(detail[here])))
    return float(np.mean(medians) / MAD)


@_method
def immerkaer(noisy: np.ndarray, alive: np.ndarray) -> float:
    """Mean magnitude under a mask that cancels constant and linear brightness.

    Immerkær (1996). Fast noise variance estimation. Computer Vision and Image Understanding 64.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=float)
    response = np.concatenate(
        [
            convolve(channel, mask)[1:-1, 1:-1][here[1:-1, 1:-1]]
            for channel, here in zip(planes(noisy).astype(float), alive)
        ]
    )
    _check_count(len(response))
    return float(np.sqrt(np.pi / 2) * np.mean(np.abs(response)) / 6)


@_method
def eigenvalue(noisy: np.ndarray, alive: np.ndarray) -> float:
    """Root of the smallest eigenvalue of the covariance of 7×7 patches.

    In its direction the scene is quietest. Too low for strong noise, since the smallest of many
    random values is picked. Pyatykh, Hesser, Zheng (2013), IEEE Trans. Image Processing 22.
    """
    values = [np.linalg.eigvalsh(p.covariance())[0] for p in _patches(noisy, alive)]
    return float(np.sqrt(np.mean(np.maximum(values, 0))))


@_method
def chen(noisy: np.ndarray, alive: np.ndarray) -> float:
    """Mean of those eigenvalues of the patch covariance that look like noise alone.

    The largest are dropped until mean and median of the rest agree, as they do for noise. In
    colour the patches, 8×8, hold all three channels, whose scenes are nearly alike: then little of
    the scene is left in most directions. About 17,000 patches are 88 for each of its 192. Of few
    the small eigenvalues are too small by chance: under 64×64 pixels, patches are smaller.

    Chen, Zhu, Heng (2015). An efficient statistical method for image noise level estimation.
    ICCV, 477-485.
    """
    together = alive.all(axis=0)
    for side in SIDES:
        places = Patches.of(planes(noisy)[0], together, side).on_grid(17_000)
        if len(places) >= CROWD * side**2 * len(alive):
            break
    _check_count(len(places))
    channels = [replace(places, channel=channel) for channel in planes(noisy)]
    patches = np.hstack([np.concatenate([*one.blocks()]) for one in channels]).astype(float)
    centred = patches - patches.mean(axis=0)
    values = np.linalg.eigvalsh(centred.T @ centred / len(patches))  # ascending
    for count in range(len(values), 0, -1):
        kept = values[:count]
        if kept.mean() <= np.median(kept):
            break
    return float(np.sqrt(max(kept.mean(), 0)))


@_method
def flat(noisy: np.ndarray, alive: np.ndarray) -> float:
    """Noise in the quietest directions of the flattest patches.

    White noise has independent parts in orthogonal directions: patches are *selected* by their
    energy in the loud directions and *measured* in the quiet ones, so that the selection does
    not bias the measurement. How many directions and patches matters little: 4 to 16, and shares
    of 0.1 to 0.4, err by 3.6 to 5.3 % on the course's photographs (σ 5, 15, 40 of 255).
    """
    variances = [_quiet_variance(p, share=0.2) for p in _patches(noisy, alive)]
    return float(np.sqrt(np.mean(variances)))


def _quiet_variance(patches: Patches, share: float) -> float:
    _, basis = np.linalg.eigh(patches.moments())
    quiet, texture = patches.energies(basis[:, 1:], QUIET)  # quiet directions come first
    return float(quiet[texture <= np.quantile(texture, share)].mean(dtype=float))


def _patches(noisy: np.ndarray, alive: np.ndarray) -> list[Patches]:
    """The living patches of each channel that has enough of them."""
    every = [Patches.of(channel, here, PATCH) for channel, here in zip(planes(noisy), alive)]
    _check_count(max(len(patches) for patches in every))
    return [patches for patches in every if len(patches) >= FEWEST]


def _check_count(count: int) -> None:
    if count < FEWEST:
        raise ValueError(
            f"beside what is constant the picture has only {count} places for a patch, and "
            f"{FEWEST} are needed: cut out what was photographed"
        )


@_method
def middle(noisy: np.ndarray, alive: np.ndarray, flattest: float = 0.3) -> float:
    """As `flat`, among patches that clipping does not reach, or the nearest to middle gray.

    A flattest share of 0.2 to 0.5 of a nearest share of 0.3 to 0.7 errs by 5.3 to 7.0 % on the
    course's photographs in 8 bits.
    """
    reach = 2.5 * flat(noisy, alive)  # σ: noise beyond this is one value in 80
    variances = []
    for patches in _patches(noisy, alive):
        distance = np.abs(patches.means() - 0.5)  # 0 for middle gray
        near = patches.select(distance <= max(0.5 - reach, np.quantile(distance, 0.5)))
        variances.append(_quiet_variance(near, flattest))
    return float(np.sqrt(np.mean(variances)))


@_method
def auto(noisy: np.ndarray, alive: np.ndarray) -> float:
    """`chen` for colour, `flat` for gray; for clipped pictures `middle`, corrected if need be.

    Where clipping leaves half of the picture untouched, that half is enough. The correction is
    indirect inference, in three rounds: which σ, added to a smooth picture of the same brightness
    and clipped, would be measured as this picture is?
    """
    living = np.moveaxis(alive, 0, -1).reshape(noisy.shape)
    if not is_clipped(noisy[living]):
        together = alive.all(axis=0).mean() > alive.mean() / 2  # do channels live side by side?
        return chen(noisy, alive) if noisy.ndim == 3 and together else flat(noisy, alive)
    measured = middle(noisy, alive)
    brightness = uniform_filter(noisy, (7, 7, 1)[: noisy.ndim])[living]
    if np.mean(np.abs(brightness - 0.5) <= 0.5 - 2.5 * measured) >= 0.5:
        return middle(noisy, alive, flattest=0.2)
    sigma, smooth = measured, _smooth(noisy, living)
    white, x = np.random.default_rng(0).standard_normal(smooth.shape), np.linspace(0, 1, 256)
    for _ in range(3):
        # A smooth picture that is as bright as this one once noise of strength sigma is clipped.
        clean = np.interp(smooth, clipped_mean(x, sigma), x)
        again = middle(np.rint(255 * np.clip(clean + sigma * white, 0, 1)) / 255, alive)
        sigma *= measured / max(again, 1e-6)
    return float(min(sigma, 1))


def _smooth(noisy: np.ndarray, living: np.ndarray) -> np.ndarray:
    """The picture without its details; what is dead does not shine into what lives."""
    widths = (3, 3, 0)[: noisy.ndim]
    if living.all():
        return gaussian_filter(noisy, widths)
    share = gaussian_filter(living.astype(np.float32), widths)
    return gaussian_filter(np.where(living, noisy, 0), widths) / np.maximum(share, 1e-6)


def clipped_mean(x: np.ndarray, sigma: float) -> np.ndarray:
    """Mean of x + n, n ~ N(0, sigma²), after clipping to [0, 1]."""
    below, above = -x / sigma, (1 - x) / sigma
    inside = norm.cdf(above) - norm.cdf(below)
    return x * inside + sigma * (norm.pdf(below) - norm.pdf(above)) + 1 - norm.cdf(above)


def blind_sigma(noisy: np.ndarray, method: str = "auto") -> float:
    """Standard deviation of white Gaussian noise, from the noisy picture alone.

    What has no variation at all (bars, masks, corners of a turned picture, over-exposure) is
    left out, and so are channels that repeat another. A picture of more than half a megapixel is
    judged by tiles from all over it, so that time and memory have a bound.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 16×16.
    method : str
        A key of `METHODS`.

    Returns
    -------
    float
        In image units; multiply by 255 for gray levels. Weak noise on dense texture reads too
        strong: on one in four pictures of BSDS500 σ = 5/255 by more than 10 %.

    Warns
    -----
    UserWarning
        Where the noise of neighbouring pixels goes together, as a camera's does (`grain`): it is
        no white noise, and its strength reads too low.

    Raises
    ------
    ValueError
        For what is no image, fewer than 16×16 pixels, a picture that is constant over more than
        half of it or near each of its pixels, one of which more than nine tenths are at black or
        white, or an unknown method.

    Examples
    --------
    A film with black bars:

    >>> from helpers import images, noise
    >>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
    >>> noisy[:100] = noisy[-100:] = 0
    >>> abs(255 * blind_sigma(noisy) - 25) < 1
    True
    """
    estimate, image = METHODS[method], readable(noisy, least=16)
    sigma = estimate(image)
    warn_if_correlated(image)
    return sigma


def estimated(image: np.ndarray, name: str) -> float:
    """What a denoiser takes for σ when nobody tells it.

    Parameters
    ----------
    image : numpy.ndarray
        (H, W) or (H, W, 3), as `images.as_image` gives it.
    name : str
        Of the denoiser, for the warning.

    Returns
    -------
    float
        As `blind_sigma`, at most 1; 0 for a constant picture, which any denoiser leaves as it is.

    Warns
    -----
    UserWarning
        As `blind_sigma`, and where hardly any noise is found.

    Raises
    ------
    ValueError
        As `blind_sigma`.

    Examples
    --------
    >>> from helpers import images, noise
    >>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
    >>> estimated(noisy, "mine") == blind_sigma(noisy), estimated(0 * noisy, "mine")
    (True, 0.0)
    """
    if np.ptp(image) == 0:
        return 0.0
    sigma = min(METHODS["auto"](readable(image, least=16)), 1.0)
    if not warn_if_correlated(image) and sigma < NOISELESS:
        warnings.warn(
            f"{name}: hardly any noise is found in the picture (σ = {255 * sigma:.2g}/255), so it "
            "stays nearly as it is; give sigma to filter it all the same",
            stacklevel=level_of_the_caller(),
        )
    return sigma

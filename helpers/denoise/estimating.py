"""What a denoiser shall be told, from one noisy picture alone.

Erring on the side of the picture: detail is not noise. Where texture may have passed for noise,
less is told, and where nothing can be told from 0, nothing.

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> found = estimate(noisy)
>>> found.noiseless, found.correlated, abs(found.noise.sigma * 255 - 25) < 1
(False, False, True)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from helpers.denoise import impulses
from helpers.denoise.telling import GRAIN_STRENGTH, GRAIN_STRENGTH_OF_COLOUR
from helpers.denoise.texture import Evidence, evidence
from helpers.estimation.blind import METHODS
from helpers.estimation.blind_fit import black_of, blind_fits
from helpers.estimation.fitting import Fit
from helpers.estimation.grain import Grain, grain
from helpers.estimation.patches import constant, excerpt, planes, readable
from helpers.images import as_image
from helpers.noise import Chain, Gaussian, NoiseModel, SaltAndPepper

NOISELESS = 0.5 / 255  # noise that is weaker matters to nobody; rounding to 8 bits leaves 0.29
SMALL = 64  # pixels a side, from which on noise is measured by brightness
# Chosen on BSDS500 train, gray, with seven kinds of noise, white noise of σ 0 to 10 among them:
BETTER = 0.9  # a model with one parameter more, or another curve, leaves so much of the misfit
DEVIATION = 1.71  # half a 90 % interval (t, 23 degrees of freedom), in standard deviations
# How much of the coarse strength of grain is told: what serves a network best, on every second
# scene of PolyU's Canons, SIDD 0 to 2, FMD's wide field and simulated cameras on BSDS500 train.
# Of each picture's best strength it misses 0.1 to 0.5 dB on the mean.
RATIO = 3, 5  # of coarse to fine: beyond, JPEG and a camera's denoising left little that is fine,
COARSER = 1.5  # and what is coarser still is told by so many times the coarse strength
COLOUR = 1.75  # times as much in colour, whose noise is coarser than that of its gray mean
CAUTION = 0.5  # of growth, by whose exp less is told
FINE = 6 / 255  # noise as strong at fine scales scatters by texture, not by JPEG. In its growth
TEXTURED = 0.1, 0.25  # and half of its scatter together shows how far coarse noise is texture,
SENSOR = 1.7  # and fine noise is to be believed, so many times: so much a demosaicked sensor has
UNSTEADY = 0.5  # growth from which on it is texture,
LEANING = 0.1  # or if it is stronger across than down: rows of a sensor are, too, but do not grow
STRONGEST = 64 / 255  # coarse: of the cameras with gain 0.05 none reaches 50/255
DOUBTED = 1.5  # times white noise is told where grain is not certain, and
STRONG = 3 / 255  # white noise is so strong that no texture alone was
# JPEG keeps luminance at full resolution, and mostly halves that of two differences of colour.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of R, G and B (ITU-R BT.601)
# Noise of these differences over that of independent channels, at the finest scale: halved 0 to
# 0.24, unhalved from 0.6 on (σ 10 to 75, photons, speckle on 23 pictures of BSDS500 train, bare
# or JPEG of quality 95).
SHARED = 0.3
HALFTONE = 0.3  # impulses among black and white alone, of which no scan of a page has so many
GRAINY = (
    "the noise of neighbours seems to go together, but texture can look so, too: only what is "
    "white of it is told; if this is a camera's noise, tell estimation.grain(picture)"
)


@dataclass(frozen=True)
class Estimate:
    """What was found in a picture.

    Attributes
    ----------
    noise : NoiseModel, Grain or None
        What to tell a denoiser, rather a little too weak than too strong; None where there is no
        noise.
    correlated : bool
        The noise of neighbours goes together; then `noise` is a `Grain`, whose coarse strength
        is what serves a denoiser that is told it.
    interval : dict
        90 % interval of each parameter that has one; `noise` lies inside, in its lower half.
    certain : bool
        False where texture may have been taken for noise, or noise for texture.
    warnings : tuple of str
        Why; empty if nothing speaks against the estimate.
    black : float
        Brightness from which on photons count, where it is above 0, as in microscopes: to be
        taken off before `noise` is told, and added again afterwards.
    grain : Grain or None
        Where it is `correlated`: what the mean of all channels has of it, as strong as it is
        taken to be; by which is judged whether a denoiser takes more than that.
    """

    noise: NoiseModel | Grain | None
    correlated: bool = False
    interval: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    certain: bool = True
    warnings: tuple[str, ...] = ()
    black: float = 0.0
    grain: Grain | None = None

    @property
    def noiseless(self) -> bool:
        """Whether nothing is to be done."""
        return self.noise is None


def estimate(noisy: np.ndarray) -> Estimate:
    """Estimate the noise of a picture, to tell a denoiser.

    Impulses are looked for first, and filled. Then it is asked whether the noise of neighbours
    goes together, and how the variance grows with brightness: not at all, as photons with read
    noise let it grow, or as speckle does. A picture of more than half a megapixel is judged by
    tiles from all over it.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 16×16.

    Returns
    -------
    Estimate
        Never silent where it is not to be trusted.

    Raises
    ------
    ValueError
        For what is no image, or is smaller than 16×16.
    """
    image = as_image(noisy, clipped=False)
    if np.ptp(image) == 0:
        return Estimate(None)
    if min(image.shape[:2]) < SMALL:
        return _of_a_small_one(image)
    rare = None
    try:
        image, rare = _without_impulses(image)
        image = readable(image, SMALL)
        # Pixels that were filled are made of their neighbours: of these it cannot be asked.
        found = _of_all_pixels(image) if rare is None else _white(image)
    except ValueError as error:
        none = "no noise is found" if rare is None else "beside dots no noise is found"
        found = Estimate(None, certain=False, warnings=(f"{none}: {error}",))
    if rare is None:
        return found
    return replace(found, noise=Chain([found.noise, rare]) if found.noise else rare)


def _of_a_small_one(image: np.ndarray) -> Estimate:
    """White noise of one strength is all that so few pixels tell."""
    try:
        sigma = min(METHODS["auto"](readable(image, least=16)), 1.0)
    except ValueError as error:
        if min(image.shape[:2]) < 16:
            raise
        return Estimate(None, certain=False, warnings=(f"no noise is found: {error}",))
    few = f"a picture under {SMALL}×{SMALL} tells little: taken for white noise of one strength"
    return Estimate(Gaussian(sigma) if sigma > NOISELESS else None, certain=False, warnings=(few,))


def _without_impulses(image: np.ndarray) -> tuple[np.ndarray, SaltAndPepper | None]:
    """The picture, or its `excerpt`, with impulses filled; and how many there are.

    Raises
    ------
    ValueError
        Where black and white dots are all there is.
    """
    part, _ = excerpt(image)
    hit = impulses.find(part)
    if not hit.any():
        return image, None
    if hit.mean() > HALFTONE and ((part == 0) | (part == 1)).all():
        raise ValueError("all of it is black or white dots: a halftone, whose grays are dots")
    salt = float(np.mean(part[hit] >= 1))
    return impulses.fill(part, hit), SaltAndPepper(float(hit.mean()), salt)


def _of_all_pixels(image: np.ndarray) -> Estimate:
    """What all pixels got."""
    try:
        measured = grain(image)
    except ValueError:  # hardly a window that is not constant somewhere: nothing goes together
        measured = Grain(0.0, 0.0, correlated=False, certain=True)
    if not measured.correlated:
        return _white(image)
    texture = evidence(image)
    leaning = texture.streaked and texture.growth > LEANING
    steady = texture.growth < UNSTEADY and measured.coarse < STRONGEST and not leaning
    if measured.certain and steady:
        return _grainy(image, measured, texture)
    return _doubted(_white(image), leaning)


def _grainy(image: np.ndarray, measured: Grain, texture: Evidence) -> Estimate:
    """Grain; told is as much of all channels, which keeps colours alike."""
    factor = _strength(measured, texture) / measured.coarse
    if image.ndim == 2:
        return Estimate(
            _scaled(measured, factor / GRAIN_STRENGTH),
            correlated=True,
            grain=_scaled(measured, factor),
        )
    mean = grain(image.mean(axis=2))
    return Estimate(
        _scaled(measured, factor * COLOUR / GRAIN_STRENGTH_OF_COLOUR),
        correlated=True,
        grain=_scaled(mean if mean.correlated else measured, factor),
    )


def _strength(measured: Grain, texture: Evidence) -> float:
    """How strong grain is, coarse, in gray."""
    low, high = np.log(RATIO)
    coarser = np.clip((np.log(max(measured.ratio, 1)) - low) / (high - low), 0, 1)
    told = measured.coarse * (1 + (COARSER - 1) * coarser)
    if measured.fine <= FINE:
        return float(told * np.exp(-CAUTION * texture.growth))
    low, high = TEXTURED
    share = np.clip((texture.growth + texture.scatter / 2 - low) / (high - low), 0, 1)
    return float(told ** (1 - share) * min(told, SENSOR * measured.fine) ** share)


def _scaled(measured: Grain, factor: float) -> Grain:
    """Grain, so many times as strong, of all channels the same."""
    spectrum = None if measured.spectrum is None else np.float32(factor * measured.spectrum)
    coarse = float(factor * measured.coarse)
    return replace(measured, coarse=coarse, channels=(), spectrum=spectrum)


def _doubted(found: Estimate, leaning: bool) -> Estimate:
    """Where it may be grain or texture: what is white of it, and more if that is clear."""
    found = replace(found, certain=False, warnings=(*found.warnings, GRAINY))
    if leaning or not isinstance(found.noise, Gaussian) or found.noise.sigma < STRONG:
        return found
    return replace(found, noise=Gaussian(min(DOUBTED * found.noise.sigma, 1.0)), interval={})


def _white(image: np.ndarray) -> Estimate:
    """Noise whose neighbours are independent, as strong as it is at each brightness.

    A denoiser takes the channels for independent, too. Where they share their noise, it is told
    such noise of theirs as would give this luminance.
    """
    if image.ndim == 3 and _is_shared(image):
        found = _white(image @ LUMA)
        return found if found.noiseless else _stronger(found, 1 / float(np.linalg.norm(LUMA)))
    fits = blind_fits(image, ["gaussian", "poisson_gaussian", "speckle"])
    fit = _simplest(fits)
    if not fit.interval:  # not to be told from 0
        return Estimate(None)
    noise = _cautious(fit)
    black = black_of(fit)
    x = np.quantile(np.clip(image, 0, 1), np.linspace(0.05, 0.95, 10))
    if np.sqrt(noise.variance(np.clip(x - black, 0, 1)).mean()) < NOISELESS:
        return Estimate(None)
    doubts = () if fit.explains else (fit.doubt,)
    return Estimate(noise, False, fit.interval, not doubts, doubts, black)


def _is_shared(image: np.ndarray) -> bool:
    """Whether channels have their noise in common: then differences of colours have little."""
    image, _ = excerpt(image)
    living = ~constant(image).all(axis=0)  # of a bar no colour has any
    red, green, blue = planes(image)
    every = np.mean([_finest(channel, living) ** 2 for channel in (red, green, blue)])
    between = np.mean([_finest(one - green, living) ** 2 for one in (red, blue)]) / 2
    return 0 < between < SHARED**2 * every


def _finest(plane: np.ndarray, living: np.ndarray) -> float:
    """Median of the finest diagonal differences, which edges rarely reach; 0 where none lives."""
    finest = np.abs(np.diff(np.diff(plane, axis=0), axis=1))[living[1:, 1:]]
    return float(np.median(finest)) if len(finest) else 0.0


def _stronger(found: Estimate, factor: float) -> Estimate:
    """Noise so many times as strong at each brightness, as far as its parameters go."""
    times = {"gain": factor**2, "sigma": factor}
    most = {name: one.valid[1] for name, one in found.noise.parameters().items()}
    values = {name: (getattr(found.noise, name),) for name in most}
    changed, interval = (
        {name: tuple(min(times[name] * x, most[name]) for x in xs) for name, xs in one.items()}
        for one in (values, found.interval)
    )
    noise = replace(found.noise, **{name: value for name, (value,) in changed.items()})
    return replace(found, noise=noise, interval=interval)


def _simplest(fits: Mapping[str, Fit]) -> Fit:
    """The fit with the fewest parameters that explains the picture nearly as well as any."""
    chosen = fits["gaussian"]
    for name, parameter in (("poisson_gaussian", "gain"), ("speckle", "sigma")):
        other = fits.get(name)
        if other and parameter in other.interval and other.loss < BETTER * chosen.loss:
            chosen = other
    return chosen


def _cautious(fit: Fit) -> NoiseModel:
    """The fitted model, each parameter a standard deviation lower: less where it is unsure."""
    lower = {
        name: value - (value - fit.interval[name][0]) / DEVIATION
        for name in fit.model.parameters()
        if name in fit.interval and (value := getattr(fit.model, name))
    }
    return replace(fit.model, **lower)

"""Tell a denoiser which noise there is: any denoiser, any noise model.

Two sentences do it. *Make the variance constant* (see `stabilising`), so that one σ is right
everywhere. *Tell the strength that noise has where pictures live*: noise whose neighbours go
together, as a camera's, is strongest at low frequencies, and a denoiser of white noise that is
told its RMS takes far too little.

>>> from helpers import filters, images, metrics, noise
>>> reference = images.load("camera", size=96)
>>> noisy = noise.Poisson(20)(reference, rng=0)
>>> one_sigma = filters.bm3d(noisy, noise.Poisson(20).rms(reference))
>>> restored = told(filters.bm3d, noise.Poisson(20))(noisy)
>>> metrics.psnr(reference, restored) > metrics.psnr(reference, one_sigma) + 0.5
True
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from helpers import checks
from helpers.denoise.simulating import shown_by
from helpers.denoise.stabilising import INVERSES, ROUNDING, Stabiliser, has_variance, is_linear
from helpers.denoiser import Denoiser
from helpers.estimation.features import is_clipped
from helpers.estimation.grain import Grain, grain
from helpers.images import as_image
from helpers.noise import Chain, Gaussian, NoiseModel, PoissonGaussian, Quantize, SaltAndPepper
from helpers.noise.base import Distortion
from helpers.parameters import SIGMA
from helpers.registry import Registry

Noise = NoiseModel | Grain | float
MEASURED = "measured"
SPAN = 2  # standard deviations of noise that fill [0, 1] at least, so that σ stays below 1
# Few photons are denoised again and again, from a mixture of the noisy picture and the last
# result, whose noise is weaker: after Azzari, Foi (2016), Variance stabilization for
# noisy+estimate combination in iterative Poisson denoising, IEEE Signal Processing Letters 23(8).
# On Set12's cameraman these shares of noise gain 0.7 dB at a peak of 1 and 0.5 at 5 with BM3D;
# from 30 photons on they lose 0.1 with a network.
FEW = 10  # photons at white, read noise counted as photons
SHARES = (1.0, 0.75, 0.5)
STRIP = 128  # rows
STRONGEST = 0.5  # σ that a denoiser is told at most: pictures are scaled down beyond
# How many times brighter a channel with less noise than the others may be made. A channel that
# outshines the others decides what is alike, or is all that a network sees: of 1, 1.25, 1.5, 2 and
# 3 times, 1.25 is best on average for BM3D and drunet, and 3 lose 0.4 to 4.2 dB (five pictures of
# BSDS500 train, 96×96, white noise of 30, 30, 0.3; 5, 10, 40; 12, 8, 16; and 20, 20, 5 of 255).
MOST = 1.25
# Times the measured coarse strength, told, of gray and of colour pictures: noise of colours has
# more of its energy at low frequencies. Told 1, 1.25, 1.5, 2 times, PolyU's Canons gain 2.3, 2.6,
# 2.8, 2.9 dB in gray and 1.1, 1.4, 1.7, 2.0 in colour; SIDD crops 0 to 2 10.2, 10.4, 10.1, 9.4
# and 7.7, 10.4, 11.1, 11.0 (every second scene of the Canons; drunet, drunet_colour).
GRAIN_STRENGTH, GRAIN_STRENGTH_OF_COLOUR = 1.25, 2.0
# The same of the RMS where the spectrum is told, too, as to BM3D: after `estimate`, against the
# coarse strength, +0.0 dB on Canons, +0.4 on SIDD, +0.8 on FMD's wide field, +0.1 on grain of 0.8
# pixels, −0.3 on simulated cameras (the pictures above); in colour −0.0 and +0.6.
SPECTRUM_STRENGTH, SPECTRUM_STRENGTH_OF_COLOUR = 1.6, 2.0
SHOWN_STRENGTH = 1.0  # times the simulated one


def told(
    denoiser: Denoiser,
    noise: Noise,
    *,
    grain: Grain | str | None = None,
    by: str = "auto",
    inverse: str = "exact",
    strength: float = 1.0,
) -> Told:
    """Any denoiser of white Gaussian noise, told another noise.

    Parameters
    ----------
    denoiser : callable
        ``denoise(noisy, sigma=None) -> restored``: a filter, a trained network, your own.
    noise : NoiseModel, Grain or float
        A model, perhaps a `noise.Chain`; the answer of `estimation.grain`; or a σ of white noise,
        in image units. Photons, speckle and sensors are made constant first. Impulses are found
        and filled first, while true black and white stay. Of cameras, and of noise that a blur or
        JPEG follows, curve and spectrum are simulated on a gray ramp. Blur itself stays: it is
        no noise.
    grain : Grain or "measured", optional
        The noise of neighbours goes together beyond what `noise` says: its strength after the
        transform, or have that measured there.
    by : {"auto", "transform", "map"}
        Make the variance constant, or tell √variance pixel by pixel, as the picture restored by
        the transform has it: for networks with a map (``takes_map``). Auto takes the map where
        such a network meets noise whose variance vanishes at black, as speckle's does: 32.0
        instead of 31.8 dB (README's photographs, σ = 0.2). For photons both are equal.
    inverse : {"exact", "asymptotic", "algebraic"}
        See `stabilising.Stabiliser.inverse`; the exact one is the right one. Where noise is
        simulated, none is asymptotic.
    strength : float
        How much of the noise is told: 1 as it is, 0.5 half of it, 2 twice.

    Returns
    -------
    Told
        Itself a denoiser, called as ``denoise(noisy)``. Clipped pictures, which end exactly at 0
        or 1, are recognised.

    Raises
    ------
    ValueError
        For what is no denoiser or noise; distortions alone; ``by="map"`` for a denoiser that
        takes none, or noise that is not white; another `grain`, `by`, `inverse`; a strength that
        is no number from 0 to 10; a model of your own whose variance is none. When called: for
        what is no image, for a denoiser that gives another shape, or NaN, and for an inverse that
        simulated noise does not have.
    """
    return Told(denoiser, noise, grain, by, inverse, strength)


@dataclass(frozen=True)
class Told:
    """What `told` gives; its arguments are there to be read."""

    denoiser: Denoiser
    noise: Noise
    grain: Grain | str | None = None
    by: str = "auto"
    inverse: str = "exact"
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.denoiser, Denoiser):
            raise checks.refusal(
                "denoiser", "a function denoise(noisy, sigma=None)", self.denoiser
            )
        if not isinstance(self.noise, (NoiseModel, Grain)):
            object.__setattr__(self, "noise", Gaussian(SIGMA.check(self.noise, "told")))
        measured = isinstance(self.grain, str) and self.grain == MEASURED
        if not (self.grain is None or isinstance(self.grain, Grain) or measured):
            raise checks.refusal("grain", "a Grain, 'measured' or None", self.grain)
        checks.one_of(self.by, "by", WAYS)
        checks.one_of(self.inverse, "inverse", INVERSES)
        strength = checks.number(self.strength, "strength", 0, 10)
        object.__setattr__(self, "strength", strength)
        if self.by == "map" and not getattr(self.denoiser, "takes_map", False):
            raise ValueError("by='map' is for denoisers that take a map of σ, such as drunet")
        _, rest = parts_of(self.noise)  # refuse now what cannot be told
        varies = isinstance(rest, NoiseModel) and has_variance(rest)
        if self.by == "map" and rest is not None and not (varies and self.grain is None):
            raise ValueError(
                "by='map' tells the variance of white noise at each pixel; cameras, grain and "
                "what a blur or JPEG follows are told by one strength"
            )
        for one in (rest, self.grain):
            if isinstance(one, Grain):
                Levels.of_grain(one, colour=True)

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        """Restore a picture; `sigma` is told already, and ignored.

        Parameters
        ----------
        noisy : numpy.ndarray
            (H, W) or (H, W, 3) in image units.

        Returns
        -------
        numpy.ndarray
            float32, same shape, not clipped.
        """
        image = as_image(noisy, clipped=False)
        rare, rest = parts_of(self.noise)
        if rare is not None:
            from helpers.denoise import impulses

            mask = impulses.find(image, rare.amount, rare.salt)
            image = impulses.fill(image, mask)
        if rest is None or self.strength == 0:
            return image.copy()
        if isinstance(rest, Grain):
            return self._restore(image, Levels.of_grain(rest, image.ndim == 3))
        x = np.linspace(0, 1, 5)
        if (variance := rest.variance(x)) is None:
            return self._simulated(image, rest)
        if np.max(variance) == 0:
            return image.copy()
        return WAYS[self.by](self, image, rest)

    def _simulated(self, image: np.ndarray, noise: NoiseModel) -> np.ndarray:
        """Noise without a formula: transformed as a ramp shows it, told by its spectrum."""
        shown = shown_by(noise, image.ndim == 3)
        levels = Levels(shown.coarse * SHOWN_STRENGTH, shown.rms, shown.correlation)
        return self._transformed(image, shown.stabiliser, levels)

    def _transformed(
        self, image: np.ndarray, stabiliser: Stabiliser, levels: Levels | None = None
    ) -> np.ndarray:
        """Transform, restore there, invert; noise is white and of strength 1 unless told."""
        black, white = stabiliser.span
        span = max(white, SPAN)  # of few photons not even 2 standard deviations lie in the picture
        flat = in_strips(lambda rows: (stabiliser(rows) - black) / span, image)
        levels = levels / span if levels else self._levels(flat, 1 / span)
        restored = self._restore(flat, levels)
        return in_strips(
            lambda rows: stabiliser.inverse(rows * span + black, self.inverse), restored
        )

    def _levels(self, flat: np.ndarray, sigma: float) -> Levels:
        """How strong the noise is where the variance is constant: σ, or what is measured."""
        measured = self.grain
        if measured == MEASURED:
            try:
                measured = grain(flat)
            except ValueError:  # too small, or constant: nothing speaks against white noise
                return Levels(np.array([sigma]))
            if not measured.correlated:
                return Levels(np.array([sigma]))
        if measured is None:
            return Levels(np.array([sigma]))
        return Levels.of_grain(measured, flat.ndim == 3)

    def _restore(self, image: np.ndarray, levels: Levels) -> np.ndarray:
        """Restore noise of the same strength everywhere, in each channel as strong as it is.

        Channels are scaled towards one strength first, and back at the end.
        """
        options = {}
        if levels.correlation is not None and takes_correlation(self.denoiser):
            options["correlation"], strengths = levels.correlation, levels.rms
        else:
            strengths = levels.coarse
        sigma = float(np.sqrt(np.mean(strengths**2)))
        if sigma == 0:
            return image.copy()
        told = min(self.strength * sigma, STRONGEST)
        scale = told / (self.strength * np.maximum(strengths, sigma / MOST))
        scale = np.float32(scale if image.ndim == 3 else scale[0])
        return self._answer(image * scale, told, **options) / scale

    def _answer(self, image: np.ndarray, sigma: float | np.ndarray, **options) -> np.ndarray:
        """What the denoiser makes of an image that is its own, float32; or why it is none."""
        restored = np.asarray(self.denoiser(image, sigma, **options))
        if restored.shape != image.shape or restored.dtype.kind not in "uif":
            raise ValueError(
                f"the denoiser gives {restored.dtype} of shape {restored.shape} for a picture of "
                f"shape {image.shape}; a denoiser gives float32 of the same shape"
            )
        if not np.isfinite(restored.min() + restored.max()):
            raise ValueError("the denoiser gives NaN or infinite values")
        return restored.astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class Levels:
    """How strong noise is whose variance is constant; in image units, or what they became.

    Attributes
    ----------
    coarse, rms : numpy.ndarray
        (C,) of each channel, or (1,): where pictures live, and over all frequencies.
    correlation : numpy.ndarray or None
        Autocorrelation of the noise, (2R+1, 2R+1) with 1 at its centre.
    """

    coarse: np.ndarray
    rms: np.ndarray | None = None
    correlation: np.ndarray | None = None

    @classmethod
    def of_grain(cls, measured: Grain, colour: bool) -> Levels:
        """The strengths that were measured in a picture; a gray one has that of the whole."""
        every = measured.channels if colour and measured.channels else (measured,)
        if len(every) not in (1, 3):
            raise checks.refusal("Grain.channels", "of three channels, or empty", every)
        coarse, rms = (
            np.array([checks.number(getattr(one, name), name, 0) for one in every])
            for name in ("coarse", "rms")
        )
        if not measured.correlated:
            return cls(coarse)
        if colour:
            coarse, rms = GRAIN_STRENGTH_OF_COLOUR * coarse, SPECTRUM_STRENGTH_OF_COLOUR * rms
        else:
            coarse, rms = GRAIN_STRENGTH * coarse, SPECTRUM_STRENGTH * rms
        return cls(coarse, rms, measured.correlation)

    def __truediv__(self, span: float) -> Levels:
        return replace(self, coarse=self.coarse / span, rms=self.rms / span)


def in_strips(function: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> np.ndarray:
    """Apply a function of single pixels some rows at a time: tables answer in float64."""
    result = np.empty(image.shape, np.float32)
    for top in range(0, len(image), STRIP):
        result[top : top + STRIP] = function(image[top : top + STRIP])
    return result


def takes_correlation(denoiser: Denoiser) -> bool:
    """Whether a denoiser can be told which frequencies noise has, as BM3D can."""
    try:
        return "correlation" in inspect.signature(denoiser).parameters
    except (TypeError, ValueError):
        return False


def parts_of(noise: Noise) -> tuple[SaltAndPepper | None, NoiseModel | Grain | None]:
    """Impulses, which hit some pixels, and what all pixels get; None where there is none.

    Raises
    ------
    ValueError
        Where nothing is noise; where something follows the impulses that hides them.
    """
    members = links(noise)
    while members and isinstance(members[0], Distortion) and not isinstance(members[0], Quantize):
        del members[0]  # before all noise it changes the picture alone
    if not members:
        raise ValueError(f"{noise} is no noise: a denoiser does not undo it")
    impulses = [isinstance(one, SaltAndPepper) for one in members]
    first = impulses.index(True) if any(impulses) else len(members)
    rest, rare, after = members[:first], members[first : first + 1], members[first + 1 :]
    hiding = [one for one in after if not isinstance(one, Quantize)]  # it keeps black and white
    if hiding:
        raise ValueError(
            "impulses are found while they are black and white: in a chain they come last, and "
            f"here {hiding[0]} follows"
        )
    whole = rest[0] if len(rest) == 1 else Chain(rest) if rest else None
    return (rare[0] if rare else None), whole


def links(noise: Noise) -> list[Noise]:
    """The members of a chain, and of chains in it; what is no chain, alone.

    Examples
    --------
    >>> from helpers.noise import Poisson
    >>> [one.key for one in links(Chain([Chain([Poisson(30)]), Gaussian(0.1)]))]
    ['poisson', 'gaussian']
    """
    if not isinstance(noise, Chain):
        return [noise]
    return [link for one in noise.models for link in links(one)]


# ---- ways of telling -----------------------------------------------------------------------

WAYS: Registry[Callable[[Told, np.ndarray, NoiseModel], np.ndarray]] = Registry("way of telling")


@WAYS.register
def transform(told: Told, image: np.ndarray, noise: NoiseModel) -> np.ndarray:
    """Make the variance constant; again and again where there are few photons."""
    clipped = is_clipped(image)
    black, white = (float(v) for v in noise.variance(np.array([0.0, 1.0])))
    if white == black and not clipped and np.ptp(noise.variance(np.linspace(0, 1, 9))) == 0:
        return told._restore(image, told._levels(image, np.sqrt(white)))  # constant already
    restored = told._transformed(image, Stabiliser.of(noise, clipped))
    gain = white - black
    if gain * FEW < 1 or not is_linear(noise):
        return restored
    for share in SHARES[1:]:
        weaker = PoissonGaussian(share**2 * gain, share * np.sqrt(black))
        mixed = share * image + (1 - share) * restored
        restored = told._transformed(mixed, Stabiliser.of(weaker))
    return restored


def by_map(told: Told, image: np.ndarray, noise: NoiseModel) -> np.ndarray:
    """Tell √variance pixel by pixel, as the picture restored by the transform has it."""
    first = transform(replace(told, by="transform"), image, noise)
    scene = np.clip(first if first.ndim == 2 else first.mean(axis=2), 0, 1).astype(float)
    sigma = told.strength * np.sqrt(noise.variance(scene) + ROUNDING**2)
    return told._answer(image.copy(), np.float32(np.minimum(sigma, STRONGEST)))


@WAYS.register
def auto(told: Told, image: np.ndarray, noise: NoiseModel) -> np.ndarray:
    """The map for a network that takes one, where noise vanishes at black; else the transform."""
    vanishes = noise.variance(np.array(0.0)) < ROUNDING**2 and not is_linear(noise)
    maps = getattr(told.denoiser, "takes_map", False) and told.grain is None
    return WAYS["map" if vanishes and maps else "transform"](told, image, noise)


WAYS["map"] = by_map

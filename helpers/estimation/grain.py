"""Does the noise of neighbours go together? From one picture alone, and how strongly.

White noise has one strength at all frequencies. What a camera writes has been demosaicked,
denoised and compressed: little is left between neighbouring pixels, and much where pictures
live. Estimates that look where the scene is silent, at the highest frequencies, then find far
too little, and so does a filter that believes them.

>>> from scipy.ndimage import gaussian_filter
>>> from helpers import images
>>> blurred = gaussian_filter(np.random.default_rng(0).standard_normal((512, 512)), 0.8)
>>> noisy = images.load("camera") + 20/255 * blurred / blurred.std()
>>> measured = grain(noisy.astype(np.float32))
>>> measured.correlated, measured.ratio > 5
(True, True)

A filter of white noise is told ``measured.coarse``; one that knows what correlated noise is, as
BM3D, is told the whole spectrum: ``bm3d(noisy, measured.rms, correlation=measured.correlation)``.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.fft import dct
from scipy.ndimage import maximum_filter, minimum_filter

from helpers.estimation.patches import (
    DEAD_SIDE,
    MARGIN,
    Patches,
    constant,
    excerpt,
    planes,
    readable,
)

BLOCK = 8  # pixels a side of a block; around the one that is measured lie eight more
# With half or twice as many shades, half or twice the share, a third of the windows, 25 of 30
# grainy pictures are flagged and 1 or 2 of 30 with white noise (σ 3 and 15 of 255 on the course's
# photographs, 256×256).
WINDOWS = 9000  # of 24×24 pixels that are looked at in each channel: what bounds the time
SHADES = 8  # of brightness, of as many windows each
FLATTEST = 0.05  # share of the windows of a shade in which noise is measured
FEWEST = 20  # windows in which noise is measured: of so many a median is good to a few percent
LEAST = 1e-9  # variance of (0.008/255)², far below that of rounding to 8 bits
NO_NOISE = 0.5 / 255  # coarse noise that is weaker matters to nobody
# Chosen on white noise (σ 2 to 50 of 255) on every third picture of BSD68 and every second of
# BSDS500 train, on simulated cameras there and on the course's photographs, on every second
# scene of PolyU's Canons, and on crops 0 to 2 of SIDD: most cameras flagged at 2 % of white
# pictures. `python -m tools.measure.accuracy grain` shows these beside the rest, which was
# scored three times: a colour crop of SIDD was missed until the middle band had a say in `rise`
# and channels voted, and DOUBTFUL and STRONG, which decide `certain` alone, were chosen last.
CHANCE = 0.2  # rise that white noise has by chance, or by a little texture
SCATTER = 0.5  # texture: how much its scatter counts beside its growth,
TEXTURE = 0.6  # and how much of the rise both together explain
STEEP = 0.7  # rise that texture does not reach
DOUBTFUL = 0.24  # what texture may explain, before noise in the upper band that is
STRONG = 2 / 255  # stronger is doubted; JPEG makes weaker noise scatter, too
SLOPE = 0.6  # ln(low/middle) over ln(middle/upper), at most: spectra of grain flatten
STILL = 0.05  # growth at which a shade counts for 1/e

ROUNDS = 50  # of `autocorrelation`: spectra of blurs up to 1.2 pixels come back within 1.5 %

_COSINES = dct(np.eye(BLOCK), axis=0, norm="ortho")
_DCT = np.kron(_COSINES, _COSINES).T.astype(np.float32)  # (64, 64): a block's spectrum in a row
_FREQUENCY = np.add.outer(np.arange(BLOCK), np.arange(BLOCK)).ravel()  # u + v, 0 to 14
_BANDS = [(2, 3), (4, 6), (7, 9), (10, 14)]  # of u + v: low, middle, upper, high
_INSIDE = np.stack([np.isin(_FREQUENCY, range(a, b + 1)) for a, b in _BANDS], axis=1)
_COUNT = _INSIDE.sum(axis=0)  # coefficients of each band: 7, 18, 21, 15
_COARSE = _INSIDE[:, :2].any(axis=1)  # low and middle band
_MEAN = (_INSIDE / _COUNT).astype(np.float32)  # (64, 4)
_MEDIAN = (1 - 2 / (9 * _COUNT)) ** 3  # of χ² over its degrees (Wilson, Hilferty 1931)
LOW, MIDDLE, UPPER, HIGH = range(4)


@dataclass(frozen=True)
class Grain:
    """Strength of noise at the finest and at coarse scales.

    Attributes
    ----------
    fine : float
        Strength between neighbouring pixels, in image units: the standard deviation of white
        noise that has as much at frequencies of 0.45 cycles a pixel (orthonormal DCT of 8×8
        pixels, u + v ≥ 10). It is what `blind_sigma` finds.
    coarse : float
        The same where pictures live, at 0.1 cycles a pixel (u + v = 2, 3): what a filter is to
        be told. Equal to `fine` where nothing speaks against white noise.
    correlated : bool
        Whether the noise of neighbours goes together.
    certain : bool
        False where texture could be taken for grain, or hide it: on gravel, cloth or leaves
        in weak noise. Then `coarse` may be too strong, or the flag missing.
    channels : tuple of Grain
        The same for each channel of a colour picture, in order; empty for gray.
    spectrum : numpy.ndarray or None
        (8, 8) strengths in image units at the frequencies (u, v) of the DCT, down and across;
        `coarse` and `fine` are its RMS over their bands. Constant where nothing speaks against
        white noise; None in a `Grain` that was made without one.
    """

    fine: float
    coarse: float
    correlated: bool
    certain: bool
    channels: tuple[Grain, ...] = field(default=(), repr=False)
    spectrum: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def ratio(self) -> float:
        """Coarse over fine: 1 for white noise, 2 for a demosaicked sensor, 4 to 10 for JPEG."""
        return self.coarse / self.fine if self.fine else 1.0

    @property
    def rms(self) -> float:
        """Strength over all frequencies: what is told where the correlation is told, too."""
        return self.coarse if self.spectrum is None else rms(self.spectrum)

    @property
    def correlation(self) -> np.ndarray | None:
        """`autocorrelation` of the spectrum, (15, 15); None, as BM3D takes it, for white noise."""
        if self.spectrum is None or not self.correlated:
            return None
        return autocorrelation(self.spectrum)


@dataclass(frozen=True)
class _Shade:
    """What the flattest windows of one brightness say."""

    variances: np.ndarray  # (4,) of low, middle, upper and high band
    energies: np.ndarray  # (64,) at each frequency, mean over the windows
    rise: float  # from high to upper and middle band, mean ln
    growth: float  # ln of the middle band, from the flattest windows to the next
    scatter: float  # ln of the variance of the upper band's energy over that of χ²


def grain(noisy: np.ndarray) -> Grain:
    """Measure how far the noise of neighbours goes together, from the noisy picture alone.

    Blocks of 8×8 pixels are measured whose *neighbours* are flattest among those of their
    brightness: noise of neighbours says nothing of a block's own, so that the choice does not
    bias the measurement. Grain shows as more at middle than at high frequencies. So does
    texture; but texture grows from the flattest blocks to the next, and is here strong and
    there weak, while noise is spread as χ². A rise from high to middle frequencies counts as
    grain as far as growth and scatter do not explain it.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 64×64. Clipped and constant regions are left out.

    Returns
    -------
    Grain
        `coarse` is meant for weakly textured places, and less than the mean over the picture
        where JPEG or a camera smoothes these most: 0.8 of it in the median of PolyU's Canons.
        Of pictures on which no constant was chosen, 27 of 27 Canon crops are flagged (26 in
        colour), 3 of 3 of SIDD, 338 of 360 simulated cameras (σ 3 to 30 of 255 on BSD68), and of
        45 with white noise 1 at σ = 2/255, none from 5 to 50. `coarse` is within 25 % of the
        truth on 68 % of those cameras, on 84 % where `certain`; at 3/255 texture has its share.

    Raises
    ------
    ValueError
        For what is no image, fewer than 64×64 pixels, or a picture without room for 20
        windows of 24×24 pixels that hold noise.

    Notes
    -----
    After two probes that looked at block means and at the spectrum of the flattest patches;
    bands of a DCT are those of the second. Noise in scales told apart: Lebrun, Colom, Morel
    (2015), The Noise Clinic: a blind image denoising algorithm, Image Processing On Line 5.
    """
    image, seen = excerpt(readable(noisy, least=64))
    shades = []
    for channel, flat in zip(planes(image), constant(image)):
        side = 2 * BLOCK + 1  # pixels of one value are dead: more than a block that JPEG made flat
        dead = maximum_filter(minimum_filter(flat, side - DEAD_SIDE + 1), side + 2 * MARGIN)
        shades.append(_shades(channel, seen & ~dead))
    usable = [one for one in shades if one]
    if not usable:
        raise ValueError(
            f"grain is measured in {FEWEST} windows of 24×24 pixels or more that are neither "
            "constant nor clipped: this picture has fewer"
        )
    votes = np.mean([_verdict(one) for one in usable], axis=0) >= 0.5  # two channels of three
    whole = _grain([shade for one in usable for shade in one], *votes)
    if len(shades) == 1:
        return whole
    return replace(whole, channels=tuple(_grain(one, *votes) if one else whole for one in shades))


def _verdict(shades: list[_Shade]) -> tuple[bool, bool]:
    """Is it grain, and is that certain?"""
    rise = np.quantile([shade.rise for shade in shades], [0.25, 0.5]).mean()
    growth = np.median([shade.growth for shade in shades])
    scatter = np.median([shade.scatter for shade in shades])
    texture = TEXTURE * max(growth + SCATTER * scatter, 0)
    low, _, upper, _ = _strengths(shades)
    correlated = rise > min(CHANCE + texture, STEEP) and low > NO_NOISE
    doubtful = texture > DOUBTFUL and upper > STRONG
    return correlated, rise <= CHANCE or (correlated and not doubtful)


def _grain(shades: list[_Shade], correlated: bool, certain: bool) -> Grain:
    """The strengths under this verdict."""
    low, _, _, high = strengths = _strengths(shades)
    if correlated:
        spectrum = _spectrum(shades, strengths)
    else:
        low, spectrum = high, np.full((BLOCK, BLOCK), high)
    return Grain(high, low, bool(correlated), bool(certain), spectrum=spectrum)


def _strengths(shades: list[_Shade]) -> list[float]:
    """Strength in each band: the RMS over shades of brightness, as far as they are still.

    Low frequencies count no further than the rise of the others lets expect: beyond is texture.
    """
    variances = np.array([shade.variances for shade in shades])
    low, middle, upper, _ = variances.T
    rise = np.maximum(middle / np.maximum(upper, 1e-12), 1)
    variances[:, LOW] = np.minimum(low, middle * rise**SLOPE)
    return np.sqrt(np.average(variances, axis=0, weights=_stillness(shades))).tolist()


def _stillness(shades: list[_Shade]) -> list[float]:
    """How much each shade counts: the less, the more texture there is."""
    return [np.exp(-shade.growth / STILL) for shade in shades]


def _spectrum(shades: list[_Shade], strengths: list[float]) -> np.ndarray:
    """Strength at each frequency, (8, 8): the bands' `strengths`, distributed as energies are.

    The lowest three frequencies, where texture is strongest, continue the other bands at most
    as `SLOPE` has it: blurs of white noise, 0.5 to 1.2 pixels wide, do within a tenth.
    """
    energies = np.average([shade.energies for shade in shades], axis=0, weights=_stillness(shades))
    variances = np.square(strengths)
    for inside, variance in zip(_INSIDE.T, variances):
        energies[inside] *= variance / max(energies[inside].mean(), 1e-30)
    rise = max(variances[LOW] / max(variances[MIDDLE], 1e-12), 1)
    lowest = ~_INSIDE.any(axis=1)  # u + v = 0, 1
    energies[lowest] = np.minimum(energies[lowest], variances[LOW] * rise**SLOPE)
    return np.sqrt(energies).reshape(BLOCK, BLOCK)


def _shades(channel: np.ndarray, living: np.ndarray) -> list[_Shade]:
    """Windows of one channel, by brightness; nothing where there are too few."""
    windows = Patches.of(channel, living, 3 * BLOCK).on_grid(WINDOWS, least=4)
    if len(windows) < FEWEST:
        return []
    parts = zip(*(_energies(block) for block in windows.blocks(2**11)))
    mean, around, own, clipped = (np.concatenate(part) for part in parts)
    kept = clipped <= max(0.02, np.quantile(clipped, 0.3))  # a few pixels, or the best there are
    if np.sum(kept) < FEWEST:
        return []
    mean, around, own = mean[kept], around[kept], own[kept]
    kinds = np.array_split(
        np.argsort(mean, kind="stable"), np.clip(len(mean) // (5 * FEWEST), 1, SHADES)
    )
    return [_shade(around[kind], own[kind]) for kind in kinds]


def _shade(around: np.ndarray, own: np.ndarray) -> _Shade:
    """Energies around (N,), and each block's own (N, 64), of windows of one brightness."""
    own = own[np.argsort(around, kind="stable")]
    first = max(round(FLATTEST * len(own)), FEWEST)
    bands = own[: 4 * first] @ _MEAN
    flattest, next_ones = bands[:first], bands[2 * first :]
    mean = flattest[:, MIDDLE].mean()
    later = next_ones[:, MIDDLE].mean() if len(next_ones) else mean
    variances = np.median(flattest, axis=0) / _MEDIAN
    _, middle, upper, high = np.log(variances + LEAST) / 2
    energies = own[: 4 * first, _INSIDE[:, UPPER]]  # (n, 21), whose sum noise spreads as χ²
    scatter = energies.sum(axis=1).var() / max(2 * np.sum(energies.mean(axis=0) ** 2), 1e-18)
    return _Shade(
        variances=variances,
        energies=own[:first].mean(axis=0),
        rise=float((2 * upper + middle) / 3 - high),
        growth=max(float(np.log((later + LEAST) / (mean + LEAST)) / 2), 0.0),
        scatter=float(np.log(max(scatter, 1e-3))),
    )


def _energies(windows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Windows (n, 576) to brightness, energy around, own energy (n, 64), share at 0 or 1."""
    blocks = windows.reshape(-1, 3, BLOCK, 3, BLOCK).swapaxes(2, 3).reshape(-1, 9, BLOCK**2)
    spectrum = blocks[:, 4] @ _DCT
    around = np.mean((np.delete(blocks, 4, axis=1) @ _DCT[:, _COARSE]) ** 2, axis=(1, 2))
    clipped = np.mean((windows == 0) | (windows == 1), axis=1)
    return spectrum[:, 0] / BLOCK, around, spectrum**2, clipped


# ---- what a filter is told ---------------------------------------------------------------------


def rms(spectrum: np.ndarray) -> float:
    """Strength of noise over all frequencies of an orthonormal transform."""
    return float(np.sqrt(np.mean(np.square(spectrum))))


def coarse_of(noise: np.ndarray) -> float:
    """`Grain.coarse` of noise that is known: its strength where pictures live, image units.

    Parameters
    ----------
    noise : numpy.ndarray
        (H, W) or (H, W, 3), of 8×8 pixels or more: noisy − clean.

    Raises
    ------
    ValueError
        For fewer pixels.

    Examples
    --------
    >>> white = np.random.default_rng(0).normal(0, 10/255, (256, 256))
    >>> round(255 * coarse_of(white))
    10
    """
    height, width = (side - side % BLOCK for side in noise.shape[:2])
    if not height * width:
        raise ValueError(
            f"coarse noise is measured in blocks of {BLOCK}×{BLOCK} pixels, and a patch of "
            f"{'×'.join(map(str, noise.shape[:2]))} holds none"
        )
    stacked = np.atleast_3d(noise)[:height, :width]  # whole blocks
    blocks = stacked.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, -1).swapaxes(1, 2)
    flat = np.moveaxis(blocks, -1, 2).reshape(-1, BLOCK**2)
    return float(np.sqrt(np.mean((flat @ _DCT[:, _INSIDE[:, LOW]]) ** 2)))


def autocorrelation(spectrum: np.ndarray) -> np.ndarray:
    """How noise of this spectrum goes together, pixel by pixel.

    An energy at a frequency of the block's DCT is a mean over the noise's power density, wider
    than the distance of two frequencies. To divide by what a block's shape does would amplify
    every error; so a density is sought that is nowhere negative and whose means are the energies,
    each step multiplying it by the ratios of energies to means (Richardson, Lucy).

    Parameters
    ----------
    spectrum : numpy.ndarray
        (8, 8) strengths, as in `Grain.spectrum`.

    Returns
    -------
    numpy.ndarray
        (15, 15) for distances of up to seven pixels, 1 at the centre: what `bm3d` is told as its
        `correlation`, with the spectrum's RMS as its sigma.

    References
    ----------
    Richardson (1972). Bayesian-based iterative method of image restoration. JOSA 62(1), 55-59;
    Lucy (1974), The Astronomical Journal 79, 745-754.

    Examples
    --------
    >>> white = autocorrelation(np.full((8, 8), 0.1))
    >>> white.shape, bool(np.allclose(white[7, 6:9], [0, 1, 0]))
    ((15, 15), True)
    """
    distances = np.arange(1 - BLOCK, BLOCK)  # -7 to 7
    shared = np.array([np.correlate(row, row, "full") for row in _COSINES])  # (8, 15)
    waves = np.cos(np.pi / BLOCK * np.outer(np.arange(BLOCK) + 0.5, distances))  # (8, 15)
    means = np.maximum(shared @ waves.T, 0)  # (8, 8): of a density at 8 frequencies an axis
    energies = np.square(spectrum, dtype=float)
    density = np.full((BLOCK, BLOCK), energies.mean())
    total = np.outer(means.sum(axis=0), means.sum(axis=0))
    for _ in range(ROUNDS):
        ratios = energies / np.maximum(means @ density @ means.T, 1e-30)
        density *= means.T @ ratios @ means / total
    r = waves.T @ density @ waves
    return r / r[BLOCK - 1, BLOCK - 1]


# ---- a warning, for estimates that take noise for white ---------------------------------------


def warn_if_correlated(noisy: np.ndarray) -> bool:
    """One `UserWarning` where the noise of neighbours goes together; silent where none can tell.

    It names the line outside of `helpers` that asked for the estimate. Returns whether it warned.
    """
    try:
        measured = grain(noisy)
    except ValueError:
        return False
    if measured.correlated:
        doubt = "" if measured.certain else "; or it is texture, of which this picture has much"
        warnings.warn(
            f"the noise of neighbouring pixels goes together (coarse {255 * measured.coarse:.3g}"
            f"/255, fine {255 * measured.fine:.3g}/255{doubt}): estimates for white noise are too "
            "low; tell a filter sigma=estimation.grain(noisy).coarse",
            stacklevel=level_of_the_caller(),
        )
    return measured.correlated


def level_of_the_caller() -> int:
    """`stacklevel` for a warning of the calling function: the first frame outside helpers."""
    house, frame, level = str(Path(__file__).parents[1]), sys._getframe(1), 1
    while frame.f_back and frame.f_code.co_filename.startswith(house):
        frame, level = frame.f_back, level + 1
    return level

"""Is it noise whose neighbours go together, or is it texture?

`estimation.grain` looks at how strength grows from fine to coarse. Some textures grow as a
camera's grain does: water, cloth, grass. But noise has no direction, and is as strong in one place
as in the next of the same brightness.

>>> from helpers import images
>>> water = np.random.default_rng(0).standard_normal((256, 256)).cumsum(axis=1) / 100
>>> evidence(np.float32(0.5 + water - water.mean(axis=1, keepdims=True))).streaked
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn

from helpers.estimation.patches import Patches, excerpt

BLOCK = 8  # pixels a side, as in `estimation.grain`
WINDOWS = 9000  # blocks that are looked at: what bounds the time
SHADES = 8  # of brightness, of as many blocks each
FLATTEST = 0.05  # share of the blocks of a shade that is measured,
FEWEST = 20  # or so many
# Chosen on 28 crops of PolyU's Canons, SIDD 0 to 2, FMD's wide field and simulated cameras on
# BSDS500 train, against its pictures with white noise or none that `grain` takes for grainy.
# Cameras: at most 0.34 and 0.23 (with one exception, of weak noise); water: 1.2 and 1.6.
STREAKED = 0.45, 0.27  # ln of strengths across over down, in the low and in the middle band
CLIPPED = 0.02  # share of a window's pixels at black or white: a few
LEAST = 1e-9  # energy, far below that of rounding to 8 bits
_FREQUENCY = np.add.outer(range(BLOCK), range(BLOCK))
_BANDS = [np.isin(_FREQUENCY, band) for band in ((1, 2, 3), (4, 5, 6))]  # low, middle
_UPPER = np.isin(_FREQUENCY, (7, 8, 9))
_COARSE = np.isin(_FREQUENCY, range(2, 7))
_ACROSS = np.triu(np.ones((BLOCK, BLOCK), bool), 1)  # spectrum of what varies along a row


@dataclass(frozen=True)
class Evidence:
    """What speaks for texture.

    Attributes
    ----------
    streaked : bool
        One direction is stronger than the other.
    growth : float
        ln of the strength, from the flattest places to the next of the same brightness; 0 for
        noise.
    scatter : float
        ln of how much more the strength at fine scales scatters there than that of noise; 0 for
        noise, but not where JPEG has cut weak noise off.
    """

    streaked: bool
    growth: float
    scatter: float


def evidence(image: np.ndarray) -> Evidence:
    """Look at the flattest places of a picture.

    As in `grain`, blocks are chosen by what lies *around* them, which says nothing of their own
    noise.

    Parameters
    ----------
    image : numpy.ndarray
        (H, W) or (H, W, 3), at least 64×64.
    """
    image, seen = excerpt(image)
    gray = image if image.ndim == 2 else image.mean(axis=2)
    windows = Patches.of(gray, seen, 3 * BLOCK).on_grid(WINDOWS, least=4)
    parts = zip(*(_measured(block) for block in windows.blocks(2**11)))
    mean, around, spectra = (np.concatenate(part) for part in parts)
    if len(mean) < FEWEST:
        return Evidence(False, 0.0, 0.0)
    kinds = np.array_split(
        np.argsort(mean, kind="stable"), np.clip(len(mean) // (5 * FEWEST), 1, SHADES)
    )
    shades = [_shade(around[kind], spectra[kind]) for kind in kinds]
    low, middle, growth, scatter = np.median(shades, axis=0)
    streaked = abs(low) > STREAKED[0] or abs(middle) > STREAKED[1]
    return Evidence(bool(streaked), max(float(growth), 0.0), max(float(scatter), 0.0))


def _measured(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows (N, 576) to brightness and strength around, (n,), and own spectrum (n, 8, 8).

    Without those that are constant around, or clipped in more than a few pixels.
    """
    clipped = np.mean((windows <= 0) | (windows >= 1), axis=1)
    blocks = windows[clipped <= CLIPPED].reshape(-1, 3, BLOCK, 3, BLOCK).swapaxes(2, 3)
    energies = dctn(blocks, axes=(3, 4), norm="ortho") ** 2  # (n, 3, 3, 8, 8)
    coarse = energies[..., _COARSE].sum(axis=-1)  # (n, 3, 3)
    around = coarse.sum(axis=(1, 2)) - coarse[:, 1, 1]
    living = around > LEAST
    return blocks.mean(axis=(1, 2, 3, 4))[living], around[living], energies[living, 1, 1]


def _shade(around: np.ndarray, spectra: np.ndarray) -> tuple[float, float, float, float]:
    """Logarithms: across over down in the low and the middle band, growth, and scatter."""
    spectra = spectra[np.argsort(around, kind="stable")]
    first = max(round(FLATTEST * len(spectra)), FEWEST)
    flattest, later = spectra[:first], spectra[2 * first : 4 * first]
    directions = []
    for band in _BANDS:
        across, down = (
            np.median(flattest[:, half & band].sum(axis=1)) + LEAST
            for half in (_ACROSS, _ACROSS.T)
        )
        directions.append(np.log(across / down) / 2)
    middle = [part[:, _BANDS[1]].sum(axis=1).mean() for part in (flattest, later) if len(part)]
    growth = np.log((middle[-1] + LEAST) / (middle[0] + LEAST)) / 2
    upper = spectra[: 4 * first, _UPPER]  # (n, 21), whose sum noise spreads as χ²
    chance = 2 * np.sum(upper.mean(axis=0) ** 2) + LEAST**2
    scatter = np.log(upper.sum(axis=1).var() / chance + 1e-3)
    return *directions, float(growth), float(scatter)

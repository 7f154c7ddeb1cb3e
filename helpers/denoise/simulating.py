"""What noise looks like that no formula tells: a camera's, shown by a gray ramp.

Two draws on the same ramp differ by noise alone. Their difference tells how strong it is at each
brightness; after the transform made of that curve it tells at which frequencies it is strong.

>>> from helpers.noise import Camera
>>> seen = shown_by(Camera(gain=0.01), colour=False)
>>> bool(seen.coarse[0] > seen.fine[0])  # demosaicked noise is coarser than a pixel
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn
from scipy.ndimage import uniform_filter1d

from helpers.denoise.stabilising import ROUNDING, Stabiliser, kept, remembered
from helpers.noise import NoiseModel

HEIGHT, WIDTH = 256, 1024  # pixels of the ramp, whose brightness grows to the right
DRAWS = 4  # with a quarter of a million values each: strengths are good to half a percent
SMOOTH = 33  # columns that share a variance: 1/32 of the range
RADIUS = 15  # pixels up to which noise is taken to go together
BLOCK = 8  # pixels a side of a block whose spectrum is taken, as in `estimation.grain`
LOW, HIGH = (2, 3), (10, 14)  # bands of u + v, as there


@dataclass(frozen=True, eq=False)
class Shown:
    """What a ramp shows; strengths are in standard deviations after the transform.

    Attributes
    ----------
    stabiliser : Stabiliser
        Of the curve of variance against brightness.
    rms, coarse, fine : numpy.ndarray
        (C,) of each channel: of all the noise, and at low and high frequencies.
    correlation : numpy.ndarray
        (2R+1, 2R+1) autocorrelation of the noise, 1 at its centre.
    """

    stabiliser: Stabiliser
    rms: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray
    correlation: np.ndarray


@remembered
def shown_by(noise: NoiseModel, colour: bool) -> Shown:
    """Simulate a noise model on a gray ramp."""
    x = np.linspace(0, 1, WIDTH)
    ramp = np.repeat(np.float32(x)[None], HEIGHT, axis=0)
    ramp = np.dstack([ramp] * 3) if colour else ramp
    rngs = [np.random.default_rng(seed) for seed in range(DRAWS)]
    draws = np.stack([np.atleast_3d(noise(ramp, rng)) for rng in rngs])  # (D, H, W, C)
    if not np.isfinite(draws).all():
        raise ValueError(f"{type(noise).__name__} makes NaN or infinite values of a gray ramp")
    stabiliser = _curve(x, draws.astype(float))
    t = stabiliser(draws)
    added = (t[0::2] - t[1::2]) / np.sqrt(2)  # (D/2, H, W, C) of noise alone
    blocks = added.reshape(-1, HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK, added.shape[-1])
    spectrum = np.mean(dctn(blocks, axes=(2, 4), norm="ortho") ** 2, axis=(0, 1, 3))  # (8, 8, C)
    frequency = np.add.outer(np.arange(BLOCK), np.arange(BLOCK))
    low, high = (
        np.sqrt(spectrum[(frequency >= first) & (frequency <= last)].mean(axis=0))
        for first, last in (LOW, HIGH)
    )
    rms = np.sqrt(np.mean(added**2, axis=(0, 1, 2)))
    return Shown(stabiliser, *kept((rms, low, high, _autocorrelation(added))))


def _curve(x: np.ndarray, draws: np.ndarray) -> Stabiliser:
    """The transform for the mean and the variance that draws (D, H, W, C) have at each x (W,)."""
    mean = draws.mean(axis=(0, 1, 3))
    variance = np.mean((draws[0::2] - draws[1::2]) ** 2, axis=(0, 1, 3)) / 2
    mean, variance = (uniform_filter1d(one, SMOOTH, mode="nearest") for one in (mean, variance))
    mean = np.maximum.accumulate(mean) + 1e-9 * np.arange(len(x))  # noisy by chance alone
    steep = 1 / np.sqrt(variance + ROUNDING**2)
    t = np.concatenate([[0.0], np.cumsum((steep[1:] + steep[:-1]) / 2 * np.diff(mean))])
    left, right = mean[0] - draws.min() + 0.1, draws.max() - mean[-1] + 0.1  # where noise reaches
    y = np.concatenate([[mean[0] - left], mean, [mean[-1] + right]])
    t = np.concatenate([[-left * steep[0]], t, [t[-1] + right * steep[-1]]])
    expected = np.interp(draws, y, t).mean(axis=(0, 1, 3))
    expected = np.maximum.accumulate(uniform_filter1d(expected, SMOOTH, mode="nearest"))
    clipped = bool(draws.max() <= 1)  # a file's: towards white the mean hardly grows any more
    return Stabiliser(kept((y, t)), kept((x, expected)), None, clipped)


def _autocorrelation(added: np.ndarray) -> np.ndarray:
    """Mean over all pictures and channels, symmetric about its centre."""
    power = np.mean(np.abs(np.fft.fft2(added, axes=(1, 2))) ** 2, axis=(0, 3))  # (H, W)
    around = np.fft.fftshift(np.fft.ifft2(power).real)
    middle = HEIGHT // 2, WIDTH // 2
    cut = around[tuple(slice(m - RADIUS, m + RADIUS + 1) for m in middle)]
    if cut[RADIUS, RADIUS] == 0:  # no noise at all
        cut[RADIUS, RADIUS] = 1
    return cut / cut[RADIUS, RADIUS]

"""Noise as it is in the files of cameras, drawn at random: what `drunet_camera` learns from.

Between a sensor and its file lie demosaicking, resizing, a maker's own denoising, JPEG. Each takes
more of the fine noise than of the coarse, each camera in its own way. So a sensor's noise
goes through a low-pass whose cutoff and sharpness are drawn, and is as strong as it is drawn to be
where pictures live, which is what `estimation.grain` measures in a file.

It has no mean: the curve of gamma is followed by its tangent. Noise of both signs through the
curve itself darkens a picture, by each camera's own amount; a network that learns to undo that
changes the brightness of all others (it cost 0.3 dB on PolyU's Canons).

>>> file = RandomCamera()(np.random.default_rng(0))
>>> flat = np.full((128, 128), 0.5, np.float32)
>>> bool(0.7 < coarse_of(file(flat, np.random.default_rng(1)) - flat) / file.strength < 1.3)
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.estimation.grain import coarse_of
from helpers.noise import Gaussian, Jpeg, PoissonGaussian, Quantize
from helpers.noise.camera import demosaic, mosaic

GAMMA, GAIN = 2.2, 0.01  # the noise is scaled: only how it varies with light counts
TOE = 0.15  # below, tone curves are straight


@dataclass(frozen=True)
class CameraFile:
    """The noise of one camera's files.

    Attributes
    ----------
    strength : float
        Of its coarse noise, image units: `Grain.coarse`.
    cutoff : float
        Cycles a pixel where the low-pass has taken half of the noise's energy; `inf` for none.
    order : int
        How sharply it falls (Butterworth).
    sigma : float
        Read noise beside that of photons, image units of a linear sensor.
    quality : int
        Of JPEG; 0 for a file of 8 bits without.
    """

    strength: float
    cutoff: float
    order: int
    sigma: float
    quality: int

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """An image as the file shows it, (H, W) or (H, W, 3), clipped."""
        noise = self._softened(self._sensor(image, rng))
        noise *= np.float32(self.strength / max(coarse_of(noise), 1e-6))
        if not self.quality:
            return Quantize()(image + noise, rng)
        top, left = rng.integers(8, size=2)  # a patch begins anywhere in the file's blocks of 8×8
        room = [(top, 0), (left, 0), (0, 0)][: image.ndim]
        file = Jpeg(self.quality)(np.pad(image + noise, room, mode="reflect"), rng)
        return file[top:, left:]

    def _sensor(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Noise of photons and reading, demosaicked, by the tangent of gamma; of image's shape."""
        light = (mosaic(image) if image.ndim == 3 else image) ** GAMMA
        colours = demosaic(PoissonGaussian(GAIN, self.sigma)(light, rng) - light)
        noise = colours if image.ndim == 3 else colours.mean(axis=-1)
        return noise / (GAMMA * np.maximum(image, TOE) ** (GAMMA - 1))

    def _softened(self, noise: np.ndarray) -> np.ndarray:
        """Through the low-pass, which goes around at the borders."""
        down, across = np.fft.fftfreq(noise.shape[0]), np.fft.rfftfreq(noise.shape[1])
        frequency = np.hypot(down[:, None], across)  # cycles a pixel
        passed = (1 + (frequency / self.cutoff) ** (2 * self.order)) ** -0.5
        spectrum = np.fft.rfft2(noise, axes=(0, 1)) * passed.reshape(
            *passed.shape, *[1] * (noise.ndim - 2)
        )
        return np.fft.irfft2(spectrum, noise.shape[:2], axes=(0, 1)).astype(np.float32)


@dataclass(frozen=True)
class RandomCamera:
    """A camera's files, or white noise, drawn anew for each patch.

    Attributes
    ----------
    strength : (float, float)
        Of the coarse noise, gray levels; as often between 2 and 4 as between 10 and 20.
    cutoff : (float, float)
        Cycles a pixel; drawn in the same way.
    white, fine, raw : float
        Shares of white Gaussian noise, of cameras without a low-pass, and of files without JPEG.
    """

    strength: tuple[float, float] = (1.5, 35.0)
    cutoff: tuple[float, float] = (0.12, 0.5)
    order: tuple[int, int] = (1, 6)
    sigma: tuple[float, float] = (0.0, 4.0)  # gray levels
    quality: tuple[int, int] = (80, 100)
    white: float = 0.15
    fine: float = 0.3
    raw: float = 0.25

    def __call__(self, rng: np.random.Generator) -> CameraFile | Gaussian:
        """One of them."""
        strength = _drawn(rng, *self.strength) / 255
        if rng.random() < self.white:
            return Gaussian(strength)
        cutoff = np.inf if rng.random() < self.fine else _drawn(rng, *self.cutoff)
        order = int(rng.integers(*self.order, endpoint=True))
        sigma = rng.uniform(*self.sigma) / 255
        quality = 0 if rng.random() < self.raw else int(rng.integers(*self.quality, endpoint=True))
        return CameraFile(strength, cutoff, order, sigma, quality)


def _drawn(rng: np.random.Generator, low: float, high: float) -> float:
    """As often from one octave as from the next."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))

"""A camera: from the light of a scene to the 8-bit picture on the card, in five small steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import convolve, gaussian_filter

from helpers import checks
from helpers.images import as_image
from helpers.noise.base import NoiseModel, rms_of_change
from helpers.noise.chance import PoissonGaussian
from helpers.noise.distortions import Jpeg
from helpers.parameters import parameter


@dataclass(frozen=True)
class Camera(NoiseModel):
    """A colour camera: Bayer mosaic, photons and read noise, demosaicking, gamma, JPEG.

    The image is what a perfect camera would show; its light is image^gamma. Each pixel of the
    sensor counts light of one colour only, with variance gain·light + sigma², and the colours
    in between are interpolated, so that noise spreads over neighbours and channels. A gray
    image stays gray: the mean of the three channels. The result is clipped, as all files are.

    White balance, colour matrix and the maker's own denoising are left out.
    """

    gain: float = parameter(0.01, 0.001, 0.1, valid=(0, 1e3), symbol="gain", log=True)
    sigma: float = parameter(2 / 255, 0, 20 / 255, valid=(0, 1), symbol="σ", unit="/255")
    gamma: float = parameter(2.2, 1, 3, valid=(0.1, 10), symbol="γ")
    quality: int = parameter(90, 5, 100, valid=(1, 100), symbol="quality", step=1)

    def apply(self, image, rng):
        scene = np.pad(image, _RIM[: image.ndim], mode="edge")
        seen = _mosaic(scene) if image.ndim == 3 else scene  # of gray, the same in any colour
        light = np.maximum(seen, 0) ** self.gamma
        raw = PoissonGaussian(self.gain, self.sigma).apply(light, rng)
        developed = np.clip(_demosaic(raw)[2:-2, 2:-2], 0, 1) ** (1 / self.gamma)
        red, green, blue = np.moveaxis(developed, -1, 0)
        shown = developed if image.ndim == 3 else (red + green + blue) / 3
        return Jpeg(self.quality).apply(shown, rng)

    rms = rms_of_change  # noise, and what mosaic, clipping and JPEG lose


@dataclass(frozen=True)
class SoftCamera(Camera, register=False):
    """`Camera`, whose noise is blurred before JPEG while the scene stays sharp.

    What a maker's own denoising leaves is coarser than what a sensor gives. A fit looks for the
    gain, down to weaker noise than `Camera` has; the width of the blur, in pixels, is given, and
    so are read noise, gamma and quality.

    Examples
    --------
    >>> SoftCamera(gain=0.01, spread=1.0)
    SoftCamera(gain=0.01, sigma=0.0, gamma=2.2, quality=95, spread=1.0)
    """

    gain: float = parameter(0.001, 1e-5, 0.1, valid=(0, 1e3), symbol="gain", log=True)
    sigma: float = 0.0
    gamma: float = 2.2
    quality: int = 95
    spread: float = 0.0

    def __post_init__(self) -> None:
        # No fit looks for what is given, which is why this class does not declare it.
        of_camera, owner = Camera.parameters(), type(self).__name__
        checks.check_fields(
            self, dict.fromkeys(of_camera, lambda value, name: of_camera[name].check(value, owner))
        )
        if not (checks.is_number(self.spread) and 0 <= self.spread <= 100):
            raise checks.refusal("spread", "a blur's width in pixels, from 0 to 100", self.spread)

    def apply(self, image, rng):
        if not self.spread:
            return super().apply(image, rng)
        sensor = replace(self, spread=0.0, quality=100)
        silent = replace(sensor, gain=0.0, sigma=0.0)
        added = sensor.apply(image, rng) - silent.apply(image, rng)
        coarse = gaussian_filter(added, self.spread, axes=(0, 1))
        return Jpeg(self.quality).apply(np.clip(image + coarse, 0, 1), rng)


def mosaic(image: np.ndarray) -> np.ndarray:
    """What a sensor under a Bayer filter (RGGB) sees: (H, W, 3) to (H, W), one colour a pixel.

    Raises
    ------
    ValueError
        For what is no image, and for a gray one.

    Examples
    --------
    >>> red = np.zeros((2, 2, 3))
    >>> red[..., 0] = 1
    >>> mosaic(red)
    array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    image = as_image(image, clipped=False)
    if image.ndim == 2:
        raise ValueError(f"a mosaic is made of a colour image, (H, W, 3), not of {image.shape}")
    return _mosaic(image)


def _mosaic(image: np.ndarray) -> np.ndarray:
    raw = image[..., 1].copy()
    for (rows, columns), channel in _NOT_GREEN.items():
        raw[rows::2, columns::2] = image[rows::2, columns::2, channel]
    return raw


def demosaic(raw: np.ndarray) -> np.ndarray:
    """Interpolate the two missing colours of each pixel: (H, W) to (H, W, 3).

    Green is the mean of its four neighbours, corrected by the curvature of the colour that was
    measured there; red and blue follow green, whose difference to them is smooth. Linear, as in
    Malvar, He, Cutler (2004), High-quality linear interpolation for demosaicing of
    Bayer-patterned color images, ICASSP 3, 485-488, from which green's weights come.

    Raises
    ------
    ValueError
        For what is no gray image of 2×2 pixels or more.

    Examples
    --------
    >>> demosaic(np.full((4, 6), 0.5)).shape
    (4, 6, 3)
    """
    raw = as_image(raw, clipped=False)
    if raw.ndim != 2 or min(raw.shape) < 2:
        raise ValueError(
            f"raw is what a sensor sees, (H, W) of 2×2 pixels or more, not {raw.shape}"
        )
    return _demosaic(raw)


def _demosaic(raw: np.ndarray) -> np.ndarray:
    green = convolve(raw, _GREEN, mode="mirror")
    green[::2, 1::2], green[1::2, ::2] = raw[::2, 1::2], raw[1::2, ::2]  # measured there
    colours = np.stack([green] * 3, axis=-1)
    for (rows, columns), channel in _NOT_GREEN.items():
        measured = np.s_[rows::2, columns::2]
        difference = np.zeros_like(raw)  # to green, which is smooth; 0 where it is not measured
        difference[measured] = raw[measured] - green[measured]
        colours[..., channel] += convolve(difference, _BILINEAR, mode="mirror")
        colours[..., channel][measured] = raw[measured]
    return colours


_GREEN = np.zeros((5, 5), np.float32)
_GREEN[2] = _GREEN[:, 2] = np.float32([-1, 2, 4, 2, -1]) / 8  # a cross
# Between measured values, two pixels apart; in the mirror, too, the weights of those add up to 1.
_BILINEAR = np.float32([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
_NOT_GREEN = {(0, 0): 0, (1, 1): 2}  # first row and column of red and blue: their channel
_RIM = ((2, 2), (2, 2), (0, 0))  # a sensor is larger than its picture: neighbours for all

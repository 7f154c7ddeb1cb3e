"""Distortions: what a lens, a hand, a file does to an image, without any chance in it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import ndimage

from helpers.noise.base import Distortion, rms_of_change
from helpers.parameters import parameter

ROWS = 128  # whose medians are taken at once: all windows of a large photograph fill the memory


@dataclass(frozen=True)
class Quantize(Distortion):
    """Rounding to equally spaced gray levels, as a file does: 256 levels are 8 bits.

    There is no level outside [0, 1], so what lies beyond ends on black or white.
    """

    name: ClassVar[str] = "Quantisation"
    levels: int = parameter(256, 2, 256, valid=(2, 65536), symbol="levels", step=1, log=True)

    def apply(self, image, rng):
        top = np.float32(self.levels - 1)
        return np.rint(np.clip(image, 0, 1) * top) / top

    def variance(self, x):
        return np.full_like(x, 1 / 12 / (self.levels - 1) ** 2, dtype=float)  # of an even spread

    rms = rms_of_change


@dataclass(frozen=True)
class Jpeg(Distortion):
    """JPEG compression: 8 bits, then 8×8 cosine blocks rounded ever more coarsely.

    Encoded by Pillow; colour is stored at half resolution (4:2:0), as most files are.
    """

    name: ClassVar[str] = "JPEG"
    quality: int = parameter(30, 5, 95, valid=(1, 100), symbol="quality", step=1)

    def apply(self, image, rng):
        from PIL import Image

        levels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        with io.BytesIO() as file:
            Image.fromarray(levels).save(file, "JPEG", quality=self.quality)
            return np.asarray(Image.open(file), dtype=np.float32) / 255

    rms = rms_of_change


@dataclass(frozen=True)
class GaussianBlur(Distortion):
    """Convolution with a Gaussian of standard deviation σ: a lens out of focus, roughly."""

    sigma: float = parameter(1.5, 0, 8, valid=(0, 1000), symbol="σ", unit=" px")

    def apply(self, image, rng):
        return ndimage.gaussian_filter(image, self.sigma, mode="reflect", axes=(0, 1))


@dataclass(frozen=True)
class AverageBlur(Distortion):
    """The mean of a square window of `size` pixels a side, an odd number."""

    size: int = parameter(5, 1, 15, valid=(1, 999), symbol="size", unit=" px", step=2)

    def apply(self, image, rng):
        return ndimage.uniform_filter(image, self.size, mode="reflect", axes=(0, 1))


@dataclass(frozen=True)
class MedianBlur(Distortion):
    """The median of a square window of `size` pixels a side, an odd number."""

    size: int = parameter(5, 1, 9, valid=(1, 99), symbol="size", unit=" px", step=2)

    def apply(self, image, rng):
        if image.ndim == 3:
            return np.stack([self.apply(image[..., c], rng) for c in range(3)], axis=-1)
        padded = np.pad(image, self.size // 2, mode="symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (self.size, self.size))
        middle = self.size**2 // 2
        result = np.empty_like(image)
        for top in range(0, len(image), ROWS):
            block = windows[top : top + ROWS].reshape(-1, self.size**2)
            block = np.partition(block, middle, axis=1)[:, middle]
            result[top : top + ROWS] = block.reshape(-1, image.shape[1])
        return result


@dataclass(frozen=True)
class MotionBlur(Distortion):
    """The mean along a straight line through each pixel: the camera moved.

    `angle` runs counterclockwise from the horizontal; the kernel is centred, so that nothing
    shifts, and its weights are never negative.
    """

    length: int = parameter(9, 1, 31, valid=(1, 999), symbol="length", unit=" px", step=1)
    angle: float = parameter(0, 0, 180, valid=(-360, 360), symbol="angle", unit="°")

    def kernel(self) -> np.ndarray:
        """Weights of the line, (size, size) with odd size, sum 1, symmetric about the centre."""
        reach = self.length // 2 + 1
        along = np.arange(self.length) - (self.length - 1) / 2  # one point for each pixel
        y = reach - along * np.sin(np.radians(self.angle))
        x = reach + along * np.cos(np.radians(self.angle))
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
        for dy in (0, 1):  # each point shares its weight among its four neighbours
            for dx in (0, 1):
                row, column = np.floor(y).astype(int) + dy, np.floor(x).astype(int) + dx
                weight = (1 - np.abs(y - row)) * (1 - np.abs(x - column))
                inside = weight > 0
                np.add.at(kernel, (row[inside], column[inside]), weight[inside])
        return ((kernel + kernel[::-1, ::-1]) / (2 * len(along))).astype(np.float32)

    def apply(self, image, rng):
        kernel = self.kernel()
        reach = len(kernel) // 2
        height, width = image.shape[:2]
        edges = [(reach, reach), (reach, reach), (0, 0)][: image.ndim]
        padded = np.pad(image, edges, mode="symmetric")
        result = np.zeros_like(image)
        for row, column in np.argwhere(kernel):  # few weights of a line differ from 0
            shifted = padded[row : row + height, column : column + width]
            result += kernel[row, column] * shifted
        return result

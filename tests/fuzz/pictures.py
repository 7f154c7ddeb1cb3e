"""Odd pictures: the same picture in other clothes, what is no picture, and strange ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from PIL import Image

from helpers import images

SIDE = 168  # the least that MS-SSIM takes, and a little


def noisy(name: str, side: int = SIDE) -> np.ndarray:
    """A photograph with noise of 20/255 in levels, (side, side) or (side, side, 3) uint8.

    Black and white are not touched: nothing is clipped.
    """
    levels = 255 * images.load(name, size=side)
    drawn = levels + np.random.default_rng(0).normal(0, 20, levels.shape)
    return np.clip(np.rint(drawn), 1, 254).astype(np.uint8)


def disguises(levels: np.ndarray) -> dict[str, tuple[object, float]]:
    """The picture of these levels in other types and layouts, each with its own rounding.

    All of them must give what ``levels / 255`` in float32 gives.
    """
    x = levels / np.float32(255)
    wide = np.repeat(x, 2, axis=1)
    locked = x.copy()
    locked.setflags(write=False)
    uint16 = levels.astype(np.uint16) * 257
    pictures = {
        "float64": (x.astype(float), 1e-6),
        "float16": (x.astype(np.float16), 1e-3),
        "long double": (x.astype(np.longdouble), 1e-6),
        "big-endian float": (x.astype(">f4"), 1e-7),
        "big-endian uint16": (uint16.astype(">u2"), 1e-6),
        "uint8": (levels.copy(), 1e-6),
        "uint16": (uint16, 1e-6),
        "Fortran order": (np.asfortranarray(x), 1e-6),
        "every second column": (wide[:, ::2], 1e-6),
        "negative strides": (x[::-1, ::-1].copy()[::-1, ::-1], 1e-6),
        "read-only": (locked, 1e-7),
        "masked, nothing masked": (np.ma.array(x.copy()), 1e-6),
        "tensor": (torch.from_numpy(x.copy()), 1e-7),
        "tensor of bytes": (torch.from_numpy(levels.copy()), 1e-6),
        "nested list": (x.tolist(), 1e-6),
        "Pillow": (Image.fromarray(levels), 1e-6),
    }
    opaque = np.full(levels.shape[:2], 255, np.uint8)
    pictures["opaque alpha"] = (np.dstack([levels, opaque]), 1e-6)
    if levels.ndim == 2:
        pictures["DataFrame"] = (pd.DataFrame(x), 1e-6)
    return pictures


def refused() -> dict[str, object]:
    """What is no picture: each must be refused, or at least warned of."""
    gray, colour = noisy("camera"), noisy("coffee")
    x = gray / np.float32(255)
    pillow = Image.fromarray(colour)
    holes = np.dstack([colour, np.full(colour.shape[:2], 255, np.uint8)])
    holes[0, 0, 3] = 10
    pictures = {
        "None": None,
        "text": "camera",
        "bytes": b"xx",
        "a number": 0.5,
        "dict": {"a": 1},
        "set": {1, 2},
        "class": int,
        "empty": np.zeros((0, 5), np.float32),
        "empty list": [],
        "ragged list": [[0.1, 0.2], [0.3]],
        "no dimension": np.array(0.5),
        "a row": x[0],
        "(H, W, 1)": x[..., None],
        "(H, W, 5)": np.dstack([x] * 5),
        "(C, H, W)": np.moveaxis(colour / np.float32(255), -1, 0).copy(),
        "(1, H, W)": x[None],
        "a batch": x[None, None],
        "transparent": holes,
        "masked": np.ma.masked_less(x, 0.2),
        "sparse": scipy.sparse.csr_matrix(x),
        "structured": np.zeros((16, 16), [("a", "f4")]),
        "dates": np.zeros((16, 16), "M8[s]"),
        "strings": np.full((16, 16), "x"),
        "tensor with gradient": torch.from_numpy(x.copy()).requires_grad_(),
        "tensor of complex": torch.from_numpy(x) + 0j,
        "tensor batch": torch.from_numpy(x)[None, None],
        "levels of 8 bits": gray.astype(np.float32),
        "levels of 12 bits": gray.astype(np.float32) * 16,
        "levels of 16 bits": gray.astype(np.float32) * 257,
        "dark levels": np.rint(255 * x**8),
        "8 bits in 16": gray.astype(np.uint16),
        "huge": np.full((16, 16), 1e300),
    }
    for kind in ("object", "complex", "int8", "int16", "int32", "int64", "uint32", "uint64"):
        pictures[kind] = gray.astype(kind)
    for name, value in {"NaN": np.nan, "inf": np.inf, "-inf": -np.inf}.items():
        pictures[name] = x.copy()
        pictures[name][3, 4] = value
    for mode in ("P", "CMYK", "YCbCr", "HSV", "I", "F", "RGBX"):
        pictures[f"Pillow {mode}"] = pillow.convert("L" if mode in "IF" else "RGB").convert(mode)
    pictures["Pillow PA"] = pillow.convert("P").convert("PA")
    pictures["Pillow RGBa"] = Image.fromarray(holes).convert("RGBa")
    return pictures


def strange() -> dict[str, np.ndarray]:
    """Pictures that are pictures: an answer has to be finite and of their shape, or refused."""
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (1, 7), (7, 1), (2, 2), (3, 3), (5, 4), (8, 8), (11, 11), (16, 16), (17, 64)]
    shapes += [(1, 3000), (9, 1500), (1, 1, 3), (2, 2, 3), (1, 3, 3), (16, 16, 3)]
    pictures = {
        "×".join(map(str, s)): np.clip(0.5 + 0.2 * rng.standard_normal(s), 0, 1).astype("f4")
        for s in shapes
    }
    x = noisy("camera") / np.float32(255)
    one = np.zeros((64, 64), np.float32)
    one[31, 31] = 1
    half = x.copy()
    half[: SIDE // 2] = 0
    return pictures | {
        "black": np.zeros((64, 64), np.float32),
        "white": np.ones((64, 64), np.float32),
        "constant": np.full((64, 64), 0.3, np.float32),
        "constant colour": np.full((64, 64, 3), 0.3, np.float32),
        "denormal": np.full((64, 64), 1e-40, np.float32),
        "one bright pixel": one,
        "chessboard": (np.indices((64, 64)).sum(0) % 2).astype(np.float32),
        "bool": x > 0.5,
        "half black": half,
        "far outside [0, 1]": (x + rng.normal(0, 0.3, x.shape)).astype(np.float32),
    }

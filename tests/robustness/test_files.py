"""Files."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from helpers import (
    images,
)
from helpers.benchmark import __main__ as command
from helpers.training import sources
from tests.robustness.cases import control, silent

SCENE = np.zeros((6, 10), np.uint16)
SCENE[:2] = 40000
SCENE[:, :3] += 25000
UPRIGHT = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
LYING = [("u1", False, n) for n in (5, 6, 7, 8)]
LYING += [(kind, colour, n) for kind in ("u2", "f4") for colour in (False, True) for n in UPRIGHT]


@pytest.mark.parametrize(("kind", "colour", "orientation"), [*LYING, control("u1", True, 6)])
def test_files_a_tiff_is_turned_upright(
    tmp_path: Path, kind: str, colour: bool, orientation: int
) -> None:
    stored = {"u1": SCENE // 257, "u2": SCENE, "f4": SCENE / 65535}[kind].astype(kind)
    stored = np.stack([stored, stored / 2, 0 * stored], -1).astype(kind) if colour else stored
    tifffile.imwrite(
        tmp_path / "x.tif",
        stored,
        photometric="rgb" if colour else "minisblack",
        extratags=[(274, "H", 1, orientation, True)],
    )
    upright = images.as_image(np.ascontiguousarray(UPRIGHT[orientation](stored)))
    np.testing.assert_allclose(images.load(tmp_path / "x.tif"), upright, atol=1e-6)


@pytest.mark.parametrize("kind", ["transparent", "float levels", "int16", "NaN", "too small"])
def test_files_a_refusal_names_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"one_of_many.{'png' if kind in ('transparent', 'too small') else 'tif'}"
    if kind == "transparent":
        Image.fromarray(np.full((20, 20, 4), 128, np.uint8)).save(path)
    elif kind == "too small":
        Image.fromarray(np.zeros((20, 20), np.uint8)).save(path)
    else:
        value, dtype = {"float levels": (900, "f4"), "int16": (-9, "i2"), "NaN": (np.nan, "f4")}[
            kind
        ]
        tifffile.imwrite(path, np.full((20, 20), value, dtype))
    with pytest.raises(ValueError, match="one_of_many"):
        images.load(path, size=64 if kind == "too small" else None)


def test_files_big_endian_uint16_is_uint16() -> None:
    levels = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    assert np.array_equal(images.as_image(levels.astype(">u2")), images.as_image(levels))


def test_files_gray_lzw_tiff_of_16_bits(tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, 60).astype(np.uint16).reshape(6, 10)
    Image.fromarray(levels).save(tmp_path / "x.tif", compression="tiff_lzw")
    assert np.array_equal(images.load(tmp_path / "x.tif"), levels / np.float32(65535))


@pytest.mark.parametrize("mode", ["PA", "YCbCr", control("P"), control("CMYK")])
def test_files_a_pillow_picture_that_is_no_rgb_is_refused(mode: str) -> None:
    picture = Image.new("RGB", (8, 8), (200, 30, 90))
    picture = picture.convert("P").convert("PA") if mode == "PA" else picture.convert(mode)
    with pytest.raises(ValueError, match="convert"):
        images.as_image(picture)


def test_files_a_colour_that_is_not_to_be_seen_is_no_pixel() -> None:
    picture = Image.new("L", (8, 8), 3)
    picture.info["transparency"] = 3  # as Pillow reads a PNG with tRNS
    with pytest.raises(ValueError, match="convert"):
        images.as_image(picture)


@pytest.mark.parametrize("kind", ["u1", "u2", "f4", "f8"])
def test_files_a_tiff_whose_white_is_0(tmp_path: Path, kind: str) -> None:
    stored = (SCENE / 65535 * (1 if kind[0] == "f" else np.iinfo(kind).max)).astype(kind)
    tifffile.imwrite(tmp_path / "x.tif", stored, photometric="miniswhite")
    np.testing.assert_allclose(
        images.load(tmp_path / "x.tif"), 1 - images.as_image(stored), atol=1e-6
    )


@pytest.mark.parametrize("name", ["x.gif", "x.png", "x.webp", "x.tif"])
def test_files_several_frames_are_told_of(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(np.full((20, 20), v, np.uint8)) for v in (0, 128, 255)]
    if name == "x.tif":  # pages of one size are refused today
        frames[1:] = [frames[1].resize((9, 9))]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    assert silent(lambda: images.load(tmp_path / name)) is None


@pytest.mark.parametrize("bits", [control(8), 16])
def test_files_a_bomb_is_refused_by_its_head(tmp_path: Path, bits: int) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", 60000, 60000, bits, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    with pytest.raises(ValueError, match="pixels"):
        images.load(tmp_path / "x.png")


@pytest.mark.parametrize("reader", ["benchmark", "training"])
def test_files_hidden_ones_of_a_folder_are_passed_over(tmp_path: Path, reader: str) -> None:
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(tmp_path / "x.png")
    (tmp_path / "._x.png").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X        ")
    read = {
        "benchmark": lambda: command.pictures(str(tmp_path), 0),
        "training": lambda: sources.source(str(tmp_path)).pictures(),
    }
    assert len(read[reader]()) == 1

"""What a picture file says besides its pixels, and levels as bytes that others read."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from helpers import picture_files
from helpers.picture_files import FORMATS, About, about, encode, format_of, is_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GRAY = SRGB[:16] + b"GRAY" + SRGB[20:]  # by its head, which is what is looked at
RNG = np.random.default_rng(0)


def levels(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def written(path: Path, frames: list[np.ndarray], like: About | None = None) -> Path:
    path.write_bytes(encode(path.suffix, frames, like))
    return path


# ---- names ----------------------------------------------------------------------------------


def test_every_ending_that_is_read_is_written() -> None:
    assert tuple(FORMATS) == picture_files.SUFFIXES


@pytest.mark.parametrize("name", ["x", "x.gif", "x.bmp", ".png", "x.png.bak"])
def test_another_ending_is_refused_and_the_known_ones_are_listed(name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in \.png, \.jpg, \.jpeg, \.tif, \.tiff, not as"):
        format_of(Path(name))
    assert not is_picture(Path(name))


def test_hidden_files_are_no_pictures() -> None:
    assert is_picture(Path("a/b.TIFF"))
    assert not is_picture(Path(".trash/b.tiff"))


# ---- what a file says -----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 3)])
def test_profile_and_resolution_are_read_as_they_were_written(
    tmp_path: Path, suffix: str, dtype: type, shape: tuple
) -> None:
    if suffix == ".jpg" and dtype == np.uint16:
        pytest.skip("JPEG has 8 bits")
    profile = SRGB if len(shape) == 3 else GRAY
    kept = About(profile=profile, dpi=(300, 200))
    found = about(written(tmp_path / f"x{suffix}", [levels(*shape, dtype=dtype)], kept))
    assert found.profile == profile
    assert found.dpi == pytest.approx((300, 200), rel=1e-4)  # PNG counts in whole metres
    assert (found.frames, found.bits) == (1, 8 * dtype().itemsize)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_a_profile_of_other_colours_is_left_out(tmp_path: Path, suffix: str) -> None:
    gray = written(tmp_path / f"gray{suffix}", [levels(6, 9)], About(profile=SRGB))
    colour = written(tmp_path / f"colour{suffix}", [levels(6, 9, 3)], About(profile=GRAY))
    assert about(gray).profile is about(colour).profile is None


@pytest.mark.parametrize("dpi", [None, (1e6, 1e6), (1e12, 1e12)])
@pytest.mark.parametrize(("suffix", "dtype"), [(".png", np.uint16), (".jpg", np.uint8)])
def test_a_resolution_that_has_no_room_is_left_out(
    tmp_path: Path, suffix: str, dtype: type, dpi: tuple | None
) -> None:
    found = about(written(tmp_path / f"x{suffix}", [levels(6, 9, dtype=dtype)], About(dpi=dpi)))
    fits = dpi == (1e6, 1e6) and suffix == ".png"
    assert found.dpi == (pytest.approx(dpi, rel=1e-6) if fits else None)


@pytest.mark.parametrize(("unit", "scale"), [(1, None), (2, 1), (3, 2.54)])
def test_a_tiff_counts_in_inches_or_centimetres(
    tmp_path: Path, unit: int, scale: float | None
) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, levels(6, 9), resolution=(100, 50), resolutionunit=unit)
    assert about(path).dpi == (scale and pytest.approx((100 * scale, 50 * scale)))


@pytest.mark.parametrize(("unit", "scale"), [("micron", 25400), ("mm", 25.4), ("furlong", None)])
def test_the_scale_of_a_microscope_is_a_resolution(
    tmp_path: Path, unit: str, scale: float | None
) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, levels(6, 9), imagej=True, resolution=(4, 4), metadata={"unit": unit})
    assert about(path).dpi == (scale and pytest.approx((4 * scale, 4 * scale)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_the_resolution_is_that_of_the_upright_picture(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    path, exif = tmp_path / f"x.{suffix}", Image.Exif()
    exif[274] = orientation
    Image.fromarray(levels(6, 9)).save(path, dpi=(300, 200), exif=exif)
    upright = (200, 300) if orientation >= 5 else (300, 200)
    assert about(path).dpi == pytest.approx(upright)


def test_frames_are_counted_as_they_are_read(tmp_path: Path) -> None:
    assert about(written(tmp_path / "x.tif", 3 * [levels(6, 9)])).frames == 3
    first, second = Image.fromarray(levels(6, 9)), Image.fromarray(levels(6, 9))
    for name in ("x.gif", "y.png", "x.mpo"):
        first.save(tmp_path / name, save_all=True, append_images=[second])
    counts = [about(tmp_path / name).frames for name in ("x.gif", "y.png", "x.mpo")]
    assert counts == [2, 2, 1]  # the second picture in a phone's file is a preview


@pytest.mark.parametrize(
    ("array", "bits"),
    [
        (np.zeros((6, 9), bool), 8),
        (np.zeros((6, 9), np.uint8), 8),
        (np.zeros((6, 9), np.uint16), 16),
        (np.zeros((6, 9, 3), np.uint16), 16),
        (np.zeros((6, 9), np.float32), 16),
    ],
)
def test_bits_are_as_many_as_it_takes(tmp_path: Path, array: np.ndarray, bits: int) -> None:
    tifffile.imwrite(tmp_path / "x.tif", array)
    assert about(tmp_path / "x.tif").bits == bits


@pytest.mark.parametrize(
    "content", [b"", b"Dear reader,", b"\x89PNG\r\n\x1a\n", b"II*\0", b"\xff\xd8\xff"]
)
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"notes\.png is no picture; accepted are"):
        about(tmp_path / "notes.png")


def test_a_picture_that_may_not_be_read_is_no_damaged_one(monkeypatch, tmp_path: Path) -> None:
    path = written(tmp_path / "x.png", [levels(6, 9)], About())

    def refuses(*given: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuses)
    with pytest.raises(PermissionError):
        about(path)


@pytest.mark.filterwarnings("error")
def test_a_large_picture_is_read_and_one_too_large_is_named(monkeypatch, tmp_path: Path) -> None:
    path = written(tmp_path / "x.png", [levels(60, 90)], About())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)  # of 5400
    assert about(path).bits == 8
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2600)
    with pytest.raises(ValueError, match=r"x\.png has more than 5,200 pixels, the most that are"):
        about(path)


@pytest.mark.parametrize("name", ["nowhere.png", "."])
def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        about(tmp_path / name)


def test_pixels_are_not_decoded(tmp_path: Path) -> None:
    for suffix in (".png", ".jpg", ".tif"):
        path = written(tmp_path / f"x{suffix}", [levels(60, 90)], About(dpi=(300, 300)))
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])  # TIFFs of one strip begin with what they say
        assert about(path).dpi == pytest.approx((300, 300), rel=1e-4)


# ---- levels as bytes ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (6, 9), (6, 9, 3), (1, 9, 3), (9, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_other_readers_find_every_bit_in_a_tiff(shape: tuple, dtype: type) -> None:
    array = levels(*shape, dtype=dtype)
    data = io.BytesIO(encode(".tif", [array]))
    assert np.array_equal(tifffile.imread(data), array)
    if dtype == np.uint8 or len(shape) == 2:  # Pillow has no colours of 16 bits
        assert np.array_equal(Image.open(data), array)


@pytest.mark.parametrize("shape", [(1, 1), (6, 9), (6, 9, 3)])
def test_other_readers_find_the_upper_bits_in_a_png_of_16(shape: tuple) -> None:
    array = levels(*shape, dtype=np.uint16)
    picture = Image.open(io.BytesIO(encode(".png", [array], About(profile=SRGB))))
    picture.load()  # which checks the sums of the chunks
    expected = array if len(shape) == 2 else array >> 8
    assert np.array_equal(picture, expected)


def test_jpeg_keeps_colours_at_every_pixel() -> None:
    data = encode(".jpg", [levels(32, 32, 3)])
    picture = Image.open(io.BytesIO(data))
    assert [layer[1:3] for layer in picture.layer] == 3 * [(1, 1)]
    # Quality 95 quantises the mean of a block by 2 levels, as the standard scales its table
    assert picture.quantization[0][0] == 2


def test_a_stack_is_what_only_a_tiff_holds() -> None:
    frames = [levels(6, 9, dtype=np.uint16) for _ in range(3)]
    assert np.array_equal(tifffile.imread(io.BytesIO(encode(".tiff", frames))), frames)
    with pytest.raises(ValueError, match="PNG files hold one picture, not a stack of 3; TIFF"):
        encode(".png", frames)


def test_a_jpeg_has_a_largest_side() -> None:
    with pytest.raises(ValueError, match="JPEG files are at most 65500 pixels wide, not 65501"):
        encode(".jpg", [np.zeros((1, 65501), np.uint8)])


def test_a_stack_of_more_than_4_gb_gets_longer_offsets(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = np.broadcast_to(np.uint8(0), (2**16, 2**16))  # 4 GB to those who ask, one byte here
    seen = {}

    class Writer:
        def __init__(self, file: object, bigtiff: bool) -> None:
            seen["bigtiff"] = bigtiff

        __enter__ = __exit__ = write = lambda self, *args, **options: self

    monkeypatch.setattr(tifffile, "TiffWriter", Writer)
    encode(".tif", [frame])
    assert seen["bigtiff"]
    encode(".tif", [levels(6, 9)])
    assert not seen["bigtiff"]


def test_a_png_of_16_bits_begins_as_the_standard_says() -> None:
    data = encode(".png", [levels(6, 9, 3, dtype=np.uint16)])
    assert data[12:16] == b"IHDR"
    assert struct.unpack(">IIBB", data[16:26]) == (9, 6, 16, 2)

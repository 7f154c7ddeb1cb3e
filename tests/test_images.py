"""The gate that every array passes, files of all kinds, and images that have no camera."""

from __future__ import annotations

import re
import socket
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import png
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageCms

from helpers import images, noise
from tests.full_disk import full_disk

HELPERS = Path(images.__file__).parent


def random_levels(*shape: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    """Gray levels of the whole range of an integer type."""
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, shape, dtype, endpoint=True)


# ---- the gate: what passes ------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (1, 9), (5, 7, 3), (1, 1, 3)])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float16, np.float32, np.float64])
def test_every_accepted_type_and_shape_becomes_float32(shape: tuple, dtype: type) -> None:
    image = images.as_image(np.ones(shape, dtype))
    assert image.shape == shape
    assert image.dtype == np.float32
    white = 1 if np.dtype(dtype).kind in "bf" else 1 / np.iinfo(dtype).max
    assert (image == np.float32(white)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_divided_by_their_largest_value(dtype: type) -> None:
    top = np.iinfo(dtype).max
    levels = np.arange(top + 1, dtype=dtype)[None]
    image = images.as_image(levels)
    assert image[0, 0] == 0
    assert image[0, -1] == 1
    assert (np.rint(image * np.float64(top)) == levels).all()  # no level is lost


def test_a_list_of_floats_is_an_image() -> None:
    assert images.as_image([[0.0, 1.0], [0.5, 0.25]]).tolist() == [[0, 1], [0.5, 0.25]]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(("channels", "shape"), [(2, (4, 5)), (4, (4, 5, 3))])
def test_an_opaque_alpha_is_dropped(dtype: type, channels: int, shape: tuple) -> None:
    opaque = np.zeros((4, 5, channels), dtype)
    opaque[..., -1] = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    image = images.as_image(opaque)
    assert image.shape == shape
    assert (image == 0).all()


def test_unclipped_noise_passes_only_when_asked_for() -> None:
    noisy = np.array([[-0.5, 1.5]])
    assert images.as_image(noisy, clipped=False).tolist() == [[-0.5, 1.5]]
    with pytest.raises(ValueError, match="outside"):
        images.as_image(noisy)


SHAPES = st.one_of(
    st.tuples(*2 * [st.integers(1, 6)]), st.tuples(*2 * [st.integers(1, 6)], st.just(3))
)


@given(st.data(), SHAPES, st.sampled_from([np.uint8, np.uint16, np.float32, np.float64]))
def test_the_gate_changes_nothing_the_second_time(data, shape: tuple, dtype: type) -> None:
    elements = None if np.dtype(dtype).kind == "u" else {"min_value": 0, "max_value": 1}
    once = images.as_image(data.draw(arrays.arrays(dtype, shape, elements=elements)))
    assert np.array_equal(images.as_image(once), once)


# ---- the gate: what does not pass, and what it says -----------------------------------------

WRONG = {
    "NaN": (np.array([[0.5, np.nan]]), "NaN"),
    "infinity": (np.array([[0.5, np.inf]]), "infinite"),
    "too large for float32": (np.array([[1e300]]), "infinite"),
    "gray levels": (np.array([[0.0, 128.0]]), "divide by 255"),
    "far above 1": (np.array([[0.0, 70000.0]]), "clip or rescale"),
    "negative": (np.array([[-0.1, 0.5]]), "-0.1"),
    "empty": (np.zeros((0, 4)), "empty"),
    "nothing": (np.zeros((3, 4, 0)), "empty"),
    "a number": (0.5, "dimensions, not 0"),
    "None": (None, "dimensions"),
    "1-D": (np.zeros(4), "dimensions, not 1"),
    "4-D": (np.zeros((1, 3, 4, 4)), "dimensions, not 4"),
    "5 channels": (np.zeros((4, 4, 5)), "5 channels"),
    "(H, W, 1)": (np.zeros((4, 4, 1)), r"image\[\.\.\., 0\]"),
    "complex": (np.zeros((4, 4), complex), "complex"),
    "object": (np.zeros((4, 4), object), "object"),
    "text": (np.full((4, 4), "gray"), "type"),
    "int64": (np.zeros((4, 4), np.int64), "int64"),
    "int8": (np.zeros((4, 4), np.int8), "int8"),
    "ragged": ([[0.1, 0.2], [0.3]], "inhomogeneous"),
    "transparent RGBA": (np.zeros((4, 4, 4), np.uint8), "transparent"),
    "transparent LA": (np.zeros((4, 4, 2)), "transparent"),
    "one transparent pixel": (
        np.dstack([np.ones((4, 4, 3)), 1 - 0.01 * np.eye(4)]),
        "transparent",
    ),
    "NaN in alpha": (np.dstack([np.ones((2, 2, 3)), np.full((2, 2), np.nan)]), "NaN|transparent"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_image_is_refused_with_the_reason(name: str) -> None:
    array, reason = WRONG[name]
    with pytest.raises(ValueError, match=reason):
        images.as_image(array)


OUTSIDE = {"gray levels", "far above 1", "negative"}


@pytest.mark.parametrize("name", [name for name in WRONG if name not in OUTSIDE])
def test_without_clipping_everything_else_is_still_refused(name: str) -> None:
    array, reason = WRONG[name]
    with pytest.raises(ValueError, match=reason):
        images.as_image(array, clipped=False)


@pytest.mark.parametrize("name", ["1-D", "5 channels", "int64", "empty"])
def test_the_message_says_what_is_accepted(name: str) -> None:
    with pytest.raises(ValueError, match=r"accepted are \(H, W\) and \(H, W, 3\)"):
        images.as_image(WRONG[name][0])


# ---- seeds ----------------------------------------------------------------------------------


def test_a_seed_makes_a_generator_and_a_generator_passes_through() -> None:
    generator = np.random.default_rng(3)
    assert images.as_generator(generator) is generator
    assert images.as_generator(np.int64(3)).random() == generator.random()


@pytest.mark.parametrize("rng", [None, -1, 1.5, True, "3", object()])
def test_what_is_no_seed_is_refused(rng: object) -> None:
    with pytest.raises(ValueError, match="seed"):
        images.as_generator(rng)


# ---- photographs ----------------------------------------------------------------------------


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network and no cache of downloads: only what is installed is there."""
    from skimage.data import _fetchers

    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(_fetchers._image_fetcher, "path", tmp_path)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", images.PHOTOGRAPHS)
def test_every_photograph_is_there_without_a_network(name: str) -> None:
    image = images.load(name)
    assert min(image.shape[:2]) >= 256  # the notebooks cut 256×256
    assert image.dtype == np.float32
    assert 0 <= image.min() < 0.4 < image.max() <= 1  # a picture, not a constant


@pytest.mark.parametrize("name", images.PHOTOGRAPHS)
def test_every_photograph_is_credited(name: str) -> None:
    about = images.PHOTOGRAPHS[name]
    assert all([about.title, about.author, about.licence, about.source])
    assert about.loader == name


def test_there_is_no_lena() -> None:
    sources = [path for path in HELPERS.rglob("*") if path.suffix in (".py", ".md", ".json")]
    assert sources
    assert [p.name for p in sources if re.search(r"\blenn?a\b", p.read_text(), re.I)] == []
    with pytest.raises(FileNotFoundError):
        images.load("lena")


def test_gray_is_the_luminance_of_bt709() -> None:
    red, green, blue = (np.eye(3, dtype=np.float32)[k].reshape(1, 1, 3) for k in range(3))
    weights = [float(images.to_gray(x)[0, 0]) for x in (red, green, blue)]
    assert weights == pytest.approx([0.2125, 0.7154, 0.0721])
    assert images.to_gray(np.ones((2, 2, 3), np.float32)).max() <= 1


def test_gray_is_gray_already() -> None:
    assert np.array_equal(images.load("camera", gray=True), images.load("camera"))
    assert images.load("coffee", gray=True).shape == (400, 600)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_crop_is_the_exact_centre(height: int, width: int, data) -> None:
    size = data.draw(st.integers(1, min(height, width)))
    image = np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)
    cut = images.centre_crop(image, size)
    top, left = (height - size) // 2, (width - size) // 2
    assert np.array_equal(cut, image[top : top + size, left : left + size])


def test_size_cuts_and_never_resamples() -> None:
    whole = images.load("chelsea")  # (300, 451, 3)
    assert np.array_equal(images.load("chelsea", size=100), whole[100:200, 175:275])


@pytest.mark.parametrize("size", [0, -3, 301, 10.5, "10", True])
def test_an_impossible_size_is_refused_with_the_limits(size: object) -> None:
    with pytest.raises(ValueError, match="between 1 and 300"):
        images.load("chelsea", size=size)


# ---- files ----------------------------------------------------------------------------------


def write_png(path: Path, levels: np.ndarray) -> Path:
    """A PNG of 8 or 16 bits by another encoder than the one that Pillow reads with."""
    height, width, channels = (*levels.shape, 1)[:3]
    writer = png.Writer(
        width,
        height,
        greyscale=channels < 3,
        alpha=channels in (2, 4),
        bitdepth=8 * levels.itemsize,
    )
    with path.open("wb") as file:
        writer.write(file, levels.reshape(height, -1))
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 3)])
def test_png_keeps_every_bit(tmp_path: Path, dtype: type, shape: tuple) -> None:
    levels = random_levels(*shape, dtype=dtype)
    image = images.load(write_png(tmp_path / "x.png", levels))
    # Pillow keeps only the upper 8 of 16 bits of an RGB PNG; here all of them count.
    assert np.array_equal(image, levels / np.float32(np.iinfo(dtype).max))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_png_with_opaque_alpha_loses_only_the_alpha(
    tmp_path: Path, dtype: type, channels: int
) -> None:
    levels = random_levels(6, 9, channels, dtype=dtype)
    levels[..., -1] = np.iinfo(dtype).max
    image = images.load(write_png(tmp_path / "x.png", levels))
    kept = levels[..., 0] if channels == 2 else levels[..., :3]
    assert np.array_equal(image, kept / np.float32(np.iinfo(dtype).max))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_a_transparent_png_is_refused(tmp_path: Path, dtype: type, channels: int) -> None:
    levels = random_levels(6, 9, channels, dtype=dtype)
    with pytest.raises(ValueError, match="transparent"):
        images.load(write_png(tmp_path / "x.png", levels))


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_png_with_one_transparent_colour_is_refused(tmp_path: Path, mode: str) -> None:
    levels = random_levels(6, 9, 3) if mode == "RGB" else random_levels(6, 9)
    picture = Image.fromarray(levels)
    transparent = tuple(levels[0, 0].tolist()) if mode == "RGB" else int(levels[0, 0])
    if mode == "P":
        picture, transparent = picture.convert("P"), 0
        picture.putpixel((0, 0), 0)
    picture.save(tmp_path / "x.png", transparency=transparent)
    with pytest.raises(ValueError, match="transparent"):
        images.load(tmp_path / "x.png")


def test_a_transparent_colour_of_16_bits_is_refused_too(tmp_path: Path) -> None:
    levels = random_levels(6, 9, dtype=np.uint16)
    with (tmp_path / "x.png").open("wb") as file:
        writer = png.Writer(9, 6, greyscale=True, bitdepth=16, transparent=int(levels[0, 0]))
        writer.write(file, levels)
    with pytest.raises(ValueError, match="transparent"):
        images.load(tmp_path / "x.png")


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 51])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "x.png")
    image = images.load(tmp_path / "x.png")
    np.testing.assert_allclose(image, [[[1, 0, 0], [0, 0, 0.2]]], atol=1e-7)


def test_one_bit_is_black_or_white(tmp_path: Path) -> None:
    Image.fromarray(np.eye(9, dtype=bool)).save(tmp_path / "x.png")
    assert np.array_equal(images.load(tmp_path / "x.png"), np.eye(9))


TIFF = {
    "plain": {},
    "big-endian": {"byteorder": ">"},
    "deflate with predictor": {"compression": "zlib", "predictor": True},
    "planes one after the other": {"planarconfig": "separate"},
    "BigTIFF": {"bigtiff": True},
}


@pytest.mark.parametrize("kind", TIFF)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_in_colour_keeps_every_bit(tmp_path: Path, kind: str, dtype: type) -> None:
    levels = random_levels(6, 9, 3, dtype=dtype)
    stored = np.moveaxis(levels, 2, 0) if "planarconfig" in TIFF[kind] else levels
    tifffile.imwrite(tmp_path / "x.tif", stored, photometric="rgb", **TIFF[kind])
    image = images.load(tmp_path / "x.tif")
    assert np.array_equal(image, levels / np.float32(np.iinfo(dtype).max))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_whose_0_is_white_is_not_read_as_its_negative(tmp_path: Path, dtype: type) -> None:
    levels = random_levels(6, 9, dtype=dtype)
    tifffile.imwrite(tmp_path / "x.tif", ~levels, photometric="miniswhite")
    image = images.load(tmp_path / "x.tif")
    assert np.array_equal(image, levels / np.float32(np.iinfo(dtype).max))


@pytest.mark.parametrize("width", [3, 9])
def test_pages_of_a_tiff_are_no_channels(tmp_path: Path, width: int) -> None:
    # Four pages of 6×3 are no colour picture of 4×6.
    pages = random_levels(4, 6, width)
    tifffile.imwrite(tmp_path / "x.tif", pages, photometric="minisblack")
    with pytest.raises(ValueError, match="pages"):
        images.load(tmp_path / "x.tif")


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_gray_tiff_of_16_bits_keeps_every_bit(tmp_path: Path, byteorder: str) -> None:
    levels = random_levels(6, 9, dtype=np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", levels, byteorder=byteorder)
    assert np.array_equal(images.load(tmp_path / "x.tif"), levels / np.float32(65535))


def test_lzw_tiff_is_read(tmp_path: Path) -> None:
    levels = random_levels(6, 9, 3)
    Image.fromarray(levels).save(tmp_path / "x.tif", compression="tiff_lzw")
    assert np.array_equal(images.load(tmp_path / "x.tif"), levels / np.float32(255))


def test_jpeg_is_read(tmp_path: Path) -> None:
    Image.new("RGB", (9, 6), (255, 102, 0)).save(tmp_path / "x.jpg", quality=95)
    image = images.load(tmp_path / "x.jpg")
    assert image.shape == (6, 9, 3)
    np.testing.assert_allclose(image.mean(axis=(0, 1)), [1, 0.4, 0], atol=0.02)


def test_a_photo_from_a_phone_is_turned_upright(tmp_path: Path) -> None:
    upright = np.zeros((8, 16), np.uint8)
    upright[:, 8:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90° clockwise to show"
    Image.fromarray(np.rot90(upright)).save(tmp_path / "x.jpg", exif=exif, quality=95)
    image = images.load(tmp_path / "x.jpg")
    assert image.shape == (8, 16)
    np.testing.assert_allclose(image, upright / 255, atol=0.05)


def test_gray_and_size_work_on_files(tmp_path: Path) -> None:
    levels = random_levels(20, 30, 3)
    path = write_png(tmp_path / "x.png", levels)
    image = images.load(str(path), gray=True, size=10)
    assert np.array_equal(image, images.to_gray(images.as_image(levels))[5:15, 10:20])


def test_a_name_of_a_photograph_wins_only_over_what_is_no_path(tmp_path: Path) -> None:
    path = write_png(tmp_path / "camera", random_levels(6, 9))
    assert images.load(path).shape == (6, 9)


@pytest.mark.parametrize("name", ["no/such/file.png", "camra", ""])
def test_a_missing_file_is_not_found_and_the_photographs_are_listed(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"astronaut.*camera.*rocket"):
        images.load(name)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a file"):
        images.load(tmp_path)


NO_PICTURES = [b"", b"this is text\n" * 20, b"\x89PNG\r\n\x1a\n", b"II*\0", b"\0"]


@pytest.mark.parametrize("content", NO_PICTURES)
def test_what_only_is_named_like_a_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.png cannot be read.*accepted are undamaged"):
        images.load(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_half_a_file_is_refused(tmp_path: Path, suffix: str, dtype: type) -> None:
    path, levels = tmp_path / f"x.{suffix}", random_levels(64, 64, 3, dtype=dtype)
    if suffix == "png":
        write_png(path, levels)
    elif suffix == "tif":
        tifffile.imwrite(path, levels, photometric="rgb")
    else:
        Image.fromarray((levels >> (levels.itemsize - 1) * 8).astype(np.uint8)).save(path)
    content = path.read_bytes()
    images.load(path)  # whole, it can be read
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=rf"x\.{suffix} cannot be read"):
        images.load(path)


def test_gray_of_16_bits_is_right_or_refused_in_any_other_format(tmp_path: Path) -> None:
    # Pillow reads a PGM of 16 bits as "I" and cuts that at 255 when it becomes RGB: all white.
    levels = random_levels(6, 9, dtype=np.uint16)
    Image.fromarray(levels).save(tmp_path / "x.pgm")
    try:
        image = images.load(tmp_path / "x.pgm")
    except ValueError:
        return
    assert np.array_equal(image, levels / np.float32(65535))


# ---- the phantom ----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[0, 1, 2])
def phantom(request: pytest.FixtureRequest) -> images.Phantom:
    return images.xray_phantom(rng=request.param, size=128)


def test_a_phantom_is_an_image_with_masks(phantom: images.Phantom) -> None:
    image, masks = phantom
    assert image.shape == (128, 128)
    assert np.array_equal(images.as_image(image), image)
    assert set(masks) == {"body", "lungs", "heart", "spine", "ribs"}
    for mask in masks.values():
        assert mask.shape == image.shape
        assert mask.dtype == bool
        assert 0.01 < mask.mean() < 0.95


def test_the_organs_are_inside_the_body(phantom: images.Phantom) -> None:
    body = phantom.masks["body"]
    assert (phantom.image[~body] < 0.05).mean() > 0.99  # air is black
    for name in ("heart", "spine", "ribs"):
        assert not (phantom.masks[name] & ~body).any()


def test_bone_is_bright_and_lung_is_dark(phantom: images.Phantom) -> None:
    image, masks = phantom
    lungs = image[masks["lungs"] & ~masks["ribs"] & ~masks["heart"]].mean()
    assert lungs < image[masks["spine"]].mean() - 0.2
    ribs_in_lungs = image[masks["ribs"] & masks["lungs"] & ~masks["heart"]].mean()
    assert lungs < ribs_in_lungs


def test_a_phantom_can_be_drawn_again(phantom: images.Phantom) -> None:
    first, second = (images.xray_phantom(rng=7, size=128) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert all(np.array_equal(first.masks[k], second.masks[k]) for k in first.masks)
    assert np.abs(first.image - phantom.image).max() > 0.05  # another seed, another patient


@pytest.mark.parametrize("size", [0, 31, -5])
def test_a_phantom_has_a_smallest_size(size: int) -> None:
    with pytest.raises(ValueError, match="size is a whole number from 32 to 16384"):
        images.xray_phantom(rng=0, size=size)
    assert images.xray_phantom(rng=0, size=32).image.shape == (32, 32)


# ---- dead leaves ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (40, 70), (40, 70, 3), (1, 30)])
def test_leaves_cover_everything(shape: tuple) -> None:
    image = images.dead_leaves(rng=0, shape=shape)
    assert image.shape == shape
    assert np.array_equal(images.as_image(image), image)
    assert (image > 0).all()  # bare ground is exactly 0, a leaf almost never


def test_leaves_have_the_heavy_tails_of_photographs() -> None:
    gradient = np.diff(images.dead_leaves(rng=0, shape=(256, 256)), axis=1)
    deviation = gradient - gradient.mean()
    kurtosis = (deviation**4).mean() / (deviation**2).mean() ** 2
    assert kurtosis > 6  # 3 for a Gaussian; photographs have 6 to 25
    assert (gradient == 0).mean() > 0.5  # inside of a leaf nothing changes


def test_leaves_are_of_uniform_gray() -> None:
    # Large leaves make the mean of one picture uncertain, many pictures make it certain.
    gray = np.stack([images.dead_leaves(seed, (64, 64), (2, 10)) for seed in range(20)])
    assert gray.mean() == pytest.approx(0.5, abs=0.02)
    assert gray.std() == pytest.approx(12**-0.5, abs=0.02)


def test_coloured_leaves_have_colours() -> None:
    red, green, _ = np.moveaxis(images.dead_leaves(rng=0, shape=(64, 64, 3)), 2, 0)
    assert abs(np.corrcoef(red.ravel(), green.ravel())[0, 1]) < 0.5
    # A leaf is one leaf in all channels: they change at the same places.
    edges = [np.diff(channel, axis=1) != 0 for channel in (red, green)]
    assert np.array_equal(*edges)


def test_leaves_fall_the_same_way_again() -> None:
    first, again, other = (images.dead_leaves(rng, (64, 64)) for rng in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("shape", [(), (5,), (5, 5, 4), (5, 5, 1), (0, 5), (5, -1), (5, 5, 3, 1)])
def test_a_wrong_shape_of_leaves_is_refused(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"shape is \(H, W\)"):
        images.dead_leaves(rng=0, shape=shape)


@pytest.mark.parametrize("radii", [(0, 5), (5, 5), (9, 2), (2, np.inf), (np.nan, 5), (-3, 4)])
def test_impossible_radii_are_refused(radii: tuple) -> None:
    with pytest.raises(ValueError, match="radii"):
        images.dead_leaves(rng=0, shape=(8, 8), radii=radii)


# ---- the gate: gray levels are told from noise -----------------------------------------------

EXTREMES = [  # single pixels of these lie far above 1, in white regions too
    noise.Gaussian(1.0),
    noise.Poisson(1e-3),
    noise.Poisson(0.1),
    noise.Poisson(0.3),
    noise.Poisson(1),
    noise.Speckle(1),
    noise.Speckle(30),
    noise.Speckle(1e4),
    noise.PoissonGaussian(10, 1),
    noise.PoissonGaussian(1000, 0),
    noise.Chain([noise.Poisson(0.1), noise.Gaussian(1)]),
    noise.Chain([noise.Poisson(0.05), noise.GaussianBlur(2)]),
]


@pytest.mark.slow
@pytest.mark.parametrize("model", EXTREMES, ids=str)
@pytest.mark.parametrize("name", [*images.PHOTOGRAPHS, "white", "twice white"])
def test_no_noise_is_taken_for_gray_levels(model: noise.NoiseModel, name: str) -> None:
    white = np.ones((256, 256), np.float32)
    drawn = {"white": white, "twice white": 2 * white}
    scene = drawn[name] if name in drawn else images.load(name, size=256)
    noisy = model(scene, rng=0)
    assert not images.are_gray_levels(noisy)
    assert images.as_image(noisy, clipped=False) is noisy


@pytest.mark.slow
@pytest.mark.parametrize("name", images.PHOTOGRAPHS)
@pytest.mark.parametrize("top", [255, 1400, 4095, 65535])
@pytest.mark.parametrize("dark", [1, 0.05])
@pytest.mark.parametrize("sigma", [0, 10 / 255])
def test_gray_levels_are_refused_however_dark(
    name: str, top: float, dark: float, sigma: float
) -> None:
    if dark < 1 and name == "hubble_deep_field":
        pytest.skip("nearly all of it is then below one gray level of 255")
    scene = dark * images.load(name)
    noisy = (top * noise.Gaussian(sigma)(scene, rng=0)).astype(np.float32)
    for clipped in (True, False):
        with pytest.raises(ValueError, match="divide by"):
            images.as_image(noisy, clipped=clipped)


@pytest.mark.parametrize("side", [40, 100])
def test_gray_levels_in_a_corner_of_a_black_picture_are_refused(side: int) -> None:
    dark = np.zeros((300, 300), np.float32)  # its median is 0, its mean 1.8 at 40 pixels
    dark[:side, :side] = 100
    with pytest.raises(ValueError, match="divide by 255"):
        images.as_image(dark, clipped=False)


@pytest.mark.parametrize(("high", "said"), [(255, "255"), (330, "255"), (1400, "4095")])
def test_the_refusal_names_the_white_level(high: float, said: str) -> None:
    with pytest.raises(ValueError, match=f"divide by .*{said}"):
        images.as_image(np.full((8, 8), float(high)), clipped=False)


def test_gray_levels_are_looked_for_in_all_rows_of_a_large_picture() -> None:
    large = np.zeros((3000, 1500), np.float32)
    large[1000:1300] = 200
    assert images.are_gray_levels(large)
    assert images.are_gray_levels(large[:, ::-1])


# ---- the gate: types of every byte order, bits, Pillow's modes -------------------------------


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_fewer_bits_than_the_type_has_are_told_of(bits: int) -> None:
    levels = np.linspace(0, 2**bits - 1, 400).astype(np.uint16).reshape(20, 20)
    for order in "<>":
        with pytest.warns(UserWarning, match=f"{bits} bits.*divide by {2**bits - 1}"):
            image = images.as_image(levels.astype(f"{order}u2"))
        assert np.array_equal(image, levels / np.float32(65535))


@pytest.mark.parametrize("top", [0, 5000, 15000, 65535])
def test_a_dark_picture_of_16_bits_is_not_warned_of(top: int) -> None:
    levels = np.linspace(0, top, 400).astype(np.uint16).reshape(20, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images.as_image(levels)


NO_GRAY_NO_RGB = ["P", "PA", "CMYK", "YCbCr", "HSV", "LAB", "I", "RGBX", "RGBa", "La"]


@pytest.mark.parametrize("mode", NO_GRAY_NO_RGB)
def test_a_pillow_mode_that_is_no_gray_and_no_rgb_is_to_be_converted(mode: str) -> None:
    with pytest.raises(ValueError, match=f"mode {mode} is no image; convert"):
        images.as_image(Image.new(mode, (8, 8)))


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "I;16", "I;16B", "F"])
def test_a_pillow_picture_of_gray_or_rgb_is_an_image(mode: str) -> None:
    image = images.as_image(Image.new(mode, (9, 8)))
    assert image.shape == ((8, 9, 3) if mode == "RGB" else (8, 9))


def test_a_flag_is_true_or_false() -> None:
    with pytest.raises(ValueError, match="clipped is True or False"):
        images.as_image(np.zeros((4, 4)), clipped="no")
    with pytest.raises(ValueError, match="gray is True or False"):
        images.load("camera", gray="no")


def test_gray_adds_red_green_and_blue_in_this_order() -> None:
    colour = images.load("coffee")
    w = np.float32([0.2125, 0.7154, 0.0721])
    by_hand = (colour[..., 0] * w[0] + colour[..., 1] * w[1]) + colour[..., 2] * w[2]
    assert np.array_equal(images.to_gray(colour), by_hand)


# ---- files: white, frames, orientation -------------------------------------------------------


def test_white_is_the_level_that_becomes_1(tmp_path: Path) -> None:
    levels = np.linspace(0, 4095, 400).astype(np.uint16).reshape(20, 20)
    path = write_png(tmp_path / "raw.png", levels)
    image = images.load(path, white=4095)
    assert np.array_equal(image, levels / np.float32(4095))
    with pytest.warns(UserWarning, match=r"raw\.png.*white=4095"):
        dark = images.load(path)
    assert np.array_equal(dark, levels / np.float32(65535))
    with pytest.raises(ValueError, match=r"raw\.png.*4095, above white=1000"):
        images.load(path, white=1000)


@pytest.mark.parametrize("white", [0, -1, "4095", np.nan, True])
def test_an_impossible_white_is_refused(white: object) -> None:
    with pytest.raises(ValueError, match="white is a number above 0"):
        images.load("camera", white=white)


@pytest.mark.parametrize("name", ["x.gif", "x.png", "x.webp", "x.tif"])
def test_a_frame_is_read_when_asked_for(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(np.full((20, 20), level, np.uint8)) for level in (0, 255)]
    if name == "x.tif":
        frames[1] = frames[1].resize((9, 9))
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    with pytest.warns(UserWarning, match="2 frames or pages, and only the first"):
        assert images.load(tmp_path / name).max() == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert images.load(tmp_path / name, frame=0).max() == 0
        assert images.load(tmp_path / name, frame=1).min() == 1
    with pytest.raises(ValueError, match="no frame 2: there are 2"):
        images.load(tmp_path / name, frame=2)


def test_a_photograph_has_one_frame() -> None:
    assert images.load("camera", frame=0).shape == (512, 512)
    with pytest.raises(ValueError, match="camera: it has no frame 1"):
        images.load("camera", frame=1)


def test_a_page_of_a_stack_is_read_when_asked_for(tmp_path: Path) -> None:
    pages = random_levels(4, 6, 9, dtype=np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", pages, photometric="minisblack")
    assert np.array_equal(images.load(tmp_path / "x.tif", frame=2), pages[2] / np.float32(65535))


def test_the_previews_in_a_phone_s_file_are_no_frames(tmp_path: Path) -> None:
    first, preview = Image.new("L", (20, 20)), Image.new("L", (5, 5))
    first.save(tmp_path / "x.mpo", save_all=True, append_images=[preview])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert images.load(tmp_path / "x.mpo").shape == (20, 20)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("where", ["before", "behind"])
@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 3)])
def test_a_png_of_16_bits_is_turned_upright(
    tmp_path: Path, orientation: int, where: str, shape: tuple
) -> None:
    levels = random_levels(*shape, dtype=np.uint16)
    path = write_png(tmp_path / "x.png", levels)
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(block) - 4) + block + struct.pack(">I", zlib.crc32(block))
    data = path.read_bytes()
    at = 33 if where == "before" else len(data) - 12  # after the head, or before the end
    path.write_bytes(data[:at] + chunk + data[at:])
    # What Pillow makes of the same picture in 8 bits
    small = Image.fromarray((levels >> 8).astype(np.uint8))
    small.save(tmp_path / "small.png", exif=exif)
    image = images.load(path)
    np.testing.assert_allclose(image, images.load(tmp_path / "small.png"), atol=1 / 255)
    assert sorted(image.ravel()) == sorted((levels / np.float32(65535)).ravel())


def test_a_tiff_that_would_fill_the_memory_is_refused_by_its_head(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        tiles = (b"" for _ in range(79**2))
        shape, tile = (20000, 20000), (256, 256)
        file.write(tiles, shape=shape, dtype=np.uint16, tile=tile, compression="zlib")
    with pytest.raises(ValueError, match=r"x\.tif.*20000×20000 pixels"):
        images.load(tmp_path / "x.tif")


def test_colours_of_16_bits_other_than_rgb_are_refused_by_name(tmp_path: Path) -> None:
    for kind, shape in (("separated", (6, 9, 4)), ("cfa", (6, 9))):
        tifffile.imwrite(
            tmp_path / "x.tif", random_levels(*shape, dtype=np.uint16), photometric=kind
        )
        with pytest.raises(ValueError, match=r"its colours are (CMYK|CFA)"):
            images.load(tmp_path / "x.tif")


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("zero_is", ["black", "white"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_lzw_of_16_bits_is_exact(
    tmp_path: Path, predictor: int, zero_is: str, orientation: int
) -> None:
    levels = random_levels(20, 30, dtype=np.uint16)
    about = {274: orientation, 317: predictor}
    Image.fromarray(levels).save(tmp_path / "x.tif", compression="tiff_lzw", tiffinfo=about)
    if zero_is == "white":
        with tifffile.TiffFile(tmp_path / "x.tif", mode="r+") as file:
            file.pages[0].tags["PhotometricInterpretation"].overwrite(0)
        levels = ~levels
    upright = np.rot90(levels, -1) if orientation == 6 else levels
    assert np.array_equal(images.load(tmp_path / "x.tif"), upright / np.float32(65535))


def test_a_tiff_of_12_bits_says_itself_where_white_is(tmp_path: Path) -> None:
    levels = random_levels(20, 30, dtype=np.uint16) >> 4
    first, second = levels.reshape(-1, 2).T  # two levels of 12 bits in three bytes
    packed = [first >> 4, ((first & 15) << 4) | (second >> 8), second & 255]
    tifffile.imwrite(tmp_path / "x.tif", np.stack(packed, 1).astype(np.uint8).reshape(20, 45))
    with tifffile.TiffFile(tmp_path / "x.tif", mode="r+") as file:
        file.pages[0].tags["ImageWidth"].overwrite(30)
        file.pages[0].tags["BitsPerSample"].overwrite(12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = images.load(tmp_path / "x.tif")
    assert np.array_equal(image, levels / np.float32(4095))


def test_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # Windows
    write_png(tmp_path / "x.png", random_levels(6, 9))
    assert images.load("~/x.png").shape == (6, 9)


@pytest.mark.parametrize("name", ["a" * 300, "~no_such_user/x.png", "a\0b"])
def test_a_name_that_no_disk_can_hold_is_refused(name: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=r"cannot be|neither a file"):
        images.load(name)


@pytest.mark.parametrize("size", [None, "64", 2.5, 10**400])
def test_a_size_of_a_wrong_type_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match="size is a whole number from 32 to 16384"):
        images.xray_phantom(rng=0, size=size)
    with pytest.raises(ValueError, match=r"shape is \(H, W\)"):
        images.dead_leaves(rng=0, shape=size)
    with pytest.raises(ValueError, match="radii"):
        images.dead_leaves(rng=0, shape=(8, 8), radii=size)


# ---- saving ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "PNG", "tif", "tiff"])
@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 3), (1, 1), (1, 7, 3)])
def test_what_was_saved_is_loaded_bit_for_bit(
    tmp_path: Path, suffix: str, bits: int, dtype: type, shape: tuple
) -> None:
    image = images.as_image(random_levels(*shape, dtype=dtype))
    images.save(tmp_path / f"x.{suffix}", image, bits)
    assert np.array_equal(images.load(tmp_path / f"x.{suffix}"), image)


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_every_level_comes_back(tmp_path: Path, bits: int, dtype: type) -> None:
    levels = np.arange(2**bits, dtype=dtype).reshape(16, -1)
    for name in ("x.png", "x.tif"):
        images.save(tmp_path / name, images.as_image(levels), bits)
        again = images.load(tmp_path / name)
        assert np.array_equal(np.rint(again * np.float64(2**bits - 1)), levels)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_turned_picture_is_saved_as_it_is_seen(tmp_path: Path, bits: int) -> None:
    for image in (images.load("camera", size=40), images.load("coffee", size=40)):
        turned = image.swapaxes(0, 1)[:, ::-1]  # a view, whose rows are columns in memory
        for name in ("x.png", "x.tif"):
            images.save(tmp_path / name, turned, bits)
            assert np.abs(images.load(tmp_path / name) - turned).max() < 1e-4


@pytest.mark.parametrize("bits", [8, 16])
def test_unclipped_noise_is_clipped_and_rounded(tmp_path: Path, bits: int) -> None:
    noisy = noise.Gaussian(80 / 255)(images.load("camera", size=64), rng=0)
    before = noisy.copy()
    images.save(tmp_path / "x.png", noisy, bits)
    again, step = images.load(tmp_path / "x.png"), 1 / (2**bits - 1)
    assert np.array_equal(noisy, before)
    assert np.abs(again - np.clip(noisy, 0, 1)).max() <= step / 2 + 1e-6
    assert (again.min(), again.max()) == (0, 1)


@pytest.mark.parametrize("suffix", ["jpg", "JPEG"])
@pytest.mark.parametrize("gray", [True, False])
def test_a_jpeg_is_of_high_quality(tmp_path: Path, suffix: str, gray: bool) -> None:
    image = images.load("coffee", gray=gray, size=128)
    images.save(tmp_path / f"x.{suffix}", image)
    error = images.load(tmp_path / f"x.{suffix}") - image
    assert error.shape == image.shape
    # 45.0 dB in gray, 41.2 in colour; with halved colours, as is usual, 38.7
    assert -10 * np.log10(np.mean(error.astype(float) ** 2)) > 40


def test_pages_of_a_stack_come_back_one_by_one(tmp_path: Path) -> None:
    pages = [images.as_image(random_levels(6, 9, 3, dtype=np.uint16, seed=k)) for k in range(3)]
    images.save_stack(tmp_path / "x.tif", iter(pages), bits=16)
    for k, page in enumerate(pages):
        assert np.array_equal(images.load(tmp_path / "x.tif", frame=k), page)
    with pytest.raises(ValueError, match="several pages"):
        images.load(tmp_path / "x.tif")
    with pytest.raises(ValueError, match=r"x\.png: PNG files hold one picture"):
        images.save_stack(tmp_path / "x.png", pages)
    with pytest.raises(ValueError, match="no frame to save"):
        images.save_stack(tmp_path / "x.tif", [])


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.jpg"])
def test_profile_and_resolution_are_those_of_the_file_it_was_made_from(
    tmp_path: Path, name: str
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo, out = tmp_path / "photo.jpg", tmp_path / name
    Image.fromarray(random_levels(6, 9, 3)).save(photo, icc_profile=profile, dpi=(240, 240))
    images.save(out, images.load(photo), like=photo)
    with Image.open(out) as saved:
        assert saved.info["icc_profile"] == profile
        assert saved.info["dpi"] == pytest.approx((240, 240), rel=1e-4)
    images.save(out, images.load(photo))
    with Image.open(out) as saved:
        assert not saved.info.get("icc_profile")


def test_a_picture_that_was_turned_upright_is_not_turned_again(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(random_levels(6, 9)).save(tmp_path / "photo.png", exif=exif)
    upright = images.load(tmp_path / "photo.png")
    images.save(tmp_path / "x.png", upright, like=tmp_path / "photo.png")
    assert np.array_equal(images.load(tmp_path / "x.png"), upright)


UNSAVED = {
    "another ending": ({"path": "x.gif"}, r"ends in \.png.*not as 'x\.gif'"),
    "no ending": ({"path": "x"}, "ends in"),
    "a folder": ({"path": "folder.png"}, "is a folder"),
    "no name": ({"path": ""}, "path is a name or a path"),
    "a number for a name": ({"path": 3}, "path is a name or a path"),
    "12 bits": ({"bits": 12}, "bits is one of 8, 16, not 12"),
    "True bits": ({"bits": True}, "bits is one of"),
    "a JPEG of 16 bits": ({"path": "x.jpg", "bits": 16}, "JPEG files have 8 bits, not 16"),
    "channels in front": ({"image": np.zeros((3, 4, 5))}, "no 5 channels"),
    "one channel": ({"image": np.zeros((4, 5, 1))}, "no 1 channels"),
    "gray levels": ({"image": np.full((9, 9), 128.0)}, "divide by 255"),
    "NaN": ({"image": np.full((9, 9), np.nan)}, "NaN"),
    "like a text": ({"like": "notes.png"}, "notes.png is no picture"),
    "like a number": ({"like": 3}, "a picture is a name or a path"),
}


@pytest.mark.parametrize("case", UNSAVED)
def test_what_cannot_be_saved_is_refused_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "notes.png").write_text("Dear reader,")
    given, reason = UNSAVED[case]
    with pytest.raises(ValueError, match=reason):
        images.save(**({"path": "x.png", "image": np.zeros((4, 5))} | given))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder.png", "notes.png"]


def test_a_missing_model_of_a_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
        images.save(tmp_path / "x.png", np.zeros((4, 5)), like=tmp_path / "nowhere.png")


def test_a_full_disk_keeps_the_picture_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    images.save(path, np.zeros((4, 5)))
    with full_disk(), pytest.raises(OSError, match=r"x\.png"):
        images.save(path, images.load("camera", size=100))
    assert np.array_equal(images.load(path), np.zeros((4, 5)))
    assert list(tmp_path.iterdir()) == [path]


# ---- the reader's picture ------------------------------------------------------------------


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A reader, and a folder for what they keep."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(images.reader, "is_there", lambda: True)
    return tmp_path


PHOTOGRAPHER = images.load("camera", gray=True, size=256)


def test_the_photographer_runs_where_nobody_has_chosen(somebody: Path) -> None:
    assert np.array_equal(images.running(), PHOTOGRAPHER)
    assert np.array_equal(images.running(size=64), images.centre_crop(PHOTOGRAPHER, 64))


@pytest.mark.parametrize("name", images.RUNNING)
def test_each_picture_may_run(somebody: Path, name: str) -> None:
    images.run_with(name)
    gray, colour = images.running(), images.running(gray=False)
    assert gray.shape == (256, 256)
    assert gray.dtype == np.float32
    assert gray.std() > 0.1  # there is something to see
    assert np.array_equal(gray, images.to_gray(colour))
    assert np.array_equal(gray, PHOTOGRAPHER) == (name == "photographer")


def test_without_a_reader_it_is_always_the_photographer(
    somebody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images.run_with("text")
    monkeypatch.setattr(images.reader, "is_there", lambda: False)
    images.run_with("cells")  # goes nowhere
    assert np.array_equal(images.running(), PHOTOGRAPHER)


def test_a_file_may_run_from_any_folder(somebody: Path, monkeypatch) -> None:
    images.save(somebody / "mine.png", np.full((300, 400, 3), 0.2))
    monkeypatch.chdir(somebody)
    images.run_with("mine.png")
    monkeypatch.chdir("/")
    assert images.running(gray=False).shape == (256, 256, 3)
    assert images.running() == pytest.approx(0.2)


def test_a_file_that_is_gone_is_said(somebody: Path) -> None:
    images.save(somebody / "mine.png", np.full((300, 400), 0.2))
    images.run_with(somebody / "mine.png")
    (somebody / "mine.png").unlink()
    with pytest.warns(UserWarning, match=r"mine\.png.*the photographer takes its place"):
        assert np.array_equal(images.running(), PHOTOGRAPHER)


@pytest.mark.parametrize("kept", [7, None, ["X-ray"], {"a": 1}, "no such picture"])
def test_what_another_program_wrote_does_no_harm(somebody: Path, kept: object) -> None:
    images.reader.keep("course", "picture", kept)
    with pytest.warns(UserWarning, match="takes its place"):
        assert np.array_equal(images.running(), PHOTOGRAPHER)


def test_a_picture_that_is_too_small_is_refused_and_nothing_kept(somebody: Path) -> None:
    images.save(somebody / "small.png", np.zeros((100, 400)))
    with pytest.raises(ValueError, match="256×256"):
        images.run_with(somebody / "small.png")
    for name in ("nowhere.png", "coffee"):  # a photograph of the course does not run through it
        with pytest.raises(FileNotFoundError):
            images.run_with(name)
    assert not images.reader.file().exists()


def test_a_picture_that_runs_is_not_spoiled_by_who_has_it(somebody: Path) -> None:
    images.run_with("text")
    page = images.running()
    before = page.copy()
    page[:] = 0
    assert np.array_equal(images.running(), before)

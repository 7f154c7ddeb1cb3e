"""What an image is in this course, and where the course's own images come from.

An image is a ``float32`` array in [0, 1] of shape (H, W), or (H, W, 3) for colour.
`as_image` is the one gate through which every array passes.

>>> image = load("camera", gray=True, size=256)
>>> image.shape, image.dtype.name
((256, 256), 'float32')
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import checks, files, picture_files, reader
from helpers.registry import Registry

Seed = int | np.random.Generator
LUMINANCE = np.float32([0.2125, 0.7154, 0.0721])  # of red, green, blue: ITU-R BT.709
ACCEPTED = "accepted are (H, W) and (H, W, 3) arrays: bool, uint8, uint16, or float in [0, 1]"


# ---- the gate ------------------------------------------------------------------------------

# Pillow's modes whose numbers are gray levels or red, green, blue; the others are palette
# indexes, other colour spaces, 32-bit integers, or colours already multiplied by their alpha.
MODES = ("1", "L", "LA", "RGB", "RGBA", "I;16", "I;16L", "I;16B", "F")


def as_image(x: object, clipped: bool = True) -> np.ndarray:
    """Turn an array into an image, or say why it is none.

    Parameters
    ----------
    x : array_like
        bool, uint8, uint16 or float; (H, W), (H, W, 3), or with an opaque alpha channel,
        which is dropped: (H, W, 2), (H, W, 4). Integers are divided by their largest value,
        with a warning where 16 bits hold levels of fewer.
    clipped : bool
        False admits finite values outside [0, 1], as unclipped noise has them; gray levels are
        refused all the same (see `are_gray_levels`).

    Returns
    -------
    numpy.ndarray
        float32, (H, W) or (H, W, 3). It may share memory with `x`: do not write into it.

    Raises
    ------
    ValueError
        For NaN or infinity, values outside [0, 1], an empty array, wrong dimensions, a wrong
        channel count, an alpha channel that is not opaque, or another type.

    Examples
    --------
    >>> as_image(np.array([[0, 255]], dtype=np.uint8))
    array([[0., 1.]], dtype=float32)
    """
    levels = _without_alpha(_as_array(x))
    _warn_of_few_bits(levels, remedy=": divide by {white} first")
    return _in_range(_to_float(levels), checks.flag(clipped, "clipped"))


def _in_range(image: np.ndarray, clipped: bool) -> np.ndarray:
    low, high = float(image.min()), float(image.max())
    if not (np.isfinite(low) and np.isfinite(high)):  # min and max are NaN where any pixel is
        raise ValueError("the image has NaN or infinite values; an image holds finite numbers")
    if high > BRIGHTEST and are_gray_levels(image):
        raise ValueError(
            f"the image has values up to {high:.7g}, as gray levels have, and an image lies in "
            f"[0, 1]: {white_level(high)} to convert them"
        )
    if clipped and (low < 0 or high > 1):
        raise ValueError(
            f"the image has values from {low:.7g} to {high:.7g}, outside [0, 1]: clip or rescale "
            f"it first, or {white_level(high)} if these are gray levels"
        )
    return image


BRIGHTEST = 3.0  # a scene this much over white passes; 3/255 is nearly black
RUN, FEWEST = 32, 16  # neighbours that are judged together, and how many pixels are evidence
ERRORS = 8  # standard errors: chance passes 8 not once in 10⁷ runs, see `are_gray_levels`
MOST = 2**20  # values that are looked at, in whole rows: a few milliseconds


def are_gray_levels(image: np.ndarray) -> bool:
    """Whether values lie far above 1 side by side: gray levels do, noise never does.

    Noise, however strong, leaves the mean of the scene, which is at most 1: few photons put
    100 on one pixel and 0 on the next ones. So the values are gray levels where the mean of 32
    neighbours, or of the whole picture, is above 3 by more than 8 of its standard errors.
    Fewer than 16 values are no evidence.

    Found on the 15 photographs of the course, as levels of 8 and 12 bits, as they are or
    darkened to a fifth, a tenth, a twentieth, without noise or under σ of 10/255 and 50/255: of
    these 360 pictures 4 pass, all of them dark and under the strong noise. No draw of a noise
    model on them, down to 0.001 photons and up to speckle of σ = 10⁴, comes above 5.5 standard
    errors, also where the scene is up to 2.5 times white.

    Parameters
    ----------
    image : numpy.ndarray
        Finite values, two dimensions or more.

    Examples
    --------
    >>> are_gray_levels(np.full((4, 4), 100.0)), are_gray_levels(100.0 * np.eye(40))
    (True, False)
    """
    values = image[:: image.size // MOST + 1].ravel()
    if values.size < FEWEST:
        return False
    for size in {min(RUN, values.size), values.size}:
        runs = values[: values.size // size * size].reshape(-1, size)
        runs = runs[runs.mean(axis=1, dtype=float) > BRIGHTEST]  # of noise few are left
        error = runs.std(axis=1, dtype=float) / np.sqrt(size)
        if (runs.mean(axis=1, dtype=float) - ERRORS * error > BRIGHTEST).any():
            return True
    return False


def white_level(high: float) -> str:
    """What to divide gray levels by that end at `high`: "divide by 255" below 511.

    Examples
    --------
    >>> white_level(254), white_level(4000)
    ('divide by 255', 'divide by the white level, such as 4095 (12 bits) or 65535 (16 bits),')
    """
    if high <= 2 * 255:  # noise may reach above white
        return "divide by 255"
    return "divide by the white level, such as 4095 (12 bits) or 65535 (16 bits),"


def _as_array(x: object) -> np.ndarray:
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError("the image has masked pixels; fill them first, an image has no holes")
    mode = getattr(x, "mode", None) if hasattr(x, "getbands") else None
    if mode is not None and mode not in MODES:
        raise ValueError(
            f"a Pillow picture of mode {mode} is no image; convert it to RGB first, or to L"
        )
    if mode is not None and "transparency" in x.info:
        raise ValueError(
            "the Pillow picture has a colour that is not to be seen; convert it to RGBA first, "
            "or to LA"
        )
    try:
        return np.asarray(x)
    except Exception as error:  # torch with gradients, bfloat16, ragged lists, odd classes
        raise ValueError(f"the image cannot become an array ({error}); {ACCEPTED}") from error


def _without_alpha(array: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3) of what has such a shape, or one more channel that hides nothing."""
    if array.size == 0:
        raise ValueError(f"the image is empty, its shape is {array.shape}; {ACCEPTED}")
    if array.ndim not in (2, 3):
        raise ValueError(f"an image has 2 or 3 dimensions, not {array.ndim}; {ACCEPTED}")
    if array.ndim == 3 and array.shape[2] not in (2, 3, 4):
        hint = " (use image[..., 0] for a gray image)" if array.shape[2] == 1 else ""
        raise ValueError(f"an image has no {array.shape[2]} channels{hint}; {ACCEPTED}")
    if array.ndim == 2 or array.shape[2] == 3:
        return array
    if not (array[..., -1] == _largest(array.dtype)).all():
        raise ValueError(
            "the image has transparent pixels (alpha below its maximum); what lies behind them "
            "is unknown: flatten it onto a background first"
        )
    return array[..., 0] if array.shape[2] == 2 else array[..., :3]


def _to_float(array: np.ndarray, white: float | None = None) -> np.ndarray:
    """Levels as float32, divided by `white`; by default integers by the largest of their type."""
    kind = array.dtype.kind
    if white is None and kind == "u" and array.dtype.itemsize <= 2:  # of either byte order
        white = np.iinfo(array.dtype).max
    with np.errstate(over="ignore"):  # too large for float32 becomes inf, which is refused
        if white is not None and kind in "uif":
            return array.astype(np.float32) / np.float32(white)
        if kind in "bf":
            return array.astype(np.float32, copy=False)
    raise ValueError(f"an image cannot be of type {array.dtype}; {ACCEPTED}")


def _warn_of_few_bits(levels: np.ndarray, remedy: str, file: str = "") -> None:
    """Warn where 16-bit levels clearly use 8, 10, 12 or 14 bits.

    Nothing above 4095 of 65535 is hardly a picture of 16 bits; 14 bits are told from a dark one
    where they end just below their white level, as sensors that are overexposed do.
    """
    if levels.dtype.kind != "u" or levels.dtype.itemsize != 2 or levels.size < FEWEST:
        return
    top = int(levels.max())
    bits = next((bits for bits in (8, 10, 12, 14) if 0 < top < 2**bits), None)
    if bits is None or (bits == 14 and top <= 0.98 * 2**14):
        return
    warnings.warn(
        f"{file}the 16-bit levels end at {top}, as levels of {bits} bits do"
        f"{remedy.format(white=2**bits - 1)}, unless it is that dark",
        stacklevel=3,
    )


def as_generator(rng: Seed) -> np.random.Generator:
    """Turn a seed into a random generator; a generator passes through and moves on.

    Raises
    ------
    ValueError
        For anything but an integer of 0 or more, or a `numpy.random.Generator`.
        There is no default: results that cannot be repeated teach nothing.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if checks.is_whole(rng) and rng >= 0:
        return np.random.default_rng(rng)
    raise checks.refusal("rng", "a seed (an integer, 0 or more) or a numpy Generator", rng)


# ---- photographs ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Photograph:
    """A photograph that ships inside scikit-image, so it is there without a network."""

    loader: str  # name of the function in skimage.data
    title: str
    author: str
    licence: str
    source: str


_TABLE = """
astronaut            | Eileen Collins             | NASA                | public domain | flic.kr/p/r9qvLn
brick                | Brick wall                 | CC0Textures         | CC0           | cc0textures.com, Bricks25
camera               | Photographer with camera   | Lav Varshney        | CC0           | scikit-image issue 3927
cell                 | Cell in saline             | Paul Müller et al.  | CC0           | doi:10.1364/OE.26.010729
chelsea              | Chelsea the cat            | Stéfan van der Walt | CC0           | scikit-image
clock                | Clock, blurred by motion   | Stéfan van der Walt | public domain | scikit-image
coffee               | Cup of coffee              | Rachel Michetti     | CC0           | Pikolo Espresso Bar
coins                | Greek coins from Pompeii   | Brooklyn Museum     | no known copyright restrictions | object 51611
grass                | Grass                      | linolafett          | CC0           | DeviantArt, Grass 01
gravel               | Gravel                     | CC0Textures         | CC0           | cc0textures.com, Gravel04
hubble_deep_field    | Hubble eXtreme Deep Field  | NASA, ESA           | public domain | hubblesite.org
immunohistochemistry | Stained tissue             | CMMI                | no known copyright restrictions | scikit-image
moon                 | Surface of the moon        | not stated          | as scikit-image, BSD-3-Clause | scikit-image
retina               | Human retina               | Mikael Häggström    | CC0           | doi:10.15347/wjm/2014.008
rocket               | Launch of DSCOVR           | SpaceX              | public domain | flickr.com/photos/spacexphotos
"""  # noqa: E501, a table reads best as a table

PHOTOGRAPHS: Registry[Photograph] = Registry("photograph")
for _row in _TABLE.strip().splitlines():
    _cells = [cell.strip() for cell in _row.split("|")]
    PHOTOGRAPHS[_cells[0]] = Photograph(*_cells)


def load(
    name: str | Path,
    gray: bool = False,
    size: int | None = None,
    white: float | None = None,
    frame: int | None = None,
) -> np.ndarray:
    """Load a photograph of the course by name, or a picture file of your own.

    Parameters
    ----------
    name : str or Path
        A key of `PHOTOGRAPHS`, or the path of a PNG, JPEG or TIFF file (8 or 16 bits,
        gray or RGB, an opaque alpha is dropped). It is turned upright, as its orientation says.
    gray : bool
        Convert colour to gray by the luminance weights of ITU-R BT.709.
    size : int, optional
        Side of a square cut from the centre. Never a resampling: resampling changes noise.
    white : float, optional
        The level that is white, such as 4095 for 12 bits in a file of 16. By default the
        largest of the file's type, with a warning where the file clearly uses fewer bits.
    frame : int, optional
        Which frame or page, from 0 on. By default the first, with a warning where there are
        more; a TIFF with pages of one size is then refused, as it may be a stack.

    Returns
    -------
    numpy.ndarray
        float32 in [0, 1], (H, W) or (H, W, 3).

    Raises
    ------
    FileNotFoundError
        When `name` is neither a photograph of the course nor an existing file.
    ValueError
        When the file is not a picture, damaged, of more pixels than Pillow reads, smaller than
        `size`, or brighter than `white`; the message names the file.

    Examples
    --------
    >>> load("coffee", size=200).shape
    (200, 200, 3)
    """
    if not isinstance(name, (str, Path)):
        raise checks.refusal("name", "a photograph of the course or a path", name)
    gray = checks.flag(gray, "gray")
    if white is not None:
        white = checks.number(white, "white", above=0)
    if frame is not None:
        frame = checks.whole(frame, "frame", 0)
    if name in PHOTOGRAPHS:
        from skimage import data

        file = _File(getattr(data, PHOTOGRAPHS[name].loader)())
    else:
        file = _read_file(name, frame)
    if frame is None and file.frames > 1:
        warnings.warn(
            f"{name} has {file.frames} frames or pages, and only the first is read; "
            "frame=1 reads the next",
            stacklevel=2,
        )
    try:
        _check_frame(frame, file.frames)
        levels = _without_alpha(file.levels)
        if white is None and file.white is None:
            _warn_of_few_bits(levels, remedy="; load it with white={white}", file=f"{name}: ")
        if white is not None and levels.max() > white:
            raise ValueError(f"it has levels up to {levels.max():g}, above white={white:g}")
        image = _in_range(_to_float(levels, white or file.white), clipped=True)
        image = to_gray(image) if gray else image
        return image if size is None else centre_crop(image, size)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def save(
    path: str | Path, image: np.ndarray, bits: int = 8, like: str | Path | None = None
) -> None:
    """Save an image as a picture file, whole or not at all; what was there is replaced.

    Parameters
    ----------
    path : str or Path
        Its ending says the format: PNG or TIFF, lossless, or JPEG, at quality 95. Folders are
        made.
    image : numpy.ndarray
        (H, W) or (H, W, 3), clipped or not. It is clipped to [0, 1] and rounded to levels.
    bits : int
        8 or 16 for each level. JPEG has 8.
    like : str or Path, optional
        The file that the image was made from: its colour profile and its resolution are kept. Its
        other notes (camera, date, place) are not.

    Raises
    ------
    ValueError
        For what is no image, another ending, a folder, more bits or pixels than the format holds,
        and for a `like` that is no picture.
    FileNotFoundError
        Where there is no file `like`.
    OSError
        Where it cannot be written, because the disk is full, for instance.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(Path(folder, "x.png"), np.array([[-0.1, 0.25, 1.2]]), bits=16)
    ...     load(Path(folder, "x.png"))
    array([[0.       , 0.2500038, 1.       ]], dtype=float32)
    """
    save_stack(path, [image], bits, like)


def save_stack(
    path: str | Path,
    frames: Iterable[np.ndarray],
    bits: int = 8,
    like: str | Path | None = None,
) -> None:
    """Save several images as the pages of one TIFF; ``load(path, frame=k)`` reads them again.

    Parameters
    ----------
    path, bits, like
        As in `save`.
    frames : iterable of numpy.ndarray
        Images as `save` takes them, one after the other: a generator needs no room for all.

    Raises
    ------
    ValueError, FileNotFoundError, OSError
        As `save` does; for no frame at all, and for several under a name that is not a TIFF's.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_stack(Path(folder, "x.tif"), (np.full((2, 2), gray) for gray in (0.0, 0.2, 1.0)))
    ...     round(float(load(Path(folder, "x.tif"), frame=1)[0, 0]), 3)
    0.2
    """
    path, bits = checks.path(path, "path"), checks.one_of(bits, "bits", (8, 16))
    picture_files.format_of(path)
    if path.is_dir():
        raise ValueError(f"path is the name of a picture file, and {str(path)!r} is a folder")
    about = None if like is None else picture_files.about(like)
    levels = [to_levels(image, bits) for image in frames]
    if not levels:
        raise ValueError("there is no frame to save")
    try:
        data = picture_files.encode(path.suffix.lower(), levels, about)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    files.write_whole({path: data})


def to_levels(image: np.ndarray, bits: int = 8) -> np.ndarray:
    """Clip an image to [0, 1] and round it to levels, uint8 or uint16.

    Half of a level goes to the even neighbour, as `numpy.rint` has it.

    Examples
    --------
    >>> to_levels(np.array([[-0.1, 0.5, 1.0]])).tolist()
    [[0, 128, 255]]
    """
    levels = np.clip(as_image(image, clipped=False), 0, 1)  # a copy, of the shape of the image
    levels *= 2**bits - 1
    return np.rint(levels, out=levels).astype(np.uint8 if bits == 8 else np.uint16)


def to_gray(image: np.ndarray) -> np.ndarray:
    """Luminance (ITU-R BT.709) of a colour image, (H, W, 3) to (H, W); gray passes through."""
    image = as_image(image, clipped=False)
    if image.ndim == 2:
        return image
    # Not a matrix product: its last bit depends on the processor, and with it the noise of
    # every table, whose seed is a hash of the pixels.
    red, green, blue = (image[..., c] * weight for c, weight in enumerate(LUMINANCE))
    return red + green + blue


def centre_crop(image: np.ndarray, size: int) -> np.ndarray:
    """Cut a (size, size) square from the centre of an image, gray or colour, clipped or not."""
    image = as_image(image, clipped=False)
    height, width = image.shape[:2]
    if not (checks.is_whole(size) and 1 <= size <= min(height, width)):
        raise ValueError(
            f"cannot cut {checks.shown(size)}×{checks.shown(size)} pixels from {height}×{width}; "
            f"size is a whole number between 1 and {min(height, width)}"
        )
    top, left = (height - size) // 2, (width - size) // 2
    return image[top : top + size, left : left + size]


# ---- files ---------------------------------------------------------------------------------


class _File(NamedTuple):
    """What a file holds, upright."""

    levels: np.ndarray
    frames: int = 1
    white: int | None = None  # where the file says that its levels have fewer bits than the type


def _read_file(name: str | Path, frame: int | None) -> _File:
    """The levels of a file, by the decoder that reads all of its bits."""
    path = checks.path(name) if str(name) else Path()
    if not os.path.isfile(path):  # False where it may not be looked at, too
        raise FileNotFoundError(
            f"{str(name)!r} is neither a file nor a photograph of the course: "
            f"{', '.join(PHOTOGRAPHS)}"
        )
    try:
        with path.open("rb") as file:
            head = file.read(26)
        if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return _decode_tiff(path, frame)
        if head.startswith(b"\x89PNG") and head[24:25] == b"\x10":
            return _decode_png16(path, frame)  # Pillow would drop the lower 8 of RGB's 16 bits
        return _decode_pillow(path, frame)
    except Exception as error:  # decoders raise whatever they like on damaged files
        raise ValueError(
            f"{path} cannot be read as a picture ({error}); "
            "accepted are undamaged PNG, JPEG and TIFF files, gray or RGB, 8 or 16 bits "
            "(TIFF of 16 bits uncompressed or deflated, gray also by LZW)"
        ) from error


def _decode_pillow(path: Path, frame: int | None) -> _File:
    from PIL import Image, ImageOps

    # Not opened by its path: Pillow maps a plain TIFF into memory then, and takes its
    # orientation for done.
    with path.open("rb") as stream, Image.open(stream) as file:
        # The later pictures of MPO, which phones write, are previews and depth maps.
        frames = 1 if file.format == "MPO" else getattr(file, "n_frames", 1)
        _check_frame(frame, frames)
        if frame:
            file.seek(frame)
        picture = ImageOps.exif_transpose(file)
        if picture.mode == "I":  # Pillow would cut them at 255
            raise ValueError("its pixels have 32 bits")
        if "transparency" in picture.info:  # one colour that is not to be seen
            picture = picture.convert("LA" if picture.mode == "L" else "RGBA")
        elif picture.mode not in MODES:
            alpha = {"PA": "RGBA", "RGBa": "RGBA", "La": "LA"}
            picture = picture.convert(alpha.get(picture.mode, "RGB"))
        return _File(np.asarray(picture), frames)


def _decode_tiff(path: Path, frame: int | None) -> _File:
    import tifffile
    from PIL import Image

    with tifffile.TiffFile(path) as file:
        frames = len(file.pages)
        _check_frame(frame, frames)
        page = file.pages[frame or 0].aspage()
        if frame is None and file.series[0].ndim > page.ndim:
            raise ValueError("it has several pages of one size; frame=0 reads the first of them")
        width, height, most = page.imagewidth, page.imagelength, Image.MAX_IMAGE_PIXELS
        if most and width * height > 2 * most:  # where Pillow refuses, too
            raise ValueError(
                f"its {width}×{height} pixels are more than {2 * most}; a small file that says "
                "so may be made to fill the memory"
            )
        if page.dtype in (np.uint8, np.bool_):
            return _decode_pillow(path, frame)  # it knows more compressions, tifffile more bits
        kinds = tifffile.PHOTOMETRIC
        if page.photometric not in (kinds.MINISBLACK, kinds.MINISWHITE, kinds.RGB):
            name = page.photometric.name.replace("SEPARATED", "CMYK")
            raise ValueError(f"its colours are {name}; gray and RGB are read")
        if page.axes not in ("YX", "YXS", "SYX"):
            raise ValueError(f"its axes are {page.axes}")
        levels = _tiff_levels(page, path, frame)
        bits = page.bitspersample
        white = 2**bits - 1 if levels.dtype.kind == "u" and bits < 16 else None
        if page.photometric == kinds.MINISWHITE:  # 0 is white
            levels = (white or _largest(levels.dtype)) - levels
        return _File(levels, frames, white)


def _largest(kind: np.dtype) -> float:
    """What is white in numbers of this type: the largest whole number, or 1."""
    return np.iinfo(kind).max if kind.kind in "iu" else 1


def _tiff_levels(page, path: Path, frame: int | None) -> np.ndarray:
    """The numbers of a page, upright; by Pillow where tifffile cannot and Pillow is exact."""
    try:
        levels = page.asarray()
    except Exception:
        levels = _decode_pillow(path, frame).levels
        if levels.dtype.kind == "f" or levels.dtype.itemsize == 2:
            return levels  # Pillow has turned it
        raise
    levels = np.moveaxis(levels, 0, -1) if page.axes == "SYX" else levels
    tag = page.tags.get(ORIENTATION)
    return _upright(levels, tag.value if tag else 1)


def _decode_png16(path: Path, frame: int | None) -> _File:
    import png
    from PIL import Image

    _check_frame(frame, 1)
    with Image.open(path) as picture:  # which looks at width × height, too
        orientation = picture.getexif().get(ORIENTATION, 1)
    with path.open("rb") as file:
        width, height, rows, info = png.Reader(file=file).read()
        array = np.vstack([np.asarray(row, dtype=np.uint16) for row in rows])
    if "transparent" in info:
        raise ValueError("it has a transparent colour")
    array = array.reshape(height, width, info["planes"])
    array = array[..., 0] if info["planes"] == 1 else array
    return _File(_upright(array, orientation))


ORIENTATION = 274  # the tag of TIFF and EXIF: which corner of the picture is stored first


def _upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """Turn what is stored as an orientation says, 1 to 8; 5 to 8 store columns as rows."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    right = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(array[::down, ::right])


def _check_frame(frame: int | None, frames: int) -> None:
    if frame is not None and frame >= frames:
        raise ValueError(f"it has no frame {frame}: there are {frames}, counted from 0")


# ---- synthetic images ----------------------------------------------------------------------


LARGEST = 2**14  # pixels a side of what is drawn: more than memory holds


class Phantom(NamedTuple):
    """A synthetic radiograph and what is where in it."""

    image: np.ndarray  # (size, size) float32 in [0, 1]
    masks: dict[str, np.ndarray]  # name -> (size, size) bool


def xray_phantom(rng: Seed, size: int = 256) -> Phantom:
    """Draw a chest radiograph from ellipses of tissue, by the law of Beer and Lambert.

    Each organ adds attenuation × thickness to the line integral μ; the picture is 1 − exp(−μ),
    so that bone is bright and lung is dark, as radiologists show it. Position and size of the
    organs vary with `rng` by a few percent. Clean: add noise from `helpers.noise`.

    Parameters
    ----------
    rng : int or numpy.random.Generator
    size : int
        Side in pixels, 32 to 16384.

    Returns
    -------
    Phantom
        ``image`` and ``masks`` ("body", "lungs", "heart", "spine", "ribs").

    Examples
    --------
    >>> image, masks = xray_phantom(rng=0, size=128)
    >>> bool(image[masks["lungs"]].mean() < image[masks["spine"]].mean())
    True
    """
    size = checks.whole(size, "size", 32, LARGEST)
    rng = as_generator(rng)
    wobble = lambda: rng.normal(1, 0.03)  # noqa: E731, a new factor at each call
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]  # (size, size), down and right

    def thickness(cx: float, cy: float, rx: float, ry: float) -> np.ndarray:
        """Relative depth of an ellipsoid along the ray, 0 outside and 1 at its centre."""
        u, v = (x - cx) / (rx * wobble()), (y - cy) / (ry * wobble())
        return np.sqrt(np.clip(1 - u**2 - v**2, 0, None))

    # Where the organs lie and how much they attenuate was chosen by eye, after chest films.
    body = np.maximum(thickness(0, 0.15, 0.88, 1.15), 0.8 * thickness(0, -0.9, 0.3, 0.45))
    lungs = np.maximum(thickness(-0.4, 0, 0.3, 0.62), thickness(0.4, 0, 0.29, 0.6))
    heart = thickness(0.14, 0.32, 0.3, 0.26)
    spine = np.where(np.abs(x) < 0.07 * wobble(), 0.75 + 0.25 * np.cos(45 * y), 0) * (body > 0)
    # Ribs are eight pairs of arched bands, brighter at their borders as tubes of bone are.
    arch = y - 0.55 * x**2 - 0.08 * wobble()
    phase = (arch + 0.75) / 0.17 * wobble()
    across = np.abs(phase - np.floor(phase) - 0.5) / 0.22  # 0 on the axis of a rib, 1 at its edge
    inside = (across < 1) & (arch > -0.75) & (arch < 0.6) & (np.abs(x) > 0.1) & (body > 0.25)
    ribs = np.where(inside, 0.6 + 0.4 * across**2, 0)
    mu = 1.5 * body - 1.25 * lungs + 0.75 * heart + 0.55 * spine + 0.28 * ribs
    organs = {"body": body, "lungs": lungs, "heart": heart, "spine": spine, "ribs": ribs}
    image = 1 - np.exp(-np.clip(mu, 0, None))
    return Phantom(image.astype(np.float32), {name: part > 0.05 for name, part in organs.items()})


def dead_leaves(
    rng: Seed, shape: tuple[int, ...] = (256, 256), radii: tuple[float, float] = (2, 100)
) -> np.ndarray:
    """Draw opaque discs of all sizes that fall on each other until nothing shows through.

    With radii drawn from the density r⁻³ the picture looks the same at every scale, and its
    gradients have the sharp peak and heavy tails of photographs.

    Parameters
    ----------
    rng : int or numpy.random.Generator
    shape : tuple of int
        (H, W) or (H, W, 3).
    radii : (float, float)
        Smallest and largest radius in pixels; 1 or more.

    Returns
    -------
    numpy.ndarray
        float32 in [0, 1], of the given shape.

    References
    ----------
    Lee, Mumford, Huang (2001). Occlusion models for natural images: a statistical study of a
    scale-invariant dead leaves model. International Journal of Computer Vision 41, 35-59.

    Examples
    --------
    >>> dead_leaves(rng=0, shape=(64, 96)).shape
    (64, 96)
    """
    accepted = f"(H, W) or (H, W, 3) with H and W from 1 to {LARGEST}"
    sides = tuple(checks.several(shape, "shape", accepted))
    whole = all(checks.is_whole(side) and 1 <= side <= LARGEST for side in sides)
    if not whole or len(sides) not in (2, 3) or sides[2:] not in ((), (3,)):
        raise checks.refusal("shape", accepted, shape)
    increasing = "(smallest, largest), 1 or more and increasing"
    ends = checks.several(radii, "radii", increasing)
    small, large = ends if len(ends) == 2 and all(map(checks.is_number, ends)) else (0, 0)
    widest = 8 * max(sides[:2])  # larger discs hardly ever meet the picture
    if not (1 <= small < large and small < widest):
        raise checks.refusal("radii", increasing, radii)
    large = min(large, widest)
    rng = as_generator(rng)
    image = np.zeros(sides, dtype=np.float32)
    bare = np.ones(sides[:2], dtype=bool)  # pixels that no leaf covers yet
    while bare.any():
        _drop_leaves(image, bare, rng, small, large)
    return image


def _drop_leaves(
    image: np.ndarray, bare: np.ndarray, rng: np.random.Generator, small: float, large: float
) -> None:
    """Slip more leaves *under* those already there: only bare pixels take their gray."""
    count = 512  # at once, to draw quickly; another number draws another picture
    height, width = bare.shape
    u = rng.random(count)
    radius = (small**-2 - u * (small**-2 - large**-2)) ** -0.5  # inverse of the CDF of r⁻³
    row = rng.uniform(-large, height + large, count)
    column = rng.uniform(-large, width + large, count)
    colour = rng.random((count, *image.shape[2:]), dtype=np.float32)
    for r, cy, cx, gray in zip(radius, row, column, colour):
        top, left = max(int(cy - r), 0), max(int(cx - r), 0)
        bottom, right = min(int(cy + r) + 2, height), min(int(cx + r) + 2, width)
        if top >= bottom or left >= right:
            continue
        y, x = np.ogrid[top:bottom, left:right]
        seen = bare[top:bottom, left:right]  # a view: writing to it writes to `bare`
        leaf = seen & ((y - cy) ** 2 + (x - cx) ** 2 <= r * r)
        image[top:bottom, left:right][leaf] = gray
        seen &= ~leaf


# ---- the reader's picture ------------------------------------------------------------------


SIDE = 256  # pixels of the picture that runs through the course
SECTION, KEY = "course", "picture"  # of the reader's file
_TEXT = """\
Photons come one by one, and
no two exposures count the
same. What differs is noise;
what stays is the picture. A
good filter keeps each stem,
each serif and each full stop:
0 is not O, 1 is not l, rn is not
m. Read this line aloud once
more when the noise is gone.
Then ask what was written
here, and what was guessed.
Σ x² ÷ n = σ² ± 0.5 %, n ≥ 50"""


def _around(name: str, row: int, column: int) -> np.ndarray:
    """The square of a photograph around its subject."""
    top, left = row - SIDE // 2, column - SIDE // 2
    return load(name)[top : top + SIDE, left : left + SIDE]


@lru_cache(maxsize=1)
def _page() -> np.ndarray:
    """Printed text, black on white, (256, 256)."""
    from PIL import Image, ImageDraw, ImageFont

    fonts = find_spec("matplotlib").submodule_search_locations[0]  # found without importing it
    font = ImageFont.truetype(f"{fonts}/mpl-data/fonts/ttf/DejaVuSerif.ttf", 15)
    page = Image.new("L", (SIDE, SIDE), 240)
    ImageDraw.Draw(page).multiline_text((10, 9), _TEXT, fill=20, font=font, spacing=3)
    return as_image(np.asarray(page))


RUNNING: Registry[Callable[[], np.ndarray]] = Registry("picture to run through the course")
RUNNING["photographer"] = lambda: load("camera", size=SIDE)
RUNNING["face"] = lambda: _around("astronaut", 128, 224)
RUNNING["X-ray"] = lambda: xray_phantom(rng=0, size=SIDE).image
RUNNING["cells"] = lambda: load("immunohistochemistry", size=SIDE)
RUNNING["text"] = lambda: _page().copy()


def running(gray: bool = True, size: int = SIDE) -> np.ndarray:
    """The picture that runs through the course: what the reader chose, or the photographer.

    For figures that the reader plays with. What is claimed is computed on pictures that are named,
    since another picture may refute it.

    Parameters
    ----------
    gray : bool
        False leaves colour to pictures that have it.
    size : int
        Side of the square cut from its centre, 1 to 256.

    Returns
    -------
    numpy.ndarray
        float32 in [0, 1], (size, size) or (size, size, 3).

    Warns
    -----
    UserWarning
        Where the reader's own file cannot be read any more; it then is the photographer.

    Examples
    --------
    >>> bool((running() == load("camera", gray=True, size=256)).all())  # nobody has chosen
    True
    """
    gray, size = checks.flag(gray, "gray"), checks.whole(size, "size", 1, SIDE)
    default = next(iter(RUNNING))
    try:
        chosen = reader.recall(SECTION).get(KEY, default)
        image = RUNNING[chosen]() if chosen in RUNNING else load(chosen, size=SIDE)
    except (ValueError, OSError) as error:
        warnings.warn(f"{error}: the {default} takes its place", stacklevel=2)
        image = RUNNING[default]()
    return centre_crop(to_gray(image) if gray else image, size)


def run_with(picture: str | Path) -> None:
    """Choose the picture that runs through the course; it is kept in the reader's file.

    Parameters
    ----------
    picture : str or Path
        A key of `RUNNING`, or a picture file of 256×256 pixels or more.

    Raises
    ------
    ValueError, FileNotFoundError
        For what is neither; nothing is kept then.
    OSError
        Where it cannot be kept.
    """
    if not isinstance(picture, str) or picture not in RUNNING:
        path = checks.path(picture, "picture")
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is no file; accepted are one of {', '.join(RUNNING)}, or a picture's file"
            )
        load(path, size=SIDE)
        picture = str(path.resolve())
    reader.keep(SECTION, KEY, picture)

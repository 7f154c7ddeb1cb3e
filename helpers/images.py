"""What an image is in this course, and where the course's own images come from.

An image is a ``float32`` array in [0, 1] of shape (H, W), or (H, W, 3) for colour.
`as_image` is the one gate through which every array passes.

>>> image = load("camera", gray=True, size=256)
>>> image.shape, image.dtype.name
((256, 256), 'float32')
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.registry import Registry

Seed = int | np.random.Generator
LUMINANCE = np.float32([0.2125, 0.7154, 0.0721])  # of red, green, blue: ITU-R BT.709
ACCEPTED = "accepted are (H, W) and (H, W, 3) arrays: bool, uint8, uint16, or float in [0, 1]"


# ---- the gate ------------------------------------------------------------------------------


def as_image(x: object, clipped: bool = True) -> np.ndarray:
    """Turn an array into an image, or say why it is none.

    Parameters
    ----------
    x : array_like
        bool, uint8, uint16 or float; (H, W), (H, W, 3), or with an opaque alpha channel,
        which is dropped: (H, W, 2), (H, W, 4). Integers are divided by their largest value.
    clipped : bool
        False admits finite values outside [0, 1], as unclipped noise has them; gray levels up
        to 255 are refused all the same.

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
    image = _to_float(_drop_opaque_alpha(_check_shape(_as_array(x))))
    low, high = float(image.min()), float(image.max())
    if not (np.isfinite(low) and np.isfinite(high)):  # min and max are NaN where any pixel is
        raise ValueError("the image has NaN or infinite values; an image holds finite numbers")
    if _are_gray_levels(image, low, high):
        raise ValueError(
            f"the image has values up to {high:.7g}, as gray levels have; values in [0, 1] are "
            "accepted: divide by 255 first"
        )
    if clipped and (low < 0 or high > 1):
        raise ValueError(
            f"the image has values from {low:.7g} to {high:.7g}, outside [0, 1]: clip or rescale "
            "it first, or divide by 255 if these are gray levels"
        )
    return image


def _are_gray_levels(image: np.ndarray, low: float, high: float) -> bool:
    """Whether values run up to 255 and not to 1: the usual slip, and no noise looks like it.

    Judged by the median of about 4096 pixels; a few pixels alone are no evidence.
    """
    if high < 2 or low < -high / 4 or high > 1000 or image.size < 16:
        return False
    return bool(np.median(image.ravel()[:: image.size // 4096 + 1]) > 1.5)


def _as_array(x: object) -> np.ndarray:
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError("the image has masked pixels; fill them first, an image has no holes")
    if getattr(x, "mode", "L") in ("P", "CMYK"):  # a Pillow picture whose numbers are no grays
        raise ValueError(f"a Pillow picture of mode {x.mode} is no image; convert it to RGB first")
    try:
        return np.asarray(x)
    except (TypeError, RuntimeError) as error:  # torch tensors with gradients, bfloat16
        raise ValueError(f"the image cannot become an array ({error}); {ACCEPTED}") from error


def _check_shape(array: np.ndarray) -> np.ndarray:
    if array.size == 0:
        raise ValueError(f"the image is empty, its shape is {array.shape}; {ACCEPTED}")
    if array.ndim not in (2, 3):
        raise ValueError(f"an image has 2 or 3 dimensions, not {array.ndim}; {ACCEPTED}")
    if array.ndim == 3 and array.shape[2] not in (2, 3, 4):
        hint = " (use image[..., 0] for a gray image)" if array.shape[2] == 1 else ""
        raise ValueError(f"an image has no {array.shape[2]} channels{hint}; {ACCEPTED}")
    return array


def _drop_opaque_alpha(array: np.ndarray) -> np.ndarray:
    """(H, W, 2) to (H, W), (H, W, 4) to (H, W, 3), where the alpha channel hides nothing."""
    if array.ndim == 2 or array.shape[2] == 3:
        return array
    opaque = np.iinfo(array.dtype).max if array.dtype.kind in "ui" else 1
    if not (array[..., -1] == opaque).all():
        raise ValueError(
            "the image has transparent pixels (alpha below its maximum); what lies behind them "
            "is unknown: flatten it onto a background first"
        )
    return array[..., 0] if array.shape[2] == 2 else array[..., :3]


def _to_float(array: np.ndarray) -> np.ndarray:
    if array.dtype in (np.uint8, np.uint16):
        return array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    if array.dtype == bool or array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # too large for float32 becomes inf, which is refused
            return array.astype(np.float32, copy=False)
    raise ValueError(f"an image cannot be of type {array.dtype}; {ACCEPTED}")


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
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(rng)
    raise ValueError(f"rng is a seed (an integer, 0 or more) or a numpy Generator, not {rng!r}")


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
    _about = [cell.strip() for cell in _row.split("|")]
    PHOTOGRAPHS[_about[0]] = Photograph(*_about)


def load(name: str | Path, gray: bool = False, size: int | None = None) -> np.ndarray:
    """Load a photograph of the course by name, or a picture file of your own.

    Parameters
    ----------
    name : str or Path
        A key of `PHOTOGRAPHS`, or the path of a PNG, JPEG or TIFF file (8 or 16 bits,
        gray or RGB, an opaque alpha is dropped).
    gray : bool
        Convert colour to gray by the luminance weights of ITU-R BT.709.
    size : int, optional
        Side of a square cut from the centre. Never a resampling: resampling changes noise.

    Returns
    -------
    numpy.ndarray
        float32 in [0, 1], (H, W) or (H, W, 3).

    Raises
    ------
    FileNotFoundError
        When `name` is neither a photograph of the course nor an existing file.
    ValueError
        When the file is not a picture, or damaged, or smaller than `size`.

    Examples
    --------
    >>> load("coffee", size=200).shape
    (200, 200, 3)
    """
    if not isinstance(name, (str, Path)):
        raise ValueError(f"a name or a path is asked for, not {type(name).__name__}")
    image = as_image(_read_photograph(name) if name in PHOTOGRAPHS else _read_file(Path(name)))
    if gray:
        image = np.clip(to_gray(image), 0, 1)  # rounding may reach beyond 1
    return image if size is None else centre_crop(image, size)


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
    """Cut a (size, size) square from the centre of an image, gray or colour."""
    height, width = image.shape[:2]
    whole = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
    if not (whole and 1 <= size <= min(height, width)):
        raise ValueError(
            f"cannot cut {size}×{size} pixels from {height}×{width}; "
            f"size is a whole number between 1 and {min(height, width)}"
        )
    top, left = (height - size) // 2, (width - size) // 2
    return image[top : top + size, left : left + size]


def _read_photograph(name: str) -> np.ndarray:
    from skimage import data

    return getattr(data, PHOTOGRAPHS[name].loader)()


def _read_file(path: Path) -> np.ndarray:
    if not path.is_file():
        raise FileNotFoundError(
            f"{str(path)!r} is neither a file nor a photograph of the course: "
            f"{', '.join(PHOTOGRAPHS)}"
        )
    try:
        return _decode(path)
    except Exception as error:  # decoders raise whatever they like on damaged files
        raise ValueError(
            f"{path.name} cannot be read as a picture ({error}); "
            "accepted are undamaged PNG, JPEG and TIFF files, gray or RGB, 8 or 16 bits "
            "(TIFF of 16 bits uncompressed or deflated)"
        ) from error


def _decode(path: Path) -> np.ndarray:
    head = path.read_bytes()[:26]
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _decode_tiff(path)
    if head.startswith(b"\x89PNG") and head[24:25] == b"\x10":
        return _decode_png16(path)  # Pillow would drop the lower 8 of the 16 bits of RGB
    return _decode_8bit(path)


def _decode_8bit(path: Path) -> np.ndarray:
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)
        if picture.mode in ("I", "F"):  # Pillow would cut them at 255
            raise ValueError("its pixels have 32 bits")
        if "transparency" in picture.info:  # one colour that is not to be seen
            picture = picture.convert("LA" if picture.mode == "L" else "RGBA")
        elif picture.mode not in ("1", "L", "LA", "RGB", "RGBA", "I;16"):
            picture = picture.convert("RGB")
        return np.asarray(picture)


def _decode_tiff(path: Path) -> np.ndarray:
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        if series.dtype == np.uint8 and len(series.pages) == 1:
            return _decode_8bit(path)  # Pillow knows more compressions, tifffile more bits
        if series.axes not in ("YX", "YXS", "SYX"):
            raise ValueError("it has several pages")
        if series.keyframe.photometric == tifffile.PHOTOMETRIC.SEPARATED:
            raise ValueError("its colours are CMYK")
        array = series.asarray()
        array = np.moveaxis(array, 0, -1) if series.axes == "SYX" else array
        white_is_zero = series.keyframe.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        return ~array if white_is_zero and array.dtype.kind in "bu" else array


def _decode_png16(path: Path) -> np.ndarray:
    import png

    with path.open("rb") as file:
        width, height, rows, info = png.Reader(file=file).read()
        array = np.vstack([np.asarray(row, dtype=np.uint16) for row in rows])
    if "transparent" in info:
        raise ValueError("it has a transparent colour")
    planes = info["planes"]
    return array.reshape(height, width, planes) if planes > 1 else array


# ---- synthetic images ----------------------------------------------------------------------


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
        Side in pixels, at least 32.

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
    if size < 32:
        raise ValueError(f"a phantom needs at least 32×32 pixels, not {size}×{size}")
    rng = as_generator(rng)
    wobble = lambda: rng.normal(1, 0.03)  # noqa: E731, one new factor each time it is asked
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]  # (size, size), down and right

    def thickness(cx: float, cy: float, rx: float, ry: float) -> np.ndarray:
        """Relative depth of an ellipsoid along the ray, 0 outside and 1 at its centre."""
        u, v = (x - cx) / (rx * wobble()), (y - cy) / (ry * wobble())
        return np.sqrt(np.clip(1 - u**2 - v**2, 0, None))

    body = np.maximum(thickness(0, 0.15, 0.88, 1.15), 0.8 * thickness(0, -0.9, 0.3, 0.45))
    lungs = np.maximum(thickness(-0.4, 0, 0.3, 0.62), thickness(0.4, 0, 0.29, 0.6))
    heart = thickness(0.14, 0.32, 0.3, 0.26)
    spine = np.where(np.abs(x) < 0.07 * wobble(), 0.75 + 0.25 * np.cos(45 * y), 0) * (body > 0)
    ribs = _ribs(x, y, wobble) * (body > 0.25)
    mu = 1.5 * body - 1.25 * lungs + 0.75 * heart + 0.55 * spine + 0.28 * ribs
    organs = {"body": body, "lungs": lungs, "heart": heart, "spine": spine, "ribs": ribs}
    image = 1 - np.exp(-np.clip(mu, 0, None))
    return Phantom(image.astype(np.float32), {name: part > 0.05 for name, part in organs.items()})


def _ribs(x: np.ndarray, y: np.ndarray, wobble) -> np.ndarray:
    """Eight pairs of arched bands, 0 to 1, brighter at their borders as tubes of bone are."""
    arch = y - 0.55 * x**2 - 0.08 * wobble()  # (size, size)
    phase = (arch + 0.75) / 0.17 * wobble()
    across = np.abs(phase - np.floor(phase) - 0.5) / 0.22  # 0 on the axis of a rib, 1 at its edge
    inside = (across < 1) & (arch > -0.75) & (arch < 0.6) & (np.abs(x) > 0.1)
    return np.where(inside, 0.6 + 0.4 * across**2, 0)


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
    if len(shape) not in (2, 3) or min(shape) < 1 or (len(shape) == 3 and shape[2] != 3):
        raise ValueError(f"shape is (H, W) or (H, W, 3) with H and W of 1 or more, not {shape}")
    small, large = radii
    widest = 8 * max(shape[:2])  # larger discs hardly ever meet the picture
    if not (1 <= small < large < np.inf and small < widest):
        raise ValueError(f"radii are (smallest, largest), 1 or more and increasing, not {radii}")
    large = min(large, widest)
    rng = as_generator(rng)
    image = np.zeros(shape, dtype=np.float32)
    bare = np.ones(shape[:2], dtype=bool)  # pixels that no leaf covers yet
    while bare.any():
        _drop_leaves(image, bare, rng, small, large)
    return image


def _drop_leaves(image, bare, rng, small: float, large: float, count: int = 512) -> None:
    """Slip `count` more leaves *under* those already there: only bare pixels take their gray."""
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

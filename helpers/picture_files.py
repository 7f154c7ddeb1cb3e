"""Picture files: what they say of their picture, and levels as the bytes of a PNG, TIFF or JPEG.

`images.load` and `images.save` are the doors for pictures. Here is what lies behind saving, and
what is asked of a file besides its pixels: how many frames, how many bits, the colour profile,
the resolution.

>>> import numpy as np
>>> encode(".png", [np.zeros((2, 3), np.uint8)])[:4]
b'\\x89PNG'
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

from helpers import checks
from helpers.registry import Registry

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")  # how files are named that are read
INCH = 0.0254  # metres
JPEG_QUALITY = 95  # the blocks of lower ones show, once nothing else is left to be seen
# Pixels an inch where a file gives them for another length: by TIFF's number, by ImageJ's word.
TIFF_UNITS = {2: 1, 3: 100 * INCH}
IMAGEJ_UNITS = {"inch": 1, "cm": 100 * INCH, "mm": 1e3 * INCH, "nm": 1e9 * INCH}
IMAGEJ_UNITS |= dict.fromkeys(("micron", "um", "µm", "\\u00B5m"), 1e6 * INCH)


def is_picture(file: Path) -> bool:
    """By its name; hidden ones are none: macOS leaves ``._x.png`` beside each ``x.png``.

    Examples
    --------
    >>> is_picture(Path("a/x.PNG")), is_picture(Path("a/._x.png")), is_picture(Path("a/x.txt"))
    (True, False, False)
    """
    hidden = any(part.startswith(".") for part in file.parts)
    return not hidden and file.suffix.lower() in SUFFIXES


# ---- what a file says ----------------------------------------------------------------------


@dataclass(frozen=True)
class About:
    """What a picture file says besides its pixels.

    Attributes
    ----------
    frames : int
        Frames or pages, of which `images.load` reads one.
    bits : int
        8, or 16 where levels have more than 8 bits or are fractions.
    profile : bytes or None
        The colour profile (ICC).
    dpi : (float, float) or None
        Pixels an inch, to the right and down, of the picture as it is seen upright.
    """

    frames: int = 1
    bits: int = 8
    profile: bytes | None = field(default=None, repr=False)
    dpi: tuple[float, float] | None = None


def about(path: str | Path) -> About:
    """What a picture file says besides its pixels, without decoding them.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not a picture, or has more pixels than Pillow reads.
    OSError
        When it may not be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "x.png")
    ...     _ = path.write_bytes(encode(".tif", 5 * [np.zeros((2, 3), np.uint16)]))
    ...     about(path)
    About(frames=5, bits=16, dpi=None)
    """
    path = checks.path(path, "a picture")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    try:
        with path.open("rb") as file:
            head = file.read(26)
        if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return _about_tiff(path)
        return _about_other(path, png_of_16_bits=head[:4] == b"\x89PNG" and head[24:25] == b"\x10")
    except Exception as error:  # decoders raise whatever they like on damaged files
        if isinstance(error, OSError) and error.errno is not None:  # of the disk, not the picture
            raise
        from PIL import Image

        if isinstance(error, Image.DecompressionBombError):
            most = 2 * Image.MAX_IMAGE_PIXELS
            raise ValueError(
                f"{path} has more than {most:,} pixels, the most that are read: cut it into parts"
            ) from error
        raise ValueError(
            f"{path} is no picture; accepted are undamaged PNG, JPEG and TIFF files"
        ) from error


def ignore_size() -> None:
    """Let Pillow read up to 178 million pixels without a word, as long as warnings are caught."""
    from PIL import Image

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def _about_other(path: Path, png_of_16_bits: bool) -> About:
    from PIL import Image

    with warnings.catch_warnings(), path.open("rb") as stream:
        ignore_size()
        file = Image.open(stream)  # closed with the stream
        # Behind the pixels of a PNG may be more, which Pillow would decode them all to reach.
        exif = file.getexif() if file.format != "PNG" or "exif" in file.info else {}
        turned = exif.get(ORIENTATION, 1) >= 5
        # The later pictures of MPO, which phones write, are previews and depth maps.
        frames = 1 if file.format == "MPO" else getattr(file, "n_frames", 1)
        many = png_of_16_bits or file.mode.startswith(("I", "F"))
        dpi = _resolution(*file.info.get("dpi", (0, 0)), turned)
        return About(frames, 16 if many else 8, file.info.get("icc_profile"), dpi)


def _about_tiff(path: Path) -> About:
    import tifffile

    with tifffile.TiffFile(path) as file:
        page = file.pages[0].aspage()
        tags = page.tags
        scale = TIFF_UNITS.get(tags.valueof("ResolutionUnit", default=2), 0)
        if file.is_imagej:
            scale = IMAGEJ_UNITS.get(file.imagej_metadata.get("unit"), scale)
        across, down = (
            scale * above / (below or 1)
            for above, below in (
                tags.valueof("XResolution", default=(0, 1)),
                tags.valueof("YResolution", default=(0, 1)),
            )
        )
        turned = tags.valueof(ORIENTATION, default=1) >= 5
        bits = 16 if page.bitspersample > 8 else 8
        dpi = _resolution(across, down, turned)
        return About(len(file.pages), bits, tags.valueof("InterColorProfile"), dpi)


ORIENTATION = 274  # the tag of TIFF and EXIF: which corner is stored first; 5 to 8 lie on a side


def _resolution(across: float, down: float, turned: bool) -> tuple[float, float] | None:
    """Pixels an inch of the upright picture; None where a file says nothing that makes sense."""
    across, down = float(across), float(down)
    if not (isfinite(across) and isfinite(down) and across > 0 and down > 0):
        return None
    return (down, across) if turned else (across, down)


# ---- levels as bytes -----------------------------------------------------------------------

Encoder = Callable[[list[np.ndarray], About], bytes]


@dataclass(frozen=True)
class Format:
    """A kind of file: what it can hold, and what makes its bytes."""

    name: str
    bits: tuple[int, ...]
    encode: Encoder = field(repr=False)
    stacks: bool = False  # whether it holds several frames
    side: int = 2**31 - 1  # pixels at most, either way

    def check(self, bits: int, frames: int = 1, side: int = 1) -> None:
        """Refuse bits, frames or a longer side that such a file does not hold.

        Raises
        ------
        ValueError
            With what it holds.

        Examples
        --------
        >>> FORMATS[".jpg"].check(bits=16)
        Traceback (most recent call last):
        ...
        ValueError: JPEG files have 8 bits, not 16; PNG and TIFF files have 8 or 16
        """
        if bits not in self.bits:
            raise ValueError(
                f"{self.name} files have 8 bits, not {bits}; PNG and TIFF files have 8 or 16"
            )
        if frames > 1 and not self.stacks:
            raise ValueError(
                f"{self.name} files hold one picture, not a stack of {frames}; TIFF files do"
            )
        if side > self.side:
            raise ValueError(f"{self.name} files are at most {self.side} pixels wide, not {side}")


FORMATS: Registry[Format] = Registry("ending of a picture file")


def format_of(path: Path) -> Format:
    """The format that a name asks for by its ending.

    Raises
    ------
    ValueError
        For another ending, or none.

    Examples
    --------
    >>> format_of(Path("x.JPG")).name
    'JPEG'
    >>> format_of(Path("x.gif"))
    Traceback (most recent call last):
    ...
    ValueError: a picture is saved under a name that ends in .png, .jpg, .jpeg, .tif, .tiff, \
not as 'x.gif'
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(
            f"a picture is saved under a name that ends in {', '.join(FORMATS)}, not as "
            f"{checks.shown(path.name)}"
        )
    return FORMATS[suffix]


def encode(suffix: str, frames: Iterable[np.ndarray], like: About | None = None) -> bytes:
    """Frames of levels as the bytes of a file.

    Parameters
    ----------
    suffix : str
        A key of `FORMATS`.
    frames : iterable of numpy.ndarray
        (H, W) or (H, W, 3), uint8 or uint16, all of one type; several only where the format
        holds stacks.
    like : About, optional
        Whose profile and resolution are kept. A profile for gray does not go into a colour
        picture, nor the other way round; a resolution that the format cannot write is left out.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        For bits, frames or a size that the format does not hold.

    Examples
    --------
    >>> encode(".jpg", [np.zeros((2, 3), np.uint8)])[:2]
    b'\xff\xd8'
    """
    form, frames = FORMATS[suffix], list(frames)
    form.check(8 * frames[0].itemsize, len(frames), max(max(one.shape[:2]) for one in frames))
    like = like or About()
    kind = b"RGB " if frames[0].ndim == 3 else b"GRAY"
    fits = like.profile is not None and like.profile[16:20] == kind  # of the profile's head
    return form.encode(frames, About(profile=like.profile if fits else None, dpi=like.dpi))


def _tiff(frames: list[np.ndarray], what: About) -> bytes:
    """Deflated, differences of neighbours: the one that is lossless, small and read everywhere."""
    import tifffile

    buffer = io.BytesIO()
    large = sum(frame.nbytes for frame in frames) > 2**32 - 2**25  # and offsets of 32 bits end
    resolution = {"resolution": what.dpi, "resolutionunit": "INCH"} if what.dpi else {}
    with tifffile.TiffWriter(buffer, bigtiff=large) as file:
        for frame in frames:
            file.write(
                frame,
                photometric="rgb" if frame.ndim == 3 else "minisblack",
                compression="zlib",
                predictor=True,
                iccprofile=what.profile,
                metadata=None,
                **resolution,
            )
    return buffer.getvalue()


def _png(frames: list[np.ndarray], what: About) -> bytes:
    """8 bits by Pillow; 16 chunk by chunk, as Pillow drops the lower 8 of colours."""
    (levels,) = frames
    if levels.dtype == np.uint8:
        return _pillow("png", levels, what)
    import png

    height, width = levels.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, 16, 2 if levels.ndim == 3 else 0, 0, 0, 0)
    chunks = [(b"IHDR", head)]
    if what.profile:
        chunks.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(what.profile)))
    if what.dpi and (metre := [round(one / INCH) for one in what.dpi]) and max(metre) < 2**31:
        chunks.append((b"pHYs", struct.pack(">IIB", *metre, 1)))
    big_endian = np.ascontiguousarray(levels, ">u2")
    rows = big_endian.reshape(height, -1).view(np.uint8)  # (H, bytes of a row)
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = 2  # each row is stored as its difference to the one above
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    chunks += [(b"IDAT", zlib.compress(filtered)), (b"IEND", b"")]
    buffer = io.BytesIO()
    png.write_chunks(buffer, chunks)
    return buffer.getvalue()


def _jpeg(frames: list[np.ndarray], what: About) -> bytes:
    """Colours as sharp as the rest: halved, as they are by default, edges would bleed."""
    return _pillow("jpeg", frames[0], what, quality=JPEG_QUALITY, subsampling=0)


def _pillow(kind: str, levels: np.ndarray, what: About, **options: int) -> bytes:
    from PIL import Image

    if what.dpi and max(what.dpi) < 2**16 - 1:  # two bytes in JPEG
        options["dpi"] = what.dpi
    if what.profile:
        options["icc_profile"] = what.profile
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, kind, **options)
    return buffer.getvalue()


FORMATS[".png"] = Format("PNG", (8, 16), _png)
FORMATS[".jpg"] = FORMATS[".jpeg"] = Format("JPEG", (8,), _jpeg, side=65500)  # libjpeg's limit
FORMATS[".tif"] = FORMATS[".tiff"] = Format("TIFF", (8, 16), _tiff, stacks=True)

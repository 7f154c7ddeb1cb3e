"""Pictures as they are: each pixel as a square of whole pixels of the screen, nothing resampled.

Every figure leaves through `publish`, with the description that a screen reader speaks.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import png as pypng
from IPython.display import display
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from helpers import checks, reader
from helpers.images import as_image

GAP, HEAD = 8, 22  # pixels between panels, and above them for a title
LARGEST = 64  # enlargement: a pixel as wide as a thumb shows all there is to see
LOUPE = 6  # times that a loupe enlarges what it is held over


def publish(picture: bytes, alt: str, resampled: bool = False) -> None:
    """Display a PNG with its alternative text, which must say what there is to see.

    JupyterLab leaves out the alternative text of a PNG, and squeezes one that is wider than the
    window. Hence a reader gets HTML that has the text, and scrolls. Outputs that are committed
    stay PNG, which every viewer of notebooks shows.

    Parameters
    ----------
    picture : bytes
        The PNG.
    alt : str
        20 characters or more.
    resampled : bool
        Whether a narrow window may make it smaller: a chart, but no noise.

    Raises
    ------
    ValueError
        When `alt` has fewer than 20 characters.
    """
    if not isinstance(alt, str) or len(alt.strip()) < 20:
        raise ValueError(f"alt={alt!r}: describe in a sentence what the figure shows")
    encoded = base64.b64encode(picture).decode()
    if reader.is_there():
        style = "max-width: 100%" if resampled else "max-width: none; image-rendering: pixelated"
        image = f'<img alt="{html.escape(alt)}" style="{style}" '
        image += f'src="data:image/png;base64,{encoded}">'
        scrolling = f'<div style="overflow-x: auto">{image}</div>'
        display({"text/html": scrolling, "text/plain": alt}, raw=True)
    else:
        data = {"image/png": encoded, "text/plain": alt}
        display(data, raw=True, metadata={"image/png": {"alt": alt}})


def show(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    *,
    alt: str,
    columns: int | None = None,
    zoom: int = 1,
    signed: bool = False,
    loupe: tuple[int, int] | None = None,
) -> None:
    """Show images side by side, each pixel as `zoom`×`zoom` screen pixels, nothing resampled.

    Parameters
    ----------
    images : sequence of numpy.ndarray
        (H, W) or (H, W, 3), shown from black at 0 to white at 1; what lies beyond is cut.
    titles : sequence of str, optional
        One for each image.
    alt : str
        Alternative text: what a reader should see.
    columns : int, optional
        Images in one row; all of them by default.
    zoom : int
        Whole enlargement.
    signed : bool
        Show differences: middle gray is 0, black −0.5, white +0.5.
    loupe : (int, int), optional
        Row and column of the pixel over which a loupe is held, in all images: a frame says where,
        and below the images stands what is in it, six times larger, with the value of the pixel
        in gray levels of 255. At the border it is moved inward.

    Raises
    ------
    ValueError
        When the numbers of images and titles differ, there is no image, `zoom` or `columns` is
        no whole number from 1 on, or `loupe` is no pixel of the smallest image.
    """
    if isinstance(images, np.ndarray) and images.ndim < 4:
        raise ValueError("images is a list of images; show([image], ...) shows a single one")
    images = checks.several(images, "images", "a list of images")
    images = [as_image(image, clipped=False) for image in images]
    titles = [""] * len(images) if titles is None else checks.several(titles, "titles", "a list")
    if not images or len(images) != len(titles):
        raise ValueError(f"{len(images)} images and {len(titles)} titles: give one title each")
    columns = len(images) if columns is None else checks.whole(columns, "columns", 1)
    middle = 0.5 * checks.flag(signed, "signed")
    panels = [(title, image + middle) for title, image in zip(titles, images)]
    held = None if loupe is None else hold([image for _, image in panels], *_pixel(loupe))
    rows = []
    for k in range(0, len(panels), columns):
        rows.append(side_by_side(panels[k : k + columns], zoom, held))
        if held:
            words = [levels_at(image, held, signed) for image in images[k : k + columns]]
            rows.append(enlarged(panels[k : k + columns], held, words, zoom))
    publish(small_png(stack(rows)), alt)


def side_by_side(
    panels: Sequence[tuple[str, np.ndarray]], zoom: int = 1, held: Held | None = None
) -> np.ndarray:
    """Titled panels in a row: uint8, (H, W) if all are gray, else (H, W, 3).

    Each pixel of an image becomes `zoom`×`zoom` pixels, nothing is resampled. A title takes as
    many lines as it needs. Where a loupe is held over the panels, a frame says so.
    """
    panels = [(str(title), as_image(image, clipped=False)) for title, image in panels]
    zoom = checks.whole(zoom, "zoom", 1, LARGEST)
    colour = any(image.ndim == 3 for _, image in panels)
    tallest = zoom * max(len(image) for _, image in panels)
    heads = [heading(title, zoom * image.shape[1]) for title, image in panels]
    highest = max(map(len, heads))
    blocks = []
    for head, (_, image) in zip(heads, panels):
        levels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        levels = levels.repeat(zoom, axis=0).repeat(zoom, axis=1)
        if held:
            top, left = held.corner
            _frame(levels, zoom * top, zoom * left, zoom * held.side)
        head = _pad(head, below=highest - len(head))
        if colour:
            head, levels = as_colour(head), as_colour(levels)
        blocks.append(_pad(np.vstack([head, levels]), below=tallest - len(levels), right=GAP))
    return np.hstack(blocks)[:, :-GAP]


# ---- the loupe ------------------------------------------------------------------------------


class Held(NamedTuple):
    """Where a loupe is held: the pixel in its middle, and how many pixels it covers each way."""

    row: int
    column: int
    side: int

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the first pixel that it covers."""
        return self.row - self.side // 2, self.column - self.side // 2


def loupe_side(images: Sequence[np.ndarray]) -> int:
    """Pixels that a loupe covers each way: odd, and enlarged no wider than the smallest image."""
    return max((min(min(image.shape[:2]) for image in images) // LOUPE - 1) | 1, 1)


def hold(images: Sequence[np.ndarray], row: int, column: int) -> Held:
    """Hold a loupe over a pixel of all images; at the border it is moved inward.

    Raises
    ------
    ValueError
        For what is no pixel of the smallest image.

    Examples
    --------
    >>> hold([np.zeros((64, 64))], row=0, column=30)
    Held(row=4, column=30, side=9)
    """
    side, middle = loupe_side(images), []
    for name, at, axis in (("row", row, 0), ("column", column, 1)):
        last = min(image.shape[axis] for image in images) - 1
        at = checks.whole(at, f"the {name} of the loupe", 0, last)
        middle.append(min(max(at, side // 2), last - side // 2))
    return Held(*middle, side)


def enlarged(
    panels: Sequence[tuple[str, np.ndarray]], held: Held, words: Sequence[str], zoom: int = 1
) -> np.ndarray:
    """What is in the loupe, side by side as the panels are: uint8, the middle pixel framed."""
    times, half = LOUPE * zoom, held.side // 2
    top, left = held.corner
    below = []
    for (_, image), said in zip(panels, words):
        spot = image[top : top + held.side, left : left + held.side]
        levels = side_by_side([("", spot)], times)[HEAD:]
        _frame(levels, times * half, times * half, times)
        head = heading(f"□ {said}", max(zoom * image.shape[1], levels.shape[1]))
        below.append(stack([as_colour(head) if levels.ndim == 3 else head, levels]))
    if any(spot.ndim == 3 for spot in below):
        below = [as_colour(spot) for spot in below]
    tallest = max(map(len, below))
    spots = [_pad(spot, below=tallest - len(spot), right=GAP) for spot in below]
    return np.hstack(spots)[:, :-GAP]


def levels_at(image: np.ndarray, held: Held, signed: bool = False) -> str:
    """The value in the middle of a loupe, in gray levels of 255.

    Examples
    --------
    >>> levels_at(np.full((9, 9), 0.5), Held(4, 4, 1)), levels_at(np.eye(9), Held(4, 4, 1), True)
    ('128', '+255')
    """
    shape = "+.0f" if signed else ".0f"
    values = [
        f"{value + 0.0:{shape}}"
        for value in np.rint(255 * image[held.row, held.column].reshape(-1))
    ]
    return values[0] if len(values) == 1 else f"({', '.join(values)})"


def _pixel(loupe: object) -> tuple[int, int]:
    if isinstance(loupe, tuple) and len(loupe) == 2:
        return loupe
    raise checks.refusal("loupe", "a pixel (row, column)", loupe)


def _frame(levels: np.ndarray, top: int, left: int, side: int) -> None:
    """Draw a square around pixels, white and black, seen on any ground; cut at the border."""
    height, width = levels.shape[:2]
    for out, ink in ((1, 0), (2, 255)):
        rows = [max(top - out, 0), min(top + side + out - 1, height - 1)]
        columns = [max(left - out, 0), min(left + side + out - 1, width - 1)]
        levels[rows, columns[0] : columns[1] + 1] = ink
        levels[rows[0] : rows[1] + 1, columns] = ink


def stack(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Put uint8 pictures below each other on white, gray (H, W) or colour (H, W, 3)."""
    widest = max(picture.shape[1] for picture in pictures)
    if any(picture.ndim == 3 for picture in pictures):
        pictures = [as_colour(picture) for picture in pictures]
    return np.vstack([_pad(p, right=widest - p.shape[1]) for p in pictures])


@lru_cache(maxsize=256)
def heading(text: str, width: int) -> np.ndarray:
    """Black text on white, in as many lines as it needs, (HEAD · lines, width) uint8."""
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 12)
    lines = [""]
    for word in text.split(" "):  # one that is too long has a line of its own
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    strip = Image.new("L", (width, HEAD * len(lines)), 255)
    for number, line in enumerate(lines):
        ImageDraw.Draw(strip).text((0, 3 + HEAD * number), line, fill=0, font=font)
    return np.asarray(strip)


def as_colour(levels: np.ndarray) -> np.ndarray:
    """(H, W) to (H, W, 3); colour passes through."""
    return np.dstack([levels] * 3) if levels.ndim == 2 else levels


def _pad(levels: np.ndarray, below: int = 0, right: int = 0) -> np.ndarray:
    edges = [(0, below), (0, right), (0, 0)][: levels.ndim]
    return np.pad(levels, edges, constant_values=255)


def png(levels: np.ndarray) -> bytes:
    """Encode (H, W) or (H, W, 3) uint8 without loss: a lossy picture of noise is a lie.

    Nearly twice as fast as Pillow, which tries five predictors on each row in vain: noise cannot
    be predicted. 250×750 gray pixels take 3 ms.
    """
    height, width = levels.shape[:2]
    writer = pypng.Writer(width, height, greyscale=levels.ndim == 2, compression=1)
    with io.BytesIO() as file:
        writer.write_packed(file, np.ascontiguousarray(levels).reshape(height, -1))
        return file.getvalue()


def small_png(levels: np.ndarray) -> bytes:
    """Encode without loss as `png` does, slowly and in fewer bytes, for what is committed."""
    if levels.ndim == 3 and (levels == levels[..., :1]).all():
        levels = levels[..., 0]  # gray after all: a third of the bytes
    picture = Image.fromarray(levels)
    if levels.ndim == 3 and picture.getcolors(256):  # few colours: a palette says the same
        colours, which = np.unique(levels.reshape(-1, 3), axis=0, return_inverse=True)
        picture = Image.fromarray(which.reshape(levels.shape[:2]).astype(np.uint8))
        picture.putpalette(colours.tobytes())
    with io.BytesIO() as file:
        picture.save(file, "PNG", optimize=True)
        return file.getvalue()

"""Pictures as they are: each pixel as a square of whole pixels of the screen, nothing resampled.

Every figure leaves through `publish`, with the description that a screen reader speaks.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import png as pypng
from IPython.display import display
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from helpers import checks
from helpers.images import as_image

GAP, HEAD = 8, 22  # pixels between panels, and above them for a title
LARGEST = 64  # enlargement: a pixel as wide as a thumb shows all there is to see


def publish(picture: bytes, alt: str) -> None:
    """Display a PNG with its alternative text, which must say what there is to see.

    Raises
    ------
    ValueError
        When `alt` has fewer than 20 characters.
    """
    if not isinstance(alt, str) or len(alt.strip()) < 20:
        raise ValueError(f"alt={alt!r}: describe in a sentence what the figure shows")
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": alt}
    display(data, raw=True, metadata={"image/png": {"alt": alt}})


def show(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    *,
    alt: str,
    columns: int | None = None,
    zoom: int = 1,
    signed: bool = False,
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

    Raises
    ------
    ValueError
        When the numbers of images and titles differ, there is no image, or `zoom` or `columns`
        is no whole number from 1 on.
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
    rows = [side_by_side(panels[k : k + columns], zoom) for k in range(0, len(panels), columns)]
    publish(small_png(stack(rows)), alt)


def side_by_side(panels: Sequence[tuple[str, np.ndarray]], zoom: int = 1) -> np.ndarray:
    """Titled panels in a row: uint8, (H, W) if all are gray, else (H, W, 3).

    Each pixel of an image becomes `zoom`×`zoom` pixels, nothing is resampled. A title takes as
    many lines as it needs.
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
        head = _pad(head, below=highest - len(head))
        if colour:
            head, levels = as_colour(head), as_colour(levels)
        blocks.append(_pad(np.vstack([head, levels]), below=tallest - len(levels), right=GAP))
    return np.hstack(blocks)[:, :-GAP]


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

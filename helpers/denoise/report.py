"""One HTML page about restored pictures: before, after, what was removed, what was estimated.

The page holds its pictures, needs no other file and no network, and runs nothing.

>>> from helpers import images
>>> clean = images.load("camera", size=64)
>>> row = Row("camera.png", "nothing was done", panels=panels(clean, clean))
>>> "<!doctype html>" in page([row], "Restored pictures")
True
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from helpers.images import as_image, to_gray, to_levels

SIDE = 256  # pixels: shown as they are, three beside each other on most screens
MOST = 100  # pictures that are shown; a page of more than 50 MB opens slowly
STEPS = (1, 2, 5, 10, 20, 50, 100)  # how much brighter, and how much amplified
WITHIN = 3  # standard deviations of what was removed that lie between black and white
MARK = '<meta name="generator" content="helpers.denoise">'  # by which a page is known as one

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 0.3rem; overflow-wrap: anywhere; }
p { margin: 0.3rem 0; } nav li { overflow-wrap: anywhere; }
.panels { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 0.6rem; }
figure { margin: 0; width: 256px; } figcaption { font-size: 0.9rem; }
img { display: block; image-rendering: pixelated; background: #eee; }
.warning, .failed { border-left: 4px solid #b35900; padding-left: 0.6rem; }
.failed { border-color: #b00020; }
"""


@dataclass(frozen=True)
class Panels:
    """The richest square of a picture, three times, as PNG.

    Attributes
    ----------
    before, after, residual : bytes
    shape : (int, int)
        Of the square, in pixels.
    at : (int, int)
        Row and column of its upper left corner.
    brighter : float
        How many times as bright as they are `before` and `after` are shown.
    amplified : float
        How many times as large `residual` is shown, around middle gray.
    """

    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    residual: bytes = field(repr=False)
    shape: tuple[int, int]
    at: tuple[int, int]
    brighter: float
    amplified: float


@dataclass(frozen=True)
class Row:
    """What the page says of one file.

    Attributes
    ----------
    name : str
    what : str
        What was found and done, in a sentence.
    warnings : sequence of str
        Why it is to be looked at with care.
    panels : Panels, optional
    failed : bool
        Whether `what` is why nothing was done.
    """

    name: str
    what: str
    warnings: Sequence[str] = ()
    panels: Panels | None = None
    failed: bool = False


# ---- the three pictures --------------------------------------------------------------------


def panels(noisy: np.ndarray, restored: np.ndarray, side: int = SIDE) -> Panels:
    """Show a picture before and after, and the difference, where it is richest in detail.

    Nothing is resampled, since that would change the noise: of a large picture a square is cut.

    Parameters
    ----------
    noisy, restored : numpy.ndarray
        Of one shape, (H, W) or (H, W, 3).
    side : int
        Of the square, in pixels.

    Examples
    --------
    >>> from helpers import images, noise
    >>> clean = images.load("camera", size=300)
    >>> shown = panels(noise.Gaussian(10/255)(clean, rng=0), clean)
    >>> shown.shape, shown.brighter, shown.amplified
    ((256, 256), 1, 2)
    """
    noisy, restored = as_image(noisy, clipped=False), as_image(restored, clipped=False)
    top, left = _richest(to_gray(restored), side)
    square = np.s_[top : top + side, left : left + side]
    before, after = noisy[square], restored[square]
    removed = before - after
    bright = np.quantile(np.maximum(before, after), 0.99)
    brighter = _largest_step(1 / max(bright, 1e-6))
    amplified = _largest_step(0.5 / max(WITHIN * float(removed.std()), 1e-6))
    return Panels(
        *(_png(one) for one in (brighter * before, brighter * after, 0.5 + amplified * removed)),
        shape=before.shape[:2],
        at=(top, left),
        brighter=brighter,
        amplified=amplified,
    )


def _richest(gray: np.ndarray, side: int) -> tuple[int, int]:
    """Corner of the square with the greatest variance, of those side by side."""
    height, width = gray.shape
    rows = range(0, max(1, height - side + 1), side)
    columns = range(0, max(1, width - side + 1), side)
    corners = [(row, column) for row in rows for column in columns]
    return max(corners, key=lambda at: gray[at[0] : at[0] + side, at[1] : at[1] + side].var())


def _largest_step(most: float) -> int:
    return max((step for step in STEPS if step <= most), default=1)


def _png(image: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(to_levels(np.clip(image, 0, 1))).save(buffer, "png")
    return buffer.getvalue()


# ---- the page ------------------------------------------------------------------------------


def page(rows: Iterable[Row], title: str, notes: Iterable[str] = ()) -> str:
    """The page, as HTML.

    Parameters
    ----------
    rows : iterable of Row
        Of each file, in the order in which they are listed.
    title : str
    notes : iterable of str
        Sentences under the title.
    """
    rows = list(rows)
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8">{MARK}',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        *(f"<p>{_text(note)}</p>" for note in notes),
        *_contents(rows),
        *(part for number, row in enumerate(rows) for part in _section(number, row)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _contents(rows: list[Row]) -> list[str]:
    """Links to what needs a look, where there is much to scroll past."""
    doubtful = [(number, row) for number, row in enumerate(rows) if row.failed or row.warnings]
    if not doubtful or len(rows) < 4:
        return []
    links = (f'<li><a href="#p{number}">{_text(row.name)}</a></li>' for number, row in doubtful)
    return ["<nav><p>To be looked at with care:</p><ul>", *links, "</ul></nav>"]


def _section(number: int, row: Row) -> list[str]:
    kind = ' class="failed"' if row.failed else ""
    return [
        f'<section id="p{number}"><h2>{_text(row.name)}</h2>',
        f"<p{kind}>{_text(row.what)}</p>",
        *(f'<p class="warning">{_text(warning)}</p>' for warning in row.warnings),
        *(_figures(row.name, row.panels) if row.panels else ()),
        "</section>",
    ]


def _figures(name: str, shown: Panels) -> list[str]:
    height, width = shown.shape
    zoom = max(1, SIDE // max(shown.shape))  # by a whole number: no pixel is mixed with others
    where = f"{width}×{height} pixels from column {shown.at[1]}, row {shown.at[0]}"
    where += f", {zoom} times enlarged" if zoom > 1 else ""
    bright = f", shown {shown.brighter} times as bright" if shown.brighter > 1 else ""
    captions = {
        "Before": (shown.before, f"{where}{bright}"),
        "After": (shown.after, f"the same pixels, restored{bright}"),
        "Removed": (
            shown.residual,
            f"before minus after, amplified {shown.amplified} times around middle gray",
        ),
    }
    figures = (
        f'<figure><img width="{zoom * width}" height="{zoom * height}"'
        f' alt="{_text(f"{label}: {name}, {what}")}"'
        f' src="data:image/png;base64,{b64encode(data).decode()}">'
        f"<figcaption><b>{label}</b>: {_text(what)}</figcaption></figure>"
        for label, (data, what) in captions.items()
    )
    return ['<div class="panels">', *figures, "</div>"]


def _text(text: str) -> str:
    """Escaped; what is no Unicode, as names of files may be, as a backslash shows it."""
    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))

"""The reader's own picture: choose a file, see what is found, restore it, save it.

>>> own = own_picture("chelsea")
>>> own.noisy.shape, own.restored.image.shape
((300, 451, 3), (300, 451, 3))
"""

from __future__ import annotations

import base64
import html
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np

from helpers import checks, images, plotting
from helpers.images import PHOTOGRAPHS, as_image

if TYPE_CHECKING:
    from helpers.denoise import Restored

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
PREVIEW = 512  # pixels a side: restored within three seconds on two cores
STRIP = 224  # pixels a side of the picture that stays in a committed notebook
WIDEST = 768  # pixels on the page; of a larger picture every second, third … pixel is shown
WHITES = {"as the file says": None, **{f"{n} bits": 2**n - 1 for n in (8, 10, 12, 14, 16)}}
_WIDE = {"style": {"description_width": "140px"}, "layout": {"width": "520px"}}


def own_picture(picture: str | Path | np.ndarray | None = None) -> OwnPicture:
    """Restore a picture of the reader's own, in a cell.

    Parameters
    ----------
    picture : str, Path or numpy.ndarray, optional
        A file, a photograph of the course or an array in [0, 1] to begin with; without it the
        reader chooses.

    Returns
    -------
    OwnPicture
        A widget. The picture stays on the machine where Jupyter runs.

    Raises
    ------
    ValueError, FileNotFoundError
        Where it is no picture.
    """
    own = OwnPicture()
    if isinstance(picture, np.ndarray):
        own.choose("picture", as_image(picture))
    elif isinstance(picture, str) and picture in PHOTOGRAPHS:
        own.choose(picture, images.load(picture))
    elif picture is not None:
        path = checks.path(picture, "picture")
        if not path.is_file():
            raise FileNotFoundError(f"there is no picture {path}")
        own.choose(path.name, path.read_bytes())
    if own.refusal:
        raise ValueError(own.refusal)
    return own


class OwnPicture(ipywidgets.VBox):
    """Choose, look, restore, save; made by `own_picture`.

    Attributes
    ----------
    noisy : numpy.ndarray or None
        The whole picture, as it was opened.
    restored : Restored or None
        What is shown: of the centre, or of all of it once that was asked for.
    refusal : str
        Why the last file was not opened; "" if it was.
    saved : Path or None
        The last file that was written.
    """

    _ipython_display_ = None  # ipywidgets 7 would bypass _repr_mimebundle_

    def __init__(self) -> None:
        self.noisy: np.ndarray | None = None
        self.restored: Restored | None = None
        self.refusal, self.saved = "", None
        self._name, self._content, self._whole, self._notes = "", b"", False, []
        self._upload = ipywidgets.FileUpload(
            accept=",".join(SUFFIXES), multiple=False, description="Choose a picture"
        )
        self._white = ipywidgets.Dropdown(options=[*WHITES], description="white level", **_WIDE)
        self._strength = _slider("strength", 1, 2, 0.1, continuous=False)
        self._curtain = _slider("noisy | restored", 50, 100, 1, continuous=True)
        self._all = ipywidgets.Button(description="Restore all of it")
        self._save = ipywidgets.Button(description="Save as PNG")
        self._readout = ipywidgets.HTML()
        self._picture = ipywidgets.Image(
            format="png",
            layout={"align_self": "flex-start", "max_width": "none", "flex": "0 0 auto"},
        )
        buttons = ipywidgets.HBox([self._all, self._save])
        self._after = [self._strength, self._curtain, buttons, self._picture]
        super().__init__(
            [self._upload, self._white, self._readout, *self._after], layout={"overflow": "auto"}
        )
        self.add_class("own-picture")
        self._readout.add_class("own-picture-readout")
        self._picture.add_class("own-picture-curtain")
        self._upload.observe(self._chosen, names="value")
        self._white.observe(lambda change: self.choose(self._name, self._content), names="value")
        self._strength.observe(lambda change: self._restore(), names="value")
        self._curtain.observe(lambda change: self._draw(), names="value")
        self._all.on_click(lambda button: self.restore_all())
        self._save.on_click(lambda button: self.save())
        self._show(self._white, False)
        self._reset()

    # -- what a reader does

    def _chosen(self, change: dict) -> None:
        """A file was chosen, or dropped on the button."""
        for name, content in uploaded(change["new"]):
            self._show(self._white, False)
            self._white.value = next(iter(WHITES))
            self.choose(name, content)

    def choose(self, name: str, content: bytes | np.ndarray) -> None:
        """Open a file's content, or take an image as it is, and preview it."""
        self._name, self._content, self._whole = name, content, False
        with self._in_words(), warnings.catch_warnings(record=True) as seen:
            self._reset()
            warnings.simplefilter("always")
            taken = isinstance(content, np.ndarray)
            self.noisy = content if taken else read(name, content, WHITES[self._white.value])
            notes = [str(one.message) for one in seen if "levels end at" in str(one.message)]
            self._notes = [note.partition(";")[0] for note in notes]
            self._show(self._white, bool(notes) or self._white.value != next(iter(WHITES)))
            self._restore()

    def restore_all(self) -> None:
        """Restore the whole picture, not only its centre."""
        if self.noisy is not None:
            self._whole = True
            megapixels = self.noisy[..., 0].size if self.noisy.ndim == 3 else self.noisy.size
            self._say(f"Restoring {megapixels / 1e6:.1f} megapixels …")
            try:
                self._restore()
            finally:  # where it failed, the centre is what is shown
                done = self.restored
                self._whole = done is not None and done.image.shape == self.noisy.shape

    def save(self) -> Path | None:
        """Write the whole restored picture beside the notebook, under a name that is free."""
        if self.restored is None:  # no picture, or one that was refused
            return None
        if not self._whole:
            self.restore_all()
        if not self._whole:  # the reason is shown
            return None
        path = None
        with self._in_words():
            path = free_name(Path.cwd() / f"{Path(self._name).stem}-restored.png")
            images.save(path, self.restored.image, bits=bits_of(self.noisy))
            self.saved = path
            self._say(f"Saved: {path}", *self._found())
        return None if self.refusal else path

    # -- what is shown

    def _restore(self) -> None:
        """Restore what is looked at, at the strength of the slider."""
        if self.noisy is None:
            return
        with self._in_words(), warnings.catch_warnings():
            from helpers.denoise import denoise  # late: explorers need no torch

            warnings.simplefilter("ignore")  # what is to be said is in `Restored.warnings`
            self.restored = denoise(self._looked_at(), strength=self._strength.value)
            self._draw()
            for part in self._after:
                self._show(part, True)
            self._say(*self._found())

    def _looked_at(self) -> np.ndarray:
        """The centre of the picture, or all of it."""
        return self.noisy if self._whole else _centre(self.noisy, PREVIEW)

    def _found(self) -> list[str]:
        """What was found and done, in sentences."""
        height, width = self.noisy.shape[:2]
        whole = self._looked_at().shape == self.noisy.shape
        part = "all of it" if whole else "its centre; what is found in all of it may differ"
        said = [f"{self._name}, {width}×{height} pixels, {part}.", *self._notes]
        if self.restored.model is None:
            said.append("No noise was found: the picture stays as it is.")
        else:
            said.append(f"Found: {self.restored.model}{_intervals(self.restored)}.")
            said.append(f"Restored by {self.restored.method}.")
        return [*said, *(f"Look with care: {doubt}." for doubt in self.restored.warnings)]

    def _draw(self) -> None:
        """The curtain: the noisy picture left of the border, the restored one right of it."""
        if self.restored is not None:
            self._picture.value = plotting.png(self._curtains(self._curtain.value))

    def _curtains(self, percent: float, side: int | None = None) -> np.ndarray:
        """The panel with its border at a percentage of the width; of `side` pixels at most."""
        noisy, restored = (_centre(x, side) for x in (self._looked_at(), self.restored.image))
        step = -(-noisy.shape[1] // WIDEST)
        noisy, restored = (np.clip(one[::step, ::step], 0, 1) for one in (noisy, restored))
        border = round(percent / 100 * noisy.shape[1])
        shown = np.concatenate([noisy[:, :border], restored[:, border:]], axis=1)
        for column, light in ((border - 1, 0), (border, 1)):  # a border seen on black and white
            if 0 < border < shown.shape[1]:
                shown[:, column] = light
        title = "noisy | restored" + (f", 1:{step}" if step > 1 else "")
        return plotting.side_by_side([(title, shown)])

    def _reset(self) -> None:
        """As before a picture was chosen."""
        self.noisy = self.restored = self.saved = None
        for part in self._after:
            self._show(part, False)
        self._say("Choose a PNG, JPEG or TIFF file, or drop it on the button.")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Say in the widget why a file is refused; other errors are said, and raised."""
        self.refusal = ""
        try:
            yield
        except (ValueError, OSError) as error:
            self.refusal = str(error)
            self._readout.value = f'<span role="alert">{html.escape(self.refusal)}</span>'
        except Exception as error:
            self._readout.value = f'<span role="alert">{html.escape(repr(error))}</span>'
            raise

    def _say(self, *sentences: str) -> None:
        said = "<br>".join(html.escape(one) for one in sentences)
        self._readout.value = f'<div role="status" aria-live="polite">{said}</div>'

    def _show(self, part: ipywidgets.Widget, visible: bool) -> None:
        part.layout.display = None if visible else "none"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The live widget; beside it the curtain and a text for readers without a kernel."""
        data = {
            "text/plain": "A button to choose a picture of your own",
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }
        if self.restored is None:
            return data, {}
        data["text/plain"] = " ".join(self._found())
        strip = plotting.small_png(self._curtains(50, STRIP))
        data["image/png"] = base64.b64encode(strip).decode()
        alt = f"{self._name}: noisy in the left half, restored in the right half."
        return data, {"image/png": {"alt": alt}}


# ---- files ---------------------------------------------------------------------------------


def uploaded(value: dict | tuple) -> list[tuple[str, bytes]]:
    """Names and contents of what a `FileUpload` holds, in ipywidgets 7 (a dict) and 8 (a tuple).

    Examples
    --------
    >>> uploaded({"x.png": {"content": b"8"}}), uploaded(({"name": "x.png", "content": b"8"},))
    ([('x.png', b'8')], [('x.png', b'8')])
    """
    if isinstance(value, dict):
        return [(name, bytes(file["content"])) for name, file in value.items()]
    return [(file["name"], bytes(file["content"])) for file in value]


def read(name: str, content: bytes, white: float | None = None) -> np.ndarray:
    """The picture of an uploaded file.

    Raises
    ------
    ValueError
        Where it is none; the sentence names the file as the reader knows it.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{name} is no picture that is read here: choose PNG, JPEG or TIFF")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, f"picture{suffix}")
        path.write_bytes(content)
        try:
            return images.load(path, white=white)
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), name)) from None


def _centre(image: np.ndarray, most: int | None) -> np.ndarray:
    """The middle of a picture, of so many pixels each way at most."""
    top, left = (max((side - (most or side)) // 2, 0) for side in image.shape[:2])
    return image[top : top + (most or len(image)), left : left + (most or image.shape[1])]


def bits_of(image: np.ndarray) -> int:
    """8 where every value is a level of 8 bits, else 16."""
    levels = 255 * as_image(image, clipped=False)
    return 8 if np.abs(levels - np.rint(levels)).max() < 1e-3 else 16


def free_name(path: Path) -> Path:
    """The path, or with -2, -3 … before its ending where such a file is there."""
    if not path.exists():
        return path
    number = 2
    while (other := path.with_stem(f"{path.stem}-{number}")).exists():
        number += 1
    return other


def _intervals(restored: Restored) -> str:
    """The 90 % intervals of what was estimated, as the literature writes parameters."""
    declared = getattr(restored.model, "parameters", dict)()
    ends = [
        f"{declared[name].format(low)} to {declared[name].format(high).partition(' = ')[2]}"
        for name, (low, high) in restored.interval.items()
        if name in declared
    ]
    return f" (90 %: {'; '.join(ends)})" if ends else ""


def _slider(
    name: str, value: float, high: float, step: float, continuous: bool
) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        value=value,
        min=0,
        max=high,
        step=step,
        description=name,
        continuous_update=continuous,
        **_WIDE,
    )

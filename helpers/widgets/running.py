"""The picture that runs through the course, chosen by the reader: one of five, or a file.

>>> chosen = running_picture()
>>> chosen.choice.value
'photographer'
>>> chosen.choice.value = "X-ray"
>>> chosen.text
'From now on the explorers show: X-ray. Run their cells again.'
"""

from __future__ import annotations

import base64
import html
from pathlib import Path

import ipywidgets

from helpers import files, images, paths, plotting, reader
from helpers.images import RUNNING
from helpers.widgets.explorer import _cut
from helpers.widgets.own import SUFFIXES, uploaded

OWN = "a file of mine"
_THUMB = 96  # pixels of each picture in the strip
_NAMES = ", ".join(RUNNING)
_ALT = f"The pictures to choose from, side by side: {_NAMES}."


def running_picture() -> RunningPicture:
    """Let the reader choose the picture that explorers made with `images.running` show.

    Returns
    -------
    RunningPicture
        A widget. The choice is kept in the reader's file, a picture of the reader's own in the
        cache of this machine. Where there is no reader, the pictures stand side by side.
    """
    return RunningPicture()


class RunningPicture(ipywidgets.VBox):
    """Choose the picture of the course; made by `running_picture`.

    Attributes
    ----------
    choice : ipywidgets.Dropdown
        A name of `images.RUNNING`, or `OWN`.
    text : str
        What is said below.
    """

    _ipython_display_ = None  # ipywidgets 7 would bypass _repr_mimebundle_

    def __init__(self) -> None:
        self.text = ""
        wide = {"style": {"description_width": "140px"}, "layout": {"width": "520px"}}
        self.choice = ipywidgets.Dropdown(options=[*RUNNING], description="my picture", **wide)
        self._upload = ipywidgets.FileUpload(
            accept=",".join(SUFFIXES), multiple=False, description="My own file"
        )
        self._readout = ipywidgets.HTML()
        self._picture = ipywidgets.Image(
            format="png",
            layout={"align_self": "flex-start", "max_width": "none", "flex": "0 0 auto"},
        )
        super().__init__(
            [self.choice, self._upload, self._readout, self._picture], layout={"overflow": "auto"}
        )
        self.add_class("running-picture")
        self._recall()
        self.choice.observe(self._chosen, names="value")
        self._upload.observe(self._uploaded, names="value")

    def _recall(self) -> None:
        """Begin with what was chosen before."""
        try:
            chosen = reader.recall(images.SECTION).get(images.KEY, self.choice.value)
        except OSError as error:
            self._say(f"What you chose before cannot be read: {error}.", role="alert")
            return
        self._show(chosen if chosen in RUNNING else OWN)
        self._draw()

    def _chosen(self, change: dict) -> None:
        """A name was chosen; the reader's file is there since it was taken."""
        try:
            images.run_with(_file() if change["new"] == OWN else change["new"])
            said = "From now on the explorers show"
            self._say(f"{said}: {change['new']}. Run their cells again.")
        except (ValueError, OSError) as error:
            self._say(f"This picture cannot be taken: {error}.", role="alert")
        self._draw()

    def _uploaded(self, change: dict) -> None:
        """A file was chosen: it is checked, kept in the cache, and shown."""
        for _, content in uploaded(change["new"]):
            try:
                _keep(content)
            except (ValueError, OSError) as error:
                self._say(f"This file cannot be taken: {error}.", role="alert")
                return
            if self.choice.value == OWN:
                self._chosen({"new": OWN})
            self._show(OWN)

    def _show(self, name: str) -> None:
        if name == OWN and OWN not in self.choice.options:
            self.choice.options = [*RUNNING, OWN]
        self.choice.value = name

    def _draw(self) -> None:
        """The picture as the explorers have it; where nobody reads, as they would."""
        name = self.choice.value
        there = reader.is_there() or name not in RUNNING
        image = images.running(gray=False) if there else RUNNING[name]()
        self._picture.value = plotting.png(plotting.side_by_side([(name, image)]))

    def _say(self, text: str, role: str = "status") -> None:
        self.text = text
        self._readout.value = f'<div role="{role}" aria-live="polite">{html.escape(text)}</div>'

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The live widget; beside it the pictures for readers without a kernel."""
        panels = [(name, _cut(make(), _THUMB)) for name, make in RUNNING.items()]
        strip = plotting.small_png(plotting.side_by_side(panels))
        data = {"text/plain": _ALT, "image/png": base64.b64encode(strip).decode()}
        if reader.is_there():
            view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
            data["application/vnd.jupyter.widget-view+json"] = view
        return data, {"image/png": {"alt": _ALT}}


def _file() -> Path:
    return paths.cache() / "running-picture"


def _keep(content: bytes) -> None:
    """Keep a file in the cache if it is a picture; the one before stays if not."""
    tried = _file().with_name("running-picture-tried")
    try:
        files.write_whole({tried: content})
        images.load(tried, size=images.SIDE)
        files.write_whole({_file(): content})
    except ValueError as error:
        raise ValueError(str(error).replace(str(tried), "it")) from None
    finally:
        tried.unlink(missing_ok=True)

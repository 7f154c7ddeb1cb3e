"""The reader's picture: chosen in one notebook, shown in all, and never where nobody reads."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import images, widgets
from helpers.widgets import running


def content(side: int = 300) -> bytes:
    """A PNG, as a browser uploads it."""
    with io.BytesIO() as file:
        Image.fromarray(np.full((side, side), 51, np.uint8)).save(file, "PNG")
        return file.getvalue()


def upload(chosen: widgets.RunningPicture, given: bytes) -> None:
    chosen._uploaded({"new": {"mine.png": {"content": given}}})


def test_a_choice_is_kept_and_shown_again(somebody: Path) -> None:
    chosen = widgets.running_picture()
    assert chosen.choice.value == "photographer"
    chosen.choice.value = "X-ray"
    assert json.loads(somebody.read_text())["course"] == {"picture": "X-ray"}
    assert "X-ray" in chosen.text
    assert np.array_equal(images.running(), images.xray_phantom(rng=0, size=256).image)
    assert widgets.running_picture().choice.value == "X-ray"


def test_a_file_of_the_readers_is_taken_through_the_course(somebody: Path) -> None:
    chosen = widgets.running_picture()
    assert running.OWN not in chosen.choice.options
    upload(chosen, content())
    assert chosen.choice.value == running.OWN
    assert (images.running() == np.float32(51 / 255)).all()
    again = widgets.running_picture()
    assert again.choice.value == running.OWN
    again.choice.value = "text"
    again.choice.value = running.OWN  # it stays among the choices
    assert (images.running() == np.float32(51 / 255)).all()


@pytest.mark.parametrize("given", [b"no picture", content(side=100)])
def test_what_is_no_such_picture_is_refused_and_changes_nothing(
    somebody: Path, given: bytes
) -> None:
    chosen = widgets.running_picture()
    upload(chosen, content())
    upload(chosen, given)
    assert "cannot be taken" in chosen.text
    assert str(somebody.parent) not in chosen.text  # the reader's file has another name
    assert (images.running() == np.float32(51 / 255)).all()
    assert sorted(p.name for p in somebody.parent.glob("running*")) == ["running-picture"]


def test_where_nobody_reads_the_pictures_stand_side_by_side() -> None:
    data, metadata = widgets.running_picture()._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png"}
    strip = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert strip.width > len(images.RUNNING) * 96
    assert "X-ray" in metadata["image/png"]["alt"]


def test_a_reader_gets_the_live_widget(somebody: Path) -> None:
    data, _ = widgets.running_picture()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data

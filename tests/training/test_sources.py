"""Where pictures for training come from: names, and folders of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.training.sources import SOURCES, source


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".thumbnails").mkdir()
    (tmp_path / "more").mkdir()
    for name in ("b.png", "more/a.JPG", ".thumbnails/b.png"):
        Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / name)
    (tmp_path / "._b.png").write_bytes(b"\0\5\26\7 of macOS")
    found = source(str(tmp_path))
    assert found.about == "2 pictures of a folder"
    assert len(found.pictures()) == 2


def test_a_folder_inside_a_hidden_one_is_read(tmp_path: Path) -> None:
    folder = tmp_path / ".cache" / "pictures"
    folder.mkdir(parents=True)
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(folder / "x.png")
    assert len(source(folder).pictures()) == 1


def test_a_folder_of_hidden_files_alone_holds_no_picture(tmp_path: Path) -> None:
    (tmp_path / "._x.png").write_bytes(b"\0")
    with pytest.raises(ValueError, match="no picture in"):
        source(str(tmp_path))


@pytest.mark.parametrize("name", [None, 3, ["photographs"], "", "a" * 300])
def test_a_source_is_a_name_or_a_folder(name: object) -> None:
    with pytest.raises(ValueError, match="a source of pictures"):
        source(name)


def test_an_unknown_source_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="did you mean 'photographs'"):
        source("photograph")
    assert {"bsds500", "train400", "photographs", "dead_leaves"} <= set(SOURCES)

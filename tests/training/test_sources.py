"""Where pictures for training come from: names, and folders of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import images
from helpers.training import sources
from helpers.training.sources import SOURCES, Source, source


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".thumbnails").mkdir()
    (tmp_path / "more").mkdir()
    for name in ("b.png", "more/a.JPG", ".thumbnails/b.png"):
        Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / name)
    (tmp_path / "._b.png").write_bytes(b"\0\5\26\7 of macOS")
    found = source(str(tmp_path))
    assert found.description == "2 pictures of a folder"
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
    with pytest.raises(ValueError, match=r"unknown source of pictures 'bsd500', did you mean"):
        source("bsd500")
    with pytest.raises(ValueError, match="did you mean 'photographs'"):
        source("photograph")
    assert {"bsds500", "train400", "photographs", "dead_leaves"} <= set(SOURCES)


def test_photographs_leave_out_what_the_course_tests_on() -> None:
    pictures = sources.photographs()
    assert len(pictures) == len(images.PHOTOGRAPHS) - 7
    for name in ("astronaut", "camera", "chelsea"):
        kept_for_tests = images.load(name)
        assert name in SOURCES["photographs"].description
        assert not any(np.array_equal(kept_for_tests, picture) for picture in pictures)


def test_dead_leaves_are_drawn_without_any_photograph(monkeypatch) -> None:
    monkeypatch.setattr(sources, "LEAVES", 3)
    pictures = SOURCES["dead_leaves"].pictures()
    assert [picture.shape for picture in pictures] == [(192, 192, 3)] * 3
    assert not np.array_equal(pictures[0], pictures[1])


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_what_it_is_and_on_which_terms(name: str) -> None:
    assert len(SOURCES[name].description) > 20
    assert len(SOURCES[name].terms) > 10


def test_a_folder_is_a_source_with_all_that_is_below_it(tmp_path) -> None:
    (tmp_path / "deeper").mkdir()
    for path, value in (("b.png", 50), ("deeper/a.PNG", 100)):
        Image.fromarray(np.full((9, 8), value, np.uint8)).save(tmp_path / path)
    (tmp_path / "notes.txt").write_text("no picture")
    folder = source(str(tmp_path))
    assert folder.description == "2 pictures of a folder"
    values = [round(255 * float(picture.mean())) for picture in folder.pictures()]
    assert values == [50, 100]


def test_a_folder_without_pictures_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"no picture in .*; looked for .png"):
        source(str(tmp_path))


@pytest.mark.parametrize("count", [1, 2, 8, 19, 20, 21, 100])
def test_pictures_for_validation_are_not_trained_on(count: int) -> None:
    training, validation = Source("numbers", "mine", lambda: list(range(count))).split()
    assert sorted(training + validation) == list(range(count))
    assert training
    assert len(validation) == max(count // 20, min(count - 1, 1))

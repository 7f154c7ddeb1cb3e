"""One page, whole in itself: three pictures of each file, and every word that is needed."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from helpers import images, noise
from helpers.denoise import report
from helpers.denoise.report import Row, page, panels


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


class Reader(HTMLParser):
    """What a browser would see."""

    VOID = {"meta", "img", "!doctype"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.images, self.links, self.targets, self.words = [], [], [], set(), []
        self.feed(text)
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag: str, attributes: list) -> None:
        about = dict(attributes)
        self.images += [about] if tag == "img" else []
        self.links += [about["href"]] if tag == "a" else []
        self.targets.add(f"#{about.get('id')}")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


# ---- the three pictures ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    clean = images.load("camera", size=200)
    return noise.Gaussian(5 / 255)(clean, rng=0), clean


def test_before_after_and_what_was_removed(pair: tuple) -> None:
    noisy, clean = pair
    shown = panels(noisy, clean)
    assert (shown.shape, shown.at, shown.brighter) == ((200, 200), (0, 0), 1)
    assert shown.amplified == 5  # 3 standard deviations of 5/255 fill 8.5 times; the step below
    assert np.array_equal(decoded(shown.before), images.to_levels(noisy))
    assert np.array_equal(decoded(shown.after), images.to_levels(clean))
    removed = (decoded(shown.residual) / 255 - 0.5) / 5
    assert np.abs(removed - (noisy - clean)).max() < 0.5 / 255 / 5 + 1e-4


def test_of_a_large_picture_the_richest_square_is_shown_as_it_is() -> None:
    picture = np.full((600, 700, 3), 0.5, np.float32)
    picture[280:480, 300:500] = images.load("coffee", size=200)
    shown = panels(picture, picture, side=128)
    assert shown.shape == (128, 128)
    top, left = shown.at
    assert picture[top : top + 128, left : left + 128].std() > 0.1
    assert np.array_equal(
        decoded(shown.after), images.to_levels(picture[top : top + 128, left : left + 128])
    )


def test_a_dark_picture_is_shown_brighter_and_says_so(pair: tuple) -> None:
    noisy, clean = pair
    shown = panels(noisy / 30, clean / 30)
    assert shown.brighter == 20
    assert abs(int(decoded(shown.after).max()) - 255 * 20 / 30 * clean.max()) <= 1
    assert "shown 20 times as bright" in page([Row("x.png", "", panels=shown)], "")


def test_where_nothing_was_removed_the_residual_is_gray(pair: tuple) -> None:
    shown = panels(pair[1], pair[1])
    assert set(decoded(shown.residual).ravel()) == {128}


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (300, 5, 3)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_odd_pictures_have_panels(shape: tuple, value: float) -> None:
    shown = panels(np.full(shape, value), np.full(shape, value), side=64)
    assert decoded(shown.before).shape[:2] == shown.shape == (min(shape[0], 64), min(shape[1], 64))


# ---- the page -------------------------------------------------------------------------------


def test_the_page_is_whole_in_itself(pair: tuple) -> None:
    row = Row("photo.jpg", "Gaussian found", ["it is dark"], panels(*pair))
    text = page([row], "Restored pictures", ["Noise: estimated."])
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert not re.search(r"https?:|<script|<link|@import|url\(", text)
    seen = Reader(text)
    assert len(seen.images) == 3
    for one, label in zip(seen.images, ("Before", "After", "Removed"), strict=True):
        assert one["alt"].startswith(f"{label}: photo.jpg, ")
        assert len(one["alt"]) > 20
        kind, data = one["src"].split(",")
        assert kind == "data:image/png;base64"
        assert decoded(b64decode(data)).shape == (200, 200)
        assert (one["width"], one["height"]) == ("200", "200")
    words = " ".join(seen.words)
    for said in ("Gaussian found", "it is dark", "Noise: estimated.", "amplified 5 times"):
        assert said in words


def test_a_small_picture_is_enlarged_by_a_whole_number(pair: tuple) -> None:
    small = panels(pair[0][:50, :60], pair[1][:50, :60])
    seen = Reader(page([Row("x.png", "", panels=small)], ""))
    assert {(one["width"], one["height"]) for one in seen.images} == {("240", "200")}
    assert "60×50 pixels from column 0, row 0, 4 times enlarged" in "".join(seen.words)


def test_names_are_text_and_no_markup() -> None:
    evil = '<script>alert("x")</script>'
    text = page([Row(evil, evil, [evil])], evil, [evil])
    assert "<script" not in text
    assert "".join(Reader(text).words).count(evil) == 6
    assert r"caf\udce9.png" in page([Row("caf\udce9.png", "")], "")
    page([Row("caf\udce9.png", "")], "").encode()


def test_what_needs_a_look_is_listed_where_there_is_much() -> None:
    rows = [Row(f"{k}.png", "fine") for k in range(5)]
    assert not Reader(page(rows, "")).links
    rows[1] = Row("1.png", "no picture", failed=True)
    rows[3] = Row("3.png", "fine", ["it is dark"])
    seen = Reader(page(rows, ""))
    assert seen.links == ["#p1", "#p3"]
    assert set(seen.links) <= seen.targets


def test_a_report_is_known_as_one() -> None:
    assert report.MARK in page([], "")

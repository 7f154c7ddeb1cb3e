"""A picture of the reader's in the page: read, estimated, restored, and uploaded nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from helpers import images, noise
from tests.browser.conftest import SPHINX
from tools.site import browser, check


@pytest.fixture(scope="module")
def page(built: Path) -> Iterator[Page]:
    """The page, whose requests are counted in `page.asked`."""
    with browser.chromium() as page:
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto((built / "own_picture.html").as_uri())
        page.locator(".own-said").wait_for()
        page.asked.clear()
        yield page
        assert browser.page_errors(page) == []


def given(page: Page, path: Path) -> str:
    """Give the page a file; return what it says once it has looked at it."""
    page.set_input_files(".own-picture input[type=file]", path)
    said = page.locator(".own-said")
    page.wait_for_function("e => !e.textContent.startsWith('Reading')", arg=said.element_handle())
    return said.inner_text()


def saved(picture: np.ndarray, path: Path) -> Path:
    """A picture as a file of 8 bits."""
    Image.fromarray(images.to_levels(picture)).save(path)
    return path


@pytest.mark.parametrize(("name", "size"), [("camera", 200), ("astronaut", 440)])
def test_a_picture_is_read_estimated_and_restored(page, tmp_path, name: str, size: int) -> None:
    noisy = noise.Gaussian(20 / 255)(images.load(name, size=size), rng=0, clip=True)
    said = given(page, saved(noisy, tmp_path / "noisy.png"))
    assert "Nothing was uploaded." in said
    assert ("384×384 pixels from the middle of 440×440" in said) == (size > 384)
    page.locator(".explorer canvas").nth(2).wait_for()
    readout = page.locator(".explorer-readout")
    found = float(re.search(r"σ = (\d+\.\d)/255 · nlm", readout.inner_text())[1])
    assert found == pytest.approx(20, rel=0.1)
    page.locator(".explorer-controls select").select_option(label="median")
    page.wait_for_function("e => e.textContent.includes('median')", arg=readout.element_handle())
    # Of the file that was chosen the browser itself makes an address, blob: and no other.
    assert not [url for url in page.asked if not url.startswith(("blob:", "file:"))]
    assert page.locator(".explorer-curves polyline").count() == 2
    assert list(check.violations(page, check.axe(str(SPHINX)).read_text("utf-8"))) == []


def bad_file(kind: str, folder: Path) -> Path:
    """A file that the page refuses."""
    path = folder / f"{kind}.png"
    if kind == "text":
        path.write_text("no picture")
    elif kind == "deep":
        Image.fromarray(np.zeros((80, 80), np.uint16) + 999).save(path)
    elif kind == "small":
        Image.new("L", (20, 90), 99).save(path)
    elif kind == "large":  # the header alone: a page must not open what it will refuse
        Image.new("L", (80, 80)).save(path)
        data = bytearray(path.read_bytes())
        data[16:24] = (30000).to_bytes(4, "big") * 2
        path.write_bytes(data)
    elif kind == "flat":
        Image.new("L", (100, 100), 99).save(path)
    elif kind in ("tiff", "gif"):
        path = path.with_suffix(f".{kind}")
        Image.new("L", (100, 100), 99).save(path)
    elif kind == "empty":
        path.write_bytes(b"")
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("text", "no picture that your browser can read"),
        ("deep", "16 bits"),
        ("small", "20×90 pixels"),
        ("large", "900 megapixels"),
        ("tiff", "TIFF"),
        ("gif", "256 colours"),
        ("empty", "This file is empty"),
    ],
)
def test_what_cannot_be_read_is_told_what_can(page, tmp_path, kind: str, sentence: str) -> None:
    said = given(page, bad_file(kind, tmp_path))
    assert sentence in said
    assert "Accepted are PNG, JPEG and WebP pictures of 8 bits" in said
    assert page.locator(".explorer").count() == 0


def test_a_picture_without_noise_has_no_estimate(page, tmp_path) -> None:
    said = given(page, bad_file("flat", tmp_path))
    assert "100 % of the picture is constant" in said
    assert page.locator(".explorer").count() == 0


def test_what_is_transparent_is_said(page, tmp_path) -> None:
    noisy = noise.Gaussian(20 / 255)(images.load("astronaut", size=128), rng=0, clip=True)
    alpha = np.full((128, 128), 255, np.uint8)
    alpha[:40, :40] = 0
    path = tmp_path / "cut.png"
    Image.fromarray(np.dstack([images.to_levels(noisy), alpha])).save(path)
    assert "What is transparent lies on white here. Nothing" in given(page, path)


DROP = """(files) => {
  const dropped = new DataTransfer();
  for (const [name, bytes] of Object.entries(files))
    dropped.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
  const drop = { dataTransfer: dropped, bubbles: true, cancelable: true };
  document.querySelector('.own-drop').dispatchEvent(new DragEvent('drop', drop));
}"""


def test_a_picture_may_be_dropped(page, tmp_path) -> None:
    noisy = noise.Gaussian(20 / 255)(images.load("camera", size=128), rng=0, clip=True)
    given(page, bad_file("text", tmp_path))
    data = list(saved(noisy, tmp_path / "noisy.png").read_bytes())
    page.evaluate(DROP, {"noisy.png": data, "other.png": data})
    page.locator(".explorer canvas").nth(2).wait_for()
    assert "Noise found" in page.locator(".explorer-readout").inner_text()
    assert "Of 2 files this is noisy.png." in page.locator(".own-said").inner_text()
    # The input names no other file: it could not be chosen again.
    assert page.locator(".own-drop input").input_value() == ""


def test_a_second_picture_takes_the_place_of_one_that_is_still_read(page, tmp_path) -> None:
    noisy = noise.Gaussian(20 / 255)(images.load("camera", size=128), rng=0, clip=True)
    data = list(saved(noisy, tmp_path / "noisy.png").read_bytes())
    page.evaluate(f"(all) => all.forEach({DROP})", [{"a.png": data}, {"b.png": data}])
    page.locator(".explorer canvas").nth(2).wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".explorer").count() == 1
    page.evaluate(f"(all) => all.forEach({DROP})", [{"a.png": data}, {"empty.png": []}])
    page.get_by_text("This file is empty").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".explorer").count() == 0


def test_what_cannot_be_read_is_said(page) -> None:
    page.evaluate(  # as a folder is, or a file that was deleted meanwhile
        """() => {
          const gone = new DataTransfer(), slice = Blob.prototype.slice;
          gone.items.add(new File([new Uint8Array(99)], 'gone'));
          const drop = { dataTransfer: gone, bubbles: true, cancelable: true };
          Blob.prototype.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) });
          document.querySelector('.own-drop').dispatchEvent(new DragEvent('drop', drop));
          Blob.prototype.slice = slice;
        }"""
    )
    page.get_by_text("it is a folder, or a file that is no longer there").wait_for()

"""The reader's own picture in a real JupyterLab: a JPEG, a TIFF of 12 bits, and a text file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect

from helpers import images, noise
from tools.site import browser

CELL = "from helpers import widgets\n\nwidgets.own_picture()"
PATIENCE = 60_000  # milliseconds; the first picture loads the network


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with the one cell, and three files to choose."""
    folder = tmp_path_factory.mktemp("own")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "own.ipynb")
    noisy = noise.Gaussian(25 / 255)(images.load("chelsea", size=128), rng=0)
    images.save(folder / "cat.jpg", noisy)
    tifffile.imwrite(folder / "scope.tif", np.uint16(4095 * noisy[..., 1].clip(0, 1)))
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[browser.Server]:
    if browser.find_browser() is None:
        absent = f"no browser: none of {', '.join(browser.BROWSERS)} is installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    with browser.jupyterlab(folder / "own.ipynb") as server:
        yield server


@pytest.fixture
def page(lab: browser.Server) -> Iterator[Page]:
    with browser.chromium() as page:
        browser.open_notebook(page, lab, "own.ipynb")
        yield page


def choose(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator(".own-picture button.widget-upload").click()
    chooser.value.set_files(path)


def test_a_jpeg_is_restored_and_the_curtain_moves(page: Page, folder: Path) -> None:
    choose(page, folder / "cat.jpg")
    readout = page.locator(".own-picture-readout")
    expect(readout).to_contain_text("cat.jpg, 128×128 pixels", timeout=PATIENCE)
    expect(readout).to_contain_text("Restored by drunet_colour", timeout=PATIENCE)
    curtain = page.locator("img.own-picture-curtain")
    before = curtain.get_attribute("src")
    page.locator(".own-picture [role=slider]").nth(1).press("ArrowLeft")
    expect(curtain).not_to_have_attribute("src", before, timeout=PATIENCE)
    page.get_by_role("button", name="Save as PNG").click()
    expect(readout).to_contain_text("cat-restored.png", timeout=PATIENCE)


def test_twelve_bits_are_asked_for(page: Page, folder: Path) -> None:
    choose(page, folder / "scope.tif")
    readout = page.locator(".own-picture-readout")
    expect(readout).to_contain_text("as levels of 12 bits do", timeout=PATIENCE)
    page.locator(".own-picture select").select_option("12 bits")
    expect(readout).not_to_contain_text("as levels of 12 bits do", timeout=PATIENCE)
    expect(readout).to_contain_text("Restored by drunet", timeout=PATIENCE)


def test_a_text_file_is_refused_with_a_sentence(page: Page, folder: Path) -> None:
    choose(page, folder / "notes.txt")
    readout = page.locator(".own-picture-readout")
    expect(readout).to_contain_text("notes.txt is no picture", timeout=PATIENCE)
    expect(page.locator(".own-picture-curtain")).to_be_hidden()

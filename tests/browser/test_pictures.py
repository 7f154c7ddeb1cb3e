"""Static figures in a real JupyterLab: their description, and no resampled noise."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.test_explorer import SCREENSHOTS, write_notebook
from tests.browser.test_prediction import READER
from tools.site import browser

NOISE = """
from helpers import images, noise, plotting

clean = images.load("camera", gray=True, size=256)
noisy = noise.Gaussian(0.1)(clean, 0)
plotting.show([clean, noisy], ["clean", "noisy"], zoom=2, alt="A photographer, clean and noisy.")
"""
CHART = """
line = {"One line": {"rising": ([0, 1], [0, 1])}}
plotting.curves(line, xlabel="x", ylabel="y", alt="A line that rises from 0 to 1.")
"""
NARROW = {"width": 600, "height": 800}
SHOWN = """() => [...document.querySelectorAll(".jp-RenderedHTML img")].map(
  (img) => ({ alt: img.alt, natural: img.naturalWidth, width: img.clientWidth }))"""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The notebook, run in a window of 600 pixels."""
    if browser.find_browser() is None:
        absent = f"no browser: none of {', '.join(browser.BROWSERS)} is installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    folder = tmp_path_factory.mktemp("pictures")
    write_notebook(folder / "pictures.ipynb", READER, NOISE, CHART)
    with browser.jupyterlab(folder / "pictures.ipynb") as server, browser.chromium() as page:
        page.set_viewport_size(NARROW)
        browser.open_notebook(page, server, "pictures.ipynb")
        yield page


def test_a_screen_reader_hears_them_and_no_noise_is_resampled(narrow: Page) -> None:
    noise, chart = narrow.evaluate(SHOWN)
    assert noise["alt"] == "A photographer, clean and noisy."
    assert chart["alt"] == "A line that rises from 0 to 1."
    assert noise["natural"] == noise["width"] > NARROW["width"]
    assert chart["width"] < NARROW["width"] < chart["natural"]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    narrow.screenshot(path=SCREENSHOTS / "pictures.png")

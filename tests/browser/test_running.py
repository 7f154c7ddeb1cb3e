"""The picture of the course, chosen in a real JupyterLab; the explorer below follows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from helpers import images
from tests.browser.test_explorer import SCREENSHOTS, write_notebook
from tests.browser.test_prediction import READER
from tools.site import browser

CHOICE = "widgets.running_picture()"
FOLLOWS = """
from helpers import images

picture = images.running()
widgets.explore(lambda k: widgets.View({"mine": picture}, text=f"{picture.mean():.2f}"), k=(0, 3))
"""
PATIENCE = 60_000  # milliseconds


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("running")
    write_notebook(folder / "running.ipynb", READER, CHOICE, FOLLOWS)
    images.save(folder / "mine.png", np.full((300, 400), 0.2))
    return folder


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[browser.Server]:
    if browser.find_browser() is None:
        absent = f"no browser: none of {', '.join(browser.BROWSERS)} is installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    with browser.jupyterlab(folder / "running.ipynb") as server:
        yield server


def test_explorers_follow_the_choice_and_a_file(lab: browser.Server, folder: Path) -> None:
    with browser.chromium() as page:
        browser.open_notebook(page, lab, "running.ipynb")
        chosen, readout = page.locator(".running-picture"), page.locator(".explorer-readout")
        expect(readout).to_contain_text(f"{images.running().mean():.2f}")
        chosen.locator("select").select_option("X-ray")
        expect(chosen).to_contain_text("From now on", timeout=PATIENCE)
        run_again(page)
        x_ray = images.xray_phantom(rng=0, size=256).image
        expect(page.locator(".explorer-readout")).to_contain_text(f"{x_ray.mean():.2f}")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        chosen.scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / "running.png")
        with page.expect_file_chooser() as chooser:
            chosen.locator("button.widget-upload").click()
        chooser.value.set_files(folder / "mine.png")
        expect(chosen).to_contain_text("a file of mine", timeout=PATIENCE)
        expect(chosen.locator("[role=status]")).to_contain_text("mine", timeout=PATIENCE)
        run_again(page)
        expect(page.locator(".explorer-readout")).to_contain_text("0.20")
        assert browser.problems(page) == []


def run_again(page: Page) -> None:
    """Run all cells once more."""
    page.evaluate("() => { course.run(); }")
    page.wait_for_function("course.idle()")

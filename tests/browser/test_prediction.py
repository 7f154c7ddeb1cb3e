"""Predictions in a real JupyterLab: choose, say how sure, commit, see; and it stays."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_explorer import SCREENSHOTS, write_notebook
from tools.site import browser

READER = """
import os
os.environ["COURSE_CACHE"] = os.path.abspath("cache")
os.environ.pop("COURSE_READER", None)  # the keyboard of this test is a reader
from helpers import widgets
"""
CHOICE = """
widgets.predict("Which filter removes salt and pepper?", ["mean", "median"], "median")
"""
CURVE = """
sheet = widgets.Sketch(x=(0, 100), y=(0, 50), xlabel="σ", ylabel="PSNR (dB)")
widgets.predict("How does it fall?", sheet, ([0, 100], [45, 5]))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Server]:
    """One JupyterLab with a page of questions for each test."""
    if browser.find_browser() is None:
        absent = f"no browser: none of {', '.join(browser.BROWSERS)} is installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    folder: Path = tmp_path_factory.mktemp("questions")
    choice = write_notebook(folder / "choice.ipynb", READER, CHOICE, "widgets.record()")
    curve = write_notebook(folder / "curve.ipynb", READER, CURVE)
    with browser.jupyterlab(choice, curve) as server:
        yield server


@pytest.fixture
def page() -> Iterator[Page]:
    with browser.chromium() as page:
        yield page


def test_a_choice_by_keyboard_is_committed_counted_and_kept(
    lab: browser.Server, page: Page
) -> None:
    browser.open_notebook(page, lab, "choice.ipynb")
    asked, said = page.locator(".prediction"), page.locator(".prediction-readout")
    expect(page.locator(".prediction-record")).to_contain_text("once you have made some")
    asked.get_by_role("button", name="Commit").press("Enter")
    expect(said).to_contain_text("Choose one first")
    assert "answer is" not in asked.inner_text()
    asked.get_by_role("radio").last.press("Space")
    asked.locator(".noUi-handle[role=slider]").press("ArrowRight")
    asked.get_by_role("button", name="Commit").press("Enter")
    expect(said).to_contain_text("✓ Right. You said “median”, 55 % sure.")
    expect(page.locator(".prediction-record")).to_contain_text("1 of 1 right")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "prediction.png")
    page.evaluate("() => { course.run(); }")  # all cells once more
    page.wait_for_function("course.idle()")
    expect(said).to_contain_text("✓ Right. You said “median”, 55 % sure.")
    assert asked.get_by_role("radio").last.is_disabled()
    assert browser.problems(page) == []


def test_a_curve_is_drawn_and_the_truth_over_it(lab: browser.Server, page: Page) -> None:
    if importlib.util.find_spec("anywidget") is None:
        pytest.skip("no anywidget")
    browser.open_notebook(page, lab, "curve.ipynb")
    canvas = page.locator("canvas.prediction-pad")
    canvas.focus()
    for key in ["ArrowUp"] * 10 + ["End"] + ["ArrowDown"] * 20:
        page.keyboard.press(key)
    page.locator(".prediction").get_by_role("button", name="Commit").click()
    expect(page.locator(".prediction-readout")).to_contain_text("away from the true one")
    expect(canvas).to_have_attribute("aria-disabled", "true")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "prediction_curve.png")
    assert browser.problems(page) == []

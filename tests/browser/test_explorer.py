"""The explorers in a real JupyterLab: every slider must move its pictures and its read-out."""

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tools.notebooks import course
from tools.site import browser

NOTEBOOK = course.named("noise_models")
SCREENSHOTS = Path(os.environ.get("COURSE_SCREENSHOTS", course.ROOT / "build" / "screenshots"))
TOY = """
import io
import ipywidgets as widgets
import numpy as np
from PIL import Image

rng = np.random.default_rng(0)
picture = np.tile(np.linspace(0.2, 0.8, 256), (256, 1))
grain = rng.standard_normal(picture.shape)

def show(change=None):
    readout.remove_class("explorer-error")
    noisy = picture + sigma.value / 255 * grain
    row = np.hstack([picture, noisy + shift.value, 0.5 + noisy - picture])
    row = Image.fromarray((row.clip(0, 1) * 255).astype(np.uint8))
    row.save(buffer := io.BytesIO(), "png", compress_level=1)
    panels.value = buffer.getvalue()
    readout.value = f"σ = {sigma.value:.0f}/255, shift = {shift.value:.2f}"
    if sigma.value > 50:
        readout.add_class("explorer-error")
        readout.value = "ValueError: σ is too large"
    if shift.value > 0.2:
        raise ValueError("the shift is too large")

sigma = widgets.FloatSlider(25, min=0, max=60, step=1, description="σ × 255")
shift = widgets.FloatSlider(0, min=0, max=0.3, step=0.01, description="shift")
panels, readout = widgets.Image(format="png"), widgets.HTML()
panels.add_class("explorer-panels")
readout.add_class("explorer-readout")
explorer = widgets.VBox([widgets.HBox([sigma, shift]), panels, readout])
explorer.add_class("explorer")
show()
for slider in (sigma, shift):
    slider.observe(show, "value")
"""


def write_notebook(path: Path, *sources: str) -> Path:
    """Write a notebook whose code cells are far down, outside the window."""
    cells = [nbformat.v4.new_markdown_cell("\n\n".join(["far down"] * 100))]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Server]:
    """One JupyterLab for this file, with the toy and the course's notebook."""
    if browser.find_browser() is None:
        absent = f"no browser: none of {', '.join(browser.BROWSERS)} is installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    folder = tmp_path_factory.mktemp("toys")
    toy = write_notebook(folder / "toy.ipynb", TOY + "\nexplorer")
    broken = write_notebook(folder / "broken.ipynb", "1 / 0", "print('never')")
    with browser.jupyterlab(toy, broken, *filter(Path.exists, [NOTEBOOK])) as server:
        yield server


@pytest.fixture
def page(lab: browser.Server) -> Iterator[Page]:
    with browser.chromium() as page:
        yield page


def assert_moves(explorer: Locator, slider: Locator) -> None:
    """Assert that a key press on the slider changes the picture's bytes and the read-out."""
    picture = browser.picture_hash(explorer)
    text = browser.readout(explorer).text_content()
    browser.step(slider, browser.free_key(slider))
    assert browser.picture_hash(explorer) != picture, browser.label(slider)
    expect(browser.readout(explorer)).not_to_have_text(text, timeout=60_000)


def assert_the_loupe_enlarges(explorer: Locator) -> None:
    """Assert that the loupe, switched on, shows sliders, and that they move what is enlarged."""
    loupe, off = explorer.locator(".explorer-loupe"), browser.picture_hash(explorer)
    loupe.locator("input[type=checkbox]").check()
    for slider in (loupe.locator(".noUi-handle[role=slider]").nth(k) for k in range(2)):
        expect(slider).to_be_visible(timeout=60_000)
        browser.step(slider, browser.free_key(slider))
    assert browser.picture_hash(explorer) != off
    expect(loupe).to_contain_text("Gray levels at row")


def take_screenshot(page: Page, explorer: Locator, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    explorer.scroll_into_view_if_needed()
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_every_slider_of_the_noise_models_notebook(lab: browser.Server, page: Page) -> None:
    assert NOTEBOOK.exists()
    browser.open_notebook(page, lab, NOTEBOOK.name)
    shown = browser.explorers(page)
    assert shown
    for number, explorer in enumerate(shown, start=1):
        sliders = browser.sliders(explorer)
        assert sliders
        for slider in sliders:
            assert_moves(explorer, slider)
        assert_the_loupe_enlarges(explorer)
        take_screenshot(page, explorer, NOTEBOOK.stem + (f"_{number}" if number > 1 else ""))
    assert browser.problems(page) == []


class TestTheHarness:
    """It must find sliders, measure, and notice what is broken."""

    def test_finds_and_times_the_sliders_of_a_sound_explorer(
        self, lab: browser.Server, page: Page
    ) -> None:
        browser.open_notebook(page, lab, "toy.ipynb")
        (explorer,) = browser.explorers(page)
        sigma, shift = browser.sliders(explorer)
        assert [browser.label(sigma), browser.label(shift)] == ["σ × 255", "shift"]
        assert_moves(explorer, sigma)
        assert_moves(explorer, shift)
        times = browser.latencies(sigma, 4)
        assert len(times) == 4
        assert all(0 < ms < 60_000 for ms in times)
        assert browser.burst(sigma, 5) >= 1
        assert browser.problems(page) == []

    def test_notices_errors_shown_errors_raised_and_pictures_that_stay(
        self, lab: browser.Server, page: Page
    ) -> None:
        browser.open_notebook(page, lab, "toy.ipynb")
        (explorer,) = browser.explorers(page)
        sigma, shift = browser.sliders(explorer)
        browser.step(sigma, "End")
        expect(explorer.locator(".explorer-error")).to_contain_text("too large", timeout=60_000)
        assert any("shown: ValueError" in text for text in browser.problems(page))
        browser.step(shift, "End")
        page.wait_for_function("course.hidden.join().includes('the shift is too large')")
        assert any("the shift is too large" in text for text in browser.problems(page))
        assert browser.free_key(sigma) == "ArrowLeft"
        with pytest.raises(TimeoutError, match="changed no panels"):
            browser.step(sigma, "ArrowRight", patience=1)

    def test_refuses_a_notebook_with_a_failing_cell(self, lab: browser.Server, page: Page) -> None:
        with pytest.raises(RuntimeError, match=r"1 cells did not run[^$]*ZeroDivisionError"):
            browser.open_notebook(page, lab, "broken.ipynb")

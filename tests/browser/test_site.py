"""The site: what it is built from, and the built pages in Chromium."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers import images
from tests.browser.conftest import SPHINX
from tools.notebooks import course
from tools.site import browser, check, frames, pages, timing

# From a notebook to a page ----------------------------------------------------------------------


def test_an_explorer_needs_few_cells() -> None:
    (path,) = course.notebooks(["00"])
    notebook = nbformat.read(path, as_version=4)
    (last,) = frames.explorer_cells(notebook)
    needed = frames.needed_cells(notebook, last)
    assert needed[-1] == last
    assert len(needed) < sum(cell.cell_type == "code" for cell in notebook.cells[: last + 1])
    assert not any("exercises.check" in notebook.cells[index].source for index in needed)


def test_what_a_cell_needs_is_found_through_others_and_through_changes_in_place() -> None:
    sources = ["a = 1", "seen = {}", "b = 2", "seen['x'] = a", "a = b", "widgets.explore(seen)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    assert frames.explorer_cells(notebook) == [5]
    assert frames.needed_cells(notebook, 5) == [0, 1, 3, 5]


SMALL = """\
from helpers import gradients, images, noise, widgets

clean = images.load("camera", size=64)

def render(sigma):
    noisy = noise.Gaussian(sigma)(clean, rng=0)
    curves = {"noisy": gradients.probabilities(noisy)[0]}
    return widgets.View({"noisy": noisy}, curves, f"{sigma:.2f}")

widgets.explore(render, **noise.Gaussian.parameters())"""


def test_an_explorer_is_drawn_once_at_every_setting(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SMALL)])
    (recording,) = frames.record(notebook, tmp_path)
    (steps,) = recording.settings
    assert list(recording.frames) == [(k,) for k in range(len(steps))]
    drawn = list(recording.frames.values())
    assert recording.start in recording.frames
    assert len(drawn) == frames.ALONE
    files = {name for frame in drawn for name in (frame.curves, *dict(frame.panels).values())}
    assert files == {path.name for path in tmp_path.iterdir()}
    assert len(files) == 2 * len(drawn)


@pytest.mark.parametrize("path", course.notebooks(), ids=lambda path: path.stem)
def test_every_notebook_has_an_explorer(path: Path) -> None:
    assert frames.explorer_cells(nbformat.read(path, as_version=4))


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("A residual.", "A {term}`residual <residual>`."),
        ("Residual learning first.", "{term}`Residual learning <residual learning>` first."),
        ("`residual` and [residual](x.md)", "`residual` and [residual](x.md)"),
        ("# The residual\n\nNo residuals", "# The residual\n\nNo residuals"),
        ("$residual$ <b title='residual'>", "$residual$ <b title='residual'>"),
        ("| a | residual |", "| a | residual |"),
    ],
)
def test_terms_are_linked_in_prose_only(text: str, linked: str) -> None:
    assert pages.link_terms(text, ["residual learning", "residual"], set()) == linked


def test_a_term_is_linked_once() -> None:
    seen: set[str] = set()
    assert pages.link_terms("residual residual", ["residual"], seen).count("{term}") == 1
    assert pages.link_terms("residual", ["residual"], seen) == "residual"


def test_badges_become_words_and_files_of_the_project_addresses() -> None:
    published = course.address()
    assert pages.prose("[![Open](https://a.org/b.svg)](https://c.org)") == "[Open](https://c.org)"
    blob = f"{published['repository']}/blob/{published['tag']}"
    assert pages.prose("[it](../data/README.md)") == f"[it]({blob}/data/README.md)"


# The checks can fail ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<a href="nowhere.html">x</a>', "dead link nowhere.html"),
        ('<a href="#nowhere">x</a>', "dead link #nowhere"),
        ('<a href="index.html#here">x</a><p id="here">', None),
        ('<a href="https://example.org/x">x</a>', None),
        ('<img src="index.html">', "no description of index.html"),
        ("a" * check.MAX_BYTES, "bytes"),
    ],
)
def test_files_are_checked(tmp_path: Path, body: str, complaint: str | None) -> None:
    (tmp_path / "index.html").write_text(f"<html><body>{body}</body></html>")
    problems = list(check.file_problems(tmp_path))
    assert len(problems) == bool(complaint)
    assert all(complaint in text for text in problems)


# The built pages --------------------------------------------------------------------------------


def test_the_site_in_a_browser(built: Path) -> None:
    assert check.problems(built, check.axe(str(SPHINX))) == []
    assert len(list(built.glob("notebooks/*.html"))) == 2


PIXELS = """(root) => [...root.querySelectorAll('canvas')].map((canvas) =>
  [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter(
    (_, k) => k % 4 === 0))"""


def test_a_slider_moves_a_page_within_a_blink(built: Path) -> None:
    slowness = timing.slowness()
    for name, took, _ in timing.measured(built):
        print(f"{name}: {np.median(took):.1f} ms a step, the longest {max(took):.1f} ms")
        # Other processes push it out of the caches: not the median.
        assert min(took) < 30 * slowness, f"on a processor {slowness:.1f} times as slow"


def test_a_page_computes_what_its_text_says(built: Path) -> None:
    with browser.chromium() as page:
        page.goto((built / "notebooks" / f"{course.named('noise_models').stem}.html").as_uri())
        explorers = page.locator(".explorer:has(canvas)").element_handles()
        assert len(explorers) == 3
        # σ = 1/255: the picture is the file's, to the last level, and little was added.
        page.evaluate(timing.STEP, [explorers[0], 0])
        clean, noisy, error = map(np.array, explorers[0].evaluate(PIXELS))
        picture = images.to_levels(images.load("camera", gray=True, size=256)).ravel()
        assert (clean == picture).all()
        assert 0.9 < (noisy - picture.astype(int)).std() < 1.2  # of rounded levels
        assert set(error) <= set(range(128 - 6, 128 + 7))
        readout = explorers[0].query_selector(".explorer-readout").inner_text()
        assert "σ = 1/255" in readout
        assert "PSNR 48" in readout
        assert browser.page_errors(page) == []


def test_a_page_can_be_run_elsewhere_and_taken_along(built: Path) -> None:
    for path in built.glob("notebooks/*.html"):
        links = check.Reader(path.read_text("utf-8")).links
        assert any("colab.research.google.com" in link for link in links)
        (download,) = (link for link in links if link.endswith(".ipynb") and "://" not in link)
        notebook = nbformat.read(path.parent / download, as_version=4)
        assert not any(cell.get("outputs") for cell in notebook.cells)


def test_code_and_answers_open_by_one_click(built: Path) -> None:
    with browser.chromium() as page:
        page.goto((built / "notebooks" / f"{course.named('noise_models').stem}.html").as_uri())
        assert "widgets.predict(" not in page.content()  # the code holds the answer
        for fold in (".prediction details", "details.hide"):
            one = page.locator(fold).first
            inside = one.locator("xpath=./*[not(self::summary)]").first
            assert not inside.is_visible()
            one.locator("summary").click()
            assert inside.is_visible()
        assert "The code: " in page.locator("details.hide summary").first.inner_text()


def test_broken_pages_are_noticed(tmp_path: Path) -> None:
    if browser.find_browser() is None:
        pytest.skip("no browser")
    wide = '<html lang="en"><div style="width: 3000px">wide</div><script>nothing()</script>'
    slider = '<div class="explorer-controls"><input type="range" max="3" value="1"></div>'
    dead = f'{wide}<div class="explorer">{slider}</div>'
    (tmp_path / "index.html").write_text(dead)
    problems = list(check.browser_problems(tmp_path, [tmp_path / "index.html"], ""))
    assert any("scrolls sideways" in text for text in problems)
    assert any("nothing is not defined" in text for text in problems)
    assert any("control 1 moves nothing" in text for text in problems)

"""The pad in a real browser: mouse and arrow keys draw, and the truth is drawn over it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from helpers.widgets import sketch
from helpers.widgets.sketch import COLUMNS
from tools.notebooks import course
from tools.site import browser

MODEL = {
    "x": [0, 100], "y": [0, 50], "xlabel": "σ", "ylabel": "PSNR (dB)", "columns": COLUMNS,
    "drawn": [], "truth": [], "locked": False, "label": "A curve to draw", "spoken": "",
}  # fmt: skip
# What anywidget gives to `render`, as far as the pad uses it.
START = """
window.state = STATE; window.heard = {}; window.saved = 0;
window.model = {
  get: name => state[name],
  set: (name, value) => { state[name] = value; heard["change:" + name]?.(); },
  save_changes: () => { saved++; },
  on: (name, listener) => { heard[name] = listener; },
  off: name => { delete heard[name]; },
};
document.body.innerHTML = '<div id="pad"></div>';
window.end = pad.render({ model, el: document.getElementById("pad") });
null;  // a function that comes last would be called
"""
SHOT = Path(os.environ.get("COURSE_SCREENSHOTS", course.ROOT / "build" / "screenshots"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    if browser.find_browser() is None:
        absent = f"no browser: none of {', '.join(browser.BROWSERS)} is installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    with browser.chromium(700, 500) as page:
        yield page


@pytest.fixture
def pad(chromium: Page) -> Page:
    """A page with an empty pad, and the keyboard on it."""
    script = Path(sketch.__file__).with_name("sketch.js").read_text("utf-8")
    script = script.replace("export default { render };", "window.pad = { render };")
    chromium.set_content(f"<body><script type=module>{script}</script></body>")
    chromium.wait_for_function("window.pad")
    chromium.evaluate(START.replace("STATE", json.dumps(MODEL)))
    return chromium


def drawn(page: Page) -> list:
    return page.evaluate("state.drawn")


def drag(page: Page, *places: tuple[float, float]) -> None:
    """Draw through places that are given in shares of the axes, from the lower left."""
    box = page.locator("canvas").bounding_box()
    scale = box["width"] / 560
    points = [
        (box["x"] + scale * (52 + x * 492), box["y"] + scale * (44 + (1 - y) * 232))
        for x, y in places
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()


def test_the_mouse_draws_where_it_is(pad: Page) -> None:
    drag(pad, (0, 0.2), (0.5, 0.8), (1, 0.4))
    heights = drawn(pad)
    assert len(heights) == COLUMNS
    assert None not in heights
    assert [heights[k] for k in (0, 50, 100)] == pytest.approx([10, 40, 20], abs=0.5)
    assert heights[25] == pytest.approx(25, abs=1)
    assert pad.evaluate("saved") == 1  # once a stroke, not once a pixel


def test_a_small_window_draws_at_the_same_heights(pad: Page) -> None:
    pad.set_viewport_size({"width": 360, "height": 500})
    drag(pad, (0, 0.2), (1, 0.4))
    heights = drawn(pad)
    pad.set_viewport_size({"width": 700, "height": 500})
    assert [heights[0], heights[100]] == pytest.approx([10, 20], abs=0.6)


def test_a_second_stroke_mends_the_first(pad: Page) -> None:
    drag(pad, (0, 0.2), (1, 0.2))
    drag(pad, (0.5, 0.8), (0.75, 0.8))
    heights = drawn(pad)
    assert [heights[k] for k in (10, 60, 90)] == pytest.approx([10, 40, 10], abs=0.5)


def test_the_keys_draw_as_well(pad: Page) -> None:
    pad.locator("canvas").focus()
    for key in ["ArrowUp"] * 4 + ["ArrowRight"] * 4 + ["End"] + ["ArrowDown"] * 20:
        pad.keyboard.press(key)
    heights = drawn(pad)
    assert None not in heights
    assert heights[0] == heights[20] == pytest.approx(30)
    assert heights[100] == pytest.approx(5)
    assert heights[60] == pytest.approx(17.5)  # straight between the bends
    spoken = pad.locator("canvas").get_attribute("aria-valuetext")
    assert spoken == "5 at 100"
    assert pad.locator("canvas").get_attribute("aria-label") == "A curve to draw"


def test_the_pad_can_be_cleared(pad: Page) -> None:
    drag(pad, (0, 0.2), (1, 0.2))
    pad.get_by_role("button", name="Clear").click()
    assert drawn(pad) == [None] * COLUMNS


def test_the_truth_is_drawn_over_and_nothing_more_can_be_drawn(pad: Page) -> None:
    drag(pad, (0, 0.2), (0.5, 0.8), (1, 0.4))
    before, heights = pad.locator("canvas").screenshot(), drawn(pad)
    truth = [45 - 0.4 * k for k in range(90)] + [None] * 11
    pad.evaluate("t => { model.set('spoken', 'so far away'); model.set('truth', t); }", truth)
    pad.evaluate("model.set('locked', true)")
    after = pad.locator("canvas").screenshot()
    assert after != before
    SHOT.mkdir(parents=True, exist_ok=True)
    (SHOT / "sketch.png").write_bytes(after)
    drag(pad, (0, 0.9), (1, 0.9))
    pad.locator("canvas").focus()
    pad.keyboard.press("ArrowUp")
    assert drawn(pad) == heights
    assert not pad.get_by_role("button", name="Clear").is_visible()
    assert pad.locator("canvas").get_attribute("aria-label") == "so far away"


def test_a_drawing_is_there_when_the_page_is_opened_again(pad: Page) -> None:
    empty = pad.locator("canvas").screenshot()
    drag(pad, (0, 0.2), (1, 0.4))
    heights = drawn(pad)
    pad.evaluate("end()")
    pad.evaluate(START.replace("STATE", json.dumps({**MODEL, "drawn": heights})))
    assert pad.locator("canvas").screenshot() != empty
    drag(pad, (0.9, 0.4), (1, 0.4))
    assert drawn(pad)[:80] == heights[:80]

"""How a page shows the panels of its explorers, on a desk and on a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tools.notebooks import course
from tools.site import browser

PHONE = (390, 844)  # CSS pixels


@contextmanager
def opened(built: Path, width: int = 1280, height: int = 900, dense: float = 1) -> Iterator[Page]:
    """The first notebook on a screen of CSS pixels, each of `dense` real ones on a side."""
    with browser.chromium(width, height) as page:
        session = page.context.new_cdp_session(page)
        metrics = {"width": width, "height": height, "deviceScaleFactor": dense, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", metrics)
        page.emulate_media(reduced_motion="reduce")
        page.goto((built / "notebooks" / f"{course.named('start_here').stem}.html").as_uri())
        page.locator(".explorer canvas").first.wait_for()
        yield page
        assert browser.page_errors(page) == []


BOXES = """() => [...document.querySelectorAll('.explorer-window')].map((box) => {
  const picture = box.firstElementChild, { left, top, width } = box.getBoundingClientRect();
  const shown = picture.getBoundingClientRect().width * devicePixelRatio / picture.width;
  return { left, top, width, shown, rendering: getComputedStyle(picture).imageRendering };
})"""


@pytest.mark.parametrize("dense", [1, 1.5, 2, 3])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1600, 900), PHONE])
def test_noise_is_enlarged_by_whole_numbers(built, width, height, dense) -> None:
    with opened(built, width, height, dense) as page:
        boxes = page.evaluate(BOXES)
        assert len(boxes) == 3
        for box in boxes:
            assert box["shown"] == pytest.approx(round(box["shown"]), abs=1e-3)
            assert round(box["shown"]) >= 1
            assert box["rendering"] == "pixelated"
        rows = len({round(box["top"]) for box in boxes})
        assert rows == (2 if width == PHONE[0] else 1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


IN_SIGHT = """() => {
  const root = document.querySelector('.explorer');
  const panels = root.querySelector('.explorer-panels');
  const bar = document.querySelector('.mobile-header')?.getBoundingClientRect().bottom ?? 0;
  window.scrollTo(0, scrollY + panels.getBoundingClientRect().bottom - innerHeight + 8);
  const slider = root.querySelector('.explorer-controls input').getBoundingClientRect();
  const first = panels.getBoundingClientRect();
  return { bar, top: slider.top, bottom: slider.bottom, first: first.top, last: first.bottom };
}"""


def test_on_a_telephone_slider_and_pictures_are_in_sight_together(built: Path) -> None:
    with opened(built, *PHONE, dense=3) as page:
        place = page.evaluate(IN_SIGHT)
        assert place["bar"] <= place["top"] < place["bottom"] <= place["first"]
        assert place["last"] <= PHONE[1]


def test_on_a_telephone_the_slider_stays_while_the_page_moves(built: Path) -> None:
    with opened(built, *PHONE, dense=3) as page:
        page.evaluate(IN_SIGHT)
        page.evaluate("() => window.scrollBy(0, 250)")
        slider = page.locator(".explorer-controls input").first.bounding_box()
        assert 0 < slider["y"] < 200


PLACES = "() => [...document.querySelectorAll('.explorer-window')].map((e) => e.scrollLeft)"


def test_all_panels_are_enlarged_and_moved_together_by_keyboard(built: Path) -> None:
    with opened(built) as page:
        page.locator(".explorer-tools select").first.select_option("4")
        boxes = page.evaluate(BOXES)
        assert [box["shown"] for box in boxes] == [4, 4, 4]
        assert {box["width"] for box in boxes} == {256}  # the window stays
        before = page.evaluate(PLACES)
        assert len(set(before)) == 1
        page.locator(".explorer-window").nth(1).focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"(before) => ({PLACES})().every((x) => x > before)", arg=before[0])
        page.wait_for_timeout(300)  # a smooth scroll has ended
        assert len({round(x) for x in page.evaluate(PLACES)}) == 1


CLIP = "() => getComputedStyle(document.querySelector('.over .explorer-window')).clipPath"


def test_a_curtain_is_drawn_by_keyboard_and_by_pointer(built: Path) -> None:
    with opened(built) as page:
        page.locator(".explorer-tools input[type=checkbox]").first.focus()
        page.keyboard.press("Space")
        shown = page.locator(".explorer-panels figure:visible")
        assert shown.count() == 2
        first, second = (shown.nth(k).locator(".explorer-window").bounding_box() for k in (0, 1))
        assert first == second  # one lies over the other
        before = page.evaluate(CLIP)
        page.get_by_label("place of the curtain").first.focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate(CLIP) != before
        place = {"x": 0.25 * first["width"], "y": 50}
        shown.first.locator(".explorer-window").click(position=place)
        assert page.locator(".explorer-sides input").first.input_value() == "25"
        page.locator(".explorer-sides select").first.select_option("clean")
        assert "clean" in shown.first.inner_text()
        page.locator(".explorer-tools input[type=checkbox]").first.press("Space")
        assert page.locator(".explorer-panels figure:visible").count() == 3

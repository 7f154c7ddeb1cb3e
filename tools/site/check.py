"""Try the built site as its readers use it: on paper, on a desk, on a phone, and with a keyboard.

What can be read off the files is read off the files: sizes, links, descriptions of pictures. The
rest happens in Chromium, on the files as they lie on the disk: errors, width, every slider, and
the rules of WCAG 2 (A and AA) as axe-core checks them, among them contrast and labels.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Locator, Page

from tools.site import browser

MAX_BYTES = 300_000  # of a page, before its pictures
DEVICES = {  # width in CSS pixels, and how the page is lit
    "desk": (1280, "light"),
    "dark desk": (1280, "dark"),
    "phone": (390, "light"),
}
UNCHECKED = {"genindex.html", "search.html"}  # Sphinx's own, without a text of ours
EXCESS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Without `preload`: axe would fetch the style sheets anew, which a page on the disk may not.
AXE = """() => axe.run({
  runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations'], preload: false })"""


class Reader(HTMLParser):
    """Collects what a page links to, what can be linked to in it, and its pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.pictures: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        attributes = dict(attrs)
        self.anchors |= {text for name, text in attrs if name in ("id", "name") and text}
        self.links += [text for name, text in attrs if name in ("href", "src") and text]
        if tag == "img":
            self.pictures.append(attributes)


# The files --------------------------------------------------------------------------------------


def file_problems(site: Path) -> Iterator[str]:
    """Yield pages that are too large, links that lead nowhere, pictures without a description."""
    read = {
        path.resolve(): Reader(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))
    }
    for path, reader in read.items():
        name = path.relative_to(site.resolve())
        if path.stat().st_size > MAX_BYTES:
            yield f"{name}: {path.stat().st_size} bytes"
        yield from (f"{name}: dead link {link}" for link in dead_links(path, reader, read))
        for picture in reader.pictures:
            if not (picture.get("alt") or "").strip():
                yield f"{name}: no description of {picture.get('src')}"


def dead_links(path: Path, reader: Reader, read: dict[Path, Reader]) -> list[str]:
    """Return the links of a page to files or places that are not there."""
    dead = []
    for link in reader.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        lost = parts.fragment and target in read and parts.fragment not in read[target].anchors
        if lost or not target.exists():
            dead.append(link)
    return dead


# The browser ------------------------------------------------------------------------------------


def browser_problems(site: Path, paths: list[Path], axe: str) -> Iterator[str]:
    """Yield what is wrong with pages on each device, and with their explorers."""
    for device, (width, light) in DEVICES.items():
        with browser.chromium(width=width, height=900) as page:
            page.emulate_media(color_scheme=light, reduced_motion="reduce")
            for path in paths:
                name = f"{path.relative_to(site)} on a {device}"
                page.goto(path.resolve().as_uri())
                if (excess := page.evaluate(EXCESS)) > 0:
                    yield f"{name}: scrolls sideways by {excess} pixels"
                for text in violations(page, axe) if axe else ():
                    yield f"{name}: {text}"
                if device == "desk":
                    for explorer in page.locator(".explorer").all():
                        yield from (f"{name}: {text}" for text in stuck(page, explorer))
            yield from (f"on a {device}: {text}" for text in browser.page_errors(page))


def violations(page: Page, axe: str) -> Iterator[str]:
    """Yield what breaks a rule of WCAG."""
    page.evaluate(axe)
    for rule in page.evaluate(AXE)["violations"]:
        where = "; ".join(str(node["target"][0]) for node in rule["nodes"][:3])
        yield f"{rule['id']} ({len(rule['nodes'])} times, such as {where})"


def stuck(page: Page, explorer: Locator) -> Iterator[str]:
    """Yield the controls of an explorer that a keyboard does not reach or that move nothing."""
    controls = explorer.locator(".explorer-controls").locator("input, select")
    if not controls.count():
        yield "an explorer without controls"
    for number in range(controls.count()):
        control = controls.nth(number)
        if number == 0:
            control.focus()
        else:
            page.keyboard.press("Tab")
        if not control.evaluate("e => e === document.activeElement"):
            yield f"Tab does not reach control {number + 1}"
        before = explorer.inner_text(), shown(explorer)
        last = "e => e.value >= (e.max || e.options.length - 1)"
        page.keyboard.press("ArrowUp" if control.evaluate(last) else "ArrowDown")
        if (explorer.inner_text(), shown(explorer)) == before:
            page.keyboard.press("ArrowUp")  # a range goes up where a list goes down
        if (explorer.inner_text(), shown(explorer)) == before:
            yield f"control {number + 1} moves nothing"
        broken = "e => [...e.querySelectorAll('img:not([hidden])')].filter(i => !i.alt).length"
        if explorer.evaluate(broken):
            yield "a frame without a description"


def shown(explorer: Locator) -> list[str]:
    """Return the addresses of an explorer's pictures."""
    return explorer.evaluate("e => [...e.querySelectorAll('img')].map(i => i.src)")


def axe(sphinx: str) -> Path:
    """Return axe-core's script, which lies in the site's environment."""
    code = "import axe_playwright_python as a; print(a.__path__[0])"
    run = subprocess.run([sphinx, "-c", code], capture_output=True, text=True, check=True)
    return Path(run.stdout.strip()) / "axe.min.js"


def problems(site: Path, axe: Path) -> list[str]:
    """Return everything that is wrong with a site, one line each."""
    pages = [path for path in sorted(site.rglob("*.html")) if path.name not in UNCHECKED]
    return [*file_problems(site), *browser_problems(site, pages, axe.read_text("utf-8"))]

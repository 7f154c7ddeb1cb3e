"""Print how long a slider's step takes in the built pages: ``python -m tools.site.timing``.

Counted is what the page's own thread works for a step, in Chromium: the script, and what it makes
the browser lay out and paint. Other processes do not lengthen it. What an explorer computes only
once its slider rests is not part of a step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import ElementHandle, Page

from tools.site import browser, pages

STEPS = 21
STEP = """([root, k]) => {
  const slider = root.querySelector('.explorer-control input');
  slider.value = (7 * k) % (Number(slider.max) + 1);
  slider.dispatchEvent(new Event('input'));
}"""
CHOOSE = """([root, k]) => {
  const option = root.querySelectorAll('.explorer-control option')[k];
  option.parentElement.value = option.value;
  option.parentElement.dispatchEvent(new Event('input'));
}"""
# A fixed amount of work like an explorer's: numbers drawn, a root and a logarithm of each.
YARDSTICK = """() => {
  const numbers = new Float32Array(65536);
  let state = 1;
  for (let k = 0; k < 40; k++)
    for (let i = 0; i < numbers.length; i++) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      numbers[i] = Math.sqrt(-2 * Math.log((state + 1) / 4294967297));
    }
  return numbers[7];
}"""
# In milliseconds, on the processor on which the aim was set. Worked out on one without AVX-512,
# where it takes 46, by the steps of the first notebook: 32.7 ms there, 14.7 on the other.
YARD = 46 * 14.7 / 32.7
CHOICES = "(root) => root.querySelectorAll('.explorer-control option').length"


def milliseconds(
    page: Page, explorer: ElementHandle | None, step: str = STEP, steps: int = STEPS
) -> list[float]:
    """Return how long each of a few steps of an explorer's first slider takes."""
    clock = page.context.new_cdp_session(page)
    # The page's own seconds of a core, which other processes do not lengthen.
    clock.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds() -> float:
        metrics = clock.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    took = []
    for k in range(steps):
        start = seconds()
        page.evaluate(step, [explorer, k])
        page.evaluate("() => new Promise(requestAnimationFrame)")  # painted
        took.append(1000 * (seconds() - start))
    return took


def slowness() -> float:
    """How many times as long as on the processor of the aim, 30 ms a step, a page takes here."""
    with browser.chromium() as page:
        took = milliseconds(page, None, f"([root, k]) => ({YARDSTICK})()", steps=9)
    return max(1.0, float(np.median(took)) / YARD)


def measured(site: Path) -> Iterator[tuple[str, list[float], list[float]]]:
    """Yield the page of each explorer that computes, the steps of its slider, and its choices."""
    with browser.chromium() as page:
        for path in sorted((site / "notebooks").glob("*.html")):
            page.goto(path.resolve().as_uri())
            for explorer in page.locator(".explorer:has(canvas)").element_handles():
                took = milliseconds(page, explorer)
                choices = milliseconds(page, explorer, CHOOSE, explorer.evaluate(CHOICES))
                yield path.stem, took, choices


def main() -> int:
    """Print one line for each explorer; 1 if there is none."""
    site = Path(sys.argv[1]) if sys.argv[1:] else pages.BUILD / "site" / "html"
    every = list(measured(site))
    for name, took, choices in every:
        print(f"{name:32} median {np.median(took):5.1f} ms, longest {max(took):5.1f} ms", end="")
        print(f"; the slowest choice {max(choices):5.1f} ms" if choices else "")
    return int(not every)


if __name__ == "__main__":
    sys.exit(main())

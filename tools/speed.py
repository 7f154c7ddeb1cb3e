"""Measure what the course promises about speed, as one table.

    python -m tools.speed            # with a browser where one is installed
    python -m tools.speed --quick    # without the browser

Times are medians on this machine, now; ratios come from one run, with the two sides in turn.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from helpers import gradients, images, metrics, noise, widgets

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Row:
    """One promise: what was measured, its unit, and the bound it should keep."""

    what: str
    value: float
    unit: str
    bound: float
    at_least: bool = False

    def kept(self) -> bool:
        """Whether the measurement is on the right side of its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        sign, mark = ("≥", "<")[not self.at_least], "ok" if self.kept() else "MISSED"
        return f"{self.what:<62} {self.value:8.2f} {self.unit:<3} {sign} {self.bound:<6g} {mark}"


def milliseconds(function: Callable[[], object], repeats: int = 31) -> np.ndarray:
    """(repeats,) times of one call each, after one call that does not count."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - start))
    return np.array(times)


def numpy_histograms(image: np.ndarray) -> list[np.ndarray]:
    """What the published code does: cast, pad, subtract, and `numpy.histogram` by edges."""
    levels = (image * 255).astype(np.int32)
    edges = np.arange(-255, 257)
    counts = []
    for axis in (1, 0):
        left, right = np.zeros((2, 2), int), np.zeros((2, 2), int)
        left[axis, 0] = right[axis, 1] = 1
        counts.append(np.histogram(np.pad(levels, left) - np.pad(levels, right), edges)[0])
    return counts


def histograms() -> Iterator[Row]:
    """Gradient histograms of 512×512, ours and NumPy's in turn."""
    photograph = images.load("camera")
    pairs = [
        (
            milliseconds(lambda: gradients.histograms(photograph), 5).min(),
            milliseconds(lambda: numpy_histograms(photograph), 5).min(),
        )
        for _ in range(15)
    ]
    ours, theirs = np.median(pairs, axis=0)
    yield Row("gradients.histograms, 512×512, both directions", ours, "ms", 1.5)
    yield Row("  times faster than pad, cast, numpy.histogram", theirs / ours, "×", 1.3, True)


def noises() -> Iterator[Row]:
    """Every model at its default on 512×512 gray."""
    photograph = images.load("camera")
    for key, model in noise.MODELS.items():
        bound = 80 if issubclass(model, noise.Distortion) else 15
        taken = np.median(milliseconds(partial(model(), photograph, rng=0), 15))
        yield Row(f"noise {key}, 512×512", taken, "ms", bound)


def explorer() -> Iterator[Row]:
    """The Python side of an explorer: three 256×256 panels, two histograms, two scores."""
    clean = images.load("camera", size=256)
    p_clean = gradients.probabilities(clean)[0]

    def render(sigma: float) -> widgets.View:
        noisy = noise.Gaussian(sigma)(clean, rng=0)
        panels = {"clean": clean, "noisy": noisy, "noise alone": noisy - clean + 0.5}
        curves = {"clean": p_clean, "noisy": gradients.probabilities(noisy)[0]}
        scores = metrics.score(clean, noisy, ["psnr", "ssim"])
        return widgets.View(panels, curves, f"{scores}")

    shown = widgets.explore(render, **noise.Gaussian.parameters())
    taken = milliseconds(shown.update, 60)
    yield Row("explorer, Python side, median", np.median(taken), "ms", 20)


def browser() -> Iterator[Row]:
    """Notebook 01 in JupyterLab and Chromium: from key press to changed picture."""
    from tools import browser as lab

    notebook = ROOT / "notebooks" / "01_noise_models.ipynb"
    with lab.jupyterlab(notebook) as server, lab.chromium() as page:
        lab.open_notebook(page, server, notebook.name)
        slider = lab.sliders(lab.explorers(page)[0])[0]
        taken = lab.latencies(slider, 100)
    yield Row("explorer, in the browser, median step", np.median(taken), "ms", 60)
    yield Row("explorer, in the browser, 95th percentile", np.quantile(taken, 0.95), "ms", 150)


def imports() -> Iterator[Row]:
    """`import helpers` in a fresh interpreter: seconds, and what heavy modules it pulled in."""
    code = "import sys, helpers; print(sum(m in sys.modules for m in ('torch', 'matplotlib')))"
    start = time.perf_counter()
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    yield Row(
        "import helpers, with Python's start", 1000 * (time.perf_counter() - start), "ms", 500
    )
    yield Row("  of torch and matplotlib, imported", float(loaded), "", 0)


def notebooks() -> Iterator[Row]:
    """Seconds that each notebook took when its committed outputs were made."""
    import nbformat

    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        seconds = nbformat.read(path, 4).metadata["course"]["seconds"]
        yield Row(f"notebook {path.stem}, course profile", seconds, "s", 60)


def main() -> None:
    """Print the table; exit with 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="leave the browser out")
    sections = [histograms, noises, explorer, imports, notebooks]
    if not parser.parse_args().quick:
        sections.append(browser)
    rows = []
    for section in sections:
        for row in section():
            print(row, flush=True)
            rows.append(row)
    sys.exit(0 if all(row.kept() for row in rows) else 1)


if __name__ == "__main__":
    main()

"""Explorers that compute in the page, in JavaScript, against what their notebooks show."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers import gradients
from tests.tools.javascript import run
from tools.notebooks import course
from tools.site import computed, frames

COMPUTE = """
const read = { ...how.numbers };
for (const [name, file] of Object.entries(how.pictures))
  read[name] = helpers.brought(pictures[file]);
const view = recipes[how.recipe](read, how.options);
return settings.map((setting) => {
  const { panels, curves, text, later } = view(setting);
  const moments = Object.entries(panels).map(([title, { data }]) =>
    [title, helpers.moments(data)]);
  return { text: later ? later() : text, curves, moments: Object.fromEntries(moments) };
});
"""
NUMBER = re.compile(r"[+-]?\d+\.\d+|inf")
DRAWS = 6  # of Python's noise: how far apart they are tells how far chance goes
FAR = 5  # times that, and ...
LEAST = 0.01  # ... a share of the number, for what a few draws happen to agree upon


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({name for name, _ in computed.EXPLORERS}))
def test_a_page_shows_what_its_notebook_shows(name: str, tmp_path: Path) -> None:
    path = course.named(name)
    notebook = nbformat.read(path, as_version=4)
    places = computed.of(path)
    shown = {k: one for k, one in enumerate(frames.explorers(notebook)) if k in places}
    assert len(shown) == len(places)
    for place, how in places.items():
        cell, explorer, axes = shown[place]
        recording = frames.hand_over(tmp_path, cell, explorer, axes, how)
        compare_views(explorer, recording, tmp_path)


def tried(recording: frames.Recording) -> list[tuple[int, ...]]:
    """Positions of the controls, one moved at a time: to its ends; of words, to all."""
    start, positions = recording.start, set()
    for k, words in enumerate(recording.settings):
        numbers = any(re.search(r"\d", text) for text in words)
        steps = (0, start[k], len(words) - 1) if numbers else range(len(words))
        positions |= {(*start[:k], step, *start[k + 1 :]) for step in steps}
    return sorted(positions)


def compare_views(explorer, recording: frames.Recording, folder: Path) -> None:
    """Words and numbers of the text, means and deviations of panels, and curves."""
    names, values = recording.computed["names"], recording.computed["values"]
    positions = tried(recording)
    settings = [
        {n: steps[k] for n, steps, k in zip(names, values, position)} for position in positions
    ]
    shown = [
        ", ".join(words[k] for words, k in zip(recording.settings, position))
        for position in positions
    ]
    views = run(
        COMPUTE,
        how=recording.computed,
        pictures={
            file: json.loads((folder / f"{file}.js").read_text().split(" = ", 1)[1].rstrip(";\n"))
            for file in recording.computed["pictures"].values()
        },
        settings=[{"shown": text, **setting} for text, setting in zip(shown, settings)],
    )
    known = explorer._render.__globals__
    for setting, view in zip(settings, views):
        seeds = [known["seed"] + 1000 * k for k in range(DRAWS)]
        wanted = []
        for known["seed"] in seeds:
            wanted.append(explorer._view_at(setting))
        known["seed"] = seeds[0]
        compare_text(view["text"], [one.text for one in wanted])
        compare_panels(view["moments"], [one.panels for one in wanted])
        compare_curves(view["curves"], wanted)


def compare_text(mine: str, theirs: list[str]) -> None:
    """The same words, and numbers that differ by chance at most."""
    assert NUMBER.sub("#", mine) == NUMBER.sub("#", theirs[0])
    numbers = np.array([[float(x) for x in NUMBER.findall(text)] for text in theirs])
    for got, drawn in zip(map(float, NUMBER.findall(mine)), numbers.T):
        if np.isinf(drawn[0]):
            assert got == drawn[0]
            continue
        within = 0.11 + FAR * np.ptp(drawn) + LEAST * np.abs(drawn).max()  # rounded by 0.05 each
        assert got == pytest.approx(drawn[0], abs=within), (mine, theirs[0])


def compare_panels(mine: dict, theirs: list[dict[str, np.ndarray]]) -> None:
    """The same titles, means and standard deviations."""
    assert list(mine) == list(theirs[0])
    for title, (mean, deviation) in mine.items():
        drawn = np.array([(panels[title].mean(), panels[title].std()) for panels in theirs])
        within = 0.002 + FAR * np.ptp(drawn, axis=0)
        assert (np.abs(drawn[0] - (mean, deviation)) < within).all(), title


def points(curve: tuple | np.ndarray) -> np.ndarray:
    """A curve of a View as (2, N)."""
    return np.array(curve if isinstance(curve, tuple) else (gradients.BINS, curve), float)


def compare_curves(mine: dict, wanted: list) -> None:
    """The same lines; of histograms, what two samples of one distribution would differ by."""
    assert list(mine) == list(wanted[0].curves)
    for title, curve in mine.items():
        got, first, *others = (np.array(curve, float), *(points(w.curves[title]) for w in wanted))
        if got.shape[1] == len(gradients.BINS):
            assert np.array_equal(got[0], first[0])
            p, q = (one / np.sum(one) for one in (got[1], first[1]))
            # Of two samples on K bins Σ|p−q| is about √(4K/πn); a curve may be relative.
            assert np.abs(p - q).sum() < 2 * np.sqrt(4 * 511 / np.pi / 256**2)
            continue
        # Photons are counted on 1024 pixels; coarse JPEG leaves a curve as it happens to fall.
        top = np.abs(first).max(axis=1)
        within = 0.05 * top + FAR * np.sqrt(top / 1024) + 1e-9
        within += 2 * np.max([np.abs(one - first).mean(axis=1) for one in others], axis=0)
        assert (np.abs(got - first).mean(axis=1) <= within).all(), title


@pytest.mark.slow
def test_a_computed_explorer_may_be_moved_in_any_order(tmp_path: Path) -> None:
    (how,) = computed.of(course.named("gradient_statistics")).values()
    notebook = nbformat.read(course.named("gradient_statistics"), as_version=4)
    ((cell, explorer, axes),) = frames.explorers(notebook)
    recording = frames.hand_over(tmp_path, cell, explorer, axes, how)
    (name,) = recording.computed["pictures"].values()
    there = [{"corruption": "gaussian", "position": 0.5}, {"corruption": "jpeg", "position": 1}]
    one, other, again = run(
        COMPUTE,
        how=recording.computed,
        pictures={name: json.loads((tmp_path / f"{name}.js").read_text().split(" = ", 1)[1][:-2])},
        settings=[*there, there[0]],
    )
    assert one == again != other


def test_of_each_notebook_to_three_all_explorers_compute() -> None:
    for path in course.notebooks(["00", "01", "02", "03"]):
        notebook = nbformat.read(path, as_version=4)
        count = sum(c.source.count("widgets.explore(") for c in notebook.cells)
        assert len(computed.of(path)) == count
    rest = course.notebooks(["04", "05", "06"])
    assert len(list(itertools.chain.from_iterable(map(computed.of, rest)))) >= 2


@pytest.mark.parametrize("picture", [[[0, 0.2], [0.4, 1]], [[0.1, 0.25], [-0.5, 1.5]]])
def test_a_picture_travels_whole(picture: list, tmp_path: Path) -> None:
    picture = np.float32(picture)
    name = computed.write_picture(picture, tmp_path)
    written = json.loads((tmp_path / f"{name}.js").read_text().split(" = ", 1)[1][:-2])
    assert ("levels" in written) == (picture.min() >= 0)
    data = np.float32(run("return helpers.brought(p).data", p=written))
    assert np.array_equal(data, picture.ravel())

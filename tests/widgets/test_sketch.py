"""Curves: what is a truth, how far a drawing is away, what the pad is sent and when."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpers.widgets import Prediction, Sketch, predict, sketch
from helpers.widgets.sketch import COLUMNS, Curve

SHEET = Sketch(x=(0, 10), y=(0, 50), xlabel="σ", ylabel="PSNR (dB)")
LINE = ([0, 10], [10, 30])


class ToyPad(ipywidgets.DOMWidget):
    """What `anywidget` would make of the pad, without a browser."""

    def __init__(self, **options: object) -> None:
        self.add_traits(
            drawn=traitlets.List([]),
            truth=traitlets.List([]),
            locked=traitlets.Bool(False),
            spoken=traitlets.Unicode(""),
        )
        super().__init__()
        self.options = options


@pytest.fixture
def pad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "_pad", lambda: ToyPad)


def ask(truth: object = LINE, **options: object) -> Prediction:
    return predict("How does it fall?", SHEET, truth, **options)


# ---- the sheet and the truth ----------------------------------------------------------------


@pytest.mark.parametrize("bad", [None, 3, (1,), (1, 1), (2, 1), (0, float("inf")), ("a", "b")])
@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_sheet_has_two_ranges(axis: str, bad: object) -> None:
    with pytest.raises(ValueError, match=rf"^{axis} is \(low, high\) with low < high"):
        Sketch(**{"x": (0, 1), "y": (0, 1), axis: bad})


def test_a_sheet_has_labels_of_text() -> None:
    with pytest.raises(ValueError, match="xlabel is a text"):
        Sketch(x=(0, 1), y=(0, 1), xlabel=3)


@pytest.mark.parametrize(
    "truth",
    [
        None,
        3,
        [1, 2, 3],
        ([1], [2]),
        ([1, 2], [1, 2, 3]),
        ([2, 1], [1, 2]),
        ([1, 1], [1, 2]),
        ([0, 1], [0, float("nan")]),
        ([[0, 1]], [[0, 1]]),
        ("ab", "cd"),
    ],
)
def test_a_truth_is_a_curve(truth: object) -> None:
    with pytest.raises(ValueError, match=r"answer is a pair \(x, y\)"):
        Curve(SHEET, truth)


def test_a_truth_that_is_not_on_the_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="curve over the sheet's x"):
        Curve(SHEET, ([20, 30], [1, 2]))


# ---- how far away ---------------------------------------------------------------------------


@given(st.floats(-20, 20))
def test_a_shifted_curve_is_as_far_away_as_it_was_shifted(shift: float) -> None:
    curve = Curve(SHEET, LINE)
    drawn = (np.linspace(10, 30, COLUMNS) + shift).tolist()
    assert curve.distance(drawn) == pytest.approx(abs(shift), abs=1e-9)
    if abs(abs(shift) - 5) > 1e-6:
        assert curve.is_right(drawn) == (abs(shift) < 5)  # a tenth of the sheet


def test_only_where_there_is_a_truth_it_counts() -> None:
    curve = Curve(SHEET, ([0, 5], [10, 10]))
    drawn = np.where(np.linspace(0, 10, COLUMNS) <= 5, 10.0, 49.0)
    assert curve.distance(drawn.tolist()) == 0


@pytest.mark.parametrize(
    ("ys", "says"),
    [
        ([0, 40, 10], ["from 0 at", "over 40 at 5", "to 10 at 10"]),
        ([20, 5, 30], ["down to 5 at 5"]),
        ([10, 20, 30], ["from 10 at σ = 0", "to 30 at 10"]),
    ],
)
def test_the_truth_is_said_in_words(ys: list[float], says: list[str]) -> None:
    said = Curve(SHEET, ([0, 5, 10], ys)).answer()
    assert all(part in said for part in says)
    assert ("over" in said) == (ys[1] == 40)


# ---- drawing --------------------------------------------------------------------------------


def heights(**at: float) -> list[float | None]:
    drawn: list[float | None] = [None] * COLUMNS
    for name, y in at.items():
        drawn[int(name[1:])] = y
    return drawn


@pytest.mark.parametrize(
    "drawn", [[], heights(), heights(c0=1), heights(c20=1, c100=2), heights(c0=1, c80=2)]
)
def test_half_a_drawing_is_none(pad: None, drawn: list) -> None:
    asked = ask()
    asked.answer.set_trait("drawn", drawn)
    asked.commit()
    assert asked.committed is None
    assert "left edge to the right edge" in asked.text


def test_gaps_are_bridged(pad: None) -> None:
    asked = ask()
    asked.answer.set_trait("drawn", heights(c0=10, c50=20, c100=30))
    asked.commit()
    assert asked.committed.prediction == pytest.approx(np.linspace(10, 30, COLUMNS), abs=0.01)
    assert asked.committed.right
    assert "0" in asked.text


def test_the_pad_is_sent_the_truth_only_when_it_is_committed(pad: None) -> None:
    asked = ask(([0, 5], [10, 20]), because="So it is.")
    assert asked.answer.truth == []
    asked.answer.set_trait("drawn", heights(c0=40, c100=40))
    assert asked.answer.truth == []
    assert "20" not in str(asked.answer.options)
    asked.commit()
    truth = asked.answer.truth
    assert len(truth) == COLUMNS
    assert truth[0] == 10
    assert truth[50] == pytest.approx(20)
    assert truth[51:] == [None] * 50
    assert asked.answer.locked
    assert "25 away" in asked.text
    assert "25 away" in asked.answer.spoken  # for who cannot see the curves
    assert not asked.committed.right


def test_a_drawing_comes_back(pad: None, somebody: Path) -> None:
    first = ask()
    first.answer.set_trait("drawn", heights(c0=10, c100=40))
    first.commit()
    again = ask()
    assert again.committed == first.committed
    assert again.answer.drawn == first.committed.prediction
    assert again.answer.locked


@pytest.mark.parametrize("kept", ["a", 3, [], [1.0], [None] * COLUMNS, ["1"] * COLUMNS])
def test_what_is_no_drawing_is_not_taken_for_one(kept: object) -> None:
    assert not Curve(SHEET, LINE).accepts(kept)


def test_without_anywidget_the_reader_is_told_and_the_page_stands(monkeypatch) -> None:
    def absent() -> type:
        raise ImportError("No module named 'anywidget'")

    monkeypatch.setattr(sketch, "_pad", absent)
    asked = ask()
    assert "pip install anywidget" in asked.answer.value
    asked.commit()
    assert asked.committed is None
    assert "anywidget" in asked.text
    assert "<details>" in asked._repr_mimebundle_()[0]["text/html"]


def test_what_was_drawn_elsewhere_is_shown_without_anywidget(
    pad: None, somebody: Path, monkeypatch
) -> None:
    asked = ask()
    asked.answer.set_trait("drawn", heights(c0=10, c100=30))
    asked.commit()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.undo()
    assert Curve(SHEET, LINE).settle(ipywidgets.HTML(), asked.committed.prediction) is None


def test_importing_the_widgets_imports_no_anywidget() -> None:
    code = "import sys, helpers.widgets; print('anywidget' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


# ---- without a kernel -----------------------------------------------------------------------


def test_the_fold_has_a_picture_with_alt_text(pad: None) -> None:
    before, fold = ask()._repr_mimebundle_()[0]["text/html"].split("<details>")
    assert "<img" not in before
    picture = base64.b64decode(re.search(r'base64,([^"]+)"', fold)[1])
    assert Image.open(io.BytesIO(picture)).size == (560, 320)
    assert len(picture) < 20_000
    assert 'alt="PSNR (dB) goes from 10 at σ = 0' in fold


# ---- the real pad ---------------------------------------------------------------------------


def test_the_pad_of_anywidget_takes_what_it_is_given() -> None:
    pytest.importorskip("anywidget")
    asked = ask()
    state = asked.answer.get_state()
    assert "export default" in state["_esm"]
    assert state["x"] == [0, 10]
    assert state["ylabel"] == "PSNR (dB)"
    assert state["truth"] == []
    asked.answer.drawn = heights(c0=10, c100=30)
    asked.commit()
    assert asked.answer.get_state()["truth"] == pytest.approx(np.linspace(10, 30, COLUMNS))


def test_the_script_is_one_that_a_browser_reads(tmp_path: Path) -> None:
    if not (node := shutil.which("node")):
        pytest.skip("no node: tests/browser/test_sketch.py runs it in a browser")
    copy = tmp_path / "sketch.mjs"
    copy.write_bytes(Path(sketch.__file__).with_name("sketch.js").read_bytes())
    checked = subprocess.run([node, "--check", copy], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_the_words_name_the_distance() -> None:
    widget = SimpleNamespace(drawn=heights(c0=20, c100=40))
    curve = Curve(SHEET, LINE)
    assert "10 away" in curve.said(curve.value(widget))

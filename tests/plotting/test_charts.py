"""Charts by one call: what is drawn, how it is named, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from helpers import plotting
from helpers.plotting import charts

ALT = "Two rising curves, the second above the first."
RISE = ([1, 2, 4], [10.0, 20.0, 40.0])
TABLE = pd.DataFrame(
    {"5": [1.0, -2.0, 0.5], "50": [np.nan, 8.0, 7.0], "tied": [3.0, 3.0, 3.0]},
    index=["nlm", "bm3d", "tv"],
)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that would be displayed, drawn."""
    figures: list[Figure] = []

    def finish(fig: Figure, alt: str) -> None:
        fig.canvas.draw()
        figures.append(fig)

    monkeypatch.setattr(charts, "finish", finish)
    return figures


def test_a_label_looks_the_same_in_all_panels(drawn) -> None:
    panels = {"told": {"bm3d": RISE, "nlm": RISE}, "not told": {"nlm": ([1, 2], [3, 90])}}
    panels["not told"]["blind"] = RISE
    plotting.curves(panels, xlabel="σ", ylabel="PSNR (dB)", alt=ALT)
    left, right = drawn[0].axes
    assert [ax.get_title() for ax in (left, right)] == ["told", "not told"]
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["bm3d", "nlm", "blind"]
    assert left.get_lines()[1].get_color() == right.get_lines()[0].get_color()
    assert left.get_ylim() == right.get_ylim()
    assert left.get_ylabel() == "PSNR (dB)"
    assert right.get_xlabel() == "σ"


def test_panels_of_other_quantities_have_axes_of_their_own(drawn) -> None:
    panels = {"Canberra": {"a": RISE}, "Wasserstein": {"a": ([1, 2], [0.1, 0.2])}}
    plotting.curves(panels, xlabel="σ", ylabel="distance", alt=ALT, shared=False)
    left, right = drawn[0].axes
    assert left.get_ylim()[1] > 40
    assert right.get_ylim()[1] < 1


def test_logarithmic_axes_have_the_values_as_ticks(drawn) -> None:
    plotting.curves({"": {"a": RISE}}, xlabel="σ", ylabel="y", alt=ALT, log="xy")
    (ax,) = drawn[0].axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2", "4"]


def test_panels_stand_in_rows_and_none_is_empty(drawn) -> None:
    panels = {str(k): {"a": RISE, "b": RISE} for k in range(5)}
    plotting.curves(panels, xlabel="σ", ylabel="y", alt=ALT, columns=3, title="All rise")
    axes = drawn[0].axes
    assert [ax.get_ylabel() for ax in axes] == ["y", "", "", "y", ""]
    assert len({round(ax.get_position().y0, 2) for ax in axes}) == 2
    assert drawn[0].get_suptitle() == "All rise"


def test_gradient_histograms_have_a_logarithmic_axis(drawn) -> None:
    p = np.eye(511)[255]
    plotting.histograms({"clean": {"x": p, "y": p}, "noisy": {"x": p}}, alt=ALT)
    left, right = drawn[0].axes
    assert (left.get_yscale(), left.get_xscale()) == ("log", "linear")
    np.testing.assert_array_equal(right.get_lines()[0].get_xdata(), np.arange(-255, 256))


def test_lines_and_marks_are_named(drawn) -> None:
    guides = {"lines": {"noisy input": 2.0}, "marks": {"truth": 2.0}}
    plotting.curves({"": {"a": RISE}}, xlabel="σ", ylabel="y", alt=ALT, **guides)
    (ax,) = drawn[0].axes
    assert {text.get_text() for text in ax.texts} == {"noisy input", "truth"}
    assert ax.get_ylim()[0] < 2
    assert ax.get_legend() is None  # one curve needs none


def test_small_numbers_on_a_logarithmic_axis_are_written_out(drawn) -> None:
    for y in ([2.0, 20.0], [1e-9, 1.0]):
        plotting.curves({"": {"a": ([1, 2], y)}}, xlabel="", ylabel="y", alt=ALT, log="y")
    shown = [{t.get_text() for t in fig.axes[0].get_yticklabels(which="both")} for fig in drawn]
    assert {"2", "10", "20"} <= shown[0]
    assert any("10^{-6}" in text for text in shown[1])


def test_kinds_are_named_and_not_joined(drawn) -> None:
    given = {"": {"a": RISE, "b": RISE}}
    plotting.curves(given, xlabel="", ylabel="y", alt=ALT, names=["σ 5", "σ 25", "photons"])
    (ax,) = drawn[0].axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["σ 5", "σ 25", "photons"]
    first, second = ax.get_lines()
    assert first.get_linestyle() == "None"
    assert first.get_marker() != second.get_marker()


def test_intervals_stand_in_rows_the_first_on_top(drawn) -> None:
    rows = {"bm3d": (0.5, 0.1, 0.9), "nlm": (-0.2, -0.4, 0.0)}
    plotting.intervals(rows, xlabel="gain (dB)", alt=ALT, title="BM3D gains")
    (ax,) = drawn[0].axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["bm3d", "nlm"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert ax.get_title() == "BM3D gains"
    drawn_as = [tuple(line.get_xdata()) for line in ax.get_lines()]
    assert (0.1, 0.5, 0.9) in drawn_as
    assert (-0.4, -0.2, 0.0) in drawn_as


def test_groups_of_intervals_have_a_legend(drawn) -> None:
    pair = {"told": (1.0, 0.5, 1.5), "not told": (0.0, -0.5, 0.5)}
    rows = {"bm3d": pair, "nlm": pair | {"guessed": (0.5, 0.2, 0.7)}}  # one not in the first row
    plotting.intervals(rows, xlabel="gain (dB)", alt=ALT)
    (legend,) = drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["told", "not told", "guessed"]
    markers = [handle.get_marker() for handle in legend.legend_handles]
    assert "None" not in markers
    assert len(set(markers)) == 3


def test_dots_show_every_value_and_the_median(drawn) -> None:
    plotting.dots({"ssim": [1.0, 2.0, 9.0]}, xlabel="strength", alt=ALT, title="SSIM spreads")
    assert drawn[0].axes[0].get_title() == "SSIM spreads"
    median, every = drawn[0].axes[0].get_lines()  # in front of it
    assert list(every.get_xdata()) == [1, 2, 9]
    assert list(median.get_xdata()) == [2]


def test_the_best_of_each_column_is_framed(drawn) -> None:
    plotting.gains(TABLE, title="gain (dB)", alt=ALT, below=["34.1 dB", "14.2 dB", ""])
    (ax,) = drawn[0].axes
    bold = [text.get_text() for text in ax.texts if text.get_weight() == "bold"]
    assert bold == ["+1.0", "+8.0"]
    assert len(ax.patches) == 2
    assert len(ax.texts) == 8  # NaN stays empty
    assert ax.get_xticklabels()[0].get_text() == "5\n34.1 dB"


def test_values_of_one_sign_have_no_signs(drawn) -> None:
    plotting.gains(abs(TABLE) / 10, title="share", alt=ALT, signed=False, digits=2, limit=1)
    assert {text.get_text() for text in drawn[0].axes[0].texts} == {
        "0.10",
        "0.20",
        "0.05",
        "0.80",
        "0.70",
        "0.30",
    }


@pytest.mark.parametrize("draw", [
    lambda: plotting.curves({}, xlabel="", ylabel="", alt=ALT),
    lambda: plotting.curves({"a": {}}, xlabel="", ylabel="", alt=ALT),
    lambda: plotting.curves({"a": {"b": ([1], [1, 2])}}, xlabel="", ylabel="", alt=ALT),
    lambda: plotting.curves({"a": {"b": 3}}, xlabel="", ylabel="", alt=ALT),
    lambda: plotting.curves({"a": {"b": RISE}}, xlabel="", ylabel="", alt=ALT, log="z"),
    lambda: plotting.histograms({"a": [1, 2]}, alt=ALT),
    lambda: plotting.histograms({"a": {"b": [1, 2]}}, alt=ALT),
    lambda: plotting.intervals({}, xlabel="", alt=ALT),
    lambda: plotting.intervals({"a": (1, 2, 3)}, xlabel="", alt=ALT),
    lambda: plotting.dots({"a": []}, xlabel="", alt=ALT),
    lambda: plotting.dots({"a": ["x"]}, xlabel="", alt=ALT),
    lambda: plotting.gains(TABLE.to_numpy(), title="", alt=ALT),
    lambda: plotting.gains(TABLE, title="", alt=ALT, below=["one"]),
    lambda: plotting.gains(TABLE.astype(str) + "x", title="", alt=ALT),
])  # fmt: skip
def test_what_cannot_be_drawn_is_refused(draw) -> None:
    with pytest.raises(ValueError, match=r"\b(is|has|one of)\b"):
        draw()


def test_rows_have_the_title_that_is_given(drawn) -> None:
    plotting.intervals({"nlm": (0.5, 0.1, 0.9)}, xlabel="gain (dB)", alt=ALT, title="nlm gains")
    plotting.dots({"nlm": [0.5, 0.7]}, xlabel="gain (dB)", alt=ALT, title="nlm gains")
    assert [fig.axes[0].get_title() for fig in drawn] == ["nlm gains"] * 2

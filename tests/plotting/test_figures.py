"""Axes in the course's style, and colours for every eye."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers import gradients, plotting


def test_axes_come_as_a_flat_row() -> None:
    fig, axes = plotting.figure(columns=3, rows=2, width=9, height=4)
    assert isinstance(fig, Figure)
    assert axes.shape == (6,)
    assert all(isinstance(ax, Axes) for ax in axes)
    assert plotting.figure()[1].shape == (1,)


def test_curves_differ_in_colour_and_most_in_dash() -> None:
    assert len(set(plotting.COLOURS)) == len(plotting.COLOURS) == len(plotting.DASHES)
    assert len(set(plotting.DASHES)) >= len(plotting.DASHES) - 1
    _, (ax,) = plotting.figure()
    lines = [ax.plot([0, 1])[0] for _ in plotting.COLOURS]
    assert [line.get_color() for line in lines] == list(plotting.COLOURS)


@pytest.mark.parametrize("name", ["short", "a name so long that the axes are far to the right"])
def test_a_title_stays_inside_the_figure(name: str) -> None:
    fig, (ax,) = plotting.figure(width=7.5, height=2)
    ax.set_yticks([0], [name])
    ax.set_title("A sentence of more than eighty letters says what a reader sees in this chart")
    plotting.finish(fig, "One row without any numbers in it.")
    box = ax.title.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= fig.bbox.width
    assert (ax.title.get_position()[0] == 0.5) == (name == "short")


@pytest.mark.parametrize("log", [False, True])
def test_gradient_histograms_are_drawn_over_their_bins(clean: np.ndarray, log: bool) -> None:
    _, (ax,) = plotting.figure()
    p, _ = gradients.probabilities(clean)
    plotting.plot_gradients(ax, {"clean": p, "mirrored": p[::-1]}, log=log)
    first, second = ax.get_lines()
    assert np.array_equal(first.get_xdata(), gradients.BINS)
    assert np.array_equal(first.get_ydata(), p)
    assert np.array_equal(second.get_ydata(), p[::-1])
    assert first.get_color() == "#000000"  # the reference
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["clean", "mirrored"]
    assert ax.get_yscale() == ("log" if log else "linear")
    assert ax.get_xlabel()
    assert ax.get_ylabel()


# Colours for every eye: simulated colour-vision deficiencies, and contrast ----------------------

# Machado, Oliveira, Fernandes (2009), severity 1, on linear RGB; the common eye first.
EYES = {
    "common": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    """Linear RGB of "#rrggbb", (3,)."""
    srgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (white D65) of linear RGB: equal distances look about equally large."""
    x, y, z = np.cbrt(np.clip(XYZ @ rgb, 0, None) / XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(colour: str, ground: str = "#FFFFFF") -> float:
    """Contrast as WCAG 2 defines it, 1 to 21."""
    low, high = sorted(float(LUMINANCE @ linear(c)) for c in (colour, ground))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eye", EYES)
def test_colours_can_be_told_apart(eye):
    seen = [lab(np.clip(EYES[eye] @ linear(c), 0, 1)) for c in plotting.COLOURS]
    apart = [np.linalg.norm(a - b) for k, a in enumerate(seen) for b in seen[:k]]
    assert min(apart) > 10  # a difference of about 2 is just noticed


def test_no_line_is_told_by_colour_alone():
    """Even without any colour, two lines differ in dash, width or clearly in brightness."""
    looks = list(zip(plotting.COLOURS, plotting.DASHES, plotting.WIDTHS, strict=True))
    for k, (colour, dash, width) in enumerate(looks):
        for other, other_dash, other_width in looks[:k]:
            alike = dash == other_dash and width == other_width
            assert not alike or abs(lab(linear(colour))[0] - lab(linear(other))[0]) > 10


def test_lines_stand_out_from_the_page():
    """WCAG asks 3 of graphics; the palette's two light colours are drawn dashed, beside darker."""
    contrasts = {colour: contrast(colour) for colour in plotting.COLOURS}
    assert all(value >= 3 for value in list(contrasts.values())[:5])
    assert all(value >= 2 for value in contrasts.values())
    assert contrast("#000000") == pytest.approx(21)

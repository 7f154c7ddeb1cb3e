"""Static figures: pixels as they are, and a description with each."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from helpers import gradients, plotting
from helpers.plotting import GAP, HEAD

ALT = "A photograph without and with noise, side by side."


def decode(picture: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(picture))
    return np.asarray(image.convert("RGB") if image.mode == "P" else image)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, dict]]:
    """What would be displayed: data and metadata."""
    shown: list[tuple[dict, dict]] = []
    monkeypatch.setattr(
        plotting, "display", lambda data, raw, metadata: shown.append((data, metadata))
    )
    return shown


def only_picture(published: list[tuple[dict, dict]]) -> np.ndarray:
    ((data, _),) = published
    return decode(base64.b64decode(data["image/png"]))


# ---- alt text -------------------------------------------------------------------------------


def test_a_figure_is_displayed_with_its_description(published) -> None:
    fig, _ = plotting.figure()
    plotting.finish(fig, ALT)
    ((data, metadata),) = published
    assert data["text/plain"] == ALT
    assert metadata["image/png"]["alt"] == ALT
    assert only_picture(published).shape[:2] == (300, 750)  # 7.5 × 3 inches of 100 pixels


@pytest.mark.parametrize("alt", ["", "a figure", " " * 40])
def test_a_figure_without_a_description_is_refused(published, alt: str) -> None:
    fig, _ = plotting.figure()
    with pytest.raises(ValueError, match="describe"):
        plotting.finish(fig, alt)
    with pytest.raises(ValueError, match="describe"):
        plotting.show([np.zeros((4, 4))], alt=alt)
    assert not published


def test_the_description_is_no_optional_argument() -> None:
    with pytest.raises(TypeError, match="alt"):
        plotting.show([np.zeros((4, 4))])


# ---- pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("encode", [plotting.png, plotting.small_png])
@given(data=st.data(), colour=st.booleans())
def test_encoding_loses_nothing(encode, data, colour: bool) -> None:
    sides = st.tuples(st.integers(1, 20), st.integers(1, 20))
    shape = data.draw(sides) + ((3,) if colour else ())
    levels = data.draw(arrays.arrays(np.uint8, shape))
    shown = decode(encode(levels))
    assert np.array_equal(plotting.as_colour(shown), plotting.as_colour(levels))


def test_noise_and_flat_pictures_are_encoded_without_loss() -> None:
    rng = np.random.default_rng(0)
    for levels in (rng.integers(0, 256, (300, 500, 3), np.uint8), np.zeros((300, 500), np.uint8)):
        assert np.array_equal(decode(plotting.png(levels)), levels)
        assert np.array_equal(decode(plotting.png(levels[::2, ::-1])), levels[::2, ::-1])


@pytest.mark.parametrize("zoom", [1, 3])
def test_shown_pixels_are_the_pixels_of_the_image(published, clean, zoom: int) -> None:
    part = clean[:50, :70]
    plotting.show([part, 1 - part], ["picture", "negative"], alt=ALT, zoom=zoom)
    picture = only_picture(published)
    height, width = 50 * zoom, 70 * zoom
    assert picture.shape == (HEAD + height, 2 * width + GAP)
    for image, left in ((part, 0), (1 - part, width + GAP)):
        shown = picture[HEAD:, left : left + width]
        levels = np.rint(image * 255)
        assert np.array_equal(shown, levels.repeat(zoom, axis=0).repeat(zoom, axis=1))
    assert (picture[:, width : width + GAP] == 255).all()
    assert picture[:HEAD, :width].min() < 100  # there is a title


def test_a_long_title_takes_the_lines_that_it_needs() -> None:
    """All of it is there, and panels beside it begin at the same height."""
    words, width = "a title of very many words " * 3, 128
    titles = {"short": np.zeros((30, width)), words: np.ones((30, width))}
    picture = plotting.side_by_side(list(titles.items()))
    lines = (len(picture) - 30) // HEAD
    assert lines >= 3
    assert len(picture) == lines * HEAD + 30
    assert (picture[lines * HEAD :, :width] == 0).all()
    head = picture[: lines * HEAD, width + GAP :].reshape(lines, -1)
    assert (head.min(axis=1) < 100).all()  # something is written in each line


def test_gray_beside_colour_becomes_colour(published, colour: np.ndarray) -> None:
    plotting.show([colour, colour[..., 0]], ["colour", "red"], alt=ALT)
    picture = only_picture(published)
    levels = np.rint(colour * 255)
    assert np.array_equal(picture[HEAD:, :128], levels)
    assert np.array_equal(picture[HEAD:, 128 + GAP :], plotting.as_colour(levels[..., 0]))


def test_what_lies_beyond_black_and_white_is_cut(published) -> None:
    plotting.show([np.array([[-1.0, 0.5, 2.0]]).repeat(9, axis=0)], alt=ALT, zoom=20)
    assert only_picture(published)[-1, [10, 30, 50]].tolist() == [0, 128, 255]


def test_signed_differences_have_0_in_the_middle(published) -> None:
    difference = np.array([[-0.5, 0.0, 0.25]])
    plotting.show([difference], alt=ALT, signed=True, zoom=20)
    assert only_picture(published)[-1, [10, 30, 50]].tolist() == [0, 128, 191]


GRIDS = [(None, (1, 5)), (2, (3, 2)), (3, (2, 3)), (9, (1, 5))]


@pytest.mark.parametrize(("columns", "grid"), GRIDS)
def test_images_are_put_in_rows(published, columns: int | None, grid: tuple) -> None:
    plotting.show([np.zeros((30, 40))] * 5, alt=ALT, columns=columns)
    rows, across = grid
    assert only_picture(published).shape == (rows * (HEAD + 30), across * (40 + GAP) - GAP)


def test_images_of_several_sizes_stand_on_white(published) -> None:
    plotting.show([np.zeros((30, 40)), np.zeros((20, 10))], alt=ALT)
    picture = only_picture(published)
    assert (picture[HEAD + 20 :, 40 + GAP :] == 255).all()
    assert (picture[HEAD : HEAD + 20, 40 + GAP :] == 0).all()


@pytest.mark.parametrize(("count", "titles"), [(0, None), (0, []), (2, ["one"]), (1, ["a", "b"])])
def test_each_image_needs_one_title(count: int, titles: list | None) -> None:
    with pytest.raises(ValueError, match="one title each"):
        plotting.show([np.zeros((4, 4))] * count, titles, alt=ALT)


def test_what_is_no_image_is_not_shown(published) -> None:
    with pytest.raises(ValueError, match="NaN"):
        plotting.show([np.full((4, 4), np.nan)], alt=ALT)
    assert not published


# ---- curves ---------------------------------------------------------------------------------


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

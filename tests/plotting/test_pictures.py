"""Static figures: pixels as they are, and a description with each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from helpers import plotting
from helpers.plotting import GAP, HEAD, pictures
from tests.plotting.conftest import decode, only_picture

ALT = "A photograph without and with noise, side by side."


# ---- alt text -------------------------------------------------------------------------------


def test_a_figure_is_displayed_with_its_description(published) -> None:
    fig, _ = plotting.figure()
    plotting.finish(fig, ALT)
    ((data, metadata),) = published
    assert data["text/plain"] == ALT
    assert metadata["image/png"]["alt"] == ALT
    assert only_picture(published).shape[:2] == (300, 750)  # 7.5 × 3 inches of 100 pixels


def test_a_reader_gets_html_that_has_the_description_and_scrolls(published, monkeypatch) -> None:
    monkeypatch.setattr(pictures.reader, "is_there", lambda: True)
    plotting.show([np.zeros((4, 4))], alt='A "black" square, 4 < 5 pixels.')
    fig, _ = plotting.figure()
    plotting.finish(fig, ALT)
    noise, chart = (data for data, _ in published)
    assert set(noise) == set(chart) == {"text/html", "text/plain"}
    assert 'alt="A &quot;black&quot; square, 4 &lt; 5 pixels."' in noise["text/html"]
    assert "max-width: none" in noise["text/html"]
    assert "max-width: 100%" in chart["text/html"]


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


# ---- the loupe ------------------------------------------------------------------------------


def test_the_loupe_shows_the_spot_of_all_images_six_times_larger(published, clean) -> None:
    part = clean[:60, :70]
    plotting.show([part, 1 - part], ["picture", "negative"], alt=ALT, loupe=(20, 30))
    picture, side = only_picture(published), plotting.loupe_side([part])
    times, half = plotting.LOUPE, side // 2
    assert picture.shape[0] == HEAD + 60 + HEAD + times * side
    for image, left in ((part, 0), (1 - part, 70 + GAP)):
        first = np.rint(image[20 - half, 30 - half] * 255)
        shown = picture[2 * HEAD + 60 :, left : left + times * side]
        assert (shown[:times, :times] == first).all()
        assert picture[HEAD + 20 - half - 1, left + 30] == 0  # the frame, black inside ...
        assert picture[HEAD + 20 - half - 2, left + 30] == 255  # ... and white outside
        assert (
            picture[HEAD + 60 : 2 * HEAD + 60, left : left + times * side].min() < 100
        )  # a value


def test_without_a_loupe_nothing_is_drawn_into_the_picture(published, clean) -> None:
    plotting.show([clean], alt=ALT)
    assert np.array_equal(only_picture(published)[HEAD:], np.rint(clean * 255))


def test_a_loupe_at_the_border_is_moved_inward(clean) -> None:
    side = plotting.loupe_side([clean])
    held = plotting.hold([clean], 0, clean.shape[1] - 1)
    assert held == (side // 2, clean.shape[1] - 1 - side // 2, side)
    assert held.corner == (0, clean.shape[1] - side)
    assert side % 2 == 1
    assert plotting.loupe_side([np.zeros((3, 3))]) == 1


def test_the_value_of_a_difference_has_a_sign(clean) -> None:
    held = plotting.hold([clean], 9, 9)
    assert plotting.levels_at(np.full((19, 19), -0.1), held._replace(row=9, column=9)) == "-26"
    assert plotting.levels_at(np.full((99, 99), 0.1), held, signed=True) == "+26"
    assert plotting.levels_at(np.full((99, 99, 3), 0.2), held) == "(51, 51, 51)"


@pytest.mark.parametrize("loupe", [(256, 0), (-1, 0), (0.5, 1), 3, (1, 2, 3), [1, 2]])
def test_a_loupe_is_held_over_a_pixel(published, clean, loupe: object) -> None:
    with pytest.raises(ValueError, match="loupe"):
        plotting.show([clean], alt=ALT, loupe=loupe)
    assert not published


def test_loupes_of_several_rows_and_of_gray_beside_colour(published, clean, colour) -> None:
    pictures = [clean, colour, clean]
    plotting.show(pictures, alt=ALT, loupe=(40, 40), columns=2)
    side = plotting.loupe_side(pictures) * plotting.LOUPE
    heights = sorted({len(clean), len(colour)})
    assert only_picture(published).ndim == 3
    assert len(only_picture(published)) >= 2 * (2 * HEAD + heights[0] + side)

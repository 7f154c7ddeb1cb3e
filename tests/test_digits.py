"""Digits that are what their labels say, in fonts that keep to their group."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from helpers import digits, images

HOUSES = ("STIX", "cm", "DejaVu")


@pytest.fixture(scope="module")
def train() -> digits.Digits:
    """3000 digits in the fonts to learn from."""
    return digits.draw(rng=0, count=3000)


@pytest.fixture(scope="module")
def unseen() -> digits.Digits:
    """1000 digits in the other fonts."""
    return digits.draw(rng=1, count=1000, fonts="test")


def flat(pictures: np.ndarray) -> np.ndarray:
    """(N, H, W) to (N, H·W)."""
    return pictures.reshape(len(pictures), -1)


def centroids(pictures: np.ndarray) -> np.ndarray:
    """Row and column of the centre of mass of each picture, (N, 2)."""
    grid = np.indices(pictures.shape[1:])  # (2, H, W)
    return np.einsum("nhw,chw->nc", pictures, grid) / pictures.sum(axis=(1, 2))[:, None]


# ---- the fonts ------------------------------------------------------------------------------


def house(face: str) -> str:
    return next(name for name in HOUSES if face.startswith(name))


def family(face: str) -> str:
    """The name of the family that the font file itself states."""
    return ImageFont.truetype(digits._FONT_FOLDER / f"{face}.ttf").getname()[0]


@pytest.mark.parametrize("key", [house, family])
def test_the_groups_share_neither_a_house_nor_a_family(key) -> None:
    train, test = ({key(face) for face in digits.FONTS[group]} for group in ("train", "test"))
    assert train
    assert test
    assert train.isdisjoint(test)


@pytest.mark.parametrize("group", digits.FONTS)
def test_a_font_has_ten_different_digits_of_one_height(group: str) -> None:
    glyphs = digits._glyphs(group, 28)  # (fonts, 10, side, side)
    assert glyphs.shape[:2] == (len(digits.FONTS[group]), 10)
    for font in glyphs:
        distance = ((font[:, None] - font[None]) ** 2).mean(axis=(2, 3))  # (10, 10)
        assert distance[~np.eye(10, dtype=bool)].min() > 0.01
    tall = (glyphs > 0.25).any(axis=3).sum(axis=2) / glyphs.shape[2]  # share of rows with ink
    assert np.abs(tall - digits.HEIGHT).max() < 0.04  # hairlines are blurred away


@pytest.mark.parametrize("group", digits.FONTS)
def test_a_glyph_is_in_the_middle(group: str) -> None:
    inked = digits._glyphs(group, 28) > 0.02
    for axis in (2, 3):
        lines = inked.any(axis=axis)  # (fonts, 10, side)
        before, after = lines.argmax(axis=2), lines[..., ::-1].argmax(axis=2)
        assert np.abs(before - after).max() < digits.OVERSAMPLING  # less than half a pixel


def test_every_font_is_used(train: digits.Digits, unseen: digits.Digits) -> None:
    for drawn, group in [(train, "train"), (unseen, "test")]:
        share = np.bincount(drawn.fonts) / len(drawn.fonts)
        assert len(share) == len(digits.FONTS[group])
        np.testing.assert_allclose(share, 1 / len(share), atol=0.03)


# ---- the pictures ---------------------------------------------------------------------------


def test_every_picture_is_an_image(train: digits.Digits) -> None:
    assert train.images.dtype == np.float32
    assert train.labels.dtype == train.fonts.dtype == np.int64
    for image in train.images:
        assert np.array_equal(images.as_image(image), image)
    assert (train.images.max(axis=(1, 2)) > 0.6).all()  # even hairlines are white enough
    assert (train.images == 0).mean() > 0.5


@pytest.mark.parametrize("count", [1, 10, 37])
def test_the_classes_are_balanced(count: int) -> None:
    drawn = digits.draw(rng=0, count=count)
    assert len(drawn.images) == len(drawn.fonts) == count
    assert np.ptp(np.bincount(drawn.labels, minlength=10)) <= 1


def test_labels_tell_neither_the_font_nor_the_place(train: digits.Digits) -> None:
    pairs = np.histogram2d(train.labels, train.fonts, bins=(10, 9))[0]
    expected = len(train.labels) / 90
    assert ((pairs - expected) ** 2 / expected).sum() < 124  # χ² with 72 degrees, p = 0.0001
    assert abs(np.corrcoef(train.labels, np.arange(3000))[0, 1]) < 0.07


def test_the_same_seed_draws_the_same_pixels() -> None:
    first, again, other = (digits.draw(rng, 50) for rng in (0, 0, 1))
    assert all(np.array_equal(x, y) for x, y in zip(first, again))
    assert not np.array_equal(first.labels, other.labels)
    generator = np.random.default_rng(0)
    assert np.array_equal(digits.draw(generator, 50).images, first.images)
    assert not np.array_equal(digits.draw(generator, 50).images, first.images)


@pytest.mark.slow
def test_size_is_a_matter_of_resolution_only() -> None:
    small, large = (digits.draw(rng=0, count=200, size=size) for size in (20, 60))
    assert np.array_equal(small.labels, large.labels)
    reduced = large.images.reshape(200, 20, 3, 20, 3).mean(axis=(2, 4))
    # Without the blur before the reduction the difference is 0.09: jagged edges.
    assert np.sqrt(((reduced - small.images) ** 2).mean()) < 0.05
    np.testing.assert_allclose(small.images.mean(axis=(1, 2)), reduced.mean(axis=(1, 2)), rtol=0.1)
    np.testing.assert_allclose(centroids(small.images), centroids(reduced), atol=0.25)


# ---- the maps -------------------------------------------------------------------------------


def test_without_maps_a_digit_is_its_glyph() -> None:
    drawn = digits.draw(rng=0, count=400, strength=0)
    scale = digits.OVERSAMPLING
    glyphs = digits._glyphs("train", 28)[drawn.fonts, drawn.labels]
    centre = (centroids(glyphs) - (scale - 1) / 2) / scale
    np.testing.assert_allclose(centroids(drawn.images), centre, atol=0.02)
    ink = drawn.images.sum(axis=(1, 2)) * scale**2
    np.testing.assert_allclose(ink, glyphs.sum(axis=(1, 2)), rtol=0.02)


def test_maps_are_uniform_between_their_limits() -> None:
    matrix, _ = digits._affine_maps(np.random.default_rng(0), 5000, size=28, strength=1)
    (a, b), (c, d) = np.moveaxis(digits.OVERSAMPLING * np.linalg.inv(matrix), 0, 2)
    # Taken apart again: a rotation times [[tall, 0], [lean, wide]].
    wide, angle = np.hypot(b, d), np.degrees(np.arctan2(-b, d))
    tall, lean = (a * d - b * c) / wide, (a * b + c * d) / wide
    limits = [(angle, digits.ROTATION), (tall - 1, digits.SCALE), (wide - 1, digits.SCALE)]
    for values, limit in [*limits, (lean, digits.SHEAR)]:
        assert -limit <= values.min() < -0.99 * limit
        assert 0.99 * limit < values.max() <= limit
        assert values.std() == pytest.approx(limit / 3**0.5, rel=0.03)


@pytest.mark.slow
def test_shifts_are_uniform_between_their_limits() -> None:
    # A zero is symmetric about its centre, which a linear map leaves where it is.
    drawn = digits.draw(rng=0, count=10_000)
    shift = (centroids(drawn.images[drawn.labels == 0]) - 13.5) / 28
    assert np.abs(shift).max() == pytest.approx(digits.SHIFT, rel=0.06)
    np.testing.assert_allclose(shift.std(axis=0), digits.SHIFT / 3**0.5, rtol=0.05)
    np.testing.assert_allclose(shift.mean(axis=0), 0, atol=0.004)


def test_digits_stay_in_the_frame(train: digits.Digits, unseen: digits.Digits) -> None:
    pictures = np.concatenate([train.images, unseen.images])
    inside = np.zeros((28, 28), dtype=bool)
    inside[1:-1, 1:-1] = True
    assert (pictures[:, ~inside].max(axis=1) > 0.5).mean() < 0.002


# ---- what they are for ----------------------------------------------------------------------


def test_a_digit_resembles_its_namesakes_in_the_other_group() -> None:
    known, unknown = (digits.draw(0, 1000, fonts=name, strength=0) for name in digits.FONTS)
    similarity = flat(unknown.images) @ flat(known.images).T
    similarity /= np.linalg.norm(flat(known.images), axis=1)
    nearest = known.labels[similarity.argmax(axis=1)]
    for label in range(10):
        assert (nearest[unknown.labels == label] == label).mean() > 0.75  # 0.1 is chance


def linear_classifier(train: digits.Digits, ridge: float = 30.0) -> np.ndarray:
    """Least squares from pixels to classes, (H·W + 1, 10)."""
    x = np.pad(flat(train.images), ((0, 0), (0, 1)), constant_values=1)
    return np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ np.eye(10)[train.labels])


def errors(weights: np.ndarray, drawn: digits.Digits) -> float:
    scores = flat(drawn.images) @ weights[:-1] + weights[-1]
    return float((scores.argmax(axis=1) != drawn.labels).mean())


def test_the_task_is_neither_done_nor_hopeless(
    train: digits.Digits, unseen: digits.Digits
) -> None:
    weights = linear_classifier(train)
    for drawn in (digits.draw(rng=2, count=1000), unseen):
        assert 0.03 < errors(weights, drawn) < 0.25  # 0.9 is chance


# ---- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, -3, 2.5, True, "10", None])
def test_an_impossible_count_is_refused(count: object) -> None:
    with pytest.raises(ValueError, match="count is a whole number from 1 to 1000000"):
        digits.draw(rng=0, count=count)


@pytest.mark.parametrize("size", [0, 7, 65, 28.0, True, (28, 28)])
def test_an_impossible_size_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match="size is a whole number from 8 to 64"):
        digits.draw(rng=0, count=1, size=size)


@pytest.mark.parametrize("size", [8, np.uint8(40)])
def test_unusual_sizes_are_drawn(size: int) -> None:
    assert digits.draw(rng=0, count=2, size=size).images.shape == (2, size, size)


@pytest.mark.parametrize("strength", [-0.1, 2.1, np.nan])
def test_an_impossible_strength_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="strength is a number from 0 to 2"):
        digits.draw(rng=0, count=1, strength=strength)


def test_an_unknown_group_is_refused_and_the_groups_are_listed() -> None:
    with pytest.raises(ValueError, match=r"unknown group of fonts 'tset'.*Known: train, test"):
        digits.draw(rng=0, count=1, fonts="tset")


@pytest.mark.parametrize("rng", [None, -1, 0.5])
def test_randomness_is_required(rng: object) -> None:
    with pytest.raises(ValueError, match="rng is a seed"):
        digits.draw(rng=rng, count=1)

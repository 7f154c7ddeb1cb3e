"""Blind spots: a hidden pixel leaves no trace, and is told from its neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import filters, images, metrics, noise
from helpers.training import BlindSpot
from helpers.training.blind_spot import REACH, grid, hide, scattered

DIFFERENT = np.arange(12 * 15, dtype=np.float32).reshape(12, 15) / 180  # no two pixels are equal


def test_a_grid_visits_every_pixel_once() -> None:
    visits = sum(grid((10, 7, 3), 3, row, column) for row in range(3) for column in range(3))
    assert np.array_equal(visits, np.ones((10, 7)))


def test_one_pixel_of_each_whole_square_is_hidden_anywhere_in_it() -> None:
    masks = [scattered((9, 14), 4, np.random.default_rng(seed)) for seed in range(300)]
    for mask in masks:
        assert np.array_equal(mask[:8, :12].reshape(2, 4, 3, 4).sum(axis=(1, 3)), np.ones((2, 3)))
        assert mask.sum() == 6
    chances = np.mean(masks, axis=0)[:8, :12]
    assert np.abs(chances - 1 / 16).max() < 0.08  # 5.7 standard errors of 300 draws


@pytest.mark.parametrize("shape", [(12, 15), (4, 4), (5, 4)])
def test_a_hidden_pixel_has_the_value_of_another_one_near_it(shape: tuple) -> None:
    image = DIFFERENT[: shape[0], : shape[1]]
    mask = np.ones(shape, bool)  # border and corners too
    reached = set()
    for seed in range(60):
        hidden = hide(image, mask, np.random.default_rng(seed))
        found = np.rint(180 * hidden).astype(int)
        rows, columns = np.divmod(found, 15)
        down, right = rows - np.arange(shape[0])[:, None], columns - np.arange(shape[1])
        assert np.maximum(np.abs(down), np.abs(right)).max() <= REACH
        assert not ((down == 0) & (right == 0)).any()
        reached |= set(zip(down.ravel().tolist(), right.ravel().tolist()))
    assert len(reached) == 24  # all of 5×5 but the pixel itself


def test_what_is_not_hidden_stays_and_colours_are_hidden_together() -> None:
    image = np.dstack([DIFFERENT, 1 + DIFFERENT, 2 + DIFFERENT])
    mask = grid(image.shape, 4, 1, 2)
    hidden = hide(image, mask, np.random.default_rng(0))
    assert np.array_equal(hidden[~mask], image[~mask])
    assert (hidden[mask] != image[mask]).all()
    np.testing.assert_allclose(
        hidden[mask] - hidden[mask][:, :1], [[0, 1, 2]] * mask.sum(), atol=1e-6
    )


def test_a_blind_denoiser_does_not_see_the_pixel() -> None:
    """Whatever a pixel is, what is told of it is the same."""
    noisy = noise.Gaussian(25 / 255)(images.load("camera", gray=True, size=32), rng=0)
    blind = BlindSpot(filters.gaussian, rng=0)
    other = noisy.copy()
    other[13, 6] += 5
    first, second = blind(noisy, 25 / 255), blind(other, 25 / 255)
    assert first[13, 6] == second[13, 6]
    assert np.abs(first - second).max() > 0.05  # its neighbours do see it
    seeing = (filters.gaussian(x, 25 / 255)[13, 6] for x in (noisy, other))
    assert abs(next(seeing) - next(seeing)) > 0.3


def test_the_error_of_a_blind_denoiser_is_told_by_the_noisy_picture(clean: np.ndarray) -> None:
    """|f(y) − y|² is |f(y) − x|² + σ² where f does not see the pixel: self-supervision, in short.

    Off by 0.2 to 1.0 % of σ² in five draws; of the seeing filter by 34 %.
    """
    sigma = 25 / 255
    noisy = noise.Gaussian(sigma)(clean, rng=0)
    for filtered, at_most in ((BlindSpot(filters.median, rng=0), 0.03), (filters.median, None)):
        restored = filtered(noisy, sigma)
        told = np.mean((restored - noisy) ** 2, dtype=float) - sigma**2
        off = (metrics.mse(clean, restored) - told) / sigma**2
        assert (abs(off) < at_most) if at_most else (off > 0.1)


def test_a_seed_tells_the_draws() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("coffee", size=16), rng=0)
    first, again, other = (BlindSpot(filters.median, seed)(noisy, 0.1) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"denoiser": "bm3d"}, "denoiser is a function denoise"),
        ({"rng": None}, "rng is a seed"),
        ({"cell": 1}, "cell is a whole number from 2 to 64, not 1"),
    ],
)
def test_what_cannot_be_blind_is_refused(arguments: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        BlindSpot(**{"denoiser": filters.mean, "rng": 0} | arguments)


def test_a_picture_without_neighbours_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 4×4 pixels or more"):
        BlindSpot(filters.mean, rng=0)(np.zeros((3, 9)), 0.1)

"""Excerpts, dead pixels, and patches cut out block by block."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from helpers import noise
from helpers.estimation import patches
from tests.estimation.noisy import as_file


def test_an_excerpt_shows_tiles_of_the_picture_and_marks_its_seams() -> None:
    large = np.arange(1000 * 1200, dtype=np.float32).reshape(1000, 1200)
    tiles, seen = patches.excerpt(large, most=2**18)
    assert tiles.shape == seen.shape == (480, 480)  # 5×5 tiles of 96
    assert len(np.unique(tiles)) == tiles.size  # none twice
    across, down = np.diff(tiles, axis=1) != 1, np.diff(tiles, axis=0) != 1200
    assert not seen[:, :-1][across].any()
    assert not seen[:-1][down].any()
    assert seen.mean() == pytest.approx((95 / 96) ** 2)
    same, seen = patches.excerpt(large)[0], patches.excerpt(large[:300])[1]
    np.testing.assert_array_equal(same, patches.excerpt(large)[0])
    assert seen.all()


def test_only_windows_without_any_variation_are_dead() -> None:
    """A third of a level of 8 bits is enough noise to live; the margin goes beyond the edge."""
    noisy = as_file(noise.Gaussian(0.35 / 255), np.full((300, 300), 0.5, np.float32))
    assert patches.look(noisy)[1].mean() > 0.99
    noisy = noise.Gaussian(1e-4)(np.full((60, 60), 0.5, np.float32), 0)
    assert patches.look(noisy)[1].all()
    noisy[20:40, 10:30] = 0.2
    expected = np.ones((60, 60), bool)
    expected[18:42, 8:32] = False
    np.testing.assert_array_equal(patches.look(noisy)[1][0], expected)


@pytest.mark.parametrize("size", [7, 8])
def test_patches_are_those_of_a_sliding_window(size: int) -> None:
    rng = np.random.default_rng(0)
    channel, here = rng.random((40, 50), np.float32), rng.random((40, 50)) > 0.01
    window = partial(np.lib.stride_tricks.sliding_window_view, window_shape=(size, size))
    expected = window(channel)[window(here).all(axis=(2, 3))].reshape(-1, size * size)
    result = patches.Patches.of(channel, here, size)
    assert len(result) == len(expected) > 50
    np.testing.assert_array_equal(np.concatenate([*result.blocks(100)]), expected)
    np.testing.assert_allclose(result.means(), expected.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(result.covariance(), np.cov(expected.T, bias=True), atol=1e-7)
    centred = (expected - expected.mean(axis=1, keepdims=True)).astype(float)
    np.testing.assert_allclose(result.moments(), centred.T @ centred / len(result), atol=1e-7)
    quiet, loud = result.energies(np.eye(size**2), 8)
    squares = centred**2
    np.testing.assert_allclose(quiet, squares[:, :8].mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(loud, squares[:, 8:].mean(axis=1), rtol=1e-4)

"""Filters that look beyond a window do what their formulas say."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from helpers import bm3d, filters, images, noise
from tests.filters.pictures import SIGMA


def test_tv_told_more_noise_never_smooths_less() -> None:
    """A loose stop ended early at large weights: less smoothing at σ = 50/255 than at 40/255."""
    noisy = noise.Gaussian(SIGMA)(images.load("chelsea", gray=True, size=256), rng=0)
    spread = [filters.tv(noisy, factor * SIGMA).std() for factor in (1, 1.25, 1.6, 2, 2.5)]
    assert all(a > b for a, b in pairwise(spread))


def test_tv_has_less_variation_and_the_same_mean(small: np.ndarray) -> None:
    def variation(x: np.ndarray) -> float:
        return float(np.abs(np.diff(x, axis=0)).sum() + np.abs(np.diff(x, axis=1)).sum())

    noisy = noise.Gaussian(SIGMA)(small, rng=0)
    restored = [filters.tv(noisy, weight=w) for w in (0.02, 0.1, 0.5)]
    assert np.allclose([x.mean() for x in restored], noisy.mean(), atol=1e-5)
    totals = [variation(x) for x in (noisy, *restored)]
    assert totals == sorted(totals, reverse=True)


def test_wavelets_that_are_not_shrunk_give_the_picture_back(colour: np.ndarray) -> None:
    noisy = noise.Gaussian(SIGMA)(colour[:50, :61], rng=0)
    np.testing.assert_allclose(filters.wavelet(noisy, SIGMA, strength=0), noisy, atol=1e-6)


def test_the_noise_of_a_wavelet_band_halves_from_scale_to_scale() -> None:
    """What `wavelet` assumes: pure noise is gone but for what the coarsest mean holds.

    That is the mean of 16×16 pixels, averaged once more: a triangle of 31 in each direction.
    """
    triangle = np.convolve(np.full(16, 1 / 16), np.full(16, 1 / 16))
    pure = np.random.default_rng(0).normal(0, 0.1, (256, 256))
    restored = filters.wavelet(0.5 + pure, 0.1, strength=1)
    assert restored.std() == pytest.approx(0.1 * np.sum(triangle**2), rel=0.1)


@pytest.mark.parametrize("kind", ["small", "colour"])
def test_nlm_is_its_formula(kind: str, request) -> None:
    noisy = noise.Gaussian(SIGMA)(request.getfixturevalue(kind)[:24, :24], rng=0).astype(float)
    colours = noisy.reshape(24, 24, -1)
    padded = np.pad(colours, [(6, 6), (6, 6), (0, 0)], mode="symmetric")
    h = 0.1
    restored = filters.nlm(noisy, SIGMA, h=h).reshape(colours.shape)
    for row, column in np.ndindex(8, 8):  # the corner from 8, 8 on: no patch meets the border
        row, column = row + 8, column + 8
        own = padded[row + 4 : row + 9, column + 4 : column + 9]
        total, weights = 0, 0
        for y, x in product(range(row, row + 13), range(column, column + 13)):
            other = padded[y - 2 : y + 3, x - 2 : x + 3]
            distance = np.mean((own - other) ** 2)
            weight = np.exp(-max(distance - 2 * SIGMA**2, 0) / h**2)
            total, weights = total + weight * padded[y, x], weights + weight
        np.testing.assert_allclose(restored[row, column], total / weights, atol=1e-5)


def test_nlm_between_its_limits(small: np.ndarray) -> None:
    """The input for h → 0 where no two patches are alike, the mean of the window for h → ∞."""
    rough = np.random.default_rng(0).random((40, 40), np.float32)
    np.testing.assert_allclose(filters.nlm(rough, 1e-3, h=1e-3), rough, atol=1e-6)
    window = noise.AverageBlur(13)(small, rng=0)
    np.testing.assert_allclose(filters.nlm(small, 1e-3, h=100), window, atol=1e-5)


def test_bm3d_is_told_the_correlation(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(SIGMA)(clean[:40, :50], rng=0)
    triangle = [0.5, 1, 0.5]
    correlation = np.outer(triangle, triangle)
    told = filters.FILTERS["bm3d"](noisy, SIGMA, correlation=correlation)
    np.testing.assert_array_equal(told, bm3d.bm3d(noisy, SIGMA, correlation=correlation))
    assert np.abs(told - filters.bm3d(noisy, SIGMA)).max() > 0.01
    with pytest.raises(ValueError, match="correlation is"):
        filters.bm3d(noisy, SIGMA, correlation=0.5)


@pytest.mark.slow
def test_tiles_of_bm3d_leave_no_seam(clean: np.ndarray, monkeypatch) -> None:
    """Coefficients near the threshold may fall on its other side: 2e-5 on average, 1.5e-3 once."""
    noisy = noise.Gaussian(SIGMA)(clean[:160, :150], rng=0)
    whole = filters.bm3d(noisy, SIGMA)
    monkeypatch.setattr(filters.wide, "TILE", 96)
    apart = np.abs(filters.bm3d(noisy, SIGMA) - whole)
    assert apart.mean() < 1e-4
    assert apart.max() < 0.01

"""Filters of a small window do what their formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from helpers import filters, images, noise
from tests.filters.pictures import SIGMA, psnr


def test_averages_are_the_distortions_of_noise(small: np.ndarray) -> None:
    for restored, model in (
        (filters.gaussian(small, width=1.5), noise.GaussianBlur(1.5)),
        (filters.mean(small, size=5), noise.AverageBlur(5)),
        (filters.median(small, size=5), noise.MedianBlur(5)),
    ):
        np.testing.assert_array_equal(restored, model(small, rng=0))


def adaptive_median_by_loops(image: np.ndarray, max_size: int) -> np.ndarray:
    """Hwang and Haddad, pixel by pixel, in the words of their paper."""
    restored, reach = image.copy(), max_size // 2
    padded = np.pad(image, reach, mode="symmetric")
    for row, column in np.ndindex(image.shape):
        for r in range(1, reach + 1):
            window = padded[
                row + reach - r : row + reach + r + 1, column + reach - r : column + reach + r + 1
            ]
            low, middle, high = window.min(), np.median(window), window.max()
            if low < middle < high:
                break
        if not low < image[row, column] < high:
            restored[row, column] = middle
    return restored


@pytest.mark.parametrize("amount", [0.1, 0.4, 0.8])
def test_adaptive_median_is_that_of_the_loops(amount: float, small: np.ndarray) -> None:
    hit = noise.SaltAndPepper(amount)(small[:24, :30], rng=0)
    expected = adaptive_median_by_loops(hit, 7)
    np.testing.assert_array_equal(filters.adaptive_median(hit, max_size=7), expected)


def test_adaptive_median_changes_only_local_extremes(clean: np.ndarray) -> None:
    for model in (noise.SaltAndPepper(0.3), noise.Gaussian(0.1)):
        noisy = model(clean, rng=0)
        changed = filters.adaptive_median(noisy) != noisy
        padded = np.pad(noisy, 1, mode="symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
        extreme = (noisy == windows.min(axis=(2, 3))) | (noisy == windows.max(axis=(2, 3)))
        assert 0 < changed.mean() < 1
        assert not (changed & ~extreme).any()


def test_adaptive_median_beats_every_median_on_impulses() -> None:
    """`camera`, 30 % salt and pepper, 8 bits: the target of the course."""
    clean = images.load("camera", gray=True)
    noisy = noise.SaltAndPepper(0.3)(clean, rng=0, clip=True)
    medians = [psnr(clean, filters.median(noisy, size=k)) for k in (3, 5, 7)]
    adaptive = psnr(clean, filters.adaptive_median(noisy))
    assert adaptive > 30
    assert adaptive > max(medians) + 3.5


def test_wiener_is_its_formula_without_its_defects(small: np.ndarray) -> None:
    noisy = noise.Gaussian(SIGMA)(small, rng=0).astype(float)
    m = uniform_filter(noisy, 5)
    v, n = uniform_filter(noisy**2, 5) - m**2, (1.2 * SIGMA) ** 2
    expected = m + np.maximum(v - n, 0) / np.maximum(v, n) * (noisy - m)
    restored = filters.wiener(noisy, SIGMA, size=5)
    np.testing.assert_allclose(restored, expected, atol=1e-6)


def test_wiener_without_noise_is_the_identity(small: np.ndarray) -> None:
    with np.errstate(all="raise", under="ignore"):
        for sigma in (1e-9, 1e-200):
            np.testing.assert_allclose(filters.wiener(small, sigma), small, atol=1e-6)


def test_wiener_has_no_dark_border_and_divides_by_nothing() -> None:
    """SciPy's has both: it pads with black, and is NaN on flat patches when blind."""
    bright = noise.Gaussian(0.02)(np.full((40, 40), 0.8), rng=0)
    restored = filters.wiener(bright, 0.02)
    assert np.abs(restored - 0.8).max() < 0.05
    assert np.abs(restored[0].mean() - restored.mean()) < 0.01


def test_lee_is_the_mean_where_there_is_nothing_but_speckle() -> None:
    flat = np.full((128, 128), 0.4)
    model = noise.Speckle(0.3)
    noisy = model(flat, rng=0)
    restored = filters.lee(noisy, model.rms(flat), size=9)
    np.testing.assert_allclose(restored.mean(), noisy.mean(), atol=1e-3)
    quietest = noise.AverageBlur(9)(noisy, rng=0).std()
    assert quietest <= restored.std() < 1.6 * quietest


def test_lee_with_a_constant_ratio_gains_as_theory_says() -> None:
    """A scene of two values in stripes, one window over all of it: the gain is that of MMSE."""
    scene = np.tile([0.3, 0.9], (300, 150))
    model = noise.Speckle(0.25)
    noisy = model(scene, rng=0).astype(float)
    restored = filters.lee(noisy, model.rms(scene), size=99)
    inner = (slice(60, -60), slice(60, -60))  # where the window holds nothing mirrored
    gain = np.polyfit(noisy[inner].ravel(), restored[inner].ravel(), 1)[0]
    assert gain == pytest.approx(scene.var() / noisy.var(), rel=0.02)


def test_lee_beats_wiener_on_speckle_and_not_on_gaussian_noise(clean: np.ndarray) -> None:
    better = {}
    for model in (noise.Speckle(0.3), noise.Gaussian(0.1)):
        noisy, sigma = model(clean, rng=0), model.rms(clean)
        better[model.key] = psnr(clean, filters.lee(noisy, sigma)) > psnr(
            clean, filters.wiener(noisy, sigma)
        )
    assert better == {"speckle": True, "gaussian": False}


@pytest.mark.parametrize("kind", ["small", "colour"])
def test_bilateral_is_its_formula(kind: str, request) -> None:
    noisy = noise.Gaussian(SIGMA)(request.getfixturevalue(kind)[:20, :24], rng=0).astype(float)
    width, tolerance, reach = 1.4, 0.2, 3
    colours = noisy.reshape(20, 24, -1)
    padded = np.pad(colours, [(reach, reach), (reach, reach), (0, 0)], mode="symmetric")
    expected = np.empty_like(colours)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    for row, column in np.ndindex(20, 24):
        window = padded[row : row + 7, column : column + 7]
        unlike = np.mean((window - colours[row, column]) ** 2, axis=-1)
        weight = np.exp(-(x**2 + y**2) / (2 * width**2) - unlike / (2 * tolerance**2))
        expected[row, column] = np.sum(weight[..., None] * window, axis=(0, 1)) / weight.sum()
    restored = filters.bilateral(noisy, width=width, tolerance=tolerance)
    np.testing.assert_allclose(restored, expected.reshape(noisy.shape), atol=2e-6)


def test_bilateral_keeps_a_step_that_a_mean_smears() -> None:
    step = np.repeat([[0.2, 0.8]], 16, axis=0).repeat(16, axis=1)
    kept = filters.bilateral(step, width=2, tolerance=0.1)
    np.testing.assert_allclose(kept, step, atol=1e-5)
    smeared = filters.bilateral(step, width=2, tolerance=100)
    assert smeared[8, 16] < 0.65

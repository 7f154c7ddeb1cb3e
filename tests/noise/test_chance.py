"""Noise of chance: moments and distributions against theory.

Sampling tolerances are five standard errors, at fixed seeds.
"""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from helpers import noise
from helpers.noise import MODELS, Gaussian, Poisson, PoissonGaussian, SaltAndPepper, Speckle
from tests.noise.models import RANDOM, flat

# ---- moments against theory -----------------------------------------------------------------


def gain_cumulant(gain: float, x: float) -> float:
    """Fourth cumulant of gain·P(x/gain): of a Poisson count it is the mean, times gain⁴."""
    return gain**3 * x


# model, variance at x, fourth cumulant at x (0 for Gaussian shapes)
THEORY = [
    (Gaussian(25 / 255), lambda x: (25 / 255) ** 2, lambda x: 0),
    (Gaussian(1), lambda x: 1, lambda x: 0),
    (Poisson(1), lambda x: x, lambda x: x),
    (Poisson(30), lambda x: x / 30, lambda x: gain_cumulant(1 / 30, x)),
    (Poisson(1000), lambda x: x / 1000, lambda x: gain_cumulant(1 / 1000, x)),
    (Speckle(0.3), lambda x: 0.09 * x * x, lambda x: 0),
    (
        PoissonGaussian(0.02, 10 / 255),
        lambda x: 0.02 * x + (10 / 255) ** 2,
        lambda x: gain_cumulant(0.02, x),
    ),
    (PoissonGaussian(0.1, 0), lambda x: 0.1 * x, lambda x: gain_cumulant(0.1, x)),
    (PoissonGaussian(0, 0.1), lambda x: 0.01, lambda x: 0),
]


@pytest.mark.parametrize(
    ("model", "variance", "cumulant"), THEORY, ids=[str(row[0]) for row in THEORY]
)
@pytest.mark.parametrize("x", [0.0, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("shape", [(400, 500), (200, 300, 3)])
def test_noise_has_mean_0_and_the_variance_of_theory(
    model: noise.NoiseModel, variance, cumulant, x: float, shape: tuple
) -> None:
    added = model.apply(flat(x, *shape), np.random.default_rng(0)).astype(float) - np.float32(x)
    expected, count = variance(x), added.size
    assert abs(added.mean()) <= 5 * np.sqrt(expected / count) + 1e-7
    # The variance of a sample variance is (κ₄ + 2σ⁴)/n.
    error = np.sqrt((cumulant(x) + 2 * expected**2) / count)
    assert abs(added.var() - expected) <= 5 * error + 1e-9


@pytest.mark.parametrize("model", [row[0] for row in THEORY], ids=str)
def test_noise_is_white(model: noise.NoiseModel) -> None:
    noisy = model(flat(0.5, 300, 300, 3), rng=0).astype(float)
    noisy = (noisy - noisy.mean()) / noisy.std()
    for axis in range(3):  # down, to the right, and from channel to channel
        along = np.moveaxis(noisy, axis, 0)
        lagged = along[1:] * along[:-1]
        assert abs(lagged.mean()) < 5 / np.sqrt(lagged.size)


@pytest.mark.parametrize("model", [Poisson(2), PoissonGaussian(0.5, 0.01)], ids=str)
def test_parallel_blocks_are_independent(model: noise.NoiseModel) -> None:
    blocks = model(flat(0.5, 400, 100), rng=0).reshape(4, -1)
    correlation = np.corrcoef(blocks)[np.triu_indices(4, k=1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(blocks.shape[1])


@pytest.mark.parametrize("model", [Poisson(2), PoissonGaussian(0.5, 0.01)], ids=str)
def test_the_number_of_cores_does_not_matter(model, monkeypatch: pytest.MonkeyPatch) -> None:
    here = model(flat(0.5, 33, 7), rng=0)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert np.array_equal(model(flat(0.5, 33, 7), rng=0), here)


@pytest.mark.parametrize("mean", [0.2, 3.0, 12.0])
def test_poisson_counts_are_poisson(mean: float) -> None:
    counts = Poisson(peak=20)(flat(mean / 20, 300, 300), rng=0) * 20
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-4)
    top = int(stats.poisson(mean).isf(1e-4))
    seen = np.bincount(np.rint(counts).astype(int).ravel(), minlength=top + 1)
    seen = np.append(seen[:top], seen[top:].sum())
    expected = stats.poisson(mean).pmf(np.arange(top))
    expected = np.append(expected, 1 - expected.sum()) * counts.size
    assert stats.chisquare(seen, expected).pvalue > 1e-3


@pytest.mark.parametrize("model", [Poisson(30), PoissonGaussian(0.03, 0)], ids=str)
def test_shot_noise_does_not_depend_on_how_many_gray_levels_there_are(model) -> None:
    # skimage's random_noise takes the number of distinct levels, rounded up to a power of 2, as
    # the photons at white: there the same gray has other noise in another picture.
    few = np.where(np.arange(200) < 100, 0.5, 1.0) * np.ones((200, 1))
    many = few.copy()
    many[:, 100:] = np.linspace(0, 1, 100)
    variance = [model(x, rng=0)[:, :100].var() for x in (few, many)]
    assert variance[0] == pytest.approx(variance[1], rel=5 * np.sqrt(2 * 2 / 20000))


@pytest.mark.parametrize("model", [Poisson(30), PoissonGaussian(0.03, 0)], ids=str)
def test_negative_input_counts_as_0(model: noise.NoiseModel) -> None:
    assert (model(flat(-0.5, 20, 20), rng=0) == 0).all()


def test_zero_gain_is_the_limit_of_small_gain() -> None:
    small, none = (PoissonGaussian(gain, 0.1)(flat(0.5, 200, 200), rng=0) for gain in (1e-9, 0))
    np.testing.assert_allclose([small.mean(), small.std()], [none.mean(), none.std()], rtol=0.01)


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("position", [0, 0.3, 1])
@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_the_distribution_is_the_declared_one(name: str, position: float, x: float) -> None:
    model = MODELS[name].at(position)
    thresholds = np.sort(np.random.default_rng(0).uniform(-0.5, 2, 200))
    declared = model.cdf(np.array([[x]]), thresholds[None])
    if declared is None:
        pytest.skip("no formula is declared")
    drawn = np.sort(model(flat(x, 300, 300), rng=0).ravel()).astype(float)
    seen = np.searchsorted(drawn, thresholds, side="right") / drawn.size
    # 1.95/√n is exceeded once in 1000 (Kolmogorov).
    assert np.abs(seen - declared[0]).max() < 2.5 / np.sqrt(drawn.size)


@pytest.mark.parametrize("model", [Poisson(1000), PoissonGaussian(0.001, 0.002)], ids=str)
def test_a_bright_pixel_leaves_the_probabilities_of_a_dark_one(model: noise.NoiseModel) -> None:
    x, y = np.array([[0.0], [0.005], [0.3], [1.0]]), np.linspace(-0.01, 1.2, 300)[None]
    alone = np.concatenate([model.cdf(row[None], y) for row in x])
    np.testing.assert_allclose(model.cdf(x, y), alone, rtol=1e-12, atol=1e-12)


def test_without_photons_the_read_noise_is_left() -> None:
    x, y = np.array([[-0.5], [0.0], [0.5]]), np.linspace(-0.3, 0.8, 50)[None]
    for gain, dark in ((0, x), (0.01, x[:2])):
        declared = PoissonGaussian(gain, 0.1).cdf(dark, y)
        np.testing.assert_allclose(declared, stats.norm.cdf(y, np.maximum(dark, 0), 0.1))


def test_many_photons_take_no_memory_and_are_normal() -> None:
    peak, x, y = 1e6, np.linspace(0.1, 1, 4)[:, None], np.linspace(0, 1.01, 5000)[None]
    tracemalloc.start()
    declared = Poisson(peak).cdf(x, y)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * declared.nbytes  # 6 here; a table of all counts took 600
    # The skew moves it by 1/√(72π·photons), steps of a count by half of their probability.
    assert np.abs(declared - stats.norm.cdf(y, x, np.sqrt(x / peak))).max() < 1e-3


# ---- salt and pepper ------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "salt"), [(0.05, 0.5), (0.3, 0.2), (0.9, 1), (0.5, 0)])
@pytest.mark.parametrize("shape", [(400, 500), (400, 500, 3)])
def test_salt_and_pepper_hits_the_stated_share(amount: float, salt: float, shape: tuple) -> None:
    noisy = SaltAndPepper(amount, salt)(flat(0.5, *shape), rng=0)
    pixels = noisy.reshape(200_000, -1)
    for value, share in ((1, amount * salt), (0, amount * (1 - salt)), (0.5, 1 - amount)):
        seen = (pixels == value).all(axis=1).mean()  # colour: all channels of a pixel together
        assert abs(seen - share) <= 5 * np.sqrt(share * (1 - share) / len(pixels))
    assert np.isin(pixels, [0, 0.5, 1]).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_salt_and_pepper_leaves_no_rows_or_columns(axis: int) -> None:
    amount, size = 0.1, 500
    hit = SaltAndPepper(amount)(flat(0.5, size, size), rng=0) != 0.5
    counts = hit.sum(axis=axis)
    # If every pixel decides for itself, this is χ² with as many degrees of freedom as lines.
    dispersion = ((counts - size * amount) ** 2).sum() / (size * amount * (1 - amount))
    assert abs(dispersion - size) < 5 * np.sqrt(2 * size)
    for border in (counts[0], counts[-1]):
        assert abs(border - size * amount) < 5 * np.sqrt(size * amount * (1 - amount))


def test_salt_and_pepper_are_neighbours_as_often_as_chance_has_it() -> None:
    noisy = SaltAndPepper(0.4)(flat(0.5, 600, 600), rng=0)
    step = np.diff(noisy, axis=1)
    for jump in (-1, 1):
        share = 0.2**2
        # Neighbouring differences share a pixel: at most three times the binomial variance.
        assert abs((step == jump).mean() - share) < 5 * np.sqrt(3 * share / step.size)

"""The small world: its closed forms against integrals, simulation and other formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from helpers import images
from helpers.posterior import Mixture, cut, fit
from tests.posterior.worlds import NUMBERS, PATCHES, SIGMA, deviations, noisy_of

GRID = np.linspace(-1, 2, 30_001)


@pytest.mark.parametrize("world", [NUMBERS, PATCHES])
def test_what_is_drawn_has_the_moments_that_it_says(world: Mixture) -> None:
    drawn = world.draw(40_000, rng=0).reshape(40_000, -1)
    mean, covariance = world.mean.ravel(), world.covariance
    errors = np.sqrt(np.diag(covariance) / 40_000)
    assert np.abs((drawn.mean(axis=0) - mean) / errors).max() < 4
    assert np.atleast_2d(np.cov(drawn.T)) == pytest.approx(
        covariance, rel=0.05, abs=0.02 * covariance.max()
    )


def test_the_density_of_numbers_is_one_in_all() -> None:
    assert np.exp(NUMBERS.log_density(GRID)).sum() * 1e-4 == pytest.approx(1, abs=1e-9)


def test_the_density_of_patches_is_that_of_scipy() -> None:
    patches = PATCHES.draw(20, rng=0)
    parts = zip(PATCHES.weights, PATCHES.means, PATCHES.covariances)
    density = sum(
        weight * multivariate_normal(mean.ravel(), covariance).pdf(patches.reshape(20, 16))
        for weight, mean, covariance in parts
    )
    assert PATCHES.log_density(patches) == pytest.approx(np.log(density), rel=1e-9)


def test_the_slope_is_that_of_the_log_density() -> None:
    patches, step = PATCHES.draw(3, rng=1), 1e-6
    slope = PATCHES.slope(patches)
    for pixel in np.ndindex(4, 4):
        along = np.zeros((4, 4))
        along[pixel] = step
        rise = PATCHES.log_density(patches + along) - PATCHES.log_density(patches - along)
        assert slope[:, *pixel] == pytest.approx(rise / (2 * step), rel=1e-5, abs=1e-4)


def test_what_may_be_under_the_noise_of_a_number_is_what_integrals_say() -> None:
    for noisy in (0.1, 0.45, 0.9):
        share = np.exp(NUMBERS.log_density(GRID) - (GRID - noisy) ** 2 / (2 * SIGMA**2))
        share /= share.sum()
        mean = share @ GRID
        variance = share @ (GRID - mean) ** 2
        under = NUMBERS.posterior(noisy, SIGMA)
        assert float(under.mean) == pytest.approx(mean, abs=1e-9)
        assert float(under.variance) == pytest.approx(variance, rel=1e-7)
        assert np.exp(under.log_density(GRID)) * 1e-4 == pytest.approx(share, abs=1e-12)


def test_what_may_be_under_the_noise_of_a_patch_is_what_linear_algebra_says() -> None:
    """Of one Gaussian: Σ(Σ + σ²)⁻¹ of the way, and Σ − Σ(Σ + σ²)⁻¹Σ is left open."""
    mean, covariance = PATCHES.means[1], PATCHES.covariances[1]
    noisy = PATCHES.draw(1, rng=2)[0]
    way = covariance @ np.linalg.inv(covariance + SIGMA**2 * np.eye(16))
    under = Mixture([1.0], mean[None], covariance[None]).posterior(noisy, SIGMA)
    expected = mean + (way @ (noisy - mean).ravel()).reshape(4, 4)
    assert under.mean == pytest.approx(expected, abs=1e-12)
    assert under.covariance == pytest.approx(covariance - way @ covariance, abs=1e-12)


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    _, noisy = noisy_of(PATCHES, 6, SIGMA, seed=3)
    means, variances = PATCHES.denoise(noisy, SIGMA), PATCHES.uncertainty(noisy, SIGMA)
    for patch, mean, variance in zip(noisy, means, variances):
        under = PATCHES.posterior(patch, SIGMA)
        assert mean == pytest.approx(under.mean, abs=1e-12)
        assert variance == pytest.approx(under.variance, rel=1e-9)
    assert PATCHES.denoise(noisy.reshape(2, 3, 4, 4), SIGMA) == pytest.approx(
        means.reshape(2, 3, 4, 4), abs=1e-15
    )


@pytest.mark.parametrize("world", [NUMBERS, PATCHES])
def test_the_error_of_the_mean_is_what_the_closed_form_says(world: Mixture) -> None:
    clean, noisy = noisy_of(world, 4000, SIGMA, seed=4)
    error = (world.denoise(noisy, SIGMA) - clean) ** 2 - world.uncertainty(noisy, SIGMA)
    assert deviations(error.reshape(4000, -1).mean(axis=1), 0) < 3


def test_no_line_is_as_good_as_the_mean() -> None:
    """The best linear denoiser knows mean and covariance, and not that there are kinds."""
    clean, noisy = noisy_of(PATCHES, 4000, SIGMA, seed=5)
    line = Mixture([1.0], PATCHES.mean[None], PATCHES.covariance[None])
    errors = [np.mean((one.denoise(noisy, SIGMA) - clean) ** 2) for one in (PATCHES, line)]
    assert errors[0] < 0.9 * errors[1]
    assert errors[1] < SIGMA**2 / 3


def test_noise_makes_each_gaussian_wider() -> None:
    _, noisy = noisy_of(NUMBERS, 40_000, SIGMA, seed=6)
    wider = NUMBERS.noisy(SIGMA)
    assert deviations(noisy, float(wider.mean)) < 3
    assert deviations((noisy - wider.mean) ** 2, float(wider.variance)) < 3


# ---- fitted to one's own pictures ---------------------------------------------------------------


def test_a_fit_finds_the_world_that_drew_the_numbers() -> None:
    found = fit(NUMBERS.draw(20_000, rng=7), components=2, steps=200)
    assert found.weights == pytest.approx(NUMBERS.weights, abs=0.02)
    assert found.means == pytest.approx(NUMBERS.means, abs=0.01)
    assert np.sqrt(found.covariances.ravel()) == pytest.approx([0.04, 0.08], abs=0.005)


def test_a_fit_to_patches_explains_others_nearly_as_well_as_the_truth() -> None:
    found, others = fit(PATCHES.draw(6000, rng=8), components=3), PATCHES.draw(2000, rng=9)
    lost = np.mean(PATCHES.log_density(others) - found.log_density(others))
    assert 0 < lost < 0.2  # nats; one Gaussian for all loses 7
    single = fit(PATCHES.draw(6000, rng=8), components=1)
    assert np.mean(PATCHES.log_density(others) - single.log_density(others)) > 3


def test_each_step_of_a_fit_makes_the_pictures_more_likely() -> None:
    pictures = PATCHES.draw(1000, rng=10)
    likely = [fit(pictures, 4, steps).log_density(pictures).mean() for steps in (1, 2, 4, 8, 16)]
    assert (np.diff(likely) > -1e-3).all()  # the variance of rounding is added at each step
    assert likely[-1] > likely[0] + 0.1


def test_pictures_without_any_variation_can_be_fitted() -> None:
    found = fit(np.full((50, 4, 4), 0.5), components=2)
    assert np.isfinite(found.log_density(np.full((4, 4), 0.5)))
    assert found.denoise(np.full((4, 4), 0.9), 0.2) == pytest.approx(
        np.full((4, 4), 0.5), abs=1e-3
    )


def test_patches_are_cut_from_all_places_of_all_pictures() -> None:
    rows = np.arange(20, dtype=np.float32)[:, None] / 100
    pictures = [np.broadcast_to(rows, (20, 9)), 0.5 + np.broadcast_to(rows, (20, 30))]
    patches = cut(pictures, 3000, rng=0, side=8)
    assert patches.shape == (3000, 8, 8)
    assert np.diff(patches, axis=1) == pytest.approx(0.01, abs=1e-6)
    tops = np.rint(100 * patches[:, 0, 0]).astype(int)
    assert set(tops) == {*range(13), *range(50, 63)}
    assert np.mean(tops < 50) == pytest.approx(2 / 25, abs=0.02)  # 2 places in a row against 23


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"weights": [0.5, 0.6]}, "weights is a list of shares"),
        ({"weights": [1.5, -0.5]}, "weights is a list of shares"),
        ({"weights": "ab"}, "weights is an array of numbers"),
        ({"means": [0.1, 0.2, 0.3]}, "means are 2"),
        ({"means": [0.1, np.nan]}, "means is finite numbers"),
        ({"covariances": [0.1, 0.2, 0.3]}, "covariances are"),
        ({"covariances": [0.1, -0.2]}, "below 0"),
    ],
)
def test_what_is_no_mixture_is_refused(wrong: dict, reason: str) -> None:
    right = {"weights": [0.5, 0.5], "means": [0.2, 0.8], "covariances": [0.1, 0.1]}
    assert Mixture(**right).shape == ()
    with pytest.raises(ValueError, match=reason):
        Mixture(**right | wrong)


def test_a_covariance_is_symmetric() -> None:
    lopsided = np.array([[[1.0, 0.5], [0.0, 1.0]]])
    with pytest.raises(ValueError, match="symmetric"):
        Mixture([1.0], np.zeros((1, 2)), lopsided)


@pytest.mark.parametrize("sigma", [0, -0.1, 25, None, np.nan])
def test_a_strength_is_above_0_and_in_image_units(sigma: object) -> None:
    for asked in (PATCHES.noisy, lambda s: PATCHES.denoise(np.zeros((4, 4)), s)):
        with pytest.raises(ValueError, match="sigma"):
            asked(sigma)


def test_pictures_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="pictures are"):
        PATCHES.denoise(np.zeros((4, 5)), SIGMA)
    with pytest.raises(ValueError, match="one picture"):
        PATCHES.posterior(np.zeros((2, 4, 4)), SIGMA)


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="20 or more"):
        fit(np.zeros((19, 4, 4)), components=2)
    with pytest.raises(ValueError, match="at least 8×8"):
        cut([images.load("camera", size=7)], 10, rng=0)
    with pytest.raises(ValueError, match="gray ones"):
        cut([images.load("coffee", size=16)], 10, rng=0)

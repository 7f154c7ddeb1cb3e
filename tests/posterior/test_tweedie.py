"""Slopes and samples: in the small world both are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from helpers import images, networks, noise, posterior
from helpers.posterior import sample, score
from helpers.posterior.means import conditional_mean, warn_of_samples
from helpers.posterior.perception import below
from tests.networks.tiny import tiny
from tests.posterior.worlds import NUMBERS, PATCHES, SIGMA, deviations, noisy_of


def test_the_score_of_the_mean_is_the_slope_of_what_noise_makes_of_the_world() -> None:
    _, noisy = noisy_of(PATCHES, 50, SIGMA, seed=0)
    slope = PATCHES.noisy(SIGMA).slope(noisy)
    assert score(PATCHES.denoise, noisy, SIGMA) == pytest.approx(slope, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("noisy", [0.3, 0.5, 0.9])
def test_samples_of_a_number_are_drawn_as_likely_as_they_are(noisy: float) -> None:
    drawn = sample(NUMBERS.denoise, np.full(3000, noisy), SIGMA, rng=0)
    under = NUMBERS.posterior(noisy, SIGMA)
    assert deviations(drawn, float(under.mean)) < 3
    assert deviations((drawn - under.mean) ** 2, float(under.variance)) < 3
    assert kstest(drawn, lambda x: below(under, x)).pvalue > 0.01


def test_samples_of_patches_have_the_mean_and_the_covariance_of_what_may_be_there() -> None:
    """All 16 means and 136 covariances of three patches, in standard errors: 1 is chance."""
    count, means, covariances = 2000, [], []
    for patch in noisy_of(PATCHES, 3, SIGMA, seed=1)[1]:
        drawn = sample(PATCHES.denoise, np.broadcast_to(patch, (count, 4, 4)), SIGMA, rng=2)
        under = PATCHES.posterior(patch, SIGMA)
        away = drawn.reshape(count, 16) - under.mean.ravel()
        products = away[:, :, None] * away[:, None]
        means.append(away.mean(axis=0) / (away.std(axis=0) / np.sqrt(count)))
        error = products.std(axis=0) / np.sqrt(count)
        covariances.append((products.mean(axis=0) - under.covariance) / error)
    assert np.sqrt(np.mean(np.square(means))) < 1.5
    assert np.sqrt(np.mean(np.square(covariances))) < 1.5
    assert np.abs(means).max() < 4
    assert np.abs(covariances).max() < 5


def test_too_few_levels_are_found_out() -> None:
    """So the tests above could fail."""
    drawn = sample(NUMBERS.denoise, np.full(3000, 0.5), SIGMA, rng=0, levels=4)
    under = NUMBERS.posterior(0.5, SIGMA)
    assert deviations((drawn - under.mean) ** 2, float(under.variance)) > 4


def test_a_sample_has_twice_the_error_and_looks_like_the_world() -> None:
    clean, noisy = noisy_of(PATCHES, 1500, SIGMA, seed=3)
    drawn = sample(PATCHES.denoise, noisy, SIGMA, rng=4)
    left = PATCHES.uncertainty(noisy, SIGMA).mean(axis=(1, 2))
    error = ((drawn - clean) ** 2).mean(axis=(1, 2))
    assert deviations(error - 2 * left, 0) < 3
    spread, mean = PATCHES.variance.mean(), PATCHES.denoise(noisy, SIGMA)
    away = ((drawn - PATCHES.mean) ** 2).mean(axis=(1, 2))
    assert deviations(away, spread) < 3
    assert ((mean - PATCHES.mean) ** 2).mean() < 0.95 * spread


def test_samples_by_a_network_fit_the_noisy_picture_and_differ() -> None:
    sigma, reference = 25 / 255, images.load("camera", size=256)[96:160, 80:144]
    noisy = noise.Gaussian(sigma)(reference, rng=0)
    mean = posterior.conditional_mean(networks.load("drunet"))
    one, other = (sample(mean, noisy, sigma, rng=seed, levels=12) for seed in (0, 1))
    assert np.std(noisy - one) == pytest.approx(sigma, rel=0.06)
    restored = mean(noisy, sigma)
    least = np.mean((restored - reference) ** 2)
    assert np.mean((one - other) ** 2) > 1.2 * least  # 2 if all were exact
    assert np.mean(((one + other) / 2 - reference) ** 2) < np.mean((one - reference) ** 2)


@pytest.mark.parametrize(
    ("name", "card", "reason"),
    [
        ("drunet", {"training": {"sigma": [0, 75], "loss": "l2"}}, None),
        ("dncnn", {"training": {"sigma": [0, 55], "loss": "l2"}}, "has biases"),
        ("dncnn", {"training": {"sigma": [25, 25], "loss": "l2"}}, "from 25/255 to 25/255"),
    ],
)
def test_a_network_that_is_no_mean_at_all_strengths_is_told(
    name: str, card: dict, reason: str | None, recwarn: pytest.WarningsRecorder
) -> None:
    warn_of_samples(posterior.conditional_mean(networks.TrainedNetwork(tiny(name), card)))
    assert [str(one.message) for one in recwarn if reason and reason not in str(one.message)] == []
    assert len(recwarn) == (reason is not None)


@pytest.mark.parametrize(
    "wrong",
    [{"sigma": 0}, {"sigma": 25}, {"levels": 1}, {"levels": 2.5}, {"rng": None}, {"mean": 3}],
)
def test_odd_arguments_are_refused(wrong: dict) -> None:
    right = {"mean": NUMBERS.denoise, "noisy": np.full(2, 0.5), "sigma": SIGMA, "rng": 0}
    assert sample(**right).shape == (2,)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        sample(**right | wrong)


def test_the_way_down_ends_where_there_is_noise_still() -> None:
    noisy = np.full(2, 0.5)
    assert sample(NUMBERS.denoise, noisy, 1e-4, rng=0, levels=4) == pytest.approx(noisy, abs=1e-3)
    with pytest.raises(ValueError, match=r"sigma is a number from 0\.0001 to 1, .* not 9e-05"):
        sample(NUMBERS.denoise, noisy, 9e-5, rng=0)


def test_a_bare_network_is_taken_as_its_mean() -> None:
    noisy = np.random.default_rng(0).normal(0.5, 25 / 255, (16, 16))
    network = networks.load("drunet")
    assert np.array_equal(score(network, noisy, 0.1), score(conditional_mean(network), noisy, 0.1))
    with pytest.warns(UserWarning, match="trained by l1"):
        score(networks.load("losses/noise_l1"), noisy, 25 / 255)
    with pytest.warns(UserWarning, match="has biases"):
        sample(networks.load("dncnn_blind"), noisy, 25 / 255, rng=0, levels=4)

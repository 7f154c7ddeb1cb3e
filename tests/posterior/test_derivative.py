"""One derivative: against closed forms, and three ways to it against each other."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import filters, metrics, networks
from helpers.posterior import PRODUCTS, Mixture, conditional_mean, derivative
from tests.networks.tiny import noisy_picture, tiny
from tests.posterior.worlds import PATCHES, SIGMA, deviations, noisy_of

CARD = {"training": {"sigma": [0, 75], "loss": "l2"}}
NETWORKS = {"gray": ("drunet", 1, (12, 16)), "colour": ("drunet", 3, (12, 16, 3))}
NETWORKS |= {"gray for colour": ("drunet", 1, (12, 16, 3)), "untold": ("dncnn", 1, (12, 16))}


def mean_of(name: str, channels: int):
    """A tiny network that is as wide awake as a trained one."""
    return conditional_mean(networks.TrainedNetwork(tiny(name, channels), CARD))


def test_the_covariance_of_what_may_be_there_is_the_derivative() -> None:
    """Of a mixture, not of a single Gaussian: all 256 values, by steps that see no bend."""
    noisy = noisy_of(PATCHES, 1, SIGMA, seed=0)[1][0]
    step = 1e-4 * np.eye(16).reshape(16, 4, 4)
    ahead, behind = PATCHES.denoise(noisy + step, SIGMA), PATCHES.denoise(noisy - step, SIGMA)
    covariance = SIGMA**2 * ((ahead - behind) / 2e-4).reshape(16, 16)
    assert covariance == pytest.approx(PATCHES.posterior(noisy, SIGMA).covariance, abs=1e-8)


def test_probes_find_the_variance_of_each_pixel() -> None:
    """On a grid of 16 Gaussian pixels; chance leaves what a pixel takes from the others."""
    world = Mixture([1.0], PATCHES.means[1:2], PATCHES.covariances[1:2])
    noisy = noisy_of(world, 1, SIGMA, seed=1)[1][0]
    right = world.uncertainty(noisy, SIGMA)
    way = world.posterior(noisy, SIGMA).covariance / SIGMA**2
    for probes in (25, 400):
        found = derivative(world.denoise, noisy, SIGMA, rng=0, probes=probes)
        chance = SIGMA**2 * np.sqrt((way**2).sum(axis=1) - np.diag(way) ** 2).reshape(4, 4)
        errors = (found.variance - right) / (chance / np.sqrt(probes))
        assert 0.5 < np.sqrt(np.mean(errors**2)) < 1.5
    assert found.divergence == pytest.approx(16 * found.expected_error / SIGMA**2)


def test_the_expected_error_and_sure_are_right_in_the_mean() -> None:
    clean, noisy = noisy_of(PATCHES, 300, SIGMA, seed=2)
    found = [derivative(PATCHES.denoise, y, SIGMA, rng=i, probes=16) for i, y in enumerate(noisy)]
    true = np.array([np.mean((one.restored - x) ** 2) for one, x in zip(found, clean)])
    assert deviations(np.array([one.expected_error for one in found]) - true, 0) < 3
    assert deviations(np.array([one.sure for one in found]) - true, 0) < 3


def test_sure_is_right_for_what_is_no_mean_and_the_expected_error_is_not() -> None:
    clean, noisy = noisy_of(PATCHES, 300, SIGMA, seed=3)

    def halved(y: np.ndarray, sigma: float) -> np.ndarray:
        return y / 2

    found = [derivative(halved, y, SIGMA, rng=0, probes=1) for y in noisy]
    true = np.array([np.mean((y / 2 - x) ** 2) for x, y in zip(clean, noisy)])
    assert deviations(np.array([one.sure for one in found]) - true, 0) < 3
    assert deviations(np.array([one.expected_error for one in found]) - true, 0) > 10


@pytest.mark.parametrize("kind", NETWORKS)
def test_three_ways_to_one_product(kind: str) -> None:
    name, channels, shape = NETWORKS[kind]
    mean, noisy = mean_of(name, channels), noisy_picture(*shape[:2])
    if len(shape) == 3:
        noisy = np.dstack([noisy, noisy[::-1], noisy[:, ::-1]])
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, *shape))
    (restored, near), (_, forward), (_, backward) = (
        PRODUCTS[way](mean, noisy, 25 / 255) for way in ("differences", "forward", "backward")
    )
    assert restored == pytest.approx(mean(noisy, 25 / 255), abs=1e-6)
    assert np.sum(other * forward(one)) == pytest.approx(np.sum(one * backward(other)), rel=1e-4)
    assert np.std(near(one) - forward(one)) < 0.35 * np.std(forward(one))


def test_the_ways_agree_on_the_diagonal_of_a_trained_network() -> None:
    mean, noisy = conditional_mean(networks.load("drunet")), noisy_picture(48, 48)
    found = {
        way: derivative(mean, noisy, 25 / 255, rng=0, probes=8, product=way) for way in PRODUCTS
    }
    exact = found["forward"].expected_error
    assert found["differences"].expected_error == pytest.approx(exact, rel=0.05)
    assert found["backward"].expected_error == pytest.approx(exact, rel=1e-4)
    assert found["backward"].sure == pytest.approx(found["forward"].sure, rel=1e-4)


def test_any_denoiser_has_a_sure() -> None:
    noisy = noisy_picture(32, 32)
    found = derivative(filters.mean, noisy, 25 / 255, rng=0, probes=4)
    assert found.diagonal.shape == (32, 32)
    for way in ("forward", "backward"):
        with pytest.raises(ValueError, match=r"a network, from posterior\.conditional_mean"):
            derivative(filters.mean, noisy, 25 / 255, rng=0, product=way)


def test_with_one_probe_it_is_the_score_of_metrics() -> None:
    noisy, sigma = noisy_picture(32, 32), 25 / 255
    found = derivative(filters.bilateral, noisy, sigma, rng=3, probes=1)
    told = metrics.sure(filters.bilateral, noisy, sigma, rng=3)
    assert found.sure == pytest.approx(told, abs=1e-6)


def test_what_was_a_file_has_no_sure_but_a_derivative() -> None:
    clipped = np.clip(noisy_picture(32, 32), 0.4, 0.6) * 5 - 2  # many at 0 and at 1
    for picture, reason in ((clipped, "clipped"), (metrics.eight_bits(clipped), "8 bits")):
        found = derivative(filters.mean, picture, 25 / 255, rng=0, probes=1)
        assert found.expected_error > 0
        with pytest.raises(ValueError, match=reason):
            _ = found.sure


def test_exact_products_are_of_what_the_network_has_learned() -> None:
    mean = conditional_mean(networks.load("dncnn"))
    assert derivative(mean, noisy_picture(16, 16), 50 / 255, rng=0, probes=1).sigma == 50 / 255
    with pytest.raises(ValueError, match="what the network has learned"):
        derivative(mean, noisy_picture(16, 16), 50 / 255, rng=0, probes=1, product="forward")


@pytest.mark.parametrize(
    "wrong",
    [{"sigma": 0}, {"sigma": 25}, {"probes": 0}, {"rng": None}, {"mean": 3}, {"product": "x"}],
)
def test_odd_arguments_are_refused(wrong: dict) -> None:
    right = {"mean": PATCHES.denoise, "noisy": np.full((4, 4), 0.5), "sigma": SIGMA, "rng": 0}
    assert derivative(**right).diagonal.shape == (4, 4)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        derivative(**right | wrong)

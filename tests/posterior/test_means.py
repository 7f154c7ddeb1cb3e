"""Which networks are conditional means, and what they answer as such."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from helpers import filters, networks
from helpers.posterior import conditional_mean
from tests.networks.tiny import noisy_picture, tiny

SQUARES = {"training": {"sigma": [0, 75], "loss": "l2"}}
ENDED = {"training": {"sigma": [0, 75], "loss": "l1", "end": "squared error over sigma"}}


def test_a_mean_is_what_the_network_has_learned_also_where_noise_is_weak() -> None:
    network, noisy = tiny("drunet"), noisy_picture(24, 24)
    mean = conditional_mean(networks.TrainedNetwork(network, SQUARES))
    for sigma in (1 / 255, 25 / 255):
        with torch.no_grad():
            learned = network(torch.from_numpy(noisy)[None, None], sigma)[0, 0].numpy()
        assert mean(noisy, sigma) == pytest.approx(learned, abs=1e-5)
    weighed = mean.network(noisy, 1 / 255)
    assert np.abs(weighed - mean(noisy, 1 / 255)).max() > 0.001


@pytest.mark.parametrize("loss", ["l1", "charbonnier", "ssim_l2"])
def test_a_network_of_another_loss_is_told_to_be_no_mean(loss: str) -> None:
    card = {"training": {"sigma": [0, 75], "loss": loss}}
    with pytest.warns(UserWarning, match=f"trained by {loss}: its answer is no mean"):
        conditional_mean(networks.TrainedNetwork(tiny("drunet"), card))


@pytest.mark.parametrize("card", [SQUARES, ENDED, {}])
def test_one_that_ended_by_squared_error_is_a_mean(card: dict) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert conditional_mean(networks.TrainedNetwork(tiny("drunet"), card)).trained_by_squares


def test_the_networks_that_ship_say_what_they_are() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drunet, dncnn = (conditional_mean(networks.load(name)) for name in ("drunet", "dncnn"))
    assert (drunet.has_biases, dncnn.has_biases) == (False, True)
    assert drunet.sigmas == pytest.approx((0, 75 / 255))
    assert dncnn.sigmas == pytest.approx((25 / 255, 25 / 255))
    with pytest.warns(UserWarning, match="trained by l1"):
        conditional_mean(networks.load(networks.weights.find("losses/noise_l1")))


@pytest.mark.parametrize("denoiser", [filters.mean, None, "drunet", 3])
def test_what_is_no_network_is_refused(denoiser: object) -> None:
    with pytest.raises(ValueError, match=r"a denoiser that networks\.load gives"):
        conditional_mean(denoiser)


def test_what_brightens_is_refused() -> None:
    with pytest.raises(ValueError, match="a denoiser"):
        conditional_mean(networks.load("zero_dce"))


@pytest.mark.parametrize("training", [{"task": "jpeg"}, {"noise": "Poisson(peak=30)"}])
def test_one_that_has_learned_other_noise_says_so(training: dict) -> None:
    card = {"training": {"sigma": [0, 75], "loss": "l2", **training}}
    with pytest.warns(UserWarning, match=f"has learned {next(iter(training.values()))[:4]}"):
        conditional_mean(networks.TrainedNetwork(tiny("drunet"), card))


def test_the_losses_of_jpeg_that_ship_say_so() -> None:
    with pytest.warns(UserWarning, match="has learned jpeg"):
        conditional_mean(networks.load(networks.weights.find("losses/jpeg_l2")))


def test_half_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision is 'float32' for a conditional mean"):
        conditional_mean(networks.TrainedNetwork(tiny("drunet"), SQUARES, precision="bfloat16"))


def test_a_mean_of_eight_ways_has_no_exact_derivative() -> None:
    mean = conditional_mean(networks.TrainedNetwork(tiny("drunet"), SQUARES, turns=8))
    assert mean(noisy_picture(16, 16), 25 / 255).shape == (16, 16)
    with pytest.raises(ValueError, match="turns is 1 where a derivative is exact, not 8"):
        mean.as_function(noisy_picture(16, 16), 25 / 255)


def test_a_strength_is_given() -> None:
    mean = conditional_mean(networks.TrainedNetwork(tiny("drunet"), SQUARES))
    for sigma in (None, 25, -1):
        with pytest.raises(ValueError, match="sigma is"):
            mean(noisy_picture(16, 16), sigma)

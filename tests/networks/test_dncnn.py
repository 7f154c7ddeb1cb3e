"""DnCNN: what it predicts, its biases, how far it sees."""

from __future__ import annotations

import torch
from torch import nn

from helpers import networks
from tests.networks.impulse import spread, transparent
from tests.networks.tiny import convolutions, noise_like, tiny


def test_dncnn_of_the_paper_sees_35_pixels_and_blind_41() -> None:
    assert spread(transparent(networks.build("dncnn", "paper", width=8)), 20, 41) == 17
    assert spread(transparent(networks.build("dncnn", "paper", width=8, blind=True)), 23, 47) == 20


def test_dncnn_predicts_the_noise() -> None:
    network, noisy = tiny("dncnn", scale=1), noise_like(1, 1, 20, 20)
    torch.testing.assert_close(network(noisy), noisy - network.noise(noisy))


def test_dncnn_without_batch_normalisation_has_biases_instead() -> None:
    network = tiny("dncnn", batch_norm=False)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())
    assert all(layer.bias is not None for layer in convolutions(network)[:-1])


def test_dncnn_takes_the_last_bias_of_the_released_weights() -> None:
    network, noisy = tiny("dncnn", 3, last_bias=True, scale=1), noise_like(1, 3, 20, 20)
    before = network(noisy)
    network.noise[-1].bias.data += torch.tensor([0.1, 0.2, 0.3])
    less = (before - network(noisy)).mean(dim=(0, 2, 3))
    torch.testing.assert_close(less, torch.tensor([0.1, 0.2, 0.3]))
    assert not networks.build("dncnn", last_bias=True).noise[-1].bias.any()  # it begins at 0

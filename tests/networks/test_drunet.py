"""DRUNet: it is told σ as a number or as a map, and any strength is the same task."""

from __future__ import annotations

import pytest
import torch

from helpers import networks
from helpers.networks import weights
from helpers.parameters import SIGMA
from tests.networks.tiny import convolutions, noise_like, tiny


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [0.01, 0.3, 4.0, 100.0])
def test_twice_the_noise_on_twice_the_picture_is_the_same_task(
    channels: int, factor: float
) -> None:
    network, noisy = tiny("drunet", channels), noise_like(2, channels, 19, 26)
    sigma = 0.3 * torch.rand(2, 1, 19, 26)
    scaled = network(factor * noisy, factor * sigma) / factor
    torch.testing.assert_close(scaled, network(noisy, sigma), rtol=1e-4, atol=1e-5)


def test_the_shipped_weights_scale_too() -> None:
    network, noisy = weights.read("drunet")[0], noise_like(1, 1, 40, 40)
    scaled = network(7 * noisy, 7 * 0.1) / 7
    torch.testing.assert_close(scaled, network(noisy, 0.1), rtol=1e-4, atol=1e-5)  # 5e-7 measured


def test_a_number_numbers_and_a_map_say_the_same() -> None:
    network, noisy = tiny("drunet"), noise_like(2, 1, 15, 21)
    restored = network(noisy, 0.2)
    for sigma in (torch.tensor(0.2), torch.full((2,), 0.2), torch.full((2, 1, 15, 21), 0.2)):
        assert torch.equal(network(noisy, sigma), restored)
    assert torch.equal(network(noisy, sigma=torch.full((1, 1, 15, 21), 0.2)), restored)
    assert torch.equal(network(noisy), network(noisy, SIGMA.default))


def test_each_picture_is_told_its_own_sigma() -> None:
    network, noisy = tiny("drunet"), noise_like(3, 1, 16, 16)
    sigma = torch.tensor([0.0, 0.1, 0.4])
    alone = [network(one, level) for one, level in zip(noisy.split(1), sigma)]
    torch.testing.assert_close(network(noisy, sigma), torch.cat(alone), rtol=0, atol=2e-5)


def test_a_map_is_told_where_it_is() -> None:
    """What is told of the right half changes nothing further from it than the network sees."""
    network, noisy = tiny("drunet"), noise_like(1, 1, 16, 160)
    sigma = torch.full((1, 1, 16, 160), 0.1)
    sigma[..., 80:] = 0.5
    changed = (network(noisy, sigma) - network(noisy, 0.1)).abs()[0, 0].amax(dim=0)
    assert not changed[: 80 - network.receptive_radius].any()
    assert changed[80:].min() > 0


@pytest.mark.parametrize("sigma", [torch.rand(3), torch.rand(2, 1, 16, 15), "x", None])
def test_a_sigma_of_another_shape_is_refused(sigma: object) -> None:
    reason = r"sigma is a number, \(2,\) of them, or a map \(2, 1, 16, 16\), not"
    with pytest.raises(ValueError, match=reason):
        tiny("drunet")(noise_like(2, 1, 16, 16), sigma)


@pytest.mark.parametrize("size", networks.SIZES)
def test_no_layer_has_a_bias(size: str) -> None:
    with torch.device("meta"):
        network = networks.build("drunet", size)
    assert all(layer.bias is None for layer in convolutions(network))
    assert network.takes_sigma
    assert not networks.DnCNN.takes_sigma


def test_with_biases_strength_is_another_task() -> None:
    torch.manual_seed(0)
    network, noisy = (
        networks.build("drunet", widths=(8, 12), blocks=1, bias=True),
        noise_like(1, 1, 16, 16),
    )
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.uniform_(-0.1, 0.1)
        scaled = network(10 * noisy, 10 * 0.1) / 10
        assert (scaled - network(noisy, 0.1)).abs().max() > 1e-3

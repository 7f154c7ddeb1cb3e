"""Ding Liu's denoiser, and the cascade: the task network speaks, and does not listen."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers import networks
from helpers.networks import Cascade
from tests.networks.tiny import convolutions, noise_like, tiny

# ---- the denoiser ---------------------------------------------------------------------------


def test_the_layers_are_those_that_were_released() -> None:
    network = networks.build("dingliu", "paper", channels=3)
    layers = [(m.in_channels, m.out_channels, m.kernel_size[0]) for m in convolutions(network)]
    assert layers == [
        (3, 64, 5),
        *((64, 128, 3), (128, 32, 1), (32, 32, 3), (32, 128, 1)),
        *((128, 128, 3), (128, 32, 1), (32, 32, 3), (32, 128, 1)),
        (128, 32, 4),
        *((160, 256, 3), (256, 64, 1), (64, 64, 3), (64, 256, 1)),
        (256, 64, 4),
        (128, 3, 3),
    ]
    plain = [m.out_channels for m in convolutions(network) if m.bias is None]
    assert plain == [32, 32, 128, 32, 32, 128, 64, 64, 256]  # those of the bottlenecks


def test_it_works_at_full_half_and_quarter_resolution() -> None:
    network, seen = tiny("dingliu"), []
    for part in (network.head, network.encode, network.deepen, network.larger, network.decode):
        part.register_forward_hook(lambda m, x, y: seen.append(tuple(y.shape[1:])))
    assert network(noise_like(1, 1, 40, 24)).shape == (1, 1, 40, 24)
    assert seen == [(8, 40, 24), (16, 20, 12), (16, 10, 6), (4, 20, 12), (32, 20, 12)]


def test_full_and_half_resolution_go_around_what_is_deeper() -> None:
    network, noisy = tiny("dingliu"), noise_like(1, 1, 16, 16)
    before = network(noisy)
    for part in (network.larger, network.largest):
        silent = part.register_forward_hook(lambda m, x, y: torch.zeros_like(y))
        assert not torch.equal(network(noisy), before)
        assert (network(noisy) - noisy).std() > 1e-3
        silent.remove()


def test_a_bottleneck_adds_to_what_came_in() -> None:
    module = tiny("dingliu").encode[-1]
    x = noise_like(1, 16, 6, 6).abs()
    assert not torch.equal(module(x), x)
    for parameter in module.layers[-1].parameters():
        nn.init.zeros_(parameter)
    assert torch.equal(module(x), x)


@pytest.mark.parametrize(
    ("width", "reason"),
    [
        (0, "width of dingliu is a whole number from 1 to 10000, not 0"),
        (4, "width of dingliu is a multiple of 8, not 4"),
        (12, "width of dingliu is a multiple of 8, not 12"),
    ],
)
def test_a_width_that_cannot_be_divided_is_refused(width: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        networks.build("dingliu", width=width)


# ---- the cascade ----------------------------------------------------------------------------


def cascade() -> Cascade:
    """A tiny denoiser before a classifier with batch normalisation and dropout."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        task = nn.Sequential(
            *(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Flatten(), nn.Linear(4 * 6 * 6, 3)),
        )
    return Cascade(tiny("dingliu", batch_norm=True), task.train())


def test_the_task_network_never_changes_and_the_denoiser_does() -> None:
    both, noisy, target = cascade(), noise_like(6, 1, 8, 8), torch.tensor([0, 1, 2, 0, 1, 2])
    before = copy.deepcopy(both.state_dict())
    optimizer = torch.optim.SGD(both.parameters(), 0.1, weight_decay=0.1)
    both.train()
    both.task.train()  # even so
    for _ in range(3):
        restored, answer = both(noisy)
        optimizer.zero_grad()
        F.cross_entropy(answer, target).backward()  # the task alone, no squared error
        optimizer.step()
    assert restored.shape == noisy.shape
    after = both.state_dict()
    changed = {key for key, value in after.items() if not torch.equal(value, before[key])}
    assert not any(key.startswith("task.") for key in changed)
    assert {"denoiser.head.weight", "denoiser.encode.1.running_mean"} <= changed


def test_the_gradient_goes_through_the_task_network_and_leaves_nothing_there() -> None:
    both = cascade().train()
    F.cross_entropy(both(noise_like(4, 1, 8, 8))[1], torch.tensor([0, 1, 2, 0])).backward()
    assert all(p.grad is None and not p.requires_grad for p in both.task.parameters())
    for name, parameter in both.denoiser.named_parameters():
        assert parameter.grad is not None, name
    assert both.denoiser.head.weight.grad.norm() > 1e-4


def test_modes_are_those_of_the_denoiser_and_the_task_stays_in_eval() -> None:
    both = cascade()
    assert [both.training, both.denoiser.training, both.task.training] == [False] * 3
    both.train()
    assert [both.denoiser.training, both.task.training] == [True, False]
    assert not any(module.training for module in both.task.modules())
    both.eval()
    assert not both.denoiser.training


def test_any_task_network_is_taken() -> None:
    segment = nn.Conv2d(3, 5, 1)  # one class a pixel
    restored, answer = Cascade(tiny("rednet", 3), segment)(noise_like(2, 3, 9, 7))
    torch.testing.assert_close(answer, segment(restored))
    assert answer.shape == (2, 5, 9, 7)

"""MWCNN: a transform that loses nothing, and what the network makes of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from helpers import networks
from helpers.networks import dwt, iwt
from tests.networks.tiny import convolutions, noise_like, tiny

# ---- the Haar transform ---------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_is_lost_and_energy_is_kept(channels: int) -> None:
    x = noise_like(2, channels, 10, 14)
    bands = dwt(x)
    assert bands.shape == (2, 4 * channels, 5, 7)
    torch.testing.assert_close(iwt(bands), x, rtol=0, atol=1e-6)
    torch.testing.assert_close(bands.square().sum(), x.square().sum(), rtol=1e-6, atol=0)


def test_the_inverse_is_inverse_from_both_sides() -> None:
    bands = noise_like(2, 12, 5, 7)
    torch.testing.assert_close(dwt(iwt(bands)), bands, rtol=0, atol=1e-6)


def test_the_bands_of_a_block_are_its_mean_and_its_three_differences() -> None:
    block = torch.tensor([[1.0, 2.0], [3.0, 5.0]]).reshape(1, 1, 2, 2)
    assert dwt(block).flatten().tolist() == [5.5, 1.5, 2.5, 0.5]


def test_a_constant_picture_has_only_ll_and_twice_its_value() -> None:
    mean, *details = dwt(torch.full((1, 1, 6, 8), 0.3)).unbind(dim=1)
    assert torch.equal(mean, torch.full((1, 3, 4), 0.6))
    assert not any(detail.any() for detail in details)


@pytest.mark.parametrize("axis", [-2, -1])
def test_stripes_are_seen_by_one_band_each(axis: int) -> None:
    stripes = torch.ones(1, 1, 4, 4)
    stripes.select(axis, 0).zero_(), stripes.select(axis, 2).zero_()
    details = dwt(stripes)[:, 1:].abs().sum(dim=(0, 2, 3))
    assert details.nonzero().flatten().tolist() == [0 if axis == -1 else 1]


def test_band_follows_band_not_channel_channel() -> None:
    x = noise_like(1, 3, 4, 6)
    alone = torch.stack([dwt(x[:, i : i + 1]) for i in range(3)], dim=2)  # (1, 4, 3, 2, 3)
    assert torch.equal(dwt(x), alone.flatten(1, 2))


def test_noise_stays_white_and_as_strong_in_every_band() -> None:
    bands = dwt(noise_like(1, 1, 512, 512) - 0.5)[0].flatten(1)
    sigmas = bands.std(dim=1) / 0.2
    torch.testing.assert_close(sigmas, torch.ones(4), rtol=0, atol=5 / (2 * 256**2) ** 0.5)
    alike = torch.corrcoef(bands) - torch.eye(4)
    assert alike.abs().max() < 5 / 256


def test_what_cannot_be_transformed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"x has two even sides, not \(4, 5\)"):
        dwt(torch.zeros(1, 1, 4, 5))
    with pytest.raises(ValueError, match="bands has a multiple of 4 channels, not 6"):
        iwt(torch.zeros(1, 6, 4, 4))


def test_gradients_go_through_unchanged_in_length() -> None:
    x = noise_like(1, 2, 4, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: iwt(dwt(x).square()), x)
    (slope,) = torch.autograd.grad(dwt(x).square().sum() / 2, x)
    torch.testing.assert_close(slope, x)


# ---- the network ----------------------------------------------------------------------------


def test_mwcnn_of_the_paper_has_24_layers_all_but_two_normalised() -> None:
    with torch.device("meta"):
        plain, normed = (networks.build("mwcnn", "paper", batch_norm=b) for b in (False, True))
    assert len(convolutions(plain)) == len(convolutions(normed)) == 24
    relus = [sum(isinstance(m, nn.ReLU) for m in net.modules()) for net in (plain, normed)]
    assert relus == [23, 23]
    norms = [m.num_features for m in normed.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms == [160] * 3 + [256] * 11 + [1024] + [256] * 3 + [640] + [160] * 3
    kinds = [type(m) for m in normed.modules() if not list(m.children())]
    assert kinds[:2] == [nn.Conv2d, nn.ReLU]
    assert kinds[-2:] == [nn.ReLU, nn.Conv2d]


def test_the_small_one_has_no_relu_before_an_inverse_transform() -> None:
    network = networks.build("mwcnn")
    assert len(convolutions(network)) == 12
    level, ends = network.level, []
    while level is not None:
        ends.append(type(level.up[-1]))
        level = level.inner
    assert ends == [nn.Conv2d] * 3
    assert sum(isinstance(m, nn.ReLU) for m in network.modules()) == 12 - 3


def test_the_sum_before_the_inverse_transform_is_the_sum_after_it() -> None:
    """The paper adds bands, this network pixels."""
    network, noisy = tiny("mwcnn"), noise_like(1, 1, 16, 24)
    level = network.level
    x = level.down(dwt(noisy))
    x = iwt(level.inner.up(level.inner.down(dwt(x))) + dwt(x))
    torch.testing.assert_close(network(noisy), iwt(level.up(x) + dwt(noisy)), rtol=0, atol=1e-5)


def test_each_level_works_at_half_the_resolution_of_the_one_before() -> None:
    network, seen = tiny("mwcnn", widths=(8, 8, 8)), []
    for layer in convolutions(network):
        layer.register_forward_hook(lambda m, x, y: seen.append(tuple(y.shape[-2:])))
    network(noise_like(1, 1, 16, 32))
    assert seen == [(8, 16), (4, 8), (2, 4), (2, 4), (4, 8), (8, 16)]


def test_shifts_by_a_whole_block_and_no_others_shift_the_result() -> None:
    network = tiny("mwcnn")  # two levels: blocks of 4
    inside = slice(network.receptive_radius + 4, -network.receptive_radius - 4)
    noisy = noise_like(1, 1, 64, 64)
    whole = network(noisy)[0, 0, inside, inside]
    offs = []
    for shift in (4, 1):
        shifted = network(noisy.roll((shift, shift), (-2, -1))).roll((-shift, -shift), (-2, -1))
        offs.append((shifted[0, 0, inside, inside] - whole).abs().max())
    assert offs[0] < 1e-5
    assert offs[1] > 1e-2


def test_the_levels_start_near_the_identity() -> None:
    network, x = networks.build("mwcnn"), noise_like(1, 64, 8, 8)
    assert network.level.inner(x).std() < 0.3 * x.std()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"widths": ()}, r"widths of mwcnn is a list of whole numbers from 1 to 10000, not \(\)"),
        ({"widths": 64}, "a list of whole numbers from 1 to 10000, not 64"),
        ({"widths": (0,)}, r"mwcnn is a list of whole numbers from 1 to 10000, not \(0,\)"),
        ({"widths": (8, 8.5)}, "a list of whole numbers from 1 to 10000"),
        ({"convs": 0}, "convs of mwcnn is a whole number from 1 to 10000, not 0"),
        ({"convs": True}, "a whole number from 1 to 10000, not True"),
    ],
)
def test_a_network_without_layers_is_refused(options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        networks.build("mwcnn", **options)

"""Zero-DCE: what its curves may do to gray levels, and what they do to noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from helpers import networks, noise
from helpers.networks import TrainedNetwork, apply_curves
from tests.networks.tiny import convolutions, noise_like, noisy_picture, tiny

RAMP = torch.linspace(0, 1, 65).reshape(1, 1, 1, 65)


def everywhere(value: float, maps: int = 8) -> Tensor:
    """The same curve at every pixel of the ramp."""
    return torch.full((1, maps, 1, 65), value)


# ---- curves ---------------------------------------------------------------------------------


def test_curves_of_0_change_nothing() -> None:
    picture = noise_like(2, 3, 5, 4)
    assert torch.equal(apply_curves(picture, torch.zeros(2, 24, 5, 4)), picture)


def test_one_curve_is_the_papers_formula() -> None:
    torch.testing.assert_close(apply_curves(RAMP, everywhere(0.5, 1)), 1.5 * RAMP - RAMP**2 / 2)


@pytest.mark.parametrize("a", [-1.0, -0.3, 0.4, 1.0])
def test_gray_levels_keep_their_order_and_their_range(a: float) -> None:
    bent = apply_curves(RAMP, everywhere(a)).flatten()
    assert (bent.diff() >= 0).all()
    assert (bent[0], bent[-1]) == (0, 1)
    assert (bent[1:-1] > RAMP.flatten()[1:-1]).all() == (a > 0)


def test_the_released_sign_is_the_other_one() -> None:
    x, a = RAMP, noise_like(1, 1, 1, 65) - 0.5
    torch.testing.assert_close(apply_curves(x, -a), x + a * (x**2 - x))


def test_beyond_the_range_nothing_changes_and_nothing_explodes() -> None:
    beyond = torch.tensor([-0.5, -0.01, 1.01, 3.0]).reshape(1, 1, 1, 4)
    assert torch.equal(apply_curves(beyond, torch.ones(1, 8, 1, 4)), beyond)


def test_each_iteration_has_a_map_of_each_channel() -> None:
    picture = torch.full((1, 3, 1, 2), 0.5)
    for number in range(24):
        curves = torch.zeros(1, 24, 1, 2)
        curves[:, number] = 1
        changed = apply_curves(picture, curves) != picture
        assert changed[0, :, 0, 0].nonzero().flatten().tolist() == [number % 3]


def test_iterations_follow_one_another() -> None:
    a, b = everywhere(0.9, 1), everywhere(-0.4, 1)
    twice = apply_curves(apply_curves(RAMP, a), b)
    assert torch.equal(apply_curves(RAMP, torch.cat([a, b], dim=1)), twice)


def test_maps_that_do_not_fit_the_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="curves has 8 maps, no multiple of 3 channels"):
        apply_curves(torch.zeros(1, 3, 2, 2), torch.zeros(1, 8, 2, 2))


@pytest.mark.parametrize("level", [0.03, 0.2])
def test_noise_is_amplified_by_the_slope_of_the_curve(level: float) -> None:
    sigma = 1e-3
    dark = level + sigma * (noise_like(1, 1, 200, 200) - 0.5) / 0.2
    curves = torch.full((1, 8, 200, 200), 0.6)
    at = torch.tensor([[[[level]]]], dtype=torch.float64, requires_grad=True)
    apply_curves(at, torch.full((1, 8, 1, 1), 0.6).double()).backward()
    gain = apply_curves(dark, curves).std().item() / dark.std().item()
    assert gain == pytest.approx(at.grad.item(), rel=0.02)
    assert (gain > 10) == (level < 0.1)  # what is darkest becomes noisiest


# ---- the network ----------------------------------------------------------------------------


@pytest.mark.parametrize(("channels", "maps"), [(3, 24), (1, 8)])
@pytest.mark.parametrize("size", networks.SIZES)
def test_there_are_24_maps_and_for_gray_pictures_8(channels: int, maps: int, size: str) -> None:
    network = networks.build("zero_dce", size, channels)
    dark = noise_like(2, channels, 21, 10).clamp(0, 1)
    curves = network.curves(dark)
    assert curves.shape == (2, maps, 21, 10)
    assert ((curves > -1) & (curves < 1)).all()
    torch.testing.assert_close(network(dark), apply_curves(dark, curves))


def test_it_is_for_colour_unless_gray_is_asked_for() -> None:
    assert networks.build("zero_dce").architecture["channels"] == 3
    assert networks.build("dncnn").architecture["channels"] == 1


def test_curves_near_0_are_the_start() -> None:
    picture = noise_like(1, 3, 20, 20).clamp(0, 1)
    assert (networks.build("zero_dce")(picture) - picture).abs().max() < 0.05


def test_pictures_stay_in_range_and_black_stays_black() -> None:
    network = tiny("zero_dce", 3)
    picture = noise_like(1, 3, 16, 16).clamp(0, 1)
    bent = network(picture)
    assert (bent - picture).abs().max() > 0.1
    assert bent.min() >= 0
    assert bent.max() <= 1
    assert not network(torch.zeros(1, 3, 16, 16)).any()


def test_late_layers_receive_the_early_ones_mirrored() -> None:
    network, seen = tiny("zero_dce", scale=1), {}
    for number, layer in enumerate(network.down, start=1):
        layer.register_forward_hook(lambda m, x, y, n=number: seen.update({n: y.relu()}))
    for number, layer in enumerate([*network.up, network.last], start=5):
        layer.register_forward_pre_hook(lambda m, x, n=number: seen.update({n: x[0]}))
    network(noise_like(1, 1, 9, 9))
    width = seen[1].shape[1]
    assert torch.equal(seen[5], torch.cat([seen[3], seen[4]], dim=1))
    assert torch.equal(seen[6][:, :width], seen[2])
    assert torch.equal(seen[7][:, :width], seen[1])
    assert len(convolutions(network)) == 7


def test_curves_drawn_at_half_the_resolution_are_smooth() -> None:
    picture = noise_like(1, 3, 64, 64)
    fine, coarse = (tiny("zero_dce", 3, scale=scale).curves(picture) for scale in (1, 2))
    rough = [curves.diff(dim=-1).abs().mean() / curves.std() for curves in (fine, coarse)]
    assert rough[1] < 0.5 * rough[0]


def test_a_small_picture_has_smaller_cells_and_as_many() -> None:
    network = tiny("zero_dce", 3, scale=8, cells=4)
    large = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    small = F.avg_pool2d(large, 4)  # 8×12 pixels: cells of 2, as many as before
    curves, few = network.curves(large), network.curves(small)
    torch.testing.assert_close(F.avg_pool2d(curves, 4), few, atol=1e-5, rtol=0)
    assert few.std() > 0
    # a large enough picture has cells of `scale` pixels, whatever their number
    torch.testing.assert_close(curves, tiny("zero_dce", 3, scale=8).curves(large))
    assert network.curves(small[..., :2, :3]).shape[-2:] == (2, 3)  # fewer pixels than cells


@pytest.mark.parametrize(("side", "cells"), [(21, 4), (29, 4), (40, 6), (100, 12)])
def test_tiles_have_the_cells_of_the_whole_picture(side: int, cells: int) -> None:
    """Cells of 5, 7, 6 and 8 pixels; with cells of its own a tile was 0.04 to 0.08 off."""
    network, dark = tiny("zero_dce", 3, scale=8, cells=cells), noisy_picture(side, 250, 3)
    tiled, whole = (TrainedNetwork(network, tile=tile)(dark) for tile in (16, 250))
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize("options", [{"iterations": 0}, {"scale": 1.5}, {"width": 0}])
def test_no_iteration_no_scale_and_no_width_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match="of zero_dce is a whole number from 1 to 10000, not"):
        networks.build("zero_dce", **options)


def test_a_gray_picture_needs_the_gray_one() -> None:
    gray = noise.Gaussian(0.01)(np.full((8, 8), 0.1, np.float32), rng=0)
    with pytest.raises(ValueError, match=r"one is gray: one that .*channels=1\) made takes it"):
        TrainedNetwork(tiny("zero_dce", 3))(gray)
    assert TrainedNetwork(tiny("zero_dce", 1))(gray).shape == (8, 8)

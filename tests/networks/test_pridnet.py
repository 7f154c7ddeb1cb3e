"""PRIDNet: five sizes of cells, U-Nets of their own, and shares for the kernels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from helpers import networks
from helpers.networks import GlobalMean, TrainedNetwork, pridnet, weights
from tests.networks.tiny import convolutions, noise_like, tiny


def test_the_shares_of_the_three_kernels_are_1_together_for_every_feature_map() -> None:
    fusion, seen = tiny("pridnet").fusion, noise_like(5, 3, 4, 6, 7)
    weights = fusion.weights(3 * seen)
    assert weights.shape == (5, 3, 4, 1, 1)
    assert ((weights > 0) & (weights < 1)).all()
    assert weights.std() > 0.01
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(5, 4, 1, 1))


def test_kernels_of_equal_score_are_averaged() -> None:
    fusion, x = tiny("pridnet").fusion, noise_like(2, 4, 9, 8)
    nn.init.zeros_(fusion.excite.weight)
    mean = sum(branch(x) for branch in fusion.branches) / 3
    torch.testing.assert_close(fusion(x), fusion.last(mean))
    assert [branch[0].kernel_size for branch in fusion.branches] == [(3, 3), (5, 5), (7, 7)]


def test_attention_weighs_the_features_of_the_noise() -> None:
    noise, x = tiny("pridnet").noise, noise_like(2, 1, 9, 8)
    features = noise.features(x)
    weights = noise.attention.weights(features)
    assert weights.shape == (2, 32, 1, 1)
    assert ((weights > 0) & (weights < 1)).all()
    expected = nn.functional.leaky_relu(noise.last(features * weights), 0.2)
    torch.testing.assert_close(noise(x), expected)


# ---- the forms of the released code ----------------------------------------------------------


def test_the_noise_estimate_ends_with_a_leaky_relu_as_it_was_released_or_without() -> None:
    released, first, x = tiny("pridnet"), tiny("pridnet", rectified=False), noise_like(2, 1, 9, 8)
    first.load_state_dict(released.state_dict())
    free = first.noise(x)
    assert 0.05 < (free < 0).float().mean() < 0.95
    assert torch.equal(released.noise(x), torch.where(free > 0, free, 0.2 * free))


@pytest.mark.parametrize("pool", [1, 2, 3, 16])
def test_pictures_are_enlarged_as_tensorflow_1_did(pool: int) -> None:
    # tf.compat.v1.image.resize_bilinear: pixel i shows the input at i / pool, the end goes on
    x = noise_like(1, 1, 5, 4)
    rows, columns = (np.arange(side * pool) / pool for side in (5, 4))
    wide = np.stack([np.interp(columns, np.arange(4), row) for row in x[0, 0].numpy()])
    high = np.stack([np.interp(rows, np.arange(5), column) for column in wide.T], axis=1)
    larger = pridnet.enlarged(x.expand(2, 3, -1, -1), pool)
    assert larger.shape == (2, 3, 5 * pool, 4 * pool)
    np.testing.assert_allclose(larger[1, 2], high, rtol=0, atol=1e-6)


def test_half_pixels_are_torchs_and_lie_half_a_cell_further() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    centred = nn.functional.interpolate(ramp, scale_factor=4, mode="bilinear")
    inside = (..., slice(8, 24), slice(8, 24))
    late = pridnet.enlarged(ramp, 4)[inside] - centred[inside]
    torch.testing.assert_close(late, torch.full_like(late, 1.5 / 4))  # (4 − 1)/2 pixels
    old = tiny("pridnet", half_pixels=True)
    assert torch.equal(old._enlarged(ramp, 4), centred)
    assert torch.equal(tiny("pridnet")._enlarged(ramp, 4), pridnet.enlarged(ramp, 4))


def test_the_weight_that_ships_has_the_form_of_the_released_code() -> None:
    shipped, fresh = weights.read("pridnet")[0], networks.build("pridnet", "paper", widths=(4, 4))
    for network in (shipped, fresh):
        assert (network.noise.slope, network.half_pixels) == (0.2, False)


def test_every_unet_of_the_paper_sees_picture_and_noise_in_cells_of_its_own() -> None:
    network, seen = networks.build("pridnet", "paper", widths=(4, 4)).eval(), []
    for unet in network.unets:
        unet.register_forward_hook(lambda m, x, y: seen.append((*x[0].shape, *y.shape[1:])))
    network(noise_like(1, 1, 32, 64))
    sizes = [(32, 64), (16, 32), (8, 16), (4, 8), (2, 4)]
    assert seen == [(1, 2, *size, 1, *size) for size in sizes]
    assert network.fusion.squeeze.in_channels == 7  # picture, noise, five results


def test_a_side_of_256_ends_at_one_pixel() -> None:
    network = networks.build("pridnet", "paper", widths=(2, 2, 2, 2, 2), convs=(1, 1)).eval()
    seen = []
    network.unets[-1].down[-1].register_forward_hook(lambda m, x, y: seen.append(y.shape[-2:]))
    assert network.stride == 256
    network(noise_like(1, 1, 5, 200))
    assert seen == [(1, 1)]


def test_one_unet_can_serve_all_sizes() -> None:
    network, calls = tiny("pridnet", shared=True, pools=(1, 2, 4)), []
    assert len(network.unets) == 1
    network.unets[0].register_forward_hook(lambda m, x, y: calls.append(x[0].shape[-1]))
    network(noise_like(1, 1, 16, 16))
    assert calls == [16, 8, 4]


def test_a_unet_hands_each_level_across() -> None:
    unet, x = tiny("pridnet").unets[0], noise_like(1, 2, 8, 8)
    silent = unet.larger[0].register_forward_hook(lambda m, x, y: torch.zeros_like(y))
    assert unet(x).std() > 0  # with nothing from below
    silent.remove()
    unet.down[0].register_forward_hook(lambda m, x, y: 0 * y)
    below = unet.larger[0](unet.down[1](torch.zeros(1, 8, 4, 4)))
    expected = unet.last(unet.up[0](torch.cat([torch.zeros(1, 8, 8, 8), below], dim=1)))
    torch.testing.assert_close(unet(x), expected)


def test_larger_pixels_keep_their_variance() -> None:
    network = networks.build("pridnet", widths=(32, 64, 128))
    for larger in network.unets[0].larger:
        x = torch.randn(4, larger.in_channels, 16, 16)
        assert larger(x).std().item() == pytest.approx(1, abs=0.1)


def test_the_papers_form_draws_the_picture_and_the_residual_one_its_change() -> None:
    drawn, changed = (tiny("pridnet", residual=residual) for residual in (False, True))
    changed.load_state_dict(drawn.state_dict())
    noisy = noise_like(1, 1, 16, 16)
    torch.testing.assert_close(changed(noisy), noisy + drawn(noisy))
    for parameter in convolutions(drawn)[-1].parameters():
        nn.init.zeros_(parameter)
    assert not drawn(noisy).any()  # no way around
    assert not networks.build("pridnet", "paper", widths=(4, 4)).predicts_change
    assert networks.build("pridnet").predicts_change


def test_no_seam_shows_where_the_means_are_known(monkeypatch) -> None:
    monkeypatch.setattr(GlobalMean, "forward", lambda self, x: torch.zeros_like(x[..., :1, :1]))
    monkeypatch.setattr(GlobalMean, "fix", lambda self: None)
    network, noisy = tiny("pridnet"), noise_like(1, 1, 90, 70)[0, 0].numpy()
    assert TrainedNetwork(network).margin < 40
    tiled, whole = (TrainedNetwork(network, tile=tile)(noisy) for tile in (16, 99))
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-4)
    network.receptive_radius = 0
    assert np.abs(TrainedNetwork(network, tile=16)(noisy) - whole).max() > 1e-3


def test_tiles_share_the_means_of_the_whole_picture() -> None:
    """Halves that have nothing in common: a tile's own means would be those of no picture."""
    noisy = noise_like(1, 1, 128, 128)[0, 0].numpy()
    noisy[:, 64:] *= 0.05
    tiled, whole = (TrainedNetwork(tiny("pridnet"), tile=tile)(noisy) for tile in (32, 128))
    assert np.abs(tiled - whole).max() < 0.02 * np.abs(whole - noisy).max()


def test_tiles_are_no_narrower_than_their_surroundings() -> None:
    far = networks.build("pridnet", "paper", widths=(1, 1, 1, 1, 1))
    assert far.receptive_radius > 512
    denoise = TrainedNetwork(far)
    assert denoise.tile == 2 * denoise.margin
    assert denoise.margin % far.stride == 0
    assert TrainedNetwork(tiny("pridnet")).tile == 512
    assert TrainedNetwork(far, tile=512).tile == 512  # who asks gets it


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pools": ()}, r"pools of pridnet is a list of whole numbers from 1 to 10000, not \(\)"),
        ({"pools": (2, 3)}, r"pools of pridnet divide the largest of them, not \[2, 3\]"),
        ({"pools": (0, 2)}, "pools of pridnet is a list of whole numbers from 1 to 10000, not"),
        ({"widths": ()}, "widths of pridnet is a list of whole numbers from 1 to 10000, not"),
        ({"convs": (1, 0)}, "convs of pridnet is a list of whole numbers from 1 to 10000, not"),
        ({"convs": (1,)}, r"convs of pridnet are two numbers, down and up, not \(1,\)"),
    ],
)
def test_a_pyramid_that_does_not_fit_is_refused(options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        networks.build("pridnet", **options)

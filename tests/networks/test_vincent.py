"""Vincent's autoencoder: one matrix for both ways, patches, masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import images, networks, noise
from tests.networks.tiny import noise_like, tiny


def test_the_tied_matrix_of_vincent_learns_from_both_its_uses() -> None:
    network, x = tiny("vincent", centred=False), noise_like(5, 36)
    network.reconstruct(x).square().sum().backward()
    into, out = (network.weight.detach().clone().requires_grad_() for _ in range(2))
    hidden = torch.sigmoid(x @ into.T + network.hidden_bias)
    torch.sigmoid(hidden @ out + network.output_bias).square().sum().backward()
    assert min(into.grad.norm(), out.grad.norm()) > 0.01
    torch.testing.assert_close(network.weight.grad, into.grad + out.grad)


def test_a_patch_of_the_papers_size_is_restored_as_a_whole() -> None:
    network, digit = networks.build("vincent", "paper", hidden=30).eval(), noise_like(3, 1, 28, 28)
    expected = network.reconstruct(digit.flatten(1)).reshape(digit.shape)
    torch.testing.assert_close(network(digit), expected)


def test_overlapping_patches_are_averaged() -> None:
    network = tiny("vincent", patch=4, step=2)
    picture = noise_like(1, 1, 6, 4)
    upper, lower = (network(picture[..., i : i + 4, :]) for i in (0, 2))
    expected = torch.cat([upper[..., :2, :], (upper[..., 2:, :] + lower[..., :2, :]) / 2], dim=2)
    torch.testing.assert_close(network(picture)[..., :4, :], expected)


def test_centred_patches_ignore_an_added_constant() -> None:
    network, picture = tiny("vincent"), noise_like(1, 1, 20, 20)
    torch.testing.assert_close(network(picture + 0.25), network(picture) + 0.25)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 1.0])
def test_masking_takes_its_share_and_leaves_the_rest(share: float) -> None:
    x = noise_like(200, 784)
    masked = networks.mask(x, share, torch.Generator().manual_seed(0))
    zero = masked == 0
    assert torch.equal(masked[~zero], x[~zero])
    error = (share * (1 - share) / x.numel()) ** 0.5
    assert zero.double().mean().item() == pytest.approx(share, abs=5 * error)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share is a number from 0 to 1, not"):
        networks.mask(torch.ones(2), share, torch.Generator())


def test_vincent_gives_different_pictures_different_results() -> None:
    """A dense bottleneck that learned the mean of its data gives everyone the same picture."""
    denoise = networks.load("vincent")
    references = [images.load(name, gray=True, size=96) for name in ("camera", "chelsea")]
    noisy = [noise.Gaussian(25 / 255)(one, rng=0) for one in references]
    restored = [denoise(one) for one in noisy]
    alike = [np.corrcoef(*(x.ravel() for x in pair))[0, 1] for pair in (references, restored)]
    assert alike[1] == pytest.approx(alike[0], abs=0.1)

"""REDNet: mirrored layers, and the skips between them."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.networks.tiny import noise_like, tiny


def test_each_odd_deconvolution_of_rednet_receives_its_mirror_image() -> None:
    network = tiny("rednet", depth=14, scale=1)  # n = 7
    seen: dict[int, Tensor] = {}
    for number, layer in enumerate(network.convs, start=1):
        layer.register_forward_hook(lambda m, x, y, n=number: seen.update({n: y.relu()}))
    for i in range(1, 7):
        alone = {}
        following = network.deconvs[i].register_forward_pre_hook(
            lambda m, x, alone=alone: alone.update(x=x[0])
        )
        silent = network.deconvs[i - 1].register_forward_hook(lambda m, x, y: torch.zeros_like(y))
        network(noise_like(1, 1, 9, 9))
        following.remove(), silent.remove()
        # Deconvolution i says nothing: what arrives behind it came by the skip alone.
        expected = seen[7 - i] if i % 2 else torch.zeros_like(alone["x"])
        assert torch.equal(alone["x"], expected)
        assert expected.any() == (i % 2 == 1)


def test_the_skips_of_rednet_matter() -> None:
    noisy = noise_like(1, 1, 16, 16)
    with_skips, without = tiny("rednet"), tiny("rednet", skips=False)
    without.load_state_dict(with_skips.state_dict())
    assert (with_skips(noisy) - without(noisy)).abs().mean() > 0.01

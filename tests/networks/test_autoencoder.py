"""The plain autoencoder: what passes its bottleneck."""

from __future__ import annotations

import torch

from tests.networks.tiny import noise_like, tiny


def test_a_bottleneck_is_all_that_a_plain_autoencoder_passes_on() -> None:
    plain, skipping = tiny("autoencoder"), tiny("autoencoder", skips=True)
    code, held = plain.encode(noise_like(1, 1, 16, 16))
    assert code.shape == (1, 8, 4, 4)
    nothing = [torch.zeros_like(level) for level in held]
    assert torch.equal(plain.decode(code, held), plain.decode(code, nothing))
    assert not torch.equal(skipping.decode(code, held), skipping.decode(code, nothing))


def test_a_sigmoid_keeps_the_result_in_range() -> None:
    restored = tiny("autoencoder", sigmoid=True)(200 * noise_like(1, 1, 16, 16) - 100)
    assert restored.min() >= 0
    assert restored.max() <= 1
    assert restored.std() > 0.01

"""RIDNet: attention, and skips on three levels."""

from __future__ import annotations

import torch
from torch import nn

from tests.networks.tiny import noise_like, tiny


def test_attention_gives_each_feature_map_one_weight_between_0_and_1() -> None:
    attention = tiny("ridnet").blocks[0].attention
    x = 3 * noise_like(5, 8, 6, 7)
    weights = attention.weights(x)
    assert weights.shape == (5, 8, 1, 1)
    assert ((weights > 0) & (weights < 1)).all()
    assert weights.std() > 0.01
    torch.testing.assert_close(attention(x), x * weights)


def close_attention(network: nn.Module) -> None:
    """Let the sigmoid of every attention give exactly 0."""
    for block in network.blocks:
        nn.init.zeros_(block.attention.excite.weight)
        nn.init.constant_(block.attention.excite.bias, -1000)


def test_without_attention_a_module_of_ridnet_returns_its_input() -> None:
    network, x = tiny("ridnet"), noise_like(2, 8, 12, 12)
    assert not torch.equal(network.blocks[0](x), x)
    close_attention(network)
    assert torch.equal(network.blocks[0](x), x)


def test_a_skip_leads_around_all_modules_of_ridnet() -> None:
    network, seen = tiny("ridnet", modules=3), {}
    close_attention(network)
    network.head.register_forward_hook(lambda m, x, y: seen.update(head=y.relu()))
    network.tail.register_forward_pre_hook(lambda m, x: seen.update(tail=x[0]))
    network(noise_like(1, 1, 12, 12))
    torch.testing.assert_close(seen["tail"], 2 * seen["head"])

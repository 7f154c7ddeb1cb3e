"""RDN: dense blocks, and what is fused of them."""

from __future__ import annotations

import torch

from tests.networks.tiny import noise_like, tiny


def test_a_dense_block_adds_its_fusion_to_its_input() -> None:
    block, x, seen = tiny("rdn").blocks[0], noise_like(2, 8, 10, 10), {}
    block.fusion.register_forward_hook(lambda m, inside, y: seen.update(fused=y))
    torch.testing.assert_close(block(x) - seen["fused"], x)
    assert [layer.in_channels for layer in block.layers] == [8, 16]


def test_rdn_fuses_the_outputs_of_all_blocks_and_adds_the_shallow_features() -> None:
    network, seen = tiny("rdn", blocks=3), {}
    for number, block in enumerate(network.blocks):
        block.register_forward_hook(lambda m, x, y, n=number: seen.update({n: y}))
    network.shallow.register_forward_hook(lambda m, x, y: seen.update(shallow=y))
    network.fusion.register_forward_pre_hook(lambda m, x: seen.update(fusion=x[0]))
    network.fusion.register_forward_hook(lambda m, x, y: seen.update(fused=y))
    network.tail.register_forward_pre_hook(lambda m, x: seen.update(tail=x[0]))
    network(noise_like(1, 1, 12, 12))
    assert torch.equal(seen["fusion"], torch.cat([seen[n] for n in range(3)], dim=1))  # D·G0
    torch.testing.assert_close(seen["tail"], seen["fused"] + seen["shallow"])

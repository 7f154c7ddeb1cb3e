"""First weights in pairs: nothing is lost on the way through the ReLUs."""

from __future__ import annotations

import pytest
import torch

from helpers import networks
from helpers.training.starts import mirrored_


@pytest.mark.parametrize("blind", [False, True])
def test_a_mirrored_network_begins_as_a_linear_map(blind: bool) -> None:
    """He's draw is far from one: its answers to x and −x differ by more than they agree."""
    torch.manual_seed(0)
    network = networks.build("dncnn", channels=3, batch_norm=not blind).eval()
    x, y = torch.randn(2, 1, 3, 32, 32)

    def superposed() -> float:
        """How far the change of a sum is from the sum of changes, over its own size."""
        with torch.no_grad():
            both, one, other = (network(z) - z for z in (2 * x - y, x, y))
        return float((both - (2 * one - other)).norm() / both.norm())

    assert superposed() > 0.5
    mirrored_(network)
    assert superposed() < 1e-4


def test_pairs_need_an_even_width() -> None:
    with pytest.raises(ValueError, match="even width"):
        mirrored_(networks.build("dncnn", width=33, depth=4))

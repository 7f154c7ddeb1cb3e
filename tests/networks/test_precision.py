"""bfloat16: what it costs, and where it is taken."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, metrics, networks, noise
from helpers.networks import TrainedNetwork, precision
from tests.networks.tiny import noisy_picture, tiny


def test_bfloat16_costs_a_residual_network_nothing_that_can_be_seen() -> None:
    clean = images.load("camera", gray=True, size=96)
    noisy = noise.Gaussian(25 / 255)(clean, rng=0)
    restored = [networks.load("dncnn", kind)(noisy) for kind in ("float32", "bfloat16")]
    assert not np.array_equal(*restored)
    scores = [metrics.score(clean, one, ["psnr"])["psnr"] for one in restored]
    # Three photographs, two sizes, two draws: 0.007 dB are lost in the mean, 0.0145 at most.
    assert scores[1] == pytest.approx(scores[0], abs=0.02)


@pytest.mark.parametrize("fast", [False, True])
def test_auto_is_bfloat16_where_it_is_fast_and_harmless(fast: bool, monkeypatch) -> None:
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda device: fast)
    noisy = noisy_picture(16, 16)
    for name in ("rednet", "gondara"):
        expected = "bfloat16" if fast and name == "rednet" else "float32"
        auto, same = (TrainedNetwork(tiny(name), precision=p)(noisy) for p in ("auto", expected))
        assert np.array_equal(auto, same)

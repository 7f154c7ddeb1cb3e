"""One network for every strength: what a darker picture buys."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, networks, noise
from helpers.studies import strengths, table

PICTURE = images.load("camera", gray=True, size=64)


def halves(noisy: np.ndarray, sigma: float) -> np.ndarray:
    """A denoiser that knows one strength: asked for another it does nothing."""
    return noisy / 2 if sigma <= strengths.KNOWN * 1.001 else noisy


@pytest.mark.parametrize("level", strengths.LEVELS)
def test_a_picture_is_made_as_dark_as_its_noise_is_strong(level: int) -> None:
    asked = strengths.darker(halves)(PICTURE, level / 255)
    np.testing.assert_allclose(asked, PICTURE / 2, rtol=1e-5)


def test_a_network_without_biases_does_that_by_itself() -> None:
    network = networks.load("drunet")
    noisy = noise.Gaussian(100 / 255)(PICTURE, 0)
    by_hand = strengths.darker(network)(noisy, 100 / 255)
    np.testing.assert_allclose(by_hand, network(noisy, 100 / 255), atol=1e-4)


def test_the_table_has_both_networks_at_every_strength() -> None:
    rows = table("strengths")
    assert set(rows["network"]) == set(strengths.NETWORKS)
    assert set(rows["σ"]) == set(strengths.LEVELS)
    assert len(rows) == len(strengths.NETWORKS) * len(strengths.SEEDS) * len(strengths.LEVELS) * 2

"""Gondara's autoencoder: a sigmoid at the end."""

from __future__ import annotations

from tests.networks.tiny import noise_like, tiny


def test_the_sigmoid_keeps_the_result_in_range() -> None:
    restored = tiny("gondara")(200 * noise_like(1, 1, 16, 16) - 100)
    assert restored.min() >= 0
    assert restored.max() <= 1
    assert restored.std() > 0.01

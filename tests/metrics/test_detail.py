"""Texture kept and noise left: two numbers that one corruption each moves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import images, metrics, noise
from helpers.losses.texture import lost_and_left
from helpers.training.patches import as_batch


@pytest.mark.parametrize("sigma", [2, 10, 50])
def test_noise_is_read_in_its_own_unit_and_takes_no_texture(sigma: int, clean: np.ndarray) -> None:
    kept = metrics.texture(clean, noise.Gaussian(sigma / 255)(clean, rng=0))
    assert 255 * kept.noise == pytest.approx(sigma, rel=0.02)
    assert kept.texture == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0, 1.2])
def test_contrast_is_read_and_is_no_noise(share: float, colour: np.ndarray) -> None:
    kept = metrics.texture(colour, np.clip(share * colour, 0, 2))
    assert kept == (pytest.approx(share, abs=1e-6), pytest.approx(0, abs=1e-7))


def test_a_blur_keeps_less_texture_the_wider_it_is(clean: np.ndarray) -> None:
    kept = [
        metrics.texture(clean, noise.GaussianBlur(s)(clean, rng=0)).texture for s in (0.5, 1, 2)
    ]
    assert 1 > kept[0] > kept[1] > kept[2] > 0


def test_texture_of_another_place_is_noise() -> None:
    grass = images.load("grass", gray=True, size=256)
    kept = metrics.texture(grass, grass[::-1, ::-1])
    assert abs(kept.texture) < 0.05
    assert kept.noise == pytest.approx(
        metrics.texture(grass, 0 * grass + 0.5).noise + 0.08, abs=0.05
    )


def test_the_loss_measures_the_same(clean: np.ndarray) -> None:
    x, y = clean[:129, :129], noise.Gaussian(0.1)(clean, rng=0)[:129, :129]
    _, left = lost_and_left(as_batch([y]).double(), as_batch([x]).double())
    whole = 127 / 128  # of 128 differences in a window one number is fitted
    expected = 4 * metrics.texture(x, y).noise ** 2 * whole
    assert left.item() == pytest.approx(expected, rel=1e-6)
    assert isinstance(left, torch.Tensor)


@pytest.mark.parametrize(
    ("shape", "window", "reason"),
    [
        ((8, 30), 8, "need 9×9 pixels or more"),
        ((30, 30), 1, "window is a whole number, 2 or more, not 1"),
        ((30, 30), 8, "constant"),
    ],
)
def test_what_has_no_texture_is_refused(shape: tuple, window: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        metrics.texture(np.zeros(shape), np.zeros(shape), window)

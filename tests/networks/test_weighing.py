"""What a network changes counts as far as it makes the picture better: Stein's lemma at work."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import images, networks, noise
from helpers.networks import weighing
from helpers.networks.weighing import by_stein
from tests.networks.test_scaling import psnr


def white(shape: tuple, sigma: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sigma, shape).astype(np.float32)


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.8])
def test_of_a_known_signal_the_best_share_is_found(kept: float) -> None:
    """y ↦ kept·y on x of strength s: the best share of the change is σ²/(σ² + s²)/(1 − kept)."""
    strength, sigma = 0.02, 0.01
    x, n = white((256, 256), strength, 1), white((256, 256), sigma)
    restored = by_stein(lambda y: kept * y, x + n, sigma)
    best = np.clip(sigma**2 / (sigma**2 + strength**2) / (1 - kept), 0, 1)
    share = ((restored - x - n) / ((kept - 1) * (x + n))).mean()
    assert share == pytest.approx(best, abs=0.03)  # 8 pixels see 800 samples: 5 % by chance


def test_a_blur_is_trusted_where_the_picture_is_flat_alone() -> None:
    x = np.zeros((128, 256), np.float32)
    x[:, 128:] = white((128, 128), 0.1, 1)
    noisy = x + white(x.shape, 0.02)
    restored = by_stein(lambda y: gaussian_filter(y, 1), noisy, 0.02)
    error = (restored - x) ** 2 / 0.02**2
    assert error[:, :100].mean() < 0.2
    assert error[:, 160:].mean() < 1.0  # the blur alone leaves 15 times the noise


@pytest.mark.parametrize("shape", [(150, 70), (150, 70, 3)])
@pytest.mark.parametrize("mapped", [False, True])
def test_strips_leave_no_seam(shape: tuple, mapped: bool, monkeypatch) -> None:
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    sigma = np.random.default_rng(1).random(shape[:2]).astype(np.float32) if mapped else 0.2
    whole = by_stein(np.cos, image, sigma)
    monkeypatch.setattr(weighing, "STRIP", 700)
    np.testing.assert_allclose(by_stein(np.cos, image, sigma), whole, rtol=0, atol=1e-5)


def test_what_counts_is_between_both_and_all_counts_where_noise_is_strong() -> None:
    image = 0.5 + white((40, 60), 0.1)
    sigma = np.full((40, 60), 0.01)
    sigma[:, 30:] = 0.1
    restored = by_stein(lambda y: y / 2, image, sigma, below=0.05)
    assert np.allclose(restored[:, 30:], image[:, 30:] / 2)
    share = (restored - image)[:, :30] / (-image[:, :30] / 2)
    assert share.min() >= 0
    assert share[:, :8].max() < 0.01


def test_a_picture_that_is_left_alone_is_left_alone() -> None:
    image = white((64, 64), 0.1)
    assert np.array_equal(by_stein(np.copy, image, 0.01), image)


def test_what_restores_in_float64_gives_float32() -> None:
    assert by_stein(lambda y: np.float64(y) / 2, white((9, 9), 0.1), 0.01).dtype == np.float32


@pytest.mark.parametrize("name", ["drunet", "drunet_colour"])
@pytest.mark.parametrize("level", [0.1, 0.3, 1, 2])
def test_told_hardly_any_noise_a_picture_stays_as_good_as_it_is(name: str, level: float) -> None:
    """Without weighing, 0.1/255 would cost 11 dB, and 22 in colour; it costs 0.4 and 0.

    At 0.3/255 2.3 and 0, of 58 dB; at 1/255 0.2 and −0.2; at 2/255 −0.8 and −1.5: gains.
    """
    denoise = networks.load(name)
    clean = images.load("chelsea", gray=denoise.channels == 1, size=192)
    noisy = noise.Gaussian(level / 255)(clean, rng=0)
    error, left = (np.mean((x - clean) ** 2) for x in (noisy, denoise(noisy, level / 255)))
    assert 10 * np.log10(error / left) > (0.5 if level == 2 else -3)


@pytest.mark.parametrize("name", ["gravel", "grass", "brick"])
@pytest.mark.parametrize("network", ["drunet", "dncnn_blind", "dncnn"])
def test_weak_noise_on_texture_is_not_made_worse(name: str, network: str) -> None:
    clean = images.load(name, gray=True, size=192)
    noisy = noise.Gaussian(2 / 255)(clean, rng=0)
    assert psnr(clean, networks.load(network)(noisy, 2 / 255)) > psnr(clean, noisy)

"""Impulses are found while true black and white stay, and filled from what is around them."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import filters, images, metrics
from helpers.benchmark.suites import kinds_of_picture
from helpers.denoise import impulses, told
from helpers.noise import Chain, Gaussian, SaltAndPepper


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True, size=256)


def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    return metrics.score(reference, image, ["psnr"])["psnr"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("amount", [0.01, 0.05, 0.2, 0.5])
def test_impulses_are_found(amount: float, known: bool, clean: np.ndarray) -> None:
    """Nearly all that changed a pixel by much, told how many there are or not."""
    noisy = SaltAndPepper(amount)(clean, rng=0)
    found = impulses.find(noisy, amount if known else None)
    hit = np.abs(noisy - clean) > 0.2
    assert np.mean(found[hit]) > 0.98
    assert np.mean(found[noisy == clean]) < 0.005


@pytest.mark.parametrize("name", ["photograph/camera", "text/page", "phantom/0", "dead leaves/0"])
def test_clean_pictures_have_none(name: str) -> None:
    """Black letters on white, a black background: black and white are no impulses."""
    assert impulses.find(kinds_of_picture()[name]).mean() < 0.001


@pytest.mark.parametrize(("amount", "least"), [(0.05, 41), (0.1, 38), (0.5, 28)])
def test_filling_is_far_better_than_a_median(amount: float, least: float, clean) -> None:
    noisy = SaltAndPepper(amount)(clean, rng=0)
    filled = impulses.fill(noisy, impulses.find(noisy, amount))
    assert psnr(clean, filled) > max(least, psnr(clean, filters.adaptive_median(noisy)) + 1.5)


def test_what_is_no_impulse_stays(clean: np.ndarray) -> None:
    noisy = SaltAndPepper(0.1)(clean, rng=0)
    mask = impulses.find(noisy, 0.1)
    filled = impulses.fill(noisy, mask)
    assert np.array_equal(filled[~mask], noisy[~mask])
    assert not np.shares_memory(filled, noisy)


def test_impulses_in_noise_cost_little(clean: np.ndarray) -> None:
    """0.3 dB on the camera."""
    model = Gaussian(15 / 255)
    alone, both = model(clean, rng=0), Chain([model, SaltAndPepper(0.05)])(clean, rng=0)
    restored = told(filters.bm3d, Chain([model, SaltAndPepper(0.05)]))(both)
    assert psnr(clean, restored) > psnr(clean, filters.bm3d(alone, 15 / 255)) - 0.6


def test_colour_is_hit_in_all_channels() -> None:
    clean = images.load("chelsea", size=128)
    noisy = SaltAndPepper(0.1)(clean, rng=0)
    mask = impulses.find(noisy)
    assert mask.shape == (128, 128)
    assert psnr(clean, impulses.fill(noisy, mask)) > psnr(clean, noisy) + 15


def test_nothing_left_is_refused() -> None:
    noisy = SaltAndPepper(1.0)(np.full((64, 64), 0.5, np.float32), rng=0)
    with pytest.raises(ValueError, match="nothing is left"):
        impulses.fill(noisy, np.ones((64, 64), bool))


@pytest.mark.parametrize("amount", [-0.1, 1.1, "much"])
def test_odd_amounts_are_refused(amount: object, clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="amount"):
        impulses.find(clean, amount)

"""Networks of one σ, told another: better than untold, and never much worse than nothing."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, metrics, networks, noise
from helpers.networks import TrainedNetwork, scaling, weighing
from helpers.networks.scaling import scaled
from tests.networks.tiny import noisy_picture, tiny

KNOWN = 25 / 255


def psnr(reference: np.ndarray, restored: np.ndarray) -> float:
    return metrics.score(reference, restored, ["psnr"])["psnr"]


def noisy_and_clean(level: float, name: str = "camera") -> tuple[np.ndarray, np.ndarray]:
    clean = images.load(name, gray=True, size=192)
    return noise.Gaussian(level / 255)(clean, rng=0), clean


# ---- what scaling is ------------------------------------------------------------------------


def test_stronger_noise_is_that_of_a_darker_picture() -> None:
    seen = []
    noisy = noisy_picture(24, 32)
    restored = scaled(lambda x: seen.append(x) or 0.5 * x, noisy, 2 * KNOWN, KNOWN)
    np.testing.assert_allclose(seen[0], noisy / 2, rtol=1e-6)
    np.testing.assert_allclose(restored, noisy / 2, rtol=1e-6)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_weaker_noise_is_shown_as_strong_as_it_is_known(channels: tuple) -> None:
    """On a slope from black to three times white: what is shown is as bright as pictures are."""
    slope = np.linspace(0, 3, 64, dtype=np.float32)[:, None] + np.zeros((64, 64), np.float32)
    slope = np.stack([slope] * 3, axis=-1) if channels else slope
    noisy = noise.Gaussian(5 / 255)(slope, rng=0)
    seen = []
    scaled(lambda x: seen.append(x) or x, noisy, 5 / 255, KNOWN)
    inside = seen[0][16:-16, 16:-16]  # 0.75 in scaled brightness is 0.15 in the picture's
    assert inside.std() == pytest.approx(KNOWN, rel=0.05)
    assert inside.mean() == pytest.approx(scaling.BRIGHTEST, abs=0.01)


def test_a_change_counts_as_far_as_noise_explains_it() -> None:
    """A network that takes half a gray level away everywhere; four times σ: 1/16 of it counts."""
    flat = np.full((40, 40), 0.5, np.float32)
    change = flat - scaled(lambda x: x - 0.2, flat, 0.01, 0.05)  # 0.04 after scaling back
    np.testing.assert_allclose(change, 0.04 / 16 * (1 + scaling.CHANCE), rtol=1e-3)
    change = flat - scaled(lambda x: x - 0.04, flat, 0.01, 0.05)  # 0.8 σ
    np.testing.assert_allclose(change, 0.008, rtol=1e-3)


@pytest.mark.parametrize("sigma", [0.0, 1e-30, 1e-9, 1e-5, 1e-3, 1.0])
def test_every_strength_is_taken(sigma: float) -> None:
    noisy = noisy_picture(24, 32)
    restored = TrainedNetwork(tiny("rednet"), {"training": {"sigma": [25, 25]}})(noisy, sigma)
    assert restored.dtype == np.float32
    assert np.isfinite(restored).all()
    assert np.abs(restored - noisy).max() <= 10 * sigma


# ---- what counts of a change ----------------------------------------------------------------


@pytest.mark.parametrize("shape", [(150, 70), (150, 70, 3)])
def test_strips_leave_no_seam(shape: tuple, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    image, change = (rng.random(shape, dtype=np.float32) for _ in range(2))
    whole = scaling.weighed(image, change, 0.2)
    monkeypatch.setattr(weighing, "STRIP", 700)
    np.testing.assert_allclose(scaling.weighed(image, change, 0.2), whole, rtol=0, atol=1e-6)


def test_what_counts_is_between_both() -> None:
    rng = np.random.default_rng(0)
    image, change = (rng.random((40, 60), dtype=np.float32) - k / 2 for k in range(2))
    share = (scaling.weighed(image, change, 0.01) - image) / change
    assert share.min() >= 0
    assert share.max() < 0.01


# ---- what it is worth -----------------------------------------------------------------------

ONE_SIGMA = [
    name
    for name in networks.weights.available()
    if networks.load(name).channels == 1
    and networks.load(name).card["training"]["sigma"] == [25.0, 25.0]
]


@pytest.mark.parametrize("name", ONE_SIGMA)
def test_told_weak_noise_no_network_does_harm(name: str) -> None:
    noisy, clean = noisy_and_clean(2)
    assert psnr(clean, networks.load(name)(noisy, 2 / 255)) > psnr(clean, noisy)


@pytest.mark.parametrize("name", ["dncnn", "pridnet", "mwcnn", "gondara"])
@pytest.mark.parametrize(("level", "gain"), [(5, 0.5), (10, 3.0), (50, 8.0)])
def test_told_another_strength_networks_of_one_do_well(name: str, level: int, gain: float) -> None:
    noisy, clean = noisy_and_clean(level)
    assert psnr(clean, networks.load(name)(noisy, level / 255)) > psnr(clean, noisy) + gain


def test_a_bright_picture_is_restored_as_a_dark_one() -> None:
    """What is bright is shown as 0.75: 0.05 dB measured between them."""
    denoise, (noisy, clean) = networks.load("pridnet"), noisy_and_clean(10)
    gains = [
        psnr(clean, denoise(noisy + np.float32(shift), 10 / 255) - shift) for shift in (0, 1, 2)
    ]
    assert max(gains) - min(gains) < 0.3

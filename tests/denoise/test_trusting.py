"""A change counts as far as grain explains it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import images, metrics, networks
from helpers.denoise.estimating import estimate
from helpers.denoise.trusting import field, trusted
from helpers.estimation import Grain, grain
from helpers.networks import weighing

WHITE = Grain(0.02, 0.02, correlated=False, certain=True, spectrum=np.full((8, 8), 0.02))


def coarse_noise(shape: tuple[int, int], width: float = 0.8, seed: int = 0) -> np.ndarray:
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), width)
    return np.float32(noise / noise.std())


def blurred(image: np.ndarray) -> np.ndarray:
    return gaussian_filter(image, (3, 3, 0)[: image.ndim])


def test_a_field_has_the_spectrum_that_was_measured() -> None:
    """Measured again: within 6 %, 3 % as chance has it."""
    measured = grain(0.5 + 0.05 * coarse_noise((512, 512)))
    again = grain(0.5 + field(measured, (512, 512), seed=1))
    assert again.correlated
    np.testing.assert_allclose(again.spectrum, measured.spectrum, rtol=0.25)
    assert again.rms == pytest.approx(measured.rms, rel=0.06)
    assert field(measured, (512, 512)).std() == pytest.approx(measured.rms, rel=0.03)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_grain_is_taken_and_texture_stays(channels: tuple) -> None:
    noise = 0.02 * np.random.default_rng(0).standard_normal((256, 256), np.float32)
    wave = 0.2 * np.sin(np.arange(256, dtype=np.float32))  # of 6 pixels: the blur takes it all
    for texture, least, most in ((0, 0.9, 1), (wave, 0, 0.02)):
        image = np.broadcast_to((0.5 + noise + texture).T, (*channels, 256, 256)).T.copy()
        all_of_it = blurred(image) - image
        share = (trusted(blurred, image, WHITE) - image).std() / all_of_it.std()
        assert least <= share <= most


def test_what_only_colours_do_counts() -> None:
    """The mean of the channels stays as it is: nothing speaks against the change."""
    image = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)

    def grayer(colours: np.ndarray) -> np.ndarray:
        return np.repeat(colours.mean(axis=2, keepdims=True), 3, axis=2)

    np.testing.assert_allclose(trusted(grayer, image, WHITE), grayer(image), atol=1e-6)


@pytest.mark.parametrize("shape", [(150, 70), (150, 70, 3)])
def test_strips_leave_no_seam(shape: tuple, monkeypatch) -> None:
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    whole = trusted(blurred, image, WHITE)
    monkeypatch.setattr(weighing, "STRIP", 700)
    np.testing.assert_allclose(trusted(blurred, image, WHITE), whole, rtol=0, atol=1e-5)


def test_the_estimate_says_how_strong_grain_is() -> None:
    """Of gray, and of the mean of three channels whose noise is independent: 1/√3 of it."""
    noise = np.dstack([coarse_noise((256, 256), seed=k) for k in range(3)])
    gray, colour = (estimate(np.float32(0.5 + 0.04 * n)) for n in (noise[..., 0], noise))
    assert gray.correlated
    assert colour.correlated
    assert colour.grain.rms / gray.grain.rms == pytest.approx(3**-0.5, rel=0.15)


@pytest.mark.parametrize("name", ["brick", "grass"])
def test_told_far_too_much_a_network_does_less_harm(name: str) -> None:
    clean = images.load(name, gray=True, size=256)
    noisy = clean + 0.008 * coarse_noise((256, 256))
    measured = grain(0.5 + 0.008 * coarse_noise((256, 256), seed=1))
    network = networks.load("drunet")

    def restore(image: np.ndarray) -> np.ndarray:
        return network(image, 4 * measured.coarse)

    untrusted = metrics.psnr(clean, restore(noisy))
    kept = metrics.psnr(clean, trusted(restore, noisy, measured))
    assert kept > untrusted + 3
    assert kept > metrics.psnr(clean, noisy) - 1

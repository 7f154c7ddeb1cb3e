"""One picture alone: what its halves teach, and where they cannot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import denoise, images, metrics, noise
from helpers.denoiser import Denoiser
from helpers.losses import L2
from helpers.training import Patches, zero_shot
from helpers.training.zero_shot import Halves, halves

SIGMA = 25 / 255
CLEAN = images.load("camera", gray=True, size=96)


def gain(clean: np.ndarray, model: noise.NoiseModel, **options) -> float:
    """How many dB better a picture is than before."""
    noisy = model(clean, rng=0)
    restored = zero_shot(noisy, **{"steps": 300} | options)
    assert restored.shape == clean.shape
    assert restored.dtype == np.float32
    return metrics.psnr(clean, restored) - metrics.psnr(clean, noisy)


# ---- two halves -----------------------------------------------------------------------------


def test_halves_share_the_scene_and_no_pixel() -> None:
    x = torch.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
    first, second = halves(x)
    assert first.shape == (2, 3, 2, 3)
    torch.testing.assert_close(first, second)  # a plane has the same means on both diagonals
    torch.testing.assert_close((first + second) / 2, torch.nn.functional.avg_pool2d(x, 2))
    noisy = torch.from_numpy(noise.Gaussian(SIGMA)(np.zeros((256, 256)), rng=0))[None, None]
    first, second = (one.flatten() for one in halves(noisy))
    assert first.std().item() == pytest.approx(SIGMA / 2**0.5, rel=0.02)
    assert abs(torch.corrcoef(torch.stack([first, second]))[0, 1].item()) < 4 / 128


def test_halves_of_an_image_are_those_of_a_tensor() -> None:
    of_tensor = halves(torch.from_numpy(CLEAN)[None, None])
    for one, other in zip(halves(CLEAN), of_tensor, strict=True):
        assert one.dtype == np.float32
        assert np.array_equal(one, other[0, 0].numpy())


def test_the_loss_is_both_errors() -> None:
    patches = Patches([(noise.Gaussian(SIGMA)(CLEAN, rng=0),)], None, 32, 0)
    objective = Halves(patches)
    (whole,) = batch = objective.batch([0, 1])
    first, second = halves(whole)
    keep = objective.loss(lambda y: y, batch).item()  # consistent, and as noisy as before
    assert keep == pytest.approx(L2()(first, second).item(), rel=1e-5)
    flat = objective.loss(lambda y: 0 * y + 0.25, batch).item()
    expected = L2()(torch.cat([first, second]), torch.full((4, 1, 16, 16), 0.25)).item()
    assert flat == pytest.approx(expected, rel=1e-5)


# ---- what it restores -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "at_least"),
    [  # 8.2, 6.4 and 6.2 dB
        (noise.Gaussian(SIGMA), 6),
        (noise.Poisson(20), 5),
        (noise.Speckle(0.3), 5),
    ],
    ids=str,
)
def test_noise_with_mean_zero_goes_whatever_its_law(model, at_least: float) -> None:
    assert gain(CLEAN, model) > at_least


def test_colour_is_restored_whole() -> None:
    assert gain(images.load("coffee", size=96), noise.Gaussian(SIGMA)) > 5


def test_correlated_noise_stays() -> None:
    """Noise of neighbours that goes together is in both halves: the network learns to keep it."""
    white = noise.Gaussian(SIGMA)(0 * CLEAN, rng=0)
    grain = noise.GaussianBlur(1)(white, rng=0)
    grain *= white.std() / grain.std()
    noisy = CLEAN + grain
    restored = zero_shot(noisy, steps=300)
    assert metrics.psnr(CLEAN, restored) < metrics.psnr(CLEAN, noisy) + 1.5


@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (9, 5), (31, 50), (17, 16, 3)])
def test_pictures_of_any_size(shape: tuple) -> None:
    picture = np.full(shape, 0.5, np.float32)
    restored = zero_shot(picture, steps=3)
    assert restored.shape == shape
    assert np.isfinite(restored).all()


# ---- how it is called -----------------------------------------------------------------------


def test_the_seed_decides_everything() -> None:
    noisy = noise.Gaussian(SIGMA)(CLEAN, rng=0)
    state = torch.get_rng_state()
    first, again, other = (zero_shot(noisy, steps=5, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)  # nobody else's numbers change
    assert np.isfinite(zero_shot(noisy[:8, :8], steps=1, seed=10**30)).all()


def test_it_is_a_denoiser_and_needs_no_sigma() -> None:
    noisy = noise.Gaussian(SIGMA)(CLEAN, rng=0)
    assert isinstance(zero_shot, Denoiser)
    assert np.array_equal(zero_shot(noisy, steps=5), zero_shot(noisy, 0.3, steps=5))
    assert np.array_equal(zero_shot(noisy, 0), noisy)

    def short(y: np.ndarray, sigma: float | None = None) -> np.ndarray:
        return zero_shot(y, sigma, steps=100)

    told = denoise.told(short, noise.Poisson(30))(noise.Poisson(30)(CLEAN, rng=0))
    assert metrics.psnr(CLEAN, told) > 24


def test_a_bar_is_shown_only_when_asked(capsys: pytest.CaptureFixture) -> None:
    zero_shot(CLEAN, steps=2)
    assert capsys.readouterr().err == ""
    zero_shot(CLEAN, steps=2, progress=True)
    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"noisy": np.zeros(5)}, "an image has 2 or 3 dimensions"),
        ({"noisy": 255 * CLEAN}, "divide by 255"),
        ({"sigma": 25}, "sigma is in image units, divide by 255"),
        ({"steps": 0}, "steps is a whole number from 1"),
        ({"seed": -1}, "seed is a whole number, 0 or more"),
        ({"progress": "no"}, "progress is True or False"),
    ],
)
def test_what_cannot_be_restored_is_refused(changes: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        zero_shot(**{"noisy": CLEAN, "steps": 2} | changes)

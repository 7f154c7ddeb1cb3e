"""One noisy picture, nothing else known."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import filters, images, metrics
from helpers.denoise import restoring
from helpers.denoise.estimating import Estimate
from helpers.denoise.restoring import denoise, doubts_of, from_estimate, method_of
from helpers.noise import Chain, Gaussian, Poisson, PoissonGaussian, SaltAndPepper


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True, size=256)


def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    return metrics.score(reference, image, ["psnr"])["psnr"]


# ---- nothing told ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["auto", "bm3d"])
def test_a_gray_picture_kept_as_colour_is_restored_as_gray(method: str) -> None:
    """As colour it was restored 4 to 12 dB worse: it is the same in all channels."""
    noisy = Gaussian(20 / 255)(images.load("camera", gray=True, size=96), rng=0, clip=True)
    alone, three = (denoise(x, method=method) for x in (noisy, np.dstack([noisy] * 3)))
    assert (three.image == alone.image[..., np.newaxis]).all()
    assert (three.method, three.model) == (alone.method, alone.model)


def test_who_asks_for_a_network_of_colour_gets_it() -> None:
    noisy = np.dstack([Gaussian(20 / 255)(images.load("camera", gray=True, size=48), rng=0)] * 3)
    assert denoise(noisy, 20 / 255, "drunet_colour").method == "drunet_colour"


@pytest.mark.parametrize(
    ("model", "least"),
    [(Gaussian(25 / 255), 8), (Poisson(30), 8), (PoissonGaussian(0.02, 5 / 255), 8)],
    ids=str,
)
@pytest.mark.parametrize("clip", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_noisy_picture_is_restored(model, least: float, clip: bool, clean: np.ndarray) -> None:
    """By 9 to 10 dB on the camera."""
    noisy = model(clean, rng=0, clip=clip)
    restored = denoise(noisy)
    assert psnr(clean, restored.image) > psnr(clean, noisy) + least
    assert restored.method == "drunet"
    assert restored.interval
    assert (restored.image.min() >= 0) & (restored.image.max() <= 1)


def test_a_colour_picture_is_restored_in_colour() -> None:
    clean = images.load("chelsea", size=128)
    noisy = Gaussian(25 / 255)(clean, rng=0)
    restored = denoise(noisy)
    assert restored.method == "drunet_colour"
    assert restored.image.shape == clean.shape
    assert psnr(clean, restored.image) > psnr(clean, noisy) + 8


def test_estimating_costs_little(clean: np.ndarray) -> None:
    noisy = Poisson(30)(clean, rng=0)
    told, estimated = denoise(noisy, Poisson(30)), denoise(noisy)
    assert psnr(clean, estimated.image) > psnr(clean, told.image) - 0.3


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_constant_picture_comes_back(value: float) -> None:
    picture = np.full((64, 64), value, np.float32)
    restored = denoise(picture)
    assert np.array_equal(restored.image, picture)
    assert restored.model is None


def test_a_picture_too_small_to_be_estimated_is_refused() -> None:
    with pytest.raises(ValueError, match=r"16"):
        denoise(np.random.default_rng(0).random((9, 9)).astype(np.float32))


def test_a_small_picture_can_be_told() -> None:
    noisy = np.float32(0.5 + 0.1 * np.random.default_rng(0).standard_normal((9, 9)))
    assert denoise(noisy, 0.1).image.std() < 0.05


# ---- told -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("noise", [Gaussian(25 / 255), 25 / 255])
def test_what_is_told_is_not_estimated(noise, clean: np.ndarray, monkeypatch) -> None:
    monkeypatch.setattr(restoring, "estimate", None)
    noisy = Gaussian(25 / 255)(clean, rng=0)
    restored = denoise(noisy, noise, "bm3d")
    assert restored.model == Gaussian(25 / 255)
    assert restored.interval == {}
    expected = np.clip(filters.bm3d(noisy, 25 / 255), 0, 1)
    assert np.array_equal(restored.image, expected)


def test_strength_leaves_some_or_takes_more(clean: np.ndarray) -> None:
    noisy = Gaussian(25 / 255)(clean, rng=0, clip=True)
    removed = [
        np.abs(denoise(noisy, 25 / 255, strength=s).image - noisy).mean() for s in (0, 0.5, 1, 1.5)
    ]
    assert removed[0] == 0
    assert removed == sorted(removed)


@pytest.mark.parametrize("strength", [-1, 11, np.nan, "1", None])
@pytest.mark.parametrize("noise", [None, 0.1])
def test_odd_strengths_are_refused(strength: object, noise: float | None) -> None:
    """Of a picture without noise too, where nothing is told."""
    with pytest.raises(ValueError, match="strength is a number from 0 to 10"):
        denoise(np.full((64, 64), 0.5), noise, "mean", strength)


# ---- methods --------------------------------------------------------------------------------


@pytest.mark.slow
def test_best_averages_eight_turns(clean: np.ndarray) -> None:
    """Which gains 0.1 dB."""
    noisy = Gaussian(25 / 255)(clean, rng=0)
    best, auto = (denoise(noisy, 25 / 255, method) for method in ("best", "auto"))
    assert psnr(clean, best.image) > psnr(clean, auto.image) + 0.03
    assert best.method == "drunet, eight turns"


@pytest.mark.parametrize("method", ["median", "dncnn", "dncnn_blind", filters.tv])
def test_any_denoiser_is_a_method(method, clean: np.ndarray) -> None:
    noisy = Gaussian(25 / 255)(clean, rng=0)
    assert psnr(clean, denoise(noisy, 25 / 255, method).image) > psnr(clean, noisy) + 4


@pytest.mark.parametrize(
    ("method", "colour", "reason"),
    [
        ("bmd3", False, "unknown method 'bmd3'"),
        ("zero_dce", True, "brightens"),
        ("drunet_colour", False, "this one is gray"),
        (3, False, "method is one of"),
    ],
)
def test_odd_methods_are_refused(method, colour: bool, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        method_of(method, colour)


# ---- what was removed -----------------------------------------------------------------------


@pytest.mark.parametrize("model", [Gaussian(10 / 255), PoissonGaussian(0.01, 5 / 255)], ids=str)
@pytest.mark.parametrize("name", ["camera", "chelsea", "grass"])
def test_nothing_speaks_against_the_truth(model, name: str) -> None:
    clean = images.load(name, gray=True, size=256)
    assert denoise(model(clean, rng=0), model).warnings == ()


def test_nothing_speaks_against_the_truth_in_clipped_colour() -> None:
    clean = images.load("coffee", size=256)
    model = PoissonGaussian(0.03, 6 / 255)
    assert denoise(model(clean, rng=0, clip=True), model).warnings == ()


def test_bars_are_no_flat_places() -> None:
    scene = 0.2 + 0.6 * images.load("camera", size=256)
    noisy = Gaussian(20 / 255)(scene, rng=0)
    noisy[:40] = noisy[-40:] = 0.5
    restored = np.where(noisy == 0.5, noisy, scene)  # nothing but noise was removed
    assert doubts_of(noisy, restored, Estimate(Gaussian(20 / 255))) == ()


def test_texture_that_was_removed_is_seen() -> None:
    clean = images.load("grass", gray=True, size=256)
    noisy = Gaussian(10 / 255)(clean, rng=0)
    found = Estimate(Gaussian(10 / 255))
    (doubt,) = doubts_of(noisy, filters.gaussian(noisy, 30 / 255), found)[-1:]
    assert "some of it was texture" in doubt


def test_too_much_told_leaves_a_trace(clean: np.ndarray) -> None:
    noisy = Gaussian(10 / 255)(clean, rng=0)
    assert denoise(noisy, 30 / 255).warnings


def test_impulses_are_filled_and_the_rest_is_left(clean: np.ndarray) -> None:
    noisy = SaltAndPepper(0.05)(clean, rng=0)
    restored = denoise(noisy, SaltAndPepper(0.05))
    assert psnr(clean, restored.image) > 40
    assert np.mean(restored.image == noisy) > 0.9


def test_impulses_above_a_black_level_are_filled(clean: np.ndarray) -> None:
    """They are black and white of the picture as it is, not of what is left of it."""
    noise = Chain([Poisson(100), SaltAndPepper(0.03)])
    found = Estimate(noise, black=0.15)
    noisy = Poisson(100)(0.8 * clean, rng=0) + np.float32(0.15)
    hit = SaltAndPepper(0.03)(np.clip(noisy, 0.01, 0.99), rng=1)
    restored = from_estimate(filters.nlm, found)(hit)
    assert metrics.psnr(0.8 * clean + np.float32(0.15), restored) > 28
    assert np.abs(restored - hit)[(hit == 0) | (hit == 1)].mean() > 0.3


def test_what_was_removed_is_judged_above_the_black_level() -> None:
    """The truth itself leaves no doubt."""
    scene = np.full((256, 256), 0.05, np.float32)
    rows = np.arange(256, dtype=np.float32)
    scene[:, 128:] = 0.375 + 0.075 * np.sin(rows[:, np.newaxis] + rows[128:])
    noisy = Poisson(200)(scene, rng=0) + np.float32(0.4)
    assert doubts_of(noisy, scene + np.float32(0.4), Estimate(Poisson(200), black=0.4)) == ()
    assert doubts_of(noisy, scene + np.float32(0.4), Estimate(Poisson(200))) != ()

"""Any denoiser, told any noise."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers import filters, images, metrics, networks
from helpers.denoise import told
from helpers.denoise.telling import parts_of
from helpers.denoiser import Denoiser
from helpers.estimation import Grain, grain
from helpers.noise import (
    Camera,
    Chain,
    Gaussian,
    GaussianBlur,
    Jpeg,
    NoiseModel,
    Poisson,
    PoissonGaussian,
    Quantize,
    SaltAndPepper,
    Speckle,
)


class Maps:
    """A denoiser that takes a map of σ."""

    takes_map = True

    def __call__(self, noisy: np.ndarray, sigma: float | np.ndarray | None = None) -> np.ndarray:
        return noisy


MAPS = Maps()


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True, size=128)


def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    return metrics.score(reference, image, ["psnr"])["psnr"]


def gain(denoiser: Denoiser, model: NoiseModel, clean: np.ndarray, **options) -> float:
    """PSNR of the denoiser told the model, over that of the denoiser told one σ."""
    noisy = model(clean, rng=0)
    one_sigma = denoiser(noisy, model.rms(clean))
    return psnr(clean, told(denoiser, model, **options)(noisy)) - psnr(clean, one_sigma)


# ---- what telling is worth ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "least"),
    [
        (Poisson(5), 0.5),
        (Poisson(30), 0.5),
        (Speckle(0.2), 1.5),
        (PoissonGaussian(0.05, 5 / 255), 0.5),
        (Camera(gain=0.01), -0.4),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", [pytest.param("bm3d", marks=pytest.mark.slow), "drunet", "dncnn"])
def test_telling_gains(model: NoiseModel, least: float, name: str, clean: np.ndarray) -> None:
    """On 128×128 pixels, which are few for a camera's gray ramp: −0.3 to 0.4 dB there."""
    denoiser = filters.bm3d if name == "bm3d" else networks.load(name)
    assert gain(denoiser, model, clean) > least


@pytest.mark.slow
def test_white_noise_is_told_as_its_sigma(clean: np.ndarray) -> None:
    noisy = Gaussian(25 / 255)(clean, rng=0)
    expected = filters.bm3d(noisy, 25 / 255)
    for noise in (25 / 255, Gaussian(25 / 255), Chain([Gaussian(25 / 255)])):
        assert np.array_equal(told(filters.bm3d, noise)(noisy), expected)


def test_clipped_noise_is_undone_without_a_bias(clean: np.ndarray) -> None:
    """Clipping takes half of the noise away at black, and makes it brighter: 0.4 dB."""
    noisy = Gaussian(50 / 255)(clean, rng=0, clip=True)
    restored = told(filters.bm3d, Gaussian(50 / 255))(noisy)
    assert psnr(clean, restored) > psnr(clean, filters.bm3d(noisy, 50 / 255)) + 0.2
    dark = clean < 0.1
    assert abs(restored[dark].mean() - clean[dark].mean()) < 0.02


@pytest.mark.slow
def test_few_photons_need_the_exact_inverse(clean: np.ndarray) -> None:
    noisy = Poisson(1)(clean, rng=0)
    scores = {
        kind: psnr(clean, told(filters.bm3d, Poisson(1), inverse=kind)(noisy))
        for kind in ("exact", "asymptotic", "algebraic")
    }
    assert scores["exact"] > max(scores["asymptotic"], scores["algebraic"]) + 2


def test_a_map_serves_speckle_better(clean: np.ndarray) -> None:
    noisy, network = Speckle(0.2)(clean, rng=0), networks.load("drunet")
    by = {way: told(network, Speckle(0.2), by=way)(noisy) for way in ("auto", "transform", "map")}
    assert np.array_equal(by["auto"], by["map"])
    assert psnr(clean, by["map"]) > psnr(clean, by["transform"])


# ---- noise whose neighbours go together -----------------------------------------------------


@pytest.mark.slow
def test_correlated_noise_is_told_by_its_coarse_strength() -> None:
    clean = images.load("camera", gray=True, size=256)
    model = Chain([Gaussian(40 / 255), GaussianBlur(0.8)])
    noisy = clean + model(np.zeros_like(clean), rng=0)
    blind = filters.bm3d(noisy)
    measured = grain(noisy)
    assert psnr(clean, told(filters.bm3d, measured)(noisy)) > psnr(clean, blind) + 2
    restored = told(networks.load("drunet"), 1e-3, grain=measured)(noisy)
    assert psnr(clean, restored) > psnr(clean, blind) + 2


@pytest.mark.slow
def test_bm3d_is_told_the_spectrum_of_grain() -> None:
    """Measured in the picture itself: 2.3 dB more than its RMS alone; and none for white noise."""
    clean = images.load("camera", gray=True, size=256)
    blurred = gaussian_filter(np.random.default_rng(0).standard_normal(clean.shape), 0.8)
    noisy = (clean + 20 / 255 * blurred / blurred.std()).astype(np.float32)
    measured = grain(noisy)
    restored = told(filters.bm3d, measured)(noisy)
    assert psnr(clean, restored) > psnr(clean, filters.bm3d(noisy, measured.rms)) + 1
    told_options = []

    def denoiser(noisy, sigma=None, correlation=None):
        told_options.append(correlation)
        return noisy

    told(denoiser, measured)(noisy)
    told(denoiser, replace(measured, correlated=False))(noisy)
    assert np.array_equal(told_options[0], measured.correlation)
    assert told_options[1] is None


def test_channels_are_told_each_its_own_strength() -> None:
    clean = images.load("coffee", size=96)
    strengths = np.float32([5, 10, 40]) / 255
    noisy = clean + strengths * np.random.default_rng(0).standard_normal(clean.shape)
    every = tuple(Grain(s, s, False, True) for s in strengths.tolist())
    whole = Grain(20 / 255, 20 / 255, False, True)
    restored = told(filters.bm3d, Grain(20 / 255, 20 / 255, False, True, every))(noisy)
    assert psnr(clean, restored) > psnr(clean, told(filters.bm3d, whole)(noisy)) + 2


def test_a_channel_without_noise_leaves_the_others_to_be_restored() -> None:
    """Made as noisy as they are, it was 100 times as bright, and refused as gray levels."""
    clean = 0.5 + images.load("coffee", size=64) / 2
    strengths = np.float32([30, 30, 0.3]) / 255
    noisy = clean + strengths * np.random.default_rng(0).standard_normal(clean.shape)
    every = tuple(Grain(s, s, False, True) for s in (*strengths[:2].tolist(), 0))
    for denoiser in (filters.bm3d, networks.load("drunet_colour")):
        restored = told(denoiser, Grain(20 / 255, 20 / 255, False, True, every))(noisy)
        assert np.abs(restored - clean)[..., 2].mean() < 4 / 255
        assert psnr(clean, restored) > psnr(clean, noisy) + 8


def test_a_gray_picture_is_told_the_grain_of_the_whole(clean: np.ndarray) -> None:
    every = tuple(Grain(s, s, False, True) for s in (0.01, 0.1, 0.2))
    noisy = Gaussian(0.1)(clean, rng=0)
    of_three, of_one = Grain(0.1, 0.1, False, True, every), Grain(0.1, 0.1, False, True)
    expected = told(filters.bm3d, of_one)(noisy)
    assert np.array_equal(told(filters.bm3d, of_three)(noisy), expected)


# ---- chains ---------------------------------------------------------------------------------


def test_a_chain_of_photons_and_read_noise_is_a_sensor(clean: np.ndarray) -> None:
    chain = Chain([Poisson(50), Gaussian(5 / 255)])
    noisy = chain(clean, rng=0)
    sensor = told(filters.bm3d, PoissonGaussian(1 / 50, 5 / 255))(noisy)
    np.testing.assert_allclose(told(filters.bm3d, chain)(noisy), sensor, atol=2e-3)


def test_a_blur_before_the_noise_stays(clean: np.ndarray) -> None:
    chain = Chain([GaussianBlur(1), Poisson(50)])
    noisy = chain(clean, rng=0)
    assert np.array_equal(told(filters.bm3d, chain)(noisy), told(filters.bm3d, Poisson(50))(noisy))


def test_a_chain_in_a_chain_is_one_chain(clean: np.ndarray) -> None:
    flat, nested = (
        [GaussianBlur(1), Poisson(50), SaltAndPepper(0.05)],
        [Chain([GaussianBlur(1)]), Chain([Chain([Poisson(50)]), SaltAndPepper(0.05)])],
    )
    noisy = Chain(flat)(clean, rng=0)
    restored = [told(filters.bm3d, Chain(models))(noisy) for models in (flat, nested)]
    assert np.array_equal(*restored)


def test_rounding_before_impulses_is_told_though_the_file_is_rounded_again() -> None:
    coarse = Quantize(8)
    assert parts_of(Chain([coarse, SaltAndPepper(), coarse])) == (SaltAndPepper(), coarse)


def test_jpeg_after_the_noise_is_simulated(clean: np.ndarray) -> None:
    chain = Chain([Gaussian(15 / 255), Jpeg(80)])
    noisy = chain(clean, rng=0)
    assert psnr(clean, told(filters.bm3d, chain)(noisy)) > psnr(clean, noisy) + 4


def test_rounding_counts_as_noise(clean: np.ndarray) -> None:
    noisy = Quantize(16)(clean, rng=0)
    assert psnr(clean, told(networks.load("drunet"), Quantize(16))(noisy)) > psnr(clean, noisy)


# ---- strength, size, colour -----------------------------------------------------------------


def test_strength_is_how_much_is_told(clean: np.ndarray) -> None:
    noisy = Poisson(30)(clean, rng=0)
    removed = [
        np.abs(told(filters.bm3d, Poisson(30), strength=s)(noisy) - noisy).mean()
        for s in (0, 0.5, 1, 2)
    ]
    assert removed[0] == 0
    assert removed == sorted(removed)


@pytest.mark.parametrize("model", [Poisson(30), Speckle(0.2), Camera(), Gaussian(0)], ids=str)
@pytest.mark.parametrize("shape", [(9, 31), (17, 20, 3)])
def test_pictures_keep_their_shape_and_are_left_alone(model: NoiseModel, shape: tuple) -> None:
    noisy = model(np.full(shape, 0.5, np.float32), rng=0)
    before = noisy.copy()
    restored = told(filters.mean, model)(noisy)
    assert restored.shape == shape
    assert restored.dtype == np.float32
    assert np.isfinite(restored).all()
    assert np.array_equal(noisy, before)
    assert not np.shares_memory(noisy, restored)


@pytest.mark.parametrize(("peak", "least"), [(0.05, 1), (0.5, 8)])
def test_hardly_any_photons_are_still_restored(
    peak: float, least: float, clean: np.ndarray
) -> None:
    noisy = Poisson(peak)(clean, rng=0)
    restored = told(networks.load("drunet"), Poisson(peak))(noisy)
    assert abs(restored.mean() - clean.mean()) < 0.15
    assert psnr(clean, restored) > psnr(clean, noisy) + least


def test_one_that_was_told_is_a_denoiser(clean: np.ndarray) -> None:
    one = told(filters.mean, Poisson(30))
    assert isinstance(one, Denoiser)
    noisy = Poisson(30)(clean, rng=0)
    assert np.array_equal(one(noisy, 0.3), one(noisy))
    assert np.array_equal(pickle.loads(pickle.dumps(one))(noisy), one(noisy))


@pytest.mark.parametrize("model", [Gaussian(0.1), Poisson(20), Speckle(0.2), Camera()], ids=str)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda x: x[:-1], r"of shape \(127, 128\)"),
        (lambda x: x[..., None], r"of shape \(128, 128, 1\)"),
        (lambda x: None, "object"),
        (lambda x: x * np.nan, "NaN"),
    ],
)
def test_a_denoiser_that_gives_no_picture_is_refused(
    answer, reason: str, model: NoiseModel, clean: np.ndarray
) -> None:
    with pytest.raises(ValueError, match=f"the denoiser gives .*{reason}"):
        told(lambda noisy, sigma=None: answer(noisy), model)(clean)


@pytest.mark.parametrize("model", [Gaussian(0.1), Poisson(20), Speckle(0.2), Camera()], ids=str)
def test_a_denoiser_may_write_into_its_picture(model: NoiseModel, clean: np.ndarray) -> None:
    class Halves:
        takes_map = True

        def __call__(self, noisy, sigma=None):
            noisy *= 0.5
            return noisy.astype(float)

    noisy = model(clean, rng=0)
    before = noisy.copy()
    assert told(Halves(), model)(noisy).dtype == np.float32
    assert np.array_equal(noisy, before)


# ---- what cannot be told --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "reason"),
    [
        (("bm3d", Poisson(30)), {}, "denoiser is a function"),
        ((filters.mean, "poisson"), {}, "sigma is a number from 0 to 1"),
        ((filters.mean, 25), {}, "divide by 255"),
        ((filters.mean, GaussianBlur(1)), {}, "is no noise"),
        ((filters.mean, Chain([GaussianBlur(1), Jpeg(50)])), {}, "is no noise"),
        ((filters.mean, Chain([SaltAndPepper(), GaussianBlur(1)])), {}, "they come last"),
        ((filters.mean, Poisson(30)), {"by": "map"}, "take a map"),
        ((filters.mean, Poisson(30)), {"by": "magic"}, "by is one of"),
        ((filters.mean, Poisson(30)), {"inverse": "linear"}, "inverse is one of"),
        ((MAPS, Camera()), {"by": "map"}, "by='map' tells the variance of white noise"),
        ((MAPS, Poisson(30)), {"by": "map", "grain": "measured"}, "by='map' tells the variance"),
        ((filters.mean, Poisson(30)), {"grain": 0.1}, "grain is a Grain, 'measured' or None"),
        (
            (filters.mean, Poisson(30)),
            {"grain": np.ones(2)},
            "grain is a Grain, 'measured' or None",
        ),
        ((filters.mean, Grain(np.nan, np.nan, True, True)), {}, "coarse is a number"),
        ((filters.mean, Chain([SaltAndPepper(), Quantize(8), Jpeg()])), {}, "here JPEG"),
        ((filters.mean, Poisson(30)), {"strength": -1}, "strength is a number"),
    ],
)
def test_odd_arguments_are_refused(arguments: tuple, options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        told(*arguments, **options)

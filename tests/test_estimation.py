"""Fits find what was put in, searches find minima, blind estimates keep their promises."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation import METHODS, SEARCHES, blind_sigma, fit, identify
from helpers.estimation.features import is_aligned, is_clipped
from helpers.estimation.pairing import transition


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True, size=256)


def as_file(model: noise.NoiseModel, clean: np.ndarray, seed: int = 0) -> np.ndarray:
    """Noisy, clipped and rounded to 8 bits."""
    return noise.Quantize(256)(model(clean, seed, clip=True), seed)


# Tolerances are about four standard errors of 256×256 pixels.
@pytest.mark.parametrize(
    ("model", "tolerance"),
    [
        (noise.Gaussian(2 / 255), 0.015),
        (noise.Gaussian(10 / 255), 0.015),
        (noise.Gaussian(40 / 255), 0.015),
        (noise.Speckle(0.1), 0.02),
        (noise.Speckle(0.3), 0.02),
        (noise.Poisson(20), 0.02),
        (noise.Poisson(60), 0.02),
        (noise.SaltAndPepper(0.1), 0.06),
        (noise.PoissonGaussian(0.02, 0.05), 0.08),
        (noise.Jpeg(40), 0),
        (noise.Quantize(16), 0.07),  # one of the hundred levels that are tried
    ],
    ids=str,
)
def test_a_fit_finds_what_was_put_in(clean: np.ndarray, model, tolerance: float) -> None:
    found = fit(as_file(model, clean), clean, type(model))
    for name in model.parameters():
        truth = getattr(model, name)
        assert getattr(found.model, name) == pytest.approx(truth, rel=tolerance)


@pytest.mark.parametrize("sigma", [5 / 255, 25 / 255])
def test_gradients_alone_find_gaussian_noise(clean: np.ndarray, sigma: float) -> None:
    """The reference is turned around: no pixel lies on its own."""
    noisy = as_file(noise.Gaussian(sigma), clean)
    found = fit(noisy, clean[::-1, ::-1])
    assert not found.aligned
    assert found.model.sigma == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("turned", [False, True])
def test_one_half_of_a_photograph_is_a_reference_for_the_other(turned: bool) -> None:
    """Half is sky and half is grass: the proportions of surfaces differ, and are left free."""
    halves = np.array_split(images.load("camera", gray=True), 2, axis=1)
    shown, reference = halves[::-1] if turned else halves
    found = fit(as_file(noise.Gaussian(25 / 255), shown), reference)
    assert not found.aligned
    assert found.model.sigma * 255 == pytest.approx(25, rel=0.06)


def test_references_may_be_several_other_pictures() -> None:
    phantoms = [images.xray_phantom(seed).image for seed in range(4)]
    noisy = as_file(noise.Poisson(40), phantoms[0])
    found = fit(noisy, phantoms[1:], "poisson")
    assert found.model.peak == pytest.approx(40, rel=0.1)


def test_steps_of_counted_photons_are_hit_exactly(clean: np.ndarray) -> None:
    found = fit(as_file(noise.Poisson(10), clean), clean, "poisson")
    assert found.model.peak == pytest.approx(10, rel=1e-3)
    assert found.explains


def test_information_pays_for_a_parameter_only_where_it_helps(clean: np.ndarray) -> None:
    for truth in (noise.Poisson(40), noise.PoissonGaussian(0.02, 0.04)):
        noisy = as_file(truth, clean)
        photons, both = (fit(noisy, clean, key) for key in ("poisson", "poisson_gaussian"))
        assert (photons.information < both.information) == (truth.key == "poisson")


@pytest.mark.parametrize("name", ["clock", "retina", "cell", "moon"])
def test_smooth_pictures_in_strong_noise_are_seen_to_be_aligned(name: str) -> None:
    smooth = images.load(name, gray=True, size=256)
    noisy = as_file(noise.PoissonGaussian(0.05, 0.08), smooth)
    assert is_aligned(noisy, smooth)
    assert not is_aligned(noisy, np.roll(smooth, 9, axis=1))
    assert not is_aligned(noisy, smooth[::-1])


def test_pure_noise_is_not_explained_by_noise_on_a_photograph(clean: np.ndarray) -> None:
    noise_alone = as_file(noise.Gaussian(0.2), np.full_like(clean, 0.5))
    assert not fit(noise_alone, clean).explains
    assert not fit(noise_alone, clean, aligned=True).explains


def test_clipping_is_detected_and_simulated(clean: np.ndarray) -> None:
    """The plain standard deviation of the difference reads too little; the fit does not."""
    noisy = as_file(noise.Gaussian(40 / 255), clean)
    assert 255 * (noisy - clean).std() < 37
    found = fit(noisy, clean)
    assert found.clipped
    assert 255 * found.model.sigma == pytest.approx(40, rel=0.015)


def test_unclipped_noise_is_fitted_as_it_is(clean: np.ndarray) -> None:
    found = fit(noise.Gaussian(40 / 255)(clean, 0), clean)
    assert not found.clipped
    assert 255 * found.model.sigma == pytest.approx(40, rel=0.015)


def test_a_chain_is_fitted_with_all_its_parameters(clean: np.ndarray) -> None:
    truth = noise.Chain([noise.GaussianBlur(1.2), noise.Gaussian(10 / 255)])
    start = noise.Chain([noise.GaussianBlur(2), noise.Gaussian(20 / 255)])
    found = fit(as_file(truth, clean), clean, start, aligned=False)
    blur, grain = found.model.models
    assert blur.sigma == pytest.approx(1.2, rel=0.1)
    assert grain.sigma == pytest.approx(10 / 255, rel=0.05)


def test_the_interval_is_narrow_and_holds_the_truth(clean: np.ndarray) -> None:
    inside = 0
    for seed in range(4):
        low, high = fit(as_file(noise.Gaussian(20 / 255), clean, seed), clean).interval["sigma"]
        assert high - low < 0.04 * 20 / 255
        inside += low <= 20 / 255 <= high
    assert inside >= 3  # of a 90 % interval; 2 of 4 would be a chance of 1 in 20


def test_a_fit_tells_its_trace_and_time(clean: np.ndarray) -> None:
    found = fit(as_file(noise.Gaussian(0.1), clean), clean)
    assert len(found.trace) == found.evaluations > 10
    assert found.seconds > 0
    assert found.loss < 2 * found.floor


@pytest.mark.parametrize("search", SEARCHES)
def test_every_search_finds_the_same_sigma(clean: np.ndarray, search: str) -> None:
    found = fit(as_file(noise.Gaussian(15 / 255), clean), clean, search=search)
    assert 255 * found.model.sigma == pytest.approx(15, rel=0.03)


def test_the_scalar_search_refuses_two_parameters(clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one parameter, not 2"):
        fit(as_file(noise.Gaussian(0.1), clean), clean, "poisson_gaussian", search="scalar")


@pytest.mark.parametrize(
    "model",
    [noise.Gaussian(15 / 255), noise.SaltAndPepper(0.06), noise.Speckle(0.2), noise.Jpeg(40)],
    ids=str,
)
def test_the_kind_of_noise_is_identified(clean: np.ndarray, model: noise.NoiseModel) -> None:
    assert identify(as_file(model, clean), clean)[0].model.key == model.key


def test_nothing_explains_a_blur(clean: np.ndarray) -> None:
    kinds = ("gaussian", "poisson", "speckle", "salt_and_pepper")
    assert identify(as_file(noise.MotionBlur(15), clean), clean, kinds) == []


# ---- bad input ------------------------------------------------------------------------------


def test_the_noisy_picture_is_no_reference(clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no noise to fit"):
        fit(clean, clean)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (np.zeros((64, 64, 3), np.float32), "channels"),
        (np.zeros((4, 4), np.float32), "8×8"),
        ([], "at least one"),
    ],
)
def test_an_unfit_reference_is_refused(clean: np.ndarray, reference, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fit(noise.Gaussian(0.1)(clean, 0), reference)


@pytest.mark.parametrize("level", [0, 0.5, 1])
def test_a_constant_picture_says_nothing(clean: np.ndarray, level: float) -> None:
    with pytest.raises(ValueError, match="constant"):
        fit(np.full_like(clean, level), clean)


@pytest.mark.parametrize("model", ["gausian", 3, None, noise.Distortion])
def test_what_is_no_model_is_refused(clean: np.ndarray, model: object) -> None:
    with pytest.raises(ValueError, match="noise model"):
        fit(noise.Gaussian(0.1)(clean, 0), clean, model)


# ---- what a picture tells -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["camera", "brick", "moon", "grass"])
def test_alignment_is_seen_through_strong_noise(name: str) -> None:
    clean = images.load(name, gray=True, size=256)
    noisy = noise.Gaussian(50 / 255)(clean, 0, clip=True)
    assert is_aligned(noisy, clean)
    assert not is_aligned(noisy[::-1], clean)


def test_clipping_is_seen(clean: np.ndarray) -> None:
    strong = noise.Gaussian(0.2)(clean, 0)
    assert is_clipped(np.clip(strong, 0, 1))
    assert not is_clipped(strong)


@pytest.mark.parametrize("clipped", [True, False])
@pytest.mark.parametrize("model", [m() for m in noise.MODELS.values()], ids=str)
def test_transitions_are_probabilities(model: noise.NoiseModel, clipped: bool) -> None:
    expected = transition(model, clipped)
    if expected is None:  # no formula
        return
    assert expected.min() > -1e-9
    assert np.allclose(expected.sum(axis=1), 1)


# ---- blind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(200, 200), (200, 200, 3)])
def test_blind_methods_read_pure_noise(method: str, shape: tuple) -> None:
    """On a gray field there is nothing but noise; `eigenvalue` is known to read less."""
    flat = np.full(shape, 0.5, np.float32)
    estimate = blind_sigma(noise.Gaussian(20 / 255)(flat, 0), method)
    assert 255 * estimate == pytest.approx(20, rel=0.12 if method == "eigenvalue" else 0.04)


@pytest.mark.parametrize("sigma", [10, 25, 50])
def test_the_automatic_choice_is_within_one_gray_level(clean: np.ndarray, sigma: int) -> None:
    noisy = noise.Gaussian(sigma / 255)(images.load("camera"), 0)
    assert 255 * blind_sigma(noisy) == pytest.approx(sigma, abs=1)


def test_clipping_does_not_fool_the_automatic_choice() -> None:
    """Published estimators read about 45 where 50 was put in."""
    noisy = as_file(noise.Gaussian(50 / 255), images.load("coffee", gray=True))
    assert 255 * blind_sigma(noisy, "wavelet") < 48
    assert 255 * blind_sigma(noisy) == pytest.approx(50, abs=1.5)


@pytest.mark.parametrize(
    "image",
    [np.zeros((8, 200)), np.full((32, 32), np.nan), np.full((32, 32), 0.5), np.ones((32, 32))],
)
def test_a_blind_estimate_refuses_what_it_cannot_read(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"16×16|NaN|constant"):
        blind_sigma(image)


def test_an_unknown_method_lists_the_known() -> None:
    with pytest.raises(ValueError, match="wavelet"):
        blind_sigma(np.eye(32), "wavelets")

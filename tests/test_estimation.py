"""Fits find what was put in, searches find minima, blind estimates keep their promises."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation import METHODS, SEARCHES, blind_sigma, fit, identify, patches
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


def test_an_interval_ends_where_the_parameter_does(clean: np.ndarray) -> None:
    """Unaligned, hardly any noise: 0 is within reach, less is not."""
    found = fit(noise.Gaussian(0.5 / 255)(clean, 0), clean[::-1], aligned=False)
    low, high = found.interval["sigma"]
    assert 0 <= low < high < 10 / 255


def test_an_unaligned_interval_knows_its_own_simulation(clean: np.ndarray) -> None:
    """Other random numbers move the fit; the interval is wider than what they move it by."""
    found = fit(as_file(noise.Gaussian(20 / 255), clean[:, :128]), clean[:, 128:])
    problem = found._problem
    moved = [problem._fit_near(found.model, problem.observed, seed=k)[0] for k in (5, 6, 7, 8)]
    low, high = found.interval["sigma"]
    assert 0 < np.ptp(moved) < high - low


def test_a_fit_that_explains_has_no_doubt(clean: np.ndarray) -> None:
    noisy = as_file(noise.Gaussian(20 / 255), clean)
    assert fit(noisy, clean).doubt is None
    wrong = fit(noisy, clean, "salt_and_pepper")
    assert not wrong.explains
    assert wrong.doubt.startswith("Salt and pepper does not explain the picture")


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


def test_probabilities_between_thresholds_are_those_of_the_model() -> None:
    between = noise.probabilities_between(noise.Gaussian(0.1), np.array([[0.5]]), np.array([0.5]))
    np.testing.assert_allclose(between, [[0.5, 0.5]])
    x, edges = np.array([[0.2], [0.9]]), np.linspace(0, 1, 50)
    between = noise.probabilities_between(noise.PoissonGaussian(0.02, 0.05), x, edges)
    assert between.shape == (2, 51)
    np.testing.assert_allclose(between.sum(axis=1), 1)
    assert noise.probabilities_between(noise.Jpeg(), x, edges) is None


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


def masks(height: int, width: int, share: float) -> dict[str, np.ndarray]:
    """Parts of a picture that hold nothing, about so large, (H, W) bool each."""
    y, x = np.mgrid[:height, :width] - np.reshape([height / 2, width / 2], (2, 1, 1))
    u, v = x * np.cos(0.5) + y * np.sin(0.5), y * np.cos(0.5) - x * np.sin(0.5)
    depth = {
        "bars": np.abs(y),
        "side": x,
        "circle": np.hypot(y, x),
        "turned": np.abs((u, v)).max(0),
    }
    found = {name: d > np.quantile(d, 1 - share) for name, d in depth.items()}
    rng, found["rectangles"] = np.random.default_rng(0), np.zeros((height, width), bool)
    while found["rectangles"].mean() < share - 0.05:
        top, left = rng.integers(height - 40), rng.integers(width - 40)
        found["rectangles"][
            top : top + rng.integers(10, 40), left : left + rng.integers(10, 40)
        ] = 1
    return found


@pytest.mark.parametrize("mask", masks(64, 64, 0.5))
@pytest.mark.parametrize("value", [0, 0.4, 1])
@pytest.mark.parametrize("kind", ["float", "clipped", "8 bits", "colour in 8 bits"])
def test_half_of_a_picture_may_be_constant(mask: str, value: float, kind: str) -> None:
    """Camera and coffee at σ 5, 15, 50/255. The worst here is 8.3 % off, the median 1.2 %."""
    clean = images.load("coffee" if "colour" in kind else "camera", size=256)
    for sigma in (5, 15, 50):
        noisy = noise.Gaussian(sigma / 255)(clean, sigma, clip=kind != "float")
        noisy[masks(256, 256, 0.5)[mask]] = value
        noisy = np.rint(255 * noisy).astype(np.uint8) if "8 bits" in kind else noisy
        assert 255 * blind_sigma(noisy) == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(200, 200), (200, 200, 3)])
def test_no_method_sees_a_gray_bar(method: str, shape: tuple) -> None:
    """A bar as bright as the scene is the flattest there is; the rest is read as if alone.

    Beside the bar lie two pixels of margin, and filters that reach beyond a border: up to 0.6 %.
    """
    noisy = noise.Gaussian(20 / 255)(np.full(shape, 0.5, np.float32), 0)
    noisy[:90] = 0.5
    assert blind_sigma(noisy, method) == pytest.approx(blind_sigma(noisy[92:], method), rel=0.02)


@pytest.mark.parametrize("mask", masks(64, 64, 0.5))
def test_more_than_half_constant_is_refused_with_the_reason(mask: str) -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=256), 0)
    noisy[masks(256, 256, 0.7)[mask]] = 0
    with pytest.raises(ValueError, match=r"constant over .* cut out"):
        blind_sigma(noisy)


def test_the_last_places_for_patches_are_counted() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=16), 0)
    noisy[:8] = 0
    with pytest.raises(ValueError, match="places for a patch"):
        blind_sigma(noisy)


@pytest.mark.parametrize("sigma", [0, 1, 5, 25])
def test_a_slope_that_all_patches_share_is_no_noise(sigma: int) -> None:
    """Of 0.0063 a pixel; a covariance, which knows of differences alone, read 6.3 for 5."""
    slope = np.tile(np.linspace(0.1, 0.9, 128), (200, 1))
    noisy = noise.Gaussian(sigma / 255)(slope, 0)
    assert 255 * blind_sigma(noisy) == pytest.approx(sigma, rel=0.06, abs=0.01)


@pytest.mark.parametrize("factor", [1.5, 2])
@pytest.mark.parametrize("sigma", [10, 25])
def test_over_exposure_does_not_hide_the_noise(factor: float, sigma: int) -> None:
    """Up to half of these is white; off by 1.5 % at worst."""
    noisy = as_file(noise.Gaussian(sigma / 255), factor * images.load("camera", size=400))
    assert 255 * blind_sigma(noisy) == pytest.approx(sigma, rel=0.05)


def test_a_channel_that_repeats_another_or_holds_nothing_is_left_out(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(25 / 255)(clean, 0)
    alone = blind_sigma(noisy)
    assert blind_sigma(np.dstack([noisy] * 3)) == alone
    fluorescence = np.dstack([np.zeros_like(noisy), noisy, np.zeros_like(noisy)])
    assert blind_sigma(fluorescence) == alone


def test_channels_that_live_in_different_places_are_read_one_by_one() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("coffee", size=300), 0)
    noisy[:, :150, 0] = noisy[:, 150:, 1] = 0
    noisy[..., 2] = 0.5
    assert 255 * blind_sigma(noisy) == pytest.approx(25, rel=0.05)
    with pytest.raises(ValueError, match="places for a patch"):
        blind_sigma(noisy, "chen")


def test_a_picture_without_noise_reads_little_and_is_not_refused(clean: np.ndarray) -> None:
    for quiet in (
        clean,
        np.rint(255 * clean).astype(np.uint8),
        np.add.outer(clean[0], clean[:, 0]),
    ):
        assert 255 * blind_sigma(quiet) < 1.5


@pytest.mark.parametrize("shape", [(1800, 1500), (20, 100_000), (900, 900, 3)])
@pytest.mark.parametrize("clipped", [False, True])
def test_large_pictures_are_read_from_tiles_in_bounded_memory(shape: tuple, clipped: bool) -> None:
    clean = np.resize(images.load("coffee", gray=len(shape) == 2), shape)
    noisy = np.empty(shape, np.float32)
    noisy[:] = noise.Gaussian(25 / 255)(clean, 0, clip=clipped)
    tracemalloc.start()
    try:
        assert 255 * blind_sigma(noisy) == pytest.approx(25, rel=0.05)
        assert tracemalloc.get_traced_memory()[1] < 120e6  # 104 MB in clipped colour
    finally:
        tracemalloc.stop()


def test_an_excerpt_shows_tiles_of_the_picture_and_marks_its_seams() -> None:
    large = np.arange(1000 * 1200, dtype=np.float32).reshape(1000, 1200)
    tiles, seen = patches.excerpt(large, most=2**18)
    assert tiles.shape == seen.shape == (480, 480)  # 5×5 tiles of 96
    assert len(np.unique(tiles)) == tiles.size  # none twice
    across, down = np.diff(tiles, axis=1) != 1, np.diff(tiles, axis=0) != 1200
    assert not seen[:, :-1][across].any()
    assert not seen[:-1][down].any()
    assert seen.mean() == pytest.approx((95 / 96) ** 2)
    same, seen = patches.excerpt(large)[0], patches.excerpt(large[:300])[1]
    np.testing.assert_array_equal(same, patches.excerpt(large)[0])
    assert seen.all()


def test_only_windows_without_any_variation_are_dead() -> None:
    """A third of a level of 8 bits is enough noise to live; the margin goes beyond the edge."""
    noisy = as_file(noise.Gaussian(0.35 / 255), np.full((300, 300), 0.5, np.float32))
    assert patches.look(noisy)[1].mean() > 0.99
    noisy = noise.Gaussian(1e-4)(np.full((60, 60), 0.5, np.float32), 0)
    assert patches.look(noisy)[1].all()
    noisy[20:40, 10:30] = 0.2
    expected = np.ones((60, 60), bool)
    expected[18:42, 8:32] = False
    np.testing.assert_array_equal(patches.look(noisy)[1][0], expected)


@pytest.mark.parametrize("size", [7, 8])
def test_patches_are_those_of_a_sliding_window(size: int) -> None:
    rng = np.random.default_rng(0)
    channel, here = rng.random((40, 50), np.float32), rng.random((40, 50)) > 0.01
    window = partial(np.lib.stride_tricks.sliding_window_view, window_shape=(size, size))
    expected = window(channel)[window(here).all(axis=(2, 3))].reshape(-1, size * size)
    found = patches.Patches.of(channel, here, size)
    assert len(found) == len(expected) > 50
    np.testing.assert_array_equal(np.concatenate([*found.blocks(100)]), expected)
    np.testing.assert_allclose(found.means(), expected.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found.covariance(), np.cov(expected.T, bias=True), atol=1e-7)
    centred = (expected - expected.mean(axis=1, keepdims=True)).astype(float)
    np.testing.assert_allclose(found.moments(), centred.T @ centred / len(found), atol=1e-7)
    quiet, loud = found.energies(np.eye(size**2), 8)
    squares = centred**2
    np.testing.assert_allclose(quiet, squares[:, :8].mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(loud, squares[:, 8:].mean(axis=1), rtol=1e-4)


def test_an_unknown_method_lists_the_known() -> None:
    with pytest.raises(ValueError, match="wavelet"):
        blind_sigma(np.eye(32), "wavelets")

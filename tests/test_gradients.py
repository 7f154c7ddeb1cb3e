"""Gradient histograms by hand and as published, the distances, and what DE-G does and does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import spatial, stats

from helpers import gradients, images, noise
from helpers.gradients import BINS, DISTANCES, deg, histograms, probabilities

ZERO = 255  # the bin of a difference of 0


def levels(*rows: list[int]) -> np.ndarray:
    """An image from its gray levels."""
    return np.array(rows, np.uint8)


def filled(counts: np.ndarray) -> dict[int, int]:
    """Gradient to its count, where there is any."""
    return {int(BINS[k]): int(counts[k]) for k in np.flatnonzero(counts)}


# ---- histograms -----------------------------------------------------------------------------


def test_differences_run_to_the_right_and_down() -> None:
    x, y = histograms(levels([10, 13], [30, 37]))
    assert filled(x) == {3: 1, 7: 1}
    assert filled(y) == {20: 1, 24: 1}


def test_directions_are_not_mixed_up_in_a_wide_image() -> None:
    x, y = histograms(levels([0, 100, 255, 0], [0, 100, 255, 1]))
    assert filled(x) == {100: 2, 155: 2, -255: 1, -254: 1}
    assert filled(y) == {0: 3, 1: 1}


def test_the_bins_are_the_511_differences() -> None:
    counts = histograms(levels([0, 255], [255, 0]))
    assert counts.shape == (2, 511)
    assert counts.dtype == np.int64
    assert (BINS[0], BINS[ZERO], BINS[-1]) == (-255, 0, 255)
    assert filled(counts[0]) == filled(counts[1]) == {-255: 1, 255: 1}


SHAPES = st.one_of(
    st.tuples(*2 * [st.integers(2, 9)]), st.tuples(*2 * [st.integers(2, 9)], st.just(3))
)


@pytest.mark.slow
@given(SHAPES, st.integers(0, 99), st.sampled_from([0.3, 3, 1e4]))
def test_every_interior_difference_is_counted_once(shape, seed: int, spread: float) -> None:
    image = np.random.default_rng(seed).normal(0.5, spread, shape)
    x, y = histograms(image)
    height, width, channels = (*shape, 1)[:3]
    assert x.sum() == height * (width - 1) * channels
    assert y.sum() == (height - 1) * width * channels


@given(SHAPES, st.integers(0, 99))
def test_counting_is_that_of_numpy(shape: tuple, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    for axis, counts in ((1, histograms(image)[0]), (0, histograms(image)[1])):
        differences = np.diff(image.astype(int), axis=axis)
        expected, _ = np.histogram(differences, bins=np.arange(-255, 257) - 0.5)
        assert np.array_equal(counts, expected)


def test_transposing_swaps_the_directions(clean: np.ndarray) -> None:
    assert np.array_equal(histograms(clean), histograms(clean.T)[::-1])


def test_mirroring_turns_the_sign(clean: np.ndarray) -> None:
    assert np.array_equal(histograms(clean)[0], histograms(clean[:, ::-1])[0, ::-1])


def test_colour_adds_its_channels(colour: np.ndarray) -> None:
    channels = sum(histograms(colour[..., c]) for c in range(3))
    assert np.array_equal(histograms(colour), channels)


def test_pixels_are_rounded_and_not_cut() -> None:
    x, _ = histograms(np.array([[0.0, 9.6 / 255], [0.0, 9.4 / 255]]))
    assert filled(x) == {10: 1, 9: 1}


@pytest.mark.parametrize("far", [1.01, 2.0, 130.0, 1e6, 1e12, 1e20, 1e37])
def test_what_lies_beyond_counts_in_the_outermost_bins(far: float) -> None:
    x, y = histograms(np.array([[0, far], [0, far]]))
    assert filled(x) == {255: 2}
    assert filled(y) == {0: 2}
    x, _ = histograms(np.array([[0, -far], [0, -far]]))
    assert filled(x) == {-255: 2}


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_uint8_and_float_give_the_same_counts(clean: np.ndarray, dtype: type) -> None:
    eight_bit = np.rint(clean * 255).astype(np.uint8)
    same = eight_bit if dtype == np.uint8 else eight_bit.astype(dtype) / 255
    assert np.array_equal(histograms(same), histograms(clean))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (1, 5, 3)])
def test_gradients_need_2x2_pixels(shape: tuple) -> None:
    with pytest.raises(ValueError, match="2×2"):
        histograms(np.zeros(shape))
    with pytest.raises(ValueError, match="2×2"):
        deg(np.zeros((4, 4)), np.zeros(shape))


def test_probabilities_sum_to_1_in_each_direction(clean: np.ndarray) -> None:
    p = probabilities(clean[:, :100])
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert np.array_equal(np.rint(p * [[256 * 99], [255 * 100]]), histograms(clean[:, :100]))


# ---- as published ---------------------------------------------------------------------------

PAIRS = ["gaussian10", "gaussian30", "speckle0.3", "poisson_add20"]


@pytest.mark.parametrize("name", PAIRS)
def test_published_counts_are_reproduced_bit_for_bit(golden, name: str) -> None:
    expected = golden.arrays[f"{name}_counts"]
    pair = golden.arrays["clean"], golden.arrays[name]
    counts = np.concatenate([histograms(image, faithful=True) for image in pair])
    assert counts.dtype == expected.dtype
    assert np.array_equal(counts, expected)


@pytest.mark.parametrize("name", [*PAIRS, "identical"])
def test_published_scores_are_reproduced(golden, name: str) -> None:
    image = golden.arrays["clean" if name == "identical" else name]
    score = deg(golden.arrays["clean"], image, distance="canberra", faithful=True)
    assert score == pytest.approx(golden.scores[name], abs=1e-3)


def test_every_golden_pair_is_tested(golden) -> None:
    assert set(golden.scores) == {*PAIRS, "identical"}


def test_the_published_score_of_equal_images_is_302(golden) -> None:
    # 167 bins in x and 252 in y are empty in both, and each of them counts 1.
    clean = golden.arrays["clean"]
    assert deg(clean, clean, "canberra", faithful=True) == pytest.approx(302.3134, abs=1e-4)
    empty = (histograms(clean, faithful=True) == 0).sum(axis=1)
    assert empty.tolist() == [167, 252]
    assert np.hypot(*empty) == pytest.approx(302.3134, abs=1e-3)


def test_the_published_border_holds_the_pixels_themselves() -> None:
    x, y = histograms(levels([10, 13], [30, 37]), faithful=True)
    assert filled(x) == {-10: 1, -3: 1, 13: 1, -30: 1, -7: 1, 37: 1}
    assert filled(y) == {-10: 1, -20: 1, 30: 1, -13: 1, -24: 1, 37: 1}


def test_the_published_code_cuts_toward_zero() -> None:
    x, _ = histograms(np.array([[0.9, -0.9], [3.7, 3.2]]), faithful=True)
    assert filled(x) == {0: 4, -3: 1, 3: 1}


def test_the_published_code_loses_what_lies_beyond() -> None:
    # numpy.histogram closes its last bin on both sides: 256 joins 255, 257 and −256 are lost.
    counted = [histograms(np.full((1, 1), v), faithful=True)[0] for v in (255, 256, 257, -256)]
    assert [filled(x) for x in counted] == [{-255: 1, 255: 1}, {255: 1}, {}, {255: 1}]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3)),
        np.zeros((0, 4)),
        np.zeros(4),
        np.zeros((4, 4), complex),
        np.zeros((4, 4), bool),
        np.full((4, 4), np.nan),
        np.full((4, 4), np.inf),
        np.full((4, 4), 1e9),
    ],
)
def test_the_published_code_takes_gray_levels_only(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="faithful=True takes gray levels"):
        histograms(image, faithful=True)


@pytest.mark.parametrize("distance", ["wasserstein", "l1"])
def test_the_published_score_knows_canberra_only(clean: np.ndarray, distance: str) -> None:
    with pytest.raises(ValueError, match="canberra"):
        deg(clean, clean, distance, faithful=True)


# ---- distances ------------------------------------------------------------------------------

NOT_SYMMETRIC = ["kl", "r2"]
LARGEST = {
    "canberra": 511,
    "wasserstein": 510,
    "jensen_shannon": np.sqrt(np.log(2)),
    "chi_squared": 2,
    "hellinger": 1,
    "l1": 2,
    "mse": 2 / 511,
}


@st.composite
def sparse_probabilities(draw: st.DrawFn) -> np.ndarray:
    """Probability vectors with most bins empty, as histograms of clean images have them."""
    places = st.integers(0, 510)
    masses = draw(st.dictionaries(places, st.floats(1e-6, 1), min_size=1, max_size=12))
    p = np.zeros(511)
    p[list(masses)] = list(masses.values())
    return p / p.sum()


def spike(gradient: int) -> np.ndarray:
    """All mass on one gradient."""
    return (gradient == BINS).astype(float)


@pytest.mark.parametrize("name", DISTANCES)
@given(p=sparse_probabilities(), q=sparse_probabilities())
def test_a_distance_is_finite_and_not_negative(name: str, p: np.ndarray, q: np.ndarray) -> None:
    value = DISTANCES[name](p, q)
    assert type(value) is float
    assert np.isfinite(value)
    assert value >= 0
    assert value <= LARGEST.get(name, np.inf) * (1 + 1e-9)


@pytest.mark.parametrize("name", DISTANCES)
@given(p=sparse_probabilities())
def test_a_distance_is_0_for_equal_histograms(name: str, p: np.ndarray) -> None:
    assert DISTANCES[name](p, p.copy()) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("name", DISTANCES)
@given(p=sparse_probabilities(), q=sparse_probabilities())
def test_a_distance_is_symmetric_where_it_should_be(name: str, p, q) -> None:
    if name not in NOT_SYMMETRIC:
        assert DISTANCES[name](p, q) == pytest.approx(DISTANCES[name](q, p), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", NOT_SYMMETRIC)
def test_what_is_said_not_to_be_symmetric_is_not(name: str) -> None:
    p, q = spike(0), (spike(0) + spike(9)) / 2
    assert DISTANCES[name](p, q) != pytest.approx(DISTANCES[name](q, p), rel=0.1)


@pytest.mark.parametrize("name", DISTANCES)
def test_different_histograms_are_apart(name: str) -> None:
    assert DISTANCES[name](spike(0), spike(1)) > 1e-3


@pytest.mark.parametrize("name", [n for n in LARGEST if n != "canberra"])
def test_the_largest_distance_is_reached(name: str) -> None:
    assert DISTANCES[name](spike(-255), spike(255)) == pytest.approx(LARGEST[name])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("canberra", 0.5 / 1.5 + 1),
        ("wasserstein", 2),
        ("jensen_shannon", np.sqrt((np.log(4 / 3) + np.log(2 / 3) / 2 + np.log(2) / 2) / 2)),
        ("kl", np.log(2)),
        ("chi_squared", 0.25 / 1.5 + 0.5),
        ("hellinger", np.sqrt(((1 - np.sqrt(0.5)) ** 2 + 0.5) / 2)),
        ("l1", 1),
        ("mse", 0.5 / 511),
        ("r2", 0.5 / (1 - 1 / 511)),
    ],
)
def test_half_of_the_mass_moved_by_four_levels(name: str, expected: float) -> None:
    p, q = spike(0), (spike(0) + spike(4)) / 2
    # 511 × 10⁻⁶ were added to KL's vectors, so that nothing is infinite.
    assert DISTANCES[name](p, q) == pytest.approx(expected, rel=6e-3 if name == "kl" else 1e-9)


@given(p=sparse_probabilities(), q=sparse_probabilities())
def test_distances_agree_with_scipy(p: np.ndarray, q: np.ndarray) -> None:
    wasserstein = stats.wasserstein_distance(BINS, BINS, p, q)
    assert DISTANCES["wasserstein"](p, q) == pytest.approx(wasserstein, rel=1e-9, abs=1e-9)
    jensen_shannon = spatial.distance.jensenshannon(p, q)
    assert DISTANCES["jensen_shannon"](p, q) == pytest.approx(jensen_shannon, abs=1e-7)
    assert DISTANCES["canberra"](p, q) == pytest.approx(spatial.distance.canberra(p, q))
    assert DISTANCES["l1"](p, q) == pytest.approx(spatial.distance.cityblock(p, q), abs=1e-12)
    a, b = (x + 1e-6 for x in (p, q))
    assert DISTANCES["kl"](p, q) == pytest.approx(stats.entropy(a, b), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", DISTANCES)
@pytest.mark.parametrize(
    ("p", "q"),
    [
        (spike(0), np.ones(510) / 510),
        (spike(0).reshape(1, -1), spike(0).reshape(1, -1)),
        (spike(0) * 1000, spike(0) * 1000),
        (spike(0), spike(0) * 0),
        (spike(0), 2 * spike(0) - spike(1)),
        (spike(0), spike(0) * np.nan),
        (spike(0), np.where(BINS == 0, np.inf, 0)),
        (1.0, 1.0),
        (np.zeros(0), np.zeros(0)),
    ],
)
def test_what_are_no_two_histograms_is_refused(name: str, p: object, q: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011, the last comes from NumPy
        DISTANCES[name](p, q)


def test_counts_for_probabilities_are_refused_with_a_hint() -> None:
    with pytest.raises(ValueError, match="divide counts by their sum"):
        DISTANCES["l1"](spike(0) * 1000, spike(0) * 1000)


def test_an_unknown_distance_is_answered_with_the_known_ones(clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"did you mean 'wasserstein'.*canberra.*r2"):
        deg(clean, clean, distance="waserstein")


# ---- the score ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DISTANCES)
def test_equal_images_score_0_and_noise_does_not(name: str, clean: np.ndarray) -> None:
    assert deg(clean, clean, name) == pytest.approx(0, abs=1e-7)
    assert deg(clean, noise.Gaussian(10 / 255)(clean, rng=0), name) > 1e-5


def test_the_two_directions_are_combined_by_pythagoras(clean: np.ndarray) -> None:
    noisy = noise.MotionBlur(9)(clean, rng=0)
    parts = [DISTANCES["l1"](p, q) for p, q in zip(probabilities(clean), probabilities(noisy))]
    assert parts[0] > 1.5 * parts[1]  # horizontal motion
    assert deg(reference=clean, image=noisy, distance="l1") == pytest.approx(np.hypot(*parts))


@pytest.mark.parametrize(("a", "b"), [(10, 20), (5, 30), (20, 18)])
def test_two_noises_on_a_constant_image_are_as_far_apart_as_theory_says(a: int, b: int) -> None:
    # Differences are N(0, 2σ²); W1 of N(0, s²) and N(0, t²) is |s − t|·√(2/π).
    gray = np.full((512, 512), 0.5, np.float32)
    pair = [noise.Gaussian(s / 255)(gray, rng=seed) for seed, s in enumerate((a, b))]
    for p, q in zip(*map(probabilities, pair)):
        expected = 2 / np.sqrt(np.pi) * abs(a - b)  # 1.128·|σ_a − σ_b|
        assert DISTANCES["wasserstein"](p, q) == pytest.approx(expected, rel=0.02, abs=0.05)


@pytest.mark.parametrize("name", ["camera", "coins", "brick", "astronaut", "chelsea", "moon"])
def test_wasserstein_grows_with_sigma_and_canberra_does_not(name: str) -> None:
    photograph = images.load(name, gray=True, size=256)
    noisy = [noise.Gaussian(s / 255)(photograph, rng=0) for s in range(0, 101, 5)]
    wasserstein, canberra = (
        np.diff([deg(photograph, image, distance) for image in noisy])
        for distance in ("wasserstein", "canberra")
    )
    assert (wasserstein > 0).all()
    assert (canberra < 0).any()


def test_two_draws_of_the_same_noise_are_close(clean: np.ndarray) -> None:
    draws = [noise.Gaussian(20 / 255)(clean, rng=seed) for seed in (0, 1)]
    floor, step = deg(*draws), deg(draws[0], noise.Gaussian(21 / 255)(clean, rng=2))
    assert 0 < floor < 0.5 * step


@pytest.mark.parametrize("name", [n for n in DISTANCES if n != "canberra"])
def test_a_score_does_not_depend_on_the_size_of_the_picture(name: str, clean: np.ndarray) -> None:
    # Canberra does: the few differences at the seams fill bins that were empty.
    noisy = noise.Gaussian(10 / 255)(clean, rng=0)
    four_times = [np.tile(image, (2, 2)) for image in (clean, noisy)]
    assert deg(*four_times, name) == pytest.approx(deg(clean, noisy, name), rel=0.02)


def test_images_need_not_have_the_same_shape(clean: np.ndarray, colour: np.ndarray) -> None:
    other = noise.Gaussian(20 / 255)(clean[:100, :200], rng=0)
    whole = noise.Gaussian(20 / 255)(clean, rng=0)
    assert deg(clean, other) == pytest.approx(deg(clean, whole), rel=0.2)
    assert deg(clean, colour) > 0


def test_the_score_knows_statistics_and_no_places(clean: np.ndarray) -> None:
    turned = np.rot90(clean, 2)
    assert np.array_equal(histograms(turned), histograms(clean)[:, ::-1])
    # Upside down, every pixel is wrong; to DE-G that is less than the faintest noise.
    assert deg(clean, turned) < deg(clean, noise.Gaussian(5 / 255)(clean, rng=0))


# ---- the identity of noise and convolution --------------------------------------------------


def farthest(p: np.ndarray, q: np.ndarray) -> float:
    """Largest gap of the cumulative sums (Kolmogorov), of the two directions."""
    return np.abs(np.cumsum(p - q, axis=1)).max()


# Two neighbouring differences share a pixel; the sampling error of their cumulative sums is that
# of as many independent draws to within a factor of 2, and 1.95/√n is exceeded once in 1000.
SAMPLING_ERROR = 2 * 1.95 / np.sqrt(256 * 255)


@pytest.mark.parametrize("name", ["camera", "coins", "brick"])
@pytest.mark.parametrize("sigma", [1, 5, 20, 60, 150])
def test_noise_convolves_the_histogram(name: str, sigma: float) -> None:
    clean = images.load(name, gray=True, size=256)
    predicted = gradients.after_gaussian(probabilities(clean), sigma / 255)
    noisy = noise.Gaussian(sigma / 255)(clean, rng=1)
    assert farthest(predicted, probabilities(noisy)) < SAMPLING_ERROR


def test_the_identity_ends_where_pixels_are_clipped(clean: np.ndarray) -> None:
    predicted = gradients.after_gaussian(probabilities(clean), 60 / 255)
    clipped = noise.Gaussian(60 / 255)(clean, rng=1, clip=True)
    assert farthest(predicted, probabilities(clipped)) > 2 * SAMPLING_ERROR


@pytest.mark.parametrize("wrong", [0.9, 1.1])
def test_the_identity_notices_another_sigma(clean: np.ndarray, wrong: float) -> None:
    predicted = gradients.after_gaussian(probabilities(clean), wrong * 30 / 255)
    noisy = noise.Gaussian(30 / 255)(clean, rng=1)
    assert farthest(predicted, probabilities(noisy)) > SAMPLING_ERROR


@pytest.mark.parametrize("sigma", [1, 5, 20])
def test_convolution_adds_twice_the_variance(sigma: float, clean: np.ndarray) -> None:
    p = probabilities(clean)
    q = gradients.after_gaussian(p, sigma / 255)
    added = (q @ BINS**2 - (q @ BINS) ** 2) - (p @ BINS**2 - (p @ BINS) ** 2)
    # Rounding each of the two pixels adds 1/12; what was folded at ±255 is nearly nothing.
    np.testing.assert_allclose(added, 2 * (sigma**2 + 1 / 12), rtol=1e-2)


def test_a_flat_image_has_the_peak_of_theory() -> None:
    for sigma in (15, 35, 55):
        peak = gradients.after_gaussian(spike(0), sigma / 255)[ZERO]
        assert peak == pytest.approx(1 / (2 * np.sqrt(np.pi) * sigma), rel=1e-3)


@given(sparse_probabilities(), st.floats(0, 1))
def test_a_prediction_is_a_histogram(p: np.ndarray, sigma: float) -> None:
    q = gradients.after_gaussian(p, sigma)
    assert q.shape == p.shape
    assert q.min() >= 0
    assert q.sum() == pytest.approx(1, abs=1e-6)
    assert DISTANCES["wasserstein"](p, q) >= 0  # the gate of the distances lets it pass


def test_no_noise_predicts_no_change(clean: np.ndarray) -> None:
    p = probabilities(clean)
    np.testing.assert_allclose(gradients.after_gaussian(p, 0), p, atol=1e-12)


def test_what_falls_beyond_is_in_the_outermost_bins() -> None:
    q = gradients.after_gaussian(spike(255), 20 / 255)
    assert q[-1] == pytest.approx(0.5, abs=0.01)
    assert q[:ZERO].max() < 1e-9


@pytest.mark.parametrize("sigma", [-0.1, 25, np.nan, np.inf])
def test_a_prediction_takes_sigma_in_image_units(sigma: float) -> None:
    hint = ".*image units, divide by 255" if sigma == 25 else "$"
    with pytest.raises(ValueError, match=rf"sigma is a number from 0 to 1, not {sigma}{hint}"):
        gradients.after_gaussian(spike(0), sigma)

"""Noise models: their moments against theory, and what a declaration of one brings about.

Tests over `noise.MODELS` hold for any model: a new one is tested the day it is declared.
Sampling tolerances are five standard errors, at fixed seeds.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage, stats

from helpers import images, noise, widgets
from helpers.noise import (
    MODELS,
    AverageBlur,
    Camera,
    Chain,
    Gaussian,
    GaussianBlur,
    Jpeg,
    MedianBlur,
    MotionBlur,
    Poisson,
    PoissonGaussian,
    Quantize,
    SaltAndPepper,
    Speckle,
    distortions,
)

NAMES = list(MODELS)
RANDOM = [name for name, model in MODELS.items() if not issubclass(model, noise.Distortion)]
BLURS = [name for name in NAMES if name.endswith("blur")]
PARAMETERS = [(name, known) for name in NAMES for known in MODELS[name].parameters()]


def flat(value: float, *shape: int) -> np.ndarray:
    """A constant image."""
    return np.full(shape, value, np.float32)


def whatever_is_clean(name: str) -> np.ndarray:
    return images.dead_leaves(0, (24, 36, 3) if "colour" in name else (24, 36), (2, 12))


# ---- any model ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 7), (9, 1), (2, 2, 3), (24, 36, 3)])
def test_every_shape_keeps_its_shape_and_type(name: str, shape: tuple) -> None:
    result = MODELS[name]()(images.dead_leaves(0, shape), rng=0)
    assert result.shape == shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["gray", "colour"])
def test_the_same_seed_gives_the_same_pixels(name: str, kind: str) -> None:
    model, clean = MODELS[name].at(0.5), whatever_is_clean(kind)
    first, again = model(clean, rng=0), model(clean, rng=np.random.default_rng(0))
    assert np.array_equal(first, again)
    assert np.array_equal(model(clean, rng=1), first) == (name not in RANDOM)


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_moves_on(name: str) -> None:
    model, clean, rng = MODELS[name].at(0.5), whatever_is_clean("gray"), np.random.default_rng(0)
    assert not np.array_equal(model(clean, rng), model(clean, rng))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("clip", [False, True])
def test_the_input_stays_as_it_was(name: str, clip: bool) -> None:
    clean = whatever_is_clean("colour")
    before = clean.copy()
    result = MODELS[name]()(clean, rng=0, clip=clip)
    assert np.array_equal(clean, before)
    assert not np.shares_memory(result, clean)


@pytest.mark.parametrize("name", NAMES)
def test_clipping_cuts_and_does_nothing_else(name: str) -> None:
    model, clean = MODELS[name].at(1), whatever_is_clean("gray")
    clipped = model(clean, rng=0, clip=True)
    assert clipped.min() >= 0
    assert clipped.max() <= 1
    assert np.array_equal(clipped, np.clip(model(clean, rng=0), 0, 1))


@pytest.mark.parametrize("name", [name for name in RANDOM if name != "camera"])  # writes a file
def test_noise_is_not_clipped_unless_asked(name: str) -> None:
    """At its strongest, noise of either end of the slider reaches beyond 1, or never can."""
    beyond = [MODELS[name].at(end)(flat(0.9, 64, 64), rng=0).max() > 1 for end in (0, 1)]
    bounded = MODELS[name]().cdf(np.float64([[0.9]]), np.float64([[1.0]]))  # P(y ≤ 1)
    assert any(beyond) or bounded == 1


SIDES = st.tuples(st.integers(1, 6), st.integers(1, 6))


@given(st.sampled_from(NAMES), st.floats(0, 1), SIDES, st.sampled_from([(), (3,)]))
def test_anywhere_on_the_slider_the_result_is_finite(
    name: str, position: float, sides: tuple, channels: tuple
) -> None:
    shape = sides + channels
    result = MODELS[name].at(position)(images.dead_leaves(0, shape), rng=0)
    assert result.shape == shape
    assert np.isfinite(result).all()


@pytest.mark.parametrize("name", NAMES)
def test_uint8_and_float_are_the_same_image(name: str) -> None:
    levels = np.rint(whatever_is_clean("gray") * 255).astype(np.uint8)
    model = MODELS[name]()
    assert np.array_equal(model(levels, rng=0), model(images.as_image(levels), rng=0))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rng", [None, -1, 1.5, True, "0"])
def test_a_seed_that_is_none_is_refused(name: str, rng: object) -> None:
    with pytest.raises(ValueError, match="seed"):
        MODELS[name]()(flat(0.5, 4, 4), rng=rng)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_default_seed(name: str) -> None:
    with pytest.raises(TypeError, match="rng"):
        MODELS[name]()(flat(0.5, 4, 4))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.full((4, 4), np.nan), "NaN"),
        (np.zeros((0, 4)), "empty"),
        (np.zeros((4, 4), complex), "complex"),
        (np.zeros((4, 4, 5)), "5 channels"),
        (np.full((4, 4), 128.0), "divide by 255"),
    ],
)
def test_what_is_no_image_is_refused(name: str, array: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        MODELS[name]()(array, rng=0)


@pytest.mark.parametrize("seed", range(4))
def test_noise_on_white_can_be_corrupted_again(seed: int) -> None:
    # The mean of an overexposed picture with unclipped noise is above 1 for every second seed.
    noisy = Gaussian(25 / 255)(flat(1, 16, 16), rng=seed)
    assert Jpeg(90)(noisy, rng=0).mean() == pytest.approx(1, abs=0.1)


# ---- parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_sliders_run_inside_of_what_is_valid(name: str, parameter: str) -> None:
    known = MODELS[name].parameters()[parameter]
    assert known.valid[0] <= known.low < known.high <= known.valid[1]
    assert known.low <= known.default <= known.high
    values = [known.at(position) for position in np.linspace(0, 1, 21)]
    assert values[0] == pytest.approx(known.low)
    assert values[-1] == pytest.approx(known.high)
    assert values == sorted(values)
    for value in values:
        # 1000.0000000000002 is above 1000: what a slider gives must be valid all the same.
        assert getattr(MODELS[name](**{parameter: value}), parameter) == pytest.approx(value)


def outside(known: noise.Parameter) -> list[object]:
    low, high = known.valid
    return [low - 1, high + 1 if np.isfinite(high) else -high, np.nan, np.inf, -np.inf]


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_a_value_outside_of_what_is_valid_is_refused(name: str, parameter: str) -> None:
    known = MODELS[name].parameters()[parameter]
    for value in [*outside(known), "3", None, True, 1j, [1]]:
        with pytest.raises(ValueError, match=rf"{MODELS[name].__name__}: {parameter} is a number"):
            MODELS[name](**{parameter: value})


@pytest.mark.parametrize("model", [Gaussian, PoissonGaussian])
def test_gray_levels_for_sigma_are_refused_with_a_hint(model: type[noise.NoiseModel]) -> None:
    with pytest.raises(ValueError, match="divide by 255"):
        model(sigma=25)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (AverageBlur, {"size": 4}),
        (MedianBlur, {"size": 2}),
        (Quantize, {"levels": 2.5}),
        (Jpeg, {"quality": 30.5}),
        (MotionBlur, {"length": 3.2}),
    ],
)
def test_a_value_between_steps_is_refused_and_the_steps_are_named(model, values: dict) -> None:
    with pytest.raises(ValueError, match=r"is one of .*, …, not"):
        model(**values)


def test_whole_floats_are_integers() -> None:
    assert type(Jpeg(30.0).quality) is int
    assert Jpeg(np.float64(30)) == Jpeg(30)
    assert type(Gaussian(np.float32(0.5)).sigma) is float


def test_models_are_values() -> None:
    assert Gaussian(0.1) == Gaussian(sigma=0.1) != Gaussian(0.2)
    assert len({Gaussian(0.1), Gaussian(0.1), Speckle(0.1)}) == 2
    with pytest.raises(AttributeError):
        Gaussian(0.1).sigma = 0.2


def test_strength_is_printed_as_the_literature_does() -> None:
    assert str(Gaussian(25 / 255)) == "Gaussian, σ = 25/255"
    assert str(Poisson(30)) == "Poisson, peak = 30 photons"
    assert str(SaltAndPepper(0.1)) == "Salt and pepper, amount = 0.1, salt = 0.5"


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"did you mean 'gaussian'.*salt_and_pepper.*motion_blur"):
        MODELS["gausian"]


def test_keys_are_the_names_in_snake_case() -> None:
    assert set(NAMES) >= {
        "gaussian", "poisson", "speckle", "salt_and_pepper", "poisson_gaussian", "quantize",
        "jpeg", "gaussian_blur", "average_blur", "median_blur", "motion_blur",
    }  # fmt: skip
    for key, model in MODELS.items():
        assert model.key == key
        assert key.replace("_", "") == model.__name__.lower()


def test_the_table_has_one_row_for_each_parameter() -> None:
    rows = noise.table()
    assert [(row["model"], row["parameter"]) for row in rows] == PARAMETERS
    assert all(row["what it is"] and row["symbol"] and row["slider"] for row in rows)
    first = rows[0]
    assert (first["default"], first["unit"], first["slider"]) == ("25", "of 255", "0 to 100")


@pytest.mark.usefixtures("own_models")
def test_declaring_a_class_is_all_there_is_to_do(clean: np.ndarray) -> None:
    @dataclass(frozen=True)
    class FixedPattern(noise.NoiseModel):
        """One offset for each column, y = x + n."""

        sigma: float = noise.parameter(
            0.02, low=0, high=0.2, valid=(0, 1), symbol="σ", unit="/255"
        )

        def apply(self, image, rng):
            return image + rng.normal(0, self.sigma, image.shape[1])

    assert MODELS["fixed_pattern"] is FixedPattern
    assert noise.table()[-1]["model"] == "fixed_pattern"
    assert FixedPattern()(clean, rng=0).dtype == np.float32
    assert FixedPattern(0.1).rms(clean) == pytest.approx(0.1, rel=0.2)  # 256 columns
    with pytest.raises(ValueError, match="FixedPattern: sigma is a number from 0 to 1"):
        FixedPattern(2)

    explorer = widgets.explore(
        lambda sigma: widgets.View({"noisy": FixedPattern(sigma)(clean, rng=0)}),
        **FixedPattern.parameters(),
    )
    assert explorer.controls["sigma"].max == pytest.approx(51)


def test_models_of_tests_are_gone() -> None:
    assert list(MODELS) == NAMES


def test_a_model_without_apply_cannot_be_made() -> None:
    class Nothing(noise.NoiseModel, register=False):
        pass

    assert list(MODELS) == NAMES
    with pytest.raises(TypeError, match="abstract"):
        Nothing()


# ---- moments against theory -----------------------------------------------------------------


def gain_cumulant(gain: float, x: float) -> float:
    """Fourth cumulant of gain·P(x/gain): of a Poisson count it is the mean, times gain⁴."""
    return gain**3 * x


# model, variance at x, fourth cumulant at x (0 for Gaussian shapes)
THEORY = [
    (Gaussian(25 / 255), lambda x: (25 / 255) ** 2, lambda x: 0),
    (Gaussian(1), lambda x: 1, lambda x: 0),
    (Poisson(1), lambda x: x, lambda x: x),
    (Poisson(30), lambda x: x / 30, lambda x: gain_cumulant(1 / 30, x)),
    (Poisson(1000), lambda x: x / 1000, lambda x: gain_cumulant(1 / 1000, x)),
    (Speckle(0.3), lambda x: 0.09 * x * x, lambda x: 0),
    (
        PoissonGaussian(0.02, 10 / 255),
        lambda x: 0.02 * x + (10 / 255) ** 2,
        lambda x: gain_cumulant(0.02, x),
    ),
    (PoissonGaussian(0.1, 0), lambda x: 0.1 * x, lambda x: gain_cumulant(0.1, x)),
    (PoissonGaussian(0, 0.1), lambda x: 0.01, lambda x: 0),
]


@pytest.mark.parametrize(
    ("model", "variance", "cumulant"), THEORY, ids=[str(row[0]) for row in THEORY]
)
@pytest.mark.parametrize("x", [0.0, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("shape", [(400, 500), (200, 300, 3)])
def test_noise_has_mean_0_and_the_variance_of_theory(
    model: noise.NoiseModel, variance, cumulant, x: float, shape: tuple
) -> None:
    added = model.apply(flat(x, *shape), np.random.default_rng(0)).astype(float) - np.float32(x)
    expected, count = variance(x), added.size
    assert abs(added.mean()) <= 5 * np.sqrt(expected / count) + 1e-7
    # The variance of a sample variance is (κ₄ + 2σ⁴)/n.
    error = np.sqrt((cumulant(x) + 2 * expected**2) / count)
    assert abs(added.var() - expected) <= 5 * error + 1e-9


@pytest.mark.parametrize("model", [row[0] for row in THEORY], ids=str)
def test_noise_is_white(model: noise.NoiseModel) -> None:
    noisy = model(flat(0.5, 300, 300, 3), rng=0).astype(float)
    noisy = (noisy - noisy.mean()) / noisy.std()
    for axis in range(3):  # down, to the right, and from channel to channel
        along = np.moveaxis(noisy, axis, 0)
        lagged = along[1:] * along[:-1]
        assert abs(lagged.mean()) < 5 / np.sqrt(lagged.size)


@pytest.mark.parametrize("model", [Poisson(2), PoissonGaussian(0.5, 0.01)], ids=str)
def test_parallel_blocks_are_independent(model: noise.NoiseModel) -> None:
    blocks = model(flat(0.5, 400, 100), rng=0).reshape(4, -1)
    correlation = np.corrcoef(blocks)[np.triu_indices(4, k=1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(blocks.shape[1])


@pytest.mark.parametrize("model", [Poisson(2), PoissonGaussian(0.5, 0.01)], ids=str)
def test_the_number_of_cores_does_not_matter(model, monkeypatch: pytest.MonkeyPatch) -> None:
    here = model(flat(0.5, 33, 7), rng=0)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert np.array_equal(model(flat(0.5, 33, 7), rng=0), here)


@pytest.mark.parametrize("mean", [0.2, 3.0, 12.0])
def test_poisson_counts_are_poisson(mean: float) -> None:
    counts = Poisson(peak=20)(flat(mean / 20, 300, 300), rng=0) * 20
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-4)
    top = int(stats.poisson(mean).isf(1e-4))
    seen = np.bincount(np.rint(counts).astype(int).ravel(), minlength=top + 1)
    seen = np.append(seen[:top], seen[top:].sum())
    expected = stats.poisson(mean).pmf(np.arange(top))
    expected = np.append(expected, 1 - expected.sum()) * counts.size
    assert stats.chisquare(seen, expected).pvalue > 1e-3


@pytest.mark.parametrize("model", [Poisson(30), PoissonGaussian(0.03, 0)], ids=str)
def test_shot_noise_does_not_depend_on_how_many_gray_levels_there_are(model) -> None:
    # skimage's random_noise takes the number of distinct levels, rounded up to a power of 2, as
    # the photons at white: there the same gray has other noise in another picture.
    few = np.where(np.arange(200) < 100, 0.5, 1.0) * np.ones((200, 1))
    many = few.copy()
    many[:, 100:] = np.linspace(0, 1, 100)
    variance = [model(x, rng=0)[:, :100].var() for x in (few, many)]
    assert variance[0] == pytest.approx(variance[1], rel=5 * np.sqrt(2 * 2 / 20000))


@pytest.mark.parametrize("model", [Poisson(30), PoissonGaussian(0.03, 0)], ids=str)
def test_negative_input_counts_as_0(model: noise.NoiseModel) -> None:
    assert (model(flat(-0.5, 20, 20), rng=0) == 0).all()


def test_zero_gain_is_the_limit_of_small_gain() -> None:
    small, none = (PoissonGaussian(gain, 0.1)(flat(0.5, 200, 200), rng=0) for gain in (1e-9, 0))
    np.testing.assert_allclose([small.mean(), small.std()], [none.mean(), none.std()], rtol=0.01)


@pytest.mark.parametrize(
    "model",
    [
        Gaussian(0),
        Speckle(0),
        SaltAndPepper(0),
        PoissonGaussian(0, 0),
        GaussianBlur(0),
        AverageBlur(1),
        MedianBlur(1),
        MotionBlur(1),
        MotionBlur(1, angle=37),
        Chain([Gaussian(0), AverageBlur(1)]),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["gray", "colour"])
def test_strength_0_returns_the_input_exactly(model: noise.NoiseModel, kind: str) -> None:
    clean = whatever_is_clean(kind)
    assert np.array_equal(model(clean, rng=0), clean)


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("position", [0, 0.3, 1])
@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_the_distribution_is_the_declared_one(name: str, position: float, x: float) -> None:
    model = MODELS[name].at(position)
    thresholds = np.sort(np.random.default_rng(0).uniform(-0.5, 2, 200))
    declared = model.cdf(np.array([[x]]), thresholds[None])
    if declared is None:
        pytest.skip("no formula is declared")
    drawn = np.sort(model(flat(x, 300, 300), rng=0).ravel()).astype(float)
    seen = np.searchsorted(drawn, thresholds, side="right") / drawn.size
    # 1.95/√n is exceeded once in 1000 (Kolmogorov).
    assert np.abs(seen - declared[0]).max() < 2.5 / np.sqrt(drawn.size)


# ---- salt and pepper ------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "salt"), [(0.05, 0.5), (0.3, 0.2), (0.9, 1), (0.5, 0)])
@pytest.mark.parametrize("shape", [(400, 500), (400, 500, 3)])
def test_salt_and_pepper_hits_the_stated_share(amount: float, salt: float, shape: tuple) -> None:
    noisy = SaltAndPepper(amount, salt)(flat(0.5, *shape), rng=0)
    pixels = noisy.reshape(200_000, -1)
    for value, share in ((1, amount * salt), (0, amount * (1 - salt)), (0.5, 1 - amount)):
        seen = (pixels == value).all(axis=1).mean()  # colour: all channels of a pixel together
        assert abs(seen - share) <= 5 * np.sqrt(share * (1 - share) / len(pixels))
    assert np.isin(pixels, [0, 0.5, 1]).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_salt_and_pepper_leaves_no_rows_or_columns(axis: int) -> None:
    amount, size = 0.1, 500
    hit = SaltAndPepper(amount)(flat(0.5, size, size), rng=0) != 0.5
    counts = hit.sum(axis=axis)
    # If every pixel decides for itself, this is χ² with as many degrees of freedom as lines.
    dispersion = ((counts - size * amount) ** 2).sum() / (size * amount * (1 - amount))
    assert abs(dispersion - size) < 5 * np.sqrt(2 * size)
    for border in (counts[0], counts[-1]):
        assert abs(border - size * amount) < 5 * np.sqrt(size * amount * (1 - amount))


def test_salt_and_pepper_are_neighbours_as_often_as_chance_has_it() -> None:
    noisy = SaltAndPepper(0.4)(flat(0.5, 600, 600), rng=0)
    step = np.diff(noisy, axis=1)
    for jump in (-1, 1):
        share = 0.2**2
        # Neighbouring differences share a pixel: at most three times the binomial variance.
        assert abs((step == jump).mean() - share) < 5 * np.sqrt(3 * share / step.size)


# ---- how strong is it -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in NAMES if n not in BLURS])
@pytest.mark.parametrize("position", [0.3, 0.8])
def test_rms_is_what_is_measured(name: str, position: float, clean: np.ndarray) -> None:
    model = MODELS[name].at(position)
    draws = [model(clean, rng=seed) - clean for seed in range(4)]
    assert model.rms(clean) == pytest.approx(np.sqrt(np.mean(np.square(draws))), rel=0.02)


@pytest.mark.parametrize("name", ["gaussian", "speckle", "salt_and_pepper", "jpeg", "poisson"])
def test_rms_is_what_is_measured_in_colour(name: str, colour: np.ndarray) -> None:
    model = MODELS[name].at(0.5)
    measured = np.sqrt(np.mean(np.square(model(colour, rng=0) - colour)))
    assert model.rms(colour) == pytest.approx(measured, rel=0.03)


@pytest.mark.parametrize("name", BLURS)
def test_a_blur_has_no_rms(name: str, clean: np.ndarray) -> None:
    assert MODELS[name]().rms(clean) is None


def test_rms_of_a_chain_is_that_of_its_noise(clean: np.ndarray) -> None:
    camera = Chain([GaussianBlur(1), Gaussian(0.06), Gaussian(0.08)])
    assert camera.rms(clean) == pytest.approx(0.1, rel=0.02)
    assert Chain([GaussianBlur(1), AverageBlur(3)]).rms(clean) is None


# ---- distortions ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLURS)
@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (20, 30, 3)])
def test_a_blur_leaves_a_constant_image_alone(name: str, shape: tuple) -> None:
    blurred = MODELS[name].at(1)(flat(0.3, *shape), rng=0)
    np.testing.assert_allclose(blurred, np.float32(0.3), atol=1e-6)


@pytest.mark.parametrize("name", BLURS)
def test_a_blur_treats_channels_alike_and_apart(name: str, colour: np.ndarray) -> None:
    model = MODELS[name]()
    apart = np.dstack([model(colour[..., c], rng=0) for c in range(3)])
    np.testing.assert_allclose(model(colour, rng=0), apart, atol=1e-6)


@pytest.mark.parametrize("name", BLURS)
@pytest.mark.parametrize("turn", [np.fliplr, np.flipud])
def test_a_blur_shifts_nothing(name: str, turn, clean: np.ndarray) -> None:
    # A kernel off its centre would shift the mirrored picture the other way. A horizontal line
    # is its own mirror image.
    model = MODELS[name]()
    np.testing.assert_allclose(turn(model(clean, rng=0)), model(turn(clean), rng=0), atol=1e-6)


@given(st.integers(1, 40), st.floats(-360, 360))
def test_a_motion_kernel_is_a_centred_mean(length: int, angle: float) -> None:
    kernel = MotionBlur(length, angle).kernel()
    assert kernel.shape[0] == kernel.shape[1]
    assert len(kernel) % 2 == 1
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(kernel, kernel[::-1, ::-1])


def line(kernel: np.ndarray) -> list[float]:
    """The weights of the middle row, without the zeros around."""
    return [float(weight) for weight in kernel[len(kernel) // 2] if weight > 0]


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9])
def test_a_horizontal_motion_is_the_mean_of_a_row(length: int) -> None:
    kernel = MotionBlur(length, angle=0).kernel()
    assert kernel.sum() == pytest.approx(kernel[len(kernel) // 2].sum())
    # An even length has no middle pixel: centred, it ends in two halves.
    ends = [] if length % 2 else [0.5 / length]
    expected = [*ends, *[1 / length] * (length - len(ends)), *ends]
    assert line(kernel) == pytest.approx(expected, abs=1e-6)


def test_a_vertical_motion_is_the_horizontal_one_turned() -> None:
    upright, lying = (MotionBlur(7, angle).kernel() for angle in (90, 0))
    np.testing.assert_allclose(upright, lying.T, atol=1e-6)


def test_the_angle_runs_counterclockwise() -> None:
    kernel = MotionBlur(9, angle=45).kernel()
    middle = len(kernel) // 2
    assert kernel[:middle, middle + 1 :].sum() > 0.3  # up and to the right
    assert kernel[:middle, :middle].sum() < 0.05


@pytest.mark.parametrize("name", images.PHOTOGRAPHS)
@pytest.mark.parametrize("model", [MotionBlur(9, 30), MotionBlur(15, 0)], ids=str)
def test_motion_keeps_the_mean_of_a_photograph(name: str, model: MotionBlur) -> None:
    photograph = images.load(name, size=256)
    assert abs(model(photograph, rng=0).mean() - photograph.mean()) < 1e-3


def test_motion_is_a_convolution(clean: np.ndarray) -> None:
    model = MotionBlur(12, 25)
    expected = ndimage.convolve(clean, model.kernel(), mode="reflect")
    np.testing.assert_allclose(model(clean, rng=0), expected, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3, 5, 9])
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (7, 3), (150, 40)])
def test_the_median_is_that_of_scipy(size: int, shape: tuple, monkeypatch) -> None:
    image = np.random.default_rng(0).random(shape, np.float32)
    expected = ndimage.median_filter(image, size, mode="reflect")
    for rows in (1, 7, 128, 1000):  # as many rows at a time as there is memory for
        monkeypatch.setattr(distortions, "ROWS", rows)
        assert np.array_equal(MedianBlur(size)(image, rng=0), expected)


@given(st.integers(2, 300), st.integers(0, 5))
def test_quantising_twice_is_quantising_once(levels: int, seed: int) -> None:
    model = Quantize(levels)
    image = np.random.default_rng(seed).normal(0.5, 0.4, (9, 9)).astype(np.float32)
    once = model(image, rng=0)
    assert np.array_equal(model(once, rng=0), once)
    assert len(np.unique(once)) <= levels
    steps = once * (levels - 1)
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)
    assert np.abs(once - np.clip(image, 0, 1)).max() <= 0.5 / (levels - 1) + 1e-6


def test_256_levels_are_8_bits(clean: np.ndarray) -> None:
    assert np.array_equal(Quantize(256)(clean, rng=0), clean)


def test_rounding_adds_the_noise_of_theory() -> None:
    ramp = np.linspace(0, 1, 100_000, dtype=np.float32)[None]
    step = 1 / 15
    assert Quantize(16).rms(ramp) == pytest.approx(step / np.sqrt(12), rel=1e-3)


def test_jpeg_gets_worse_with_lower_quality(clean: np.ndarray) -> None:
    errors = [Jpeg(quality).rms(clean) for quality in (95, 75, 50, 25, 10, 1)]
    assert errors == sorted(errors)
    assert errors[0] < 2 / 255 < 10 / 255 < errors[-1]


def test_jpeg_of_jpeg_changes_little(clean: np.ndarray) -> None:
    # Not nothing: between the two the pixels were rounded and cut to 0 ... 255.
    once = Jpeg(30)(clean, rng=0)
    twice = Jpeg(30)(once, rng=0)
    assert np.sqrt(np.mean((twice - once) ** 2)) < 0.15 * Jpeg(30).rms(clean)


def test_jpeg_has_8_bits(clean: np.ndarray) -> None:
    compressed = Jpeg(30)(Gaussian(0.3)(clean, rng=0), rng=0)
    assert np.array_equal(Quantize(256)(compressed, rng=0), compressed)


def test_blurs_are_those_of_scipy(clean: np.ndarray) -> None:
    gaussian = ndimage.gaussian_filter(clean.astype(float), 1.5)
    np.testing.assert_allclose(GaussianBlur(1.5)(clean, rng=0), gaussian, atol=1e-5)
    mean = ndimage.uniform_filter(clean.astype(float), 5)
    np.testing.assert_allclose(AverageBlur(5)(clean, rng=0), mean, atol=1e-5)


# ---- a camera -------------------------------------------------------------------------------


def camera_noise(model: Camera, level: float = 0.5) -> np.ndarray:
    """What it adds to a flat gray scene, (256, 256, 3), mean removed."""
    shown = model(flat(level, 256, 256, 3), rng=0)
    return shown - shown.mean(axis=(0, 1))


def test_a_mosaic_is_red_green_green_blue() -> None:
    red, green, blue = (np.eye(3, dtype=np.float32)[c] * np.ones((4, 4, 1)) for c in range(3))
    assert noise.mosaic(red)[:2, :2].tolist() == [[1, 0], [0, 0]]
    assert noise.mosaic(green)[:2, :2].tolist() == [[0, 1], [1, 0]]
    assert noise.mosaic(blue)[:2, :2].tolist() == [[0, 0], [0, 1]]


def test_demosaicking_keeps_what_was_measured(colour: np.ndarray) -> None:
    raw = noise.mosaic(colour)
    np.testing.assert_allclose(noise.mosaic(noise.demosaic(raw)), raw, atol=1e-6)


def test_demosaicking_is_exact_on_slopes_of_gray() -> None:
    y, x = np.mgrid[0:32, 0:32].astype(np.float32) / 64
    slope = np.stack([0.6 * x + 0.3 * y] * 3, axis=-1)
    restored = noise.demosaic(noise.mosaic(slope))
    np.testing.assert_allclose(restored[4:-4, 4:-4], slope[4:-4, 4:-4], atol=1e-5)


def test_bytes_of_a_sensor_are_read_as_what_they_mean(colour: np.ndarray) -> None:
    levels = np.rint(255 * noise.mosaic(colour)).astype(np.uint8)
    right = noise.demosaic(levels / np.float32(255))
    assert np.array_equal(noise.demosaic(levels), right)
    median = MedianBlur(3)
    assert np.array_equal(median(levels, rng=0), median(levels / np.float32(255), rng=0))
    bytes_of_colour = np.rint(255 * colour).astype(np.uint8)
    assert noise.mosaic(bytes_of_colour).max() <= 1


@pytest.mark.parametrize("of", [noise.mosaic, noise.demosaic, lambda x: MedianBlur(3)(x, rng=0)])
@pytest.mark.parametrize(
    "wrong", [None, "camera", np.full((8, 8, 3), 200.0), np.zeros((2, 3, 8, 8))]
)
def test_what_is_no_image_is_not_sensed(of, wrong: object) -> None:
    with pytest.raises(ValueError, match="image"):
        of(wrong)


def test_a_sensor_sees_colour_and_gives_gray(colour: np.ndarray) -> None:
    with pytest.raises(ValueError, match="colour image"):
        noise.mosaic(colour[..., 0])
    for raw in (colour, colour[:1, :, 0]):
        with pytest.raises(ValueError, match="what a sensor sees"):
            noise.demosaic(raw)


@pytest.mark.parametrize("size", [0, 2, 3.5, None, "3", True, 10**400])
def test_a_median_has_an_odd_window(size: object) -> None:
    with pytest.raises(ValueError, match="size is"):
        MedianBlur(size)


def test_a_median_of_colour_is_that_of_its_channels(colour: np.ndarray) -> None:
    median = MedianBlur(5)
    channels = [median(colour[..., c], rng=0) for c in range(3)]
    assert np.array_equal(median(colour, rng=0), np.stack(channels, axis=-1))


def test_a_camera_in_perfect_light_shows_nearly_the_scene(colour: np.ndarray) -> None:
    developed = Camera(gain=0, sigma=0, quality=100)(colour, rng=0)
    assert 10 * np.log10(1 / np.mean((developed - colour) ** 2)) > 30


def test_camera_noise_is_shared_by_neighbours_and_channels() -> None:
    added = camera_noise(Camera(0.01, 0, quality=100))
    beside = np.mean(added[:, 1:] * added[:, :-1]) / added.var()
    between = np.corrcoef(added.reshape(-1, 3).T)[0, 1]
    assert 0.2 < beside < 0.5
    assert between > 0.7  # red and blue follow green


@pytest.mark.parametrize("level", [0.2, 0.5, 0.8])
def test_camera_noise_follows_the_photons_and_the_slope_of_gamma(level: float) -> None:
    """Green of a measured pixel: variance gain·light, times the slope of light^(1/γ), squared."""
    gain, gamma = 2e-4, 2.2
    light = level**gamma
    expected = np.sqrt(gain * light) * light ** (1 / gamma - 1) / gamma
    added = camera_noise(Camera(gain, 0, gamma, quality=100), level)[..., 1]
    row, column = np.indices(added.shape) % 2
    assert added[row + column == 1].std() == pytest.approx(expected, rel=0.08)  # JPEG has a say


def test_gamma_brings_out_the_noise_of_the_shadows() -> None:
    """Photons alone: less noise in the dark. After gamma, read noise there is what one sees."""
    dark, bright = (camera_noise(Camera(0.0005, 0.01), level).std() for level in (0.15, 0.8))
    assert dark > 2 * bright


def test_jpeg_eats_the_finest_noise() -> None:
    fine, coarse = (camera_noise(Camera(0.005, 0, quality=q)).std() for q in (100, 30))
    assert coarse < 0.7 * fine


# ---- chains ---------------------------------------------------------------------------------


def test_a_chain_is_its_models_one_after_the_other_with_one_generator(clean: np.ndarray) -> None:
    parts = [GaussianBlur(1), Poisson(30), Gaussian(0.1), SaltAndPepper(0.1), Quantize(64)]
    rng, expected = np.random.default_rng(5), clean
    for part in parts:
        expected = part.apply(expected, rng)
    assert np.array_equal(Chain(parts)(clean, rng=5), expected)


def test_two_noises_in_a_chain_are_independent() -> None:
    twice = Chain([Gaussian(0.1), Gaussian(0.1)])(flat(0.5, 300, 300), rng=0) - 0.5
    assert twice.std() == pytest.approx(0.1 * np.sqrt(2), rel=0.02)  # 0.2 if they were the same


PAIRS = list(itertools.combinations([GaussianBlur(2), Gaussian(0.1), Quantize(4), Jpeg(20)], 2))


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)
def test_the_order_matters(first, second, clean: np.ndarray) -> None:
    assert not np.array_equal(Chain([first, second])(clean, 0), Chain([second, first])(clean, 0))


def test_the_order_of_median_and_rounding_does_not_matter(clean: np.ndarray) -> None:
    # Rounding keeps the order of gray levels, and order is all that a median knows.
    first, second = Quantize(4), MedianBlur(5)
    assert np.array_equal(Chain([first, second])(clean, 0), Chain([second, first])(clean, 0))


def test_a_chain_is_not_clipped_between_its_models() -> None:
    bright = Chain([Gaussian(0.3), GaussianBlur(5)])(flat(1, 200, 200), rng=0)
    assert bright.mean() == pytest.approx(1, abs=0.01)


def test_a_chain_may_hold_a_chain(clean: np.ndarray) -> None:
    parts = [GaussianBlur(1), Gaussian(0.1), Quantize(256)]
    nested = Chain([Chain(parts[:2]), parts[2]])
    assert np.array_equal(nested(clean, rng=0), Chain(parts)(clean, rng=0))
    assert str(nested) == str(Chain(parts))


def test_a_chain_is_a_value_and_no_member_of_the_registry() -> None:
    assert Chain([Gaussian(0.1)]) == Chain((Gaussian(0.1),))
    assert "chain" not in MODELS


@pytest.mark.parametrize("models", [[], ["gaussian"], [Gaussian], [Gaussian(), None]])
def test_a_chain_of_something_else_is_refused(models: list) -> None:
    with pytest.raises(ValueError, match="chain is made of"):
        Chain(models)


# ---- arguments of a wrong type ---------------------------------------------------------------


@pytest.mark.parametrize("clip", ["no", 1, None, [True]])
def test_clip_is_true_or_false(clip: object, clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="clip is True or False"):
        noise.Gaussian()(clean, rng=0, clip=clip)


WRONG = [
    None,
    "0.1",
    b"0",
    [0.1],
    (1, 2),
    {},
    1j,
    np.complex128(0.1 + 5j),
    10**400,
    np.array([0.1]),
]


@pytest.mark.parametrize("key", noise.MODELS)
@pytest.mark.parametrize(
    "value", [*WRONG, True, object(), np.nan, 10**5000], ids=lambda v: str(type(v))
)
def test_a_parameter_is_a_real_number(key: str, value: object) -> None:
    kind = noise.MODELS[key]
    for name in kind.parameters():
        with pytest.raises(ValueError, match=rf"{name} is a number from"):
            kind(**{name: value})


@pytest.mark.parametrize("position", [-0.1, 1.1, None, "x"])
def test_a_position_is_a_share_of_the_slider(position: object) -> None:
    with pytest.raises(ValueError, match="position is a number from 0 to 1"):
        noise.Gaussian.at(position)


@pytest.mark.parametrize("model", [noise.GaussianBlur(1), noise.Chain([noise.MedianBlur(3)])])
def test_a_blur_has_no_rms_and_still_wants_an_image(model: noise.NoiseModel) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        model.rms(None)


def test_probabilities_between_thresholds_are_those_of_the_model() -> None:
    between = noise.probabilities_between(noise.Gaussian(0.1), np.array([[0.5]]), np.array([0.5]))
    np.testing.assert_allclose(between, [[0.5, 0.5]])
    x, edges = np.array([[0.2], [0.9]]), np.linspace(0, 1, 50)
    between = noise.probabilities_between(noise.PoissonGaussian(0.02, 0.05), x, edges)
    assert between.shape == (2, 51)
    np.testing.assert_allclose(between.sum(axis=1), 1)
    assert noise.probabilities_between(noise.Jpeg(), x, edges) is None

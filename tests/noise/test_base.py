"""What holds for any noise model, its parameters, and a chain: what declaring one brings about.

Tests over `noise.MODELS` hold for any model: a new one is tested the day it is declared.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import images, noise, widgets
from helpers.noise import (
    MODELS,
    AverageBlur,
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
)
from tests.noise.models import BLURS, NAMES, RANDOM, flat, whatever_is_clean

PARAMETERS = [(name, one) for name in NAMES for one in MODELS[name].parameters()]


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


@pytest.mark.slow
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
    one = MODELS[name].parameters()[parameter]
    assert one.valid[0] <= one.low < one.high <= one.valid[1]
    assert one.low <= one.default <= one.high
    values = [one.at(position) for position in np.linspace(0, 1, 21)]
    assert values[0] == pytest.approx(one.low)
    assert values[-1] == pytest.approx(one.high)
    assert values == sorted(values)
    for value in values:
        # 1000.0000000000002 is above 1000: what a slider gives must be valid all the same.
        assert getattr(MODELS[name](**{parameter: value}), parameter) == pytest.approx(value)


def outside(one: noise.Parameter) -> list[object]:
    low, high = one.valid
    return [low - 1, high + 1 if np.isfinite(high) else -high, np.nan, np.inf, -np.inf]


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_a_value_outside_of_what_is_valid_is_refused(name: str, parameter: str) -> None:
    one = MODELS[name].parameters()[parameter]
    for value in [*outside(one), "3", None, True, 1j, [1]]:
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


def test_rms_of_a_chain_is_that_of_its_noise(clean: np.ndarray) -> None:
    camera = Chain([GaussianBlur(1), Gaussian(0.06), Gaussian(0.08)])
    assert camera.rms(clean) == pytest.approx(0.1, rel=0.02)
    assert Chain([GaussianBlur(1), AverageBlur(3)]).rms(clean) is None


BLUR = GaussianBlur(3)
MOVED = [  # chains whose noise has another mean than 0, and what is expected of a picture
    (Chain([SaltAndPepper(0.1, salt=1), Gaussian(0.01)]), GaussianBlur(0)),
    (Chain([Gaussian(0.05), Quantize(4)]), GaussianBlur(0)),
    (Chain([Chain([BLUR, SaltAndPepper(0.3, salt=0)]), Quantize(64)]), BLUR),
]


@pytest.mark.parametrize(("model", "blur"), MOVED, ids=str)
def test_rms_of_a_chain_is_of_what_moves_the_mean_too(model, blur, clean: np.ndarray) -> None:
    draws = [model(clean, rng=seed) - blur(clean, rng=0) for seed in range(1, 5)]
    # The number of impulses is chance: over 20 seeds the RMS scatters by 0.7 %.
    assert model.rms(clean) == pytest.approx(np.sqrt(np.mean(np.square(draws))), rel=0.02)


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


def test_probabilities_between_thresholds_are_those_of_the_model() -> None:
    between = noise.probabilities_between(noise.Gaussian(0.1), np.array([[0.5]]), np.array([0.5]))
    np.testing.assert_allclose(between, [[0.5, 0.5]])
    x, edges = np.array([[0.2], [0.9]]), np.linspace(0, 1, 50)
    between = noise.probabilities_between(noise.PoissonGaussian(0.02, 0.05), x, edges)
    assert between.shape == (2, 51)
    np.testing.assert_allclose(between.sum(axis=1), 1)
    assert noise.probabilities_between(noise.Jpeg(), x, edges) is None

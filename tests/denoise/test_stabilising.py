"""Constant variance, and the way back without a bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from helpers.denoise import INVERSES, Stabiliser
from helpers.denoise.stabilising import BRIGHTEST, is_linear, root
from helpers.noise import (
    Camera,
    Chain,
    Gaussian,
    GaussianBlur,
    NoiseModel,
    Poisson,
    PoissonGaussian,
    Quantize,
    SaltAndPepper,
    Speckle,
)
from tests.noise.models import flat

SIDE = 400  # 160,000 draws: a standard deviation is good to 0.2 %

MODELS = [
    Gaussian(20 / 255),
    Poisson(30),
    Poisson(400),
    PoissonGaussian(0.01, 5 / 255),
    PoissonGaussian(0.05, 20 / 255),
    Speckle(0.2),
    Chain([Poisson(50), Gaussian(10 / 255)]),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("x", [0.3, 0.6, 1.0])
def test_noise_has_a_deviation_of_1_after_the_transform(model, x: float) -> None:
    """Nine photons or more, whose root is 2 % off; of speckle the logarithm's curvature is 5 %."""
    transformed = Stabiliser.of(model)(model(flat(x, SIDE, SIDE), rng=0))
    assert transformed.std() == pytest.approx(1, abs=0.06 if model == Speckle(0.2) else 0.025)


@pytest.mark.parametrize("model", [*MODELS, Poisson(1), PoissonGaussian(1, 0.1)], ids=str)
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("x", [0.05, 0.3, 0.7])
def test_the_exact_inverse_has_no_bias(model, clip: bool, x: float) -> None:
    """The mean of what is transformed, inverted, is the clean value: within five errors."""
    stabiliser = Stabiliser.of(model, clip)
    transformed = stabiliser(model(flat(x, SIDE, SIDE), rng=0, clip=clip))
    found = float(stabiliser.inverse(transformed.mean()))
    steep = np.diff(stabiliser.inverse(transformed.mean() + np.array([0, 1e-3])))[0] / 1e-3
    assert found == pytest.approx(x, abs=5 * steep * transformed.std() / SIDE + 2e-3)


@pytest.mark.parametrize("peak", [1, 2, 5, 10])
def test_other_inverses_have_a_bias_where_photons_are_few(peak: float) -> None:
    stabiliser, x = Stabiliser.of(Poisson(peak)), 0.5
    mean = stabiliser(Poisson(peak)(flat(x, SIDE, SIDE), rng=0)).mean()
    error = {kind: abs(float(stabiliser.inverse(mean, kind)) - x) for kind in INVERSES}
    assert error["exact"] < 0.005
    assert error["algebraic"] > 0.1 / peak
    if peak < 5:
        assert error["exact"] < error["asymptotic"]


def test_the_asymptotic_inverse_is_that_of_many_photons() -> None:
    stabiliser = Stabiliser.of(Poisson(1000))
    t = stabiliser(np.linspace(0.2, 1, 9))
    exact, asymptotic = stabiliser.inverse(t), stabiliser.inverse(t, "asymptotic")
    assert np.abs(exact - asymptotic).max() < 1e-4


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("kind", INVERSES)
def test_brighter_stays_brighter(model, kind: str) -> None:
    stabiliser = Stabiliser.of(model)
    y = np.linspace(-0.2, 1.8, 501)
    assert (np.diff(stabiliser(y)) >= 0).all()
    back = stabiliser.inverse(stabiliser(y), kind)
    assert (np.diff(back) >= -1e-9).all()
    assert back.min() >= 0


def test_photons_get_anscombes_root() -> None:
    y = np.linspace(0, 1, 11)
    np.testing.assert_allclose(
        Stabiliser.of(Poisson(30))(y), 2 * np.sqrt(30 * y + 3 / 8), atol=1e-3
    )
    np.testing.assert_allclose(root(y, 0.01, 0.02**2), 200 * np.sqrt(0.01 * y + 4.375e-4))


def test_a_straight_line_is_told_from_a_curve() -> None:
    assert is_linear(PoissonGaussian(0.01, 0.1))
    assert is_linear(Chain([Poisson(10), Quantize(256)]))
    assert not is_linear(Speckle(0.1))
    assert not is_linear(Gaussian(0.1))


@pytest.mark.parametrize("peak", [0.05, 0.1, 1, 1e5, 1e8])
def test_hardly_any_and_very_many_photons_have_a_transform(peak: float) -> None:
    stabiliser = Stabiliser.of(Poisson(peak))
    t = stabiliser(np.array([-1.0, 0, 0.5, 1, 3, 50]))
    assert np.isfinite(t).all()
    assert np.isfinite(stabiliser.inverse(t)).all()


@pytest.mark.parametrize(
    ("noise", "reason"),
    [
        (Camera(), "has no variance that brightness alone tells"),
        (SaltAndPepper(), "has no variance"),
        (Chain([Gaussian(0.1), GaussianBlur(1)]), "has no variance"),
        (Gaussian(0), "0 everywhere"),
        (0.1, "noise is a noise model such as"),
        (np.ones(2), "noise is a noise model such as"),
    ],
)
def test_what_has_no_transform_is_refused(noise, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Stabiliser.of(noise)


@pytest.mark.parametrize("values", [np.nan, [np.inf], "x", None, 1j, [[1], [1, 2]]])
def test_what_is_no_number_is_neither_transformed_nor_inverted(values: object) -> None:
    stabiliser = Stabiliser.of(Poisson(30))
    for call, name in ((stabiliser, "noisy"), (stabiliser.inverse, "transformed")):
        with pytest.raises(ValueError, match=f"{name} is an array of finite numbers"):
            call(values)


# ---- models of one's own ---------------------------------------------------------------------


def own(variance: Callable, cdf: Callable = lambda x, y: None) -> NoiseModel:
    """A model of the reader's own, of a variance and perhaps a CDF."""

    @dataclass(frozen=True)
    class Own(NoiseModel, register=False):
        def apply(self, image, rng):
            return image + np.sqrt(variance(image)) * rng.standard_normal(image.shape)

        def variance(self, x):
            return variance(x)

        def cdf(self, x, y):
            return cdf(x, y)

    return Own()


@pytest.mark.parametrize(
    "variance",
    [
        lambda x: np.clip(x * (1 - x), 0, 1) / 20,
        lambda x: 0.04 * (1 - x) ** 2,
        lambda x: 0.04 * (x - 0.5) ** 2,
        lambda x: 0.02 * np.asarray(x > 0.5, float),
    ],
    ids=["binomial", "none at white", "none in the middle", "none where dark"],
)
@pytest.mark.parametrize("clip", [False, True])
def test_noise_may_vanish_anywhere(variance: Callable, clip: bool) -> None:
    """The transform stays finite and rises; the inverse is unbiased where noise is strong."""
    model = own(variance)
    stabiliser = Stabiliser.of(model, clip)
    t = stabiliser(np.linspace(0, 1, 101))
    assert np.isfinite(t).all()
    assert (np.diff(t) > 0).all()
    transformed = stabiliser(model(flat(0.7, SIDE, SIDE), rng=0, clip=clip))
    assert float(stabiliser.inverse(transformed.mean())) == pytest.approx(0.7, abs=0.005)


def test_what_a_variance_says_beyond_white_does_not_matter() -> None:
    """x(1 − x) is negative there, and was a square root of it."""
    binomial = Stabiliser.of(own(lambda x: x * (1 - x) / 20))
    assert np.isfinite(binomial.inverse(binomial(np.linspace(-1, 3, 9)))).all()


@pytest.mark.parametrize(
    ("variance", "reason"),
    [
        (lambda x: 0.01, "of the shape of x: 0.01"),
        (lambda x: [0.01] * np.size(x), "of the shape of x"),
        (lambda x: np.ones(7), "of the shape of x"),
        (lambda x: x + 0j, "of the shape of x"),
        (lambda x: 0 * x - 0.01, "negative or not finite"),
        (lambda x: 0 * x + np.nan, "negative or not finite"),
        (lambda x: 0.01 - 0.012 * np.exp(-((x - 0.6) ** 2) / 1e-4), "negative or not finite"),
    ],
)
def test_a_variance_that_is_none_is_refused(variance: Callable, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"Own.variance .*{reason}"):
        Stabiliser.of(own(variance))


@pytest.mark.parametrize("cdf", [lambda x, y: np.ones(3), lambda x, y: (x + y) * np.nan])
def test_a_cdf_that_is_none_is_refused(cdf: Callable) -> None:
    with pytest.raises(ValueError, match=r"Own.cdf gives no"):
        Stabiliser.of(own(lambda x: 0.01 * x, cdf))


def test_tables_that_all_share_cannot_be_written_into() -> None:
    stabiliser = Stabiliser.of(Poisson(30))
    for table in (*stabiliser.transform, *stabiliser.expected):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1


def test_an_unknown_inverse_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown inverse 'linear'.*exact"):
        Stabiliser.of(Poisson(30)).inverse(np.ones(3), "linear")


@pytest.mark.parametrize(
    "model", [Gaussian(0.03), PoissonGaussian(0.01, 0.02), Speckle(0.2)], ids=str
)
def test_beyond_white_clipped_noise_is_undone_to_the_end_of_the_scene(model: NoiseModel) -> None:
    """There the mean hardly grows with the scene: its slope told 1e9 for a restored edge."""
    stabiliser = Stabiliser.of(model, clipped=True)
    high = stabiliser.expected[1][-1] + np.array([-1, 0.01, 3])
    undone = stabiliser.inverse(high)
    assert (np.diff(undone) >= 0).all()
    assert 0.8 < undone[0] < undone[-1] <= BRIGHTEST

"""What is computed does not stand or fall with the last bit of a matrix product."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import estimation, gradients, images, noise
from helpers.estimation.pairing import transition
from tests.jitter import jittered

pytestmark = pytest.mark.slow  # all of it: matrix products are made by hand

CLEAN = images.load("camera", size=128)
PHONE = noise.PoissonGaussian(0.02, 0.05)
ALL = [model() for model in noise.MODELS.values()]


def test_jitter_moves_every_product_by_its_last_bit(jitter: list[int]) -> None:
    def fraction(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.abs(a / b - 1)

    rows = np.random.default_rng(0).random((40, 30))
    plain = rows.T.__matmul__(rows)  # the operator itself is out of reach
    assert 0 < fraction(np.matmul(rows.T, rows), plain).max() < 1e-15
    assert 0 < fraction(np.einsum("ki,kj->ij", rows, rows), plain).max() < 1e-14
    before = jitter[0]
    with jittered() as inner:
        PHONE.cdf(np.array([[0.5]]), np.array([[0.4, 0.6]]))  # `@` within helpers
    assert (before, inner[0]) == (2, 1)


def test_jitter_ends_with_its_test() -> None:
    x, y = np.array([[0.5]]), np.linspace(0, 1, 300)[None]
    plain = [PHONE.cdf(x, y) for _ in range(2)]
    with jittered():
        moved = PHONE.cdf(x, y)
    assert np.array_equal(*plain)
    assert np.array_equal(plain[0], PHONE.cdf(x, y))
    assert not np.array_equal(plain[0], moved)


@pytest.mark.parametrize("clipped", [True, False])
@pytest.mark.parametrize("model", [*ALL, PHONE, noise.PoissonGaussian(0.05, 0)], ids=str)
def test_transitions_stay_probabilities(model, clipped: bool, jitter) -> None:
    for comb in (False, True):
        rows = transition(model, clipped, comb)
        if rows is not None:
            assert rows.min() >= 0
            np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("gain", [0.003, 0.02, 0.1])
@pytest.mark.parametrize("sigma", [0, 0.01, 0.1])
def test_cumulative_probabilities_rise(gain: float, sigma: float, jitter) -> None:
    levels = np.linspace(0, 1, 256)
    rows = noise.PoissonGaussian(gain, sigma).cdf(levels[:, None], levels[None])
    assert (np.diff(rows, axis=1) >= 0).all()
    assert rows.min() >= 0
    assert rows.max() <= 1


# Searches end within 1e-4 of the parameter's range; 90 % intervals are ten times as wide.
@pytest.mark.parametrize("truth", [noise.Gaussian(0.1), noise.Poisson(40), PHONE], ids=str)
def test_a_fit_stays_where_it_is(truth: noise.NoiseModel) -> None:
    noisy = truth(CLEAN, rng=0, clip=True)
    plain = estimation.fit(noisy, CLEAN, type(truth))
    with jittered():
        moved = estimation.fit(noisy, CLEAN, type(truth))
        assert moved.explains
    np.testing.assert_allclose(_values(moved), _values(plain), rtol=1e-3)


def test_the_kind_of_noise_stays(jitter: list[int]) -> None:
    noisy = noise.Gaussian(15 / 255)(CLEAN, rng=0, clip=True)
    assert estimation.identify(noisy, CLEAN)[0].model.key == "gaussian"
    assert jitter[0] > 30  # candidates of two parameters, by evolution


# Over five seeds of jitter they moved by 7e-8 at most: sums over patches are in float32.
def test_blind_estimates_stay_where_they_are() -> None:
    noisy = PHONE(images.load("camera", size=256), rng=0, clip=True)
    plain = [estimation.blind_sigma(noisy), *_values(estimation.blind_fit(noisy))]
    with jittered():
        moved = [estimation.blind_sigma(noisy), *_values(estimation.blind_fit(noisy))]
    np.testing.assert_allclose(moved, plain, rtol=1e-6)


def _values(fit: estimation.Fit) -> list[float]:
    return [getattr(fit.model, name) for name in fit.model.parameters()]


@pytest.mark.parametrize("name", gradients.DISTANCES)
def test_distances_take_what_was_predicted(name: str, jitter) -> None:
    clean = gradients.probabilities(CLEAN)
    noisy = gradients.after_gaussian(clean, 20 / 255)
    assert np.isfinite([gradients.DISTANCES[name](p, q) for p, q in zip(clean, noisy)]).all()
    rows = transition(PHONE, clipped=False)
    assert np.isfinite([gradients.DISTANCES[name](p, q) for p, q in zip(rows, rows[::-1])]).all()


def test_a_fit_of_gradients_stays_where_it_is() -> None:
    noisy = noise.Gaussian(25 / 255)(CLEAN, rng=0)
    plain = estimation.fit_gradients(noisy).sigma
    with jittered():
        assert estimation.fit_gradients(noisy).sigma == pytest.approx(
            plain, rel=1e-9
        )  # 2e-15 in five seeds
    assert gradients.deg(CLEAN, noisy) > 10

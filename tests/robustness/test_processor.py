"""Processor: the same answer on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from helpers import (
    estimation,
    filters,
    gradients,
    images,
    metrics,
    networks,
    noise,
)
from helpers.benchmark import suites, tables
from helpers.estimation.pairing import transition
from helpers.networks import precision
from tests.robustness.cases import CLEAN, NOISY, control


@pytest.mark.slow
def test_processor_fit_of_a_phone_camera() -> None:  # crashes where AVX-512 kernels multiply
    phone = noise.Chain([noise.GaussianBlur(0.8), noise.PoissonGaussian(gain=0.01, sigma=4 / 255)])
    result = estimation.fit(phone(CLEAN, rng=0), CLEAN, "poisson_gaussian")
    assert result.model.sigma < 20 / 255


@pytest.mark.slow
def test_processor_identify() -> None:
    result = estimation.identify(noise.Gaussian(15 / 255)(CLEAN, rng=0), CLEAN)
    assert result[0].model.key == "gaussian"


@pytest.mark.parametrize("model", [(0.02, 0.0), (0.02, 0.05), (0.05, 0.01), (0.01, 0.03)])
def test_processor_probabilities_are_not_negative(model: tuple[float, float]) -> None:
    rows = transition(noise.PoissonGaussian(*model), clipped=True)
    assert rows.min() >= 0
    np.testing.assert_allclose(rows.sum(axis=1), 1)


def test_processor_a_cdf_may_dip_by_rounding() -> None:  # the same on every processor
    @dataclass(frozen=True)
    class Dips(noise.Gaussian, register=False):
        def cdf(self, x, y):
            exact = super().cdf(x, y)
            return exact + 1e-17 * (np.arange(exact.shape[1]) % 2)

    result = estimation.fit(noise.Gaussian(0.1)(CLEAN, rng=0), CLEAN, Dips(0.05))
    assert result.model.sigma == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("name", gradients.DISTANCES)
def test_processor_a_distance_forgives_rounding(name: str) -> None:
    p = np.full(511, 1 / 511)
    q = p.copy()
    q[3], q[4] = -1e-18, 2 / 511
    assert np.isfinite(gradients.DISTANCES[name](p, q))


@pytest.mark.parametrize("picture", ["astronaut", "chelsea", "coffee"])
def test_processor_default_precision_keeps_the_score(picture: str, monkeypatch) -> None:
    clean = images.load(picture, size=96)
    noisy = noise.Gaussian(15 / 255)(clean, rng=0)
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda device="cpu": True)
    both = [networks.load("dncnn_blind_colour", **p) for p in ({}, {"precision": "float32"})]
    default, exact = (metrics.score(clean, net(noisy), ["psnr"])["psnr"] for net in both)
    assert default == pytest.approx(exact, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("image", "kind", "method"),
    [
        ("photograph/coffee", "salt and pepper", "wiener"),
        ("photograph/rocket", "salt and pepper", "bilateral"),
        ("photograph/coffee", "speckle", "mean"),
        control("photograph/camera", "speckle", "mean"),
    ],
)
def test_processor_a_cell_of_a_shipped_table_can_be_had_again(
    image: str, kind: str, method: str
) -> None:
    table = tables.read(suites.results("kinds"))
    then = table.query("image == @image and noise == @kind and method == @method")
    cells = suites.cells("kinds", {method: filters.FILTERS[method]}, [image])
    again = {task.knows: task for task in cells if (task.noise, task.method) == (kind, method)}
    assert again.keys() == set(then["knows"]) >= {"told", "estimated"}
    for knows, psnr in zip(then["knows"], then["psnr"]):
        assert again[knows].row()["psnr"] == pytest.approx(psnr, abs=0.01)


def test_processor_an_error_in_a_search_is_told_as_it_is() -> None:
    """SciPy's evolution would call it a failure of a "map-like callable"."""

    @dataclass(frozen=True)
    class Broken(noise.PoissonGaussian, register=False):
        def cdf(self, x, y):
            raise ValueError("my own reason")

    for search in ("evolution", "swarm"):
        with pytest.raises(ValueError, match=r"^my own reason$"):
            estimation.fit(NOISY, CLEAN, Broken(), search=search)
        with pytest.raises(TypeError, match="no number"):
            estimation.SEARCHES[search](
                refusing, list(noise.Gaussian.parameters().values()), [0.1]
            )


def refusing(values: tuple[float, ...]) -> float:
    raise TypeError("no number")


def test_processor_a_cdf_that_falls_by_more_than_rounding_is_refused() -> None:
    @dataclass(frozen=True)
    class Falls(noise.Gaussian, register=False):
        def cdf(self, x, y):
            return super().cdf(x, y) - 1e-6 * (np.arange(y.size) % 2)

    with pytest.raises(ValueError, match=r"Falls\.cdf is no cumulative probability"):
        estimation.fit(NOISY, CLEAN, Falls())


@pytest.mark.parametrize("name", gradients.DISTANCES)
def test_processor_a_distance_forgives_no_more_than_rounding(name: str) -> None:
    p = np.full(511, 1 / 511)
    q = p.copy()
    q[3], q[4] = -1e-8, 2 / 511 + 1e-8
    with pytest.raises(ValueError, match="no negative value"):
        gradients.DISTANCES[name](p, q)


@pytest.mark.parametrize("model", [(0.02, 0.0), (0.02, 0.05), (0.05, 0.01), (0.003, 0.03)])
def test_processor_a_cumulative_probability_rises_in_any_order(model: tuple) -> None:
    x, y = np.linspace(0, 1, 40)[:, None], np.linspace(-0.5, 1.5, 301)[None]
    rising = noise.PoissonGaussian(*model).cdf(x, y)
    assert (np.diff(rising, axis=1) >= 0).all()
    assert rising.min() >= 0
    assert rising.max() <= 1
    falling = noise.PoissonGaussian(*model).cdf(x, y[:, ::-1])
    np.testing.assert_allclose(falling[:, ::-1], rising, atol=1e-14)

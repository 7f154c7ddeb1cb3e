"""Fits find what was put in, with a reference that is aligned or shows something else."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation import fit
from tests.estimation.noisy import as_file


# Tolerances are about four standard errors of 256×256 pixels.
@pytest.mark.slow
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
    result = fit(as_file(model, clean), clean, type(model))
    for name in model.parameters():
        truth = getattr(model, name)
        assert getattr(result.model, name) == pytest.approx(truth, rel=tolerance)


@pytest.mark.slow
def test_references_may_be_several_other_pictures() -> None:
    phantoms = [images.xray_phantom(seed).image for seed in range(4)]
    noisy = as_file(noise.Poisson(40), phantoms[0])
    result = fit(noisy, phantoms[1:], "poisson")
    assert result.model.peak == pytest.approx(40, rel=0.1)


def test_steps_of_counted_photons_are_hit_exactly(clean: np.ndarray) -> None:
    result = fit(as_file(noise.Poisson(10), clean), clean, "poisson")
    assert result.model.peak == pytest.approx(10, rel=1e-3)
    assert result.explains


@pytest.mark.slow
def test_information_pays_for_a_parameter_only_where_it_helps(clean: np.ndarray) -> None:
    for truth in (noise.Poisson(40), noise.PoissonGaussian(0.02, 0.04)):
        noisy = as_file(truth, clean)
        photons, both = (fit(noisy, clean, key) for key in ("poisson", "poisson_gaussian"))
        assert (photons.information < both.information) == (truth.key == "poisson")


def test_no_simulated_noise_is_that_of_a_picture_drawn_with_a_small_seed(clean) -> None:
    model = noise.Gaussian(0.1)
    problem = fit(as_file(model, clean), clean, aligned=False)._problem
    simulated = [x - clean for x in problem.simulate(model, draws=3, seed=1)]
    for own in (model(clean, rng=seed) - clean for seed in range(4)):
        assert max(abs(np.corrcoef(own.ravel(), x.ravel())[0, 1]) for x in simulated) < 0.1


def test_pure_noise_is_not_explained_by_noise_on_a_photograph(clean: np.ndarray) -> None:
    noise_alone = as_file(noise.Gaussian(0.2), np.full_like(clean, 0.5))
    assert not fit(noise_alone, clean).explains
    assert not fit(noise_alone, clean, aligned=True).explains


def test_clipping_is_detected_and_simulated(clean: np.ndarray) -> None:
    """The plain standard deviation of the difference reads too little; the fit does not."""
    noisy = as_file(noise.Gaussian(40 / 255), clean)
    assert 255 * (noisy - clean).std() < 37
    result = fit(noisy, clean)
    assert result.clipped
    assert 255 * result.model.sigma == pytest.approx(40, rel=0.015)


def test_unclipped_noise_is_fitted_as_it_is(clean: np.ndarray) -> None:
    result = fit(noise.Gaussian(40 / 255)(clean, 0), clean)
    assert not result.clipped
    assert 255 * result.model.sigma == pytest.approx(40, rel=0.015)


@pytest.mark.slow
def test_a_chain_is_fitted_with_all_its_parameters(clean: np.ndarray) -> None:
    truth = noise.Chain([noise.GaussianBlur(1.2), noise.Gaussian(10 / 255)])
    start = noise.Chain([noise.GaussianBlur(2), noise.Gaussian(20 / 255)])
    result = fit(as_file(truth, clean), clean, start, aligned=False)
    blur, grain = result.model.models
    assert blur.sigma == pytest.approx(1.2, rel=0.1)
    assert grain.sigma == pytest.approx(10 / 255, rel=0.05)


def test_a_fit_that_explains_has_no_doubt(clean: np.ndarray) -> None:
    noisy = as_file(noise.Gaussian(20 / 255), clean)
    assert fit(noisy, clean).doubt is None
    wrong = fit(noisy, clean, "salt_and_pepper")
    assert not wrong.explains
    assert wrong.doubt.startswith("Salt and pepper does not explain the picture")


def test_a_fit_tells_its_trace_and_time(clean: np.ndarray) -> None:
    result = fit(as_file(noise.Gaussian(0.1), clean), clean)
    assert len(result.trace) == result.evaluations > 10
    assert result.seconds > 0
    assert result.loss < 2 * result.floor


# ---- bad input -------------------------------------------------------------------------------


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

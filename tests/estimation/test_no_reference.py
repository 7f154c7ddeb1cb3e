"""DE-G without a reference: noise and scene from one gradient histogram."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import gradients, images, noise
from helpers.estimation import blind_deg, fit_gradients
from helpers.estimation.no_reference import generalised_laplacian


@pytest.mark.parametrize("shape", [0.4, 1, 2])
def test_the_prior_is_a_symmetric_distribution(shape: float) -> None:
    p = generalised_laplacian(8, shape)
    assert p.sum() == pytest.approx(1)
    assert np.array_equal(p, p[::-1])
    assert p.argmax() == 255


@pytest.mark.parametrize("sigma", [10, 25, 50])
def test_a_photograph_tells_sigma(sigma: int) -> None:
    """Within two gray levels; the mean over BSD68 is below one."""
    noisy = noise.Gaussian(sigma / 255)(images.load("camera"), 0)
    assert 255 * blind_deg(noisy) == pytest.approx(sigma, abs=2)


def test_the_fitted_histogram_is_that_of_the_picture() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=256), 0)
    result = fit_gradients(noisy)
    observed = gradients.probabilities(noisy).mean(axis=0)
    assert gradients.DISTANCES["wasserstein"](observed, result.noisy) < 1
    assert gradients.DISTANCES["kl"](observed, result.noisy) == pytest.approx(
        result.loss, abs=1e-6
    )


def test_pure_noise_is_all_noise() -> None:
    flat = np.full((200, 200), 0.5, np.float32)
    assert 255 * blind_deg(noise.Gaussian(20 / 255)(flat, 0)) == pytest.approx(20, rel=0.02)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((64, 64), 0.5), "constant"),
        (np.eye(8), "16×16"),
        (np.full((64, 64), np.nan), "NaN"),
    ],
)
def test_what_has_no_gradients_is_refused(image: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        blind_deg(image)


def test_an_unknown_distance_lists_the_known() -> None:
    with pytest.raises(ValueError, match="wasserstein"):
        fit_gradients(images.load("camera", size=64), "wassertein")

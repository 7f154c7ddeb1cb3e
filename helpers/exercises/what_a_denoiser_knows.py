"""Checks of notebook `what_a_denoiser_knows`: Tweedie's mean, an error bar, a real look."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, name_slip
from helpers.posterior import Mixture

WORLD = Mixture([0.4, 0.6], means=[0.25, 0.7], covariances=[0.04**2, 0.08**2])
NOISY = np.linspace(0, 1, 11)
NEAR = 0.02  # relative: one difference of two answers, at whatever step


@exercise("mean-from-slope")
def _mean_from_slope(answer: Callable) -> str | None:
    """Tweedie: y + σ² times the slope of log p_σ."""
    for sigma in (0.1, 0.25):
        slope = WORLD.noisy(sigma).slope
        found = _values(answer(NOISY.copy(), sigma, slope), NOISY.shape)
        if isinstance(found, str):
            return found
        step = slope(NOISY)
        slips = {
            "the slope is multiplied by σ², not by σ": NOISY + sigma * step,
            "the mean lies uphill: add, do not subtract": NOISY - sigma**2 * step,
            "that is the step alone; it begins at the noisy number": sigma**2 * step,
            "the slope is multiplied by σ², it is not as long as it has to be": NOISY + step,
        }
        otherwise = "solve slope = (mean − noisy)/σ² for the mean"
        if slip := name_slip(found, WORLD.denoise(NOISY, sigma), slips, otherwise):
            return f"with σ = {sigma:g}: {slip}"
    return None


@exercise("one-error-bar")
def _one_error_bar(answer: Callable) -> str | None:
    """The root of σ² times the derivative of the mean."""
    for sigma in (0.1, 0.25):
        found = _values(answer(WORLD.denoise, NOISY.copy(), sigma), NOISY.shape)
        if isinstance(found, str):
            return found
        variance = WORLD.uncertainty(NOISY, sigma)
        slips = {
            "that is the variance; a deviation is its root": variance,
            "the derivative is multiplied by σ² before the root": np.sqrt(variance) / sigma,
            "that is the derivative alone": variance / sigma**2,
            "σ² goes under the root, not σ": np.sqrt(variance / sigma),
        }
        otherwise = "take σ²·(f(y + e) − f(y − e))/(2e) with a small e, and its root"
        if slip := name_slip(found, np.sqrt(variance), slips, otherwise, NEAR, 0):
            return f"with σ = {sigma:g}: {slip}"
    return None


@exercise("look-real")
def _look_real(answer: Callable) -> str | None:
    """The means in their order, with the values of the clean numbers: W₂'s optimal transport."""
    rng = np.random.default_rng(0)
    clean = WORLD.draw(500, rng)
    means = WORLD.denoise(WORLD.draw(500, rng) + rng.normal(0, 0.2, 500), 0.2)
    found = _values(answer(clean.copy(), means.copy()), means.shape)
    if isinstance(found, str):
        return found
    right = np.sort(clean)[np.argsort(np.argsort(means))]
    if np.allclose(found, right):
        return None
    if not np.allclose(np.sort(found), np.sort(clean)):
        return "your answers, sorted, are to be the clean numbers, sorted: as real as they are"
    if np.allclose(found, np.sort(clean)):
        return "the least mean gets the least clean number where it stands; you have moved it"
    if np.allclose(found, np.sort(clean)[np.argsort(means)]):
        return "argsort says which mean comes k-th; you need the rank of each: argsort it again"
    return "they look real, and move further than they must: keep the order of the means"


def _values(answer: object, shape: tuple[int, ...]) -> np.ndarray | str:
    """The answer as an array of this shape, or what is wrong with it."""
    values = np.asarray(given(answer))
    if values.shape != shape or values.dtype.kind not in "iuf":
        return f"an array of {shape[0]} numbers is asked for, not {answer!r:.60}"
    return values.astype(float)

"""Which kind of noise is it? Fit every candidate, and see which one explains the picture.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=256)
>>> noisy = noise.SaltAndPepper(0.05)(clean, rng=0, clip=True)
>>> identify(noisy, clean)[0].model.key
'salt_and_pepper'
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from helpers import checks
from helpers.estimation.fitting import Fit, as_references, fit
from helpers.estimation.grain import level_of_the_caller, warn_if_correlated
from helpers.images import as_image
from helpers.metrics import residual_whiteness

# 1/whiteness − 1 of a residual, the sum of ρ² of its neighbours, that is no chance. On fifteen
# photographs white noise has 0.013 at most, `Camera` 0.15 in the median.
CORRELATED = 0.04
SHADES = 64  # of the reference; what the noise changes there on average is no noise

CANDIDATES = ("gaussian", "poisson", "speckle", "salt_and_pepper", "poisson_gaussian", "jpeg")


def identify(
    noisy: np.ndarray,
    reference: np.ndarray | Sequence[np.ndarray],
    candidates: Sequence[str] = CANDIDATES,
) -> list[Fit]:
    """Rank the noise models that explain a noisy picture, given a clean one.

    A model explains the picture when the difference is what chance would leave
    (`Fit.explains`). Those that do are ranked by `Fit.information`, which asks of another
    parameter that it pays for itself. Where a candidate has none, the least surprise ranks;
    within one standard deviation of chance fewer parameters come first.

    A model with a formula (`NoiseModel.cdf`) draws each pixel on its own, and a fit looks at
    pixels one by one. Where neighbours in noisy − reference go together, such a model does not
    explain the picture, however well its histogram agrees; when nothing else is left, a warning
    says so. Without an aligned reference the picture alone is asked (`grain`).

    Parameters
    ----------
    noisy, reference
        As in `fit`.
    candidates : sequence of str
        Keys of `noise.MODELS`.

    Returns
    -------
    list of Fit
        Best first; empty when nothing explains the picture.

    Warns
    -----
    UserWarning
        Where the noise of neighbours goes together, and only models of single pixels would
        explain the rest.

    Raises
    ------
    ValueError
        As in `fit`.
    """
    candidates = checks.several(candidates, "candidates", "a list of noise models or their keys")
    references, image = as_references(reference), as_image(noisy, clipped=False)
    fits = [fit(image, references, key) for key in candidates]
    explaining = _explain_neighbours([one for one in fits if one.explains], image, references)
    if all(one.information is not None for one in explaining):
        return sorted(explaining, key=lambda one: one.information)
    # Chance cannot tell surprises within 1 of the least apart: there, count parameters.
    least = min(one.surprise for one in explaining)
    return sorted(
        explaining,
        key=lambda one: (one.surprise > least + 1, len(one.model.parameters()), one.surprise),
    )


def _explain_neighbours(
    explaining: list[Fit], noisy: np.ndarray, references: list[np.ndarray]
) -> list[Fit]:
    """Those that explain the neighbours, too."""
    left = [one for one in explaining if one.information is None]
    if len(left) == len(explaining):  # no model of single pixels
        if any(not one.aligned for one in explaining):
            warn_if_correlated(noisy)
        return explaining
    if not _neighbours_correlate(noisy, references[0]):  # aligned, so there is one reference
        return explaining
    if not left:
        warnings.warn(
            "the noise of neighbouring pixels goes together, and none of these models explains "
            "that: a camera, a blur, or a chain of noise and blur may; for the strength see "
            "helpers.estimation.grain",
            stacklevel=level_of_the_caller(),
        )
    return left


def _neighbours_correlate(noisy: np.ndarray, reference: np.ndarray) -> bool:
    """Whether the residual's neighbours correlate by more than chance, and by enough to matter.

    What the noise changes on average at a brightness (clipping darkens white, impulses turn gray
    into black) follows the scene, and is taken off before.
    """
    shade = np.minimum((reference * SHADES).astype(int), SHADES - 1).ravel()
    count = np.maximum(np.bincount(shade, minlength=SHADES), 1)
    change = np.bincount(shade, (noisy - reference).ravel(), SHADES) / count
    expected = reference + change[shade].reshape(reference.shape)
    if np.mean((noisy - expected) ** 2) < 1e-12:
        return False
    distance = min(3, *(side - 1 for side in noisy.shape[:2]))
    lags = (2 * distance + 1) ** 2 - 1
    chance = (lags + 10 * np.sqrt(lags)) / noisy.size  # ρ(−lag) is ρ(lag): 5 standard deviations
    return 1 / residual_whiteness(noisy, expected, distance) - 1 > CORRELATED + chance

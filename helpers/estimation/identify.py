"""Which kind of noise is it? Fit every candidate, and see which one explains the picture.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=256)
>>> noisy = noise.SaltAndPepper(0.05)(clean, rng=0, clip=True)
>>> identify(noisy, clean)[0].model.key
'salt_and_pepper'
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from helpers import checks
from helpers.estimation.fitting import Fit, fit

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

    Raises
    ------
    ValueError
        As in `fit`.
    """
    candidates = checks.several(candidates, "candidates", "a list of noise models or their keys")
    fits = [fit(noisy, reference, key) for key in candidates]
    explaining = [found for found in fits if found.explains]
    if all(found.information is not None for found in explaining):
        return sorted(explaining, key=lambda found: found.information)
    least = min(found.surprise for found in explaining)
    return sorted(explaining, key=lambda found: _by_surprise(found, least))


def _by_surprise(found: Fit, least: float) -> tuple[bool, int, float]:
    """Chance cannot tell surprises within 1 of the least apart: there, count parameters."""
    return found.surprise > least + 1, len(found.model.parameters()), found.surprise

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
    parameter that it pays for itself; where a candidate has none, fewer parameters come first.

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
    fits = [fit(noisy, reference, key) for key in candidates]
    explaining = [found for found in fits if found.explains]
    known = all(found.information is not None for found in explaining)
    return sorted(explaining, key=_information if known else _complexity)


def _information(found: Fit) -> float:
    return found.information


def _complexity(found: Fit) -> tuple[int, float]:
    """Fewer parameters first, then the smaller surprise."""
    return len(found.model.parameters()), found.surprise

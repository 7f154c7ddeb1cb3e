"""What a denoiser is: the one call that filters and trained networks have in common."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Denoiser(Protocol):
    """Whatever can be called as ``denoise(noisy, sigma=None) -> restored``.

    All of `filters.FILTERS`, a `networks.TrainedNetwork`, or a function of your own. At runtime
    ``isinstance(x, Denoiser)`` asks whether `x` can be called; what comes back is checked where
    it is used.

    Examples
    --------
    >>> def darken(noisy, sigma=None):
    ...     return noisy / 2
    >>> isinstance(darken, Denoiser), isinstance("bm3d", Denoiser)
    (True, False)
    """

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        """Restore a picture.

        Parameters
        ----------
        noisy : numpy.ndarray
            (H, W) or (H, W, 3) in image units, unclipped noise admitted.
        sigma : float, optional
            RMS of the noise in image units, 0 to 1. None: the denoiser knows it, estimates it,
            or does not need it.

        Returns
        -------
        numpy.ndarray
            float32, same shape, not necessarily clipped.
        """
        ...

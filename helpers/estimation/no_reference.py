"""DE-G without a reference: the clean gradient statistics are assumed instead of measured.

Gradients of photographs are mostly near zero and now and then large: a peak with heavy tails,
nearly a generalised Laplacian exp(−|d/s|^p) with p below 1. White noise adds N(0, 2σ²) to every
gradient. Of a noisy histogram one can thus ask for σ, s and p together. The authors of DE-G leave
the question open (Chin et al., 2022, Sensors 22(2), 639); the prior is that of Mallat (1989),
IEEE Trans. Pattern Analysis and Machine Intelligence 11(7).

>>> from helpers import images, noise
>>> noisy = noise.Gaussian(25/255)(images.load("camera"), rng=0)
>>> abs(255 * blind_deg(noisy) - 25) < 2
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from helpers import gradients

SHAPES = (0.3, 2.0)  # of the prior: from heavy tails to a bell
SCALES = (0.003, 60.0)  # gray levels


@dataclass(frozen=True)
class GradientFit:
    """Noise and assumed scene that explain a gradient histogram together.

    Attributes
    ----------
    sigma : float
        Of the noise, in image units.
    scale, shape : float
        s in gray levels and p of the clean gradients, exp(−|d/s|^p).
    loss : float
        Distance that is left, in the unit of the distance used.
    """

    sigma: float
    scale: float
    shape: float
    loss: float

    @property
    def clean(self) -> np.ndarray:
        """Histogram assumed for the clean picture, (511,) probabilities."""
        return generalised_laplacian(self.scale, self.shape)

    @property
    def noisy(self) -> np.ndarray:
        """Histogram that follows for the noisy one, (511,) probabilities."""
        return gradients.after_gaussian(self.clean, self.sigma)


def generalised_laplacian(scale: float, shape: float) -> np.ndarray:
    """Probabilities of the 511 gradients, exp(−|d/s|^p) normalised.

    Examples
    --------
    >>> p = generalised_laplacian(scale=5, shape=1)
    >>> round(float(p[255] / p[260]), 3)  # down to 1/e at d = s
    2.718
    """
    density = np.exp(-(np.abs(gradients.BINS / scale) ** shape))
    return density / density.sum()


def fit_gradients(noisy: np.ndarray, distance: str = "kl") -> GradientFit:
    """Fit noise and scene to the gradient histogram of a noisy picture.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 16×16, white Gaussian noise, not clipped.
    distance : str
        A key of `gradients.DISTANCES`.

    Returns
    -------
    GradientFit

    Raises
    ------
    ValueError
        For what is no image, fewer than 16×16 pixels, or a picture without gradients.
    """
    observed = gradients.probabilities(noisy).mean(axis=0)  # (511,) x and y together
    if min(np.shape(noisy)[:2]) < 16:
        raise ValueError(f"a blind estimate needs at least 16×16 pixels, not {np.shape(noisy)}")
    spread = np.sqrt(observed @ gradients.BINS**2 / 2)  # all of it noise: the largest σ there is
    if spread == 0:
        raise ValueError("the picture is constant: it has no gradients")
    measure = gradients.DISTANCES[distance]
    bounds = [(0, min(spread / 255, 1)), np.log(SCALES), SHAPES]

    def cost(x: np.ndarray) -> float:
        sigma, log_scale, shape = x
        clean = generalised_laplacian(np.exp(log_scale), shape)
        return measure(observed, gradients.after_gaussian(clean, sigma))

    # From three shares of noise, since σ and the peak of the prior can stand for each other; the
    # scale of photographs is a few gray levels, their shape below 1.
    starts = [(share * spread / 255, np.log(3), 0.7) for share in (0.3, 0.6, 0.9)]
    results = [minimize(cost, x, method="Nelder-Mead", bounds=bounds) for x in starts]
    best = min(results, key=lambda result: result.fun)
    sigma, log_scale, shape = best.x
    return GradientFit(float(sigma), float(np.exp(log_scale)), float(shape), float(best.fun))


def blind_deg(noisy: np.ndarray) -> float:
    """Standard deviation of white Gaussian noise, from the gradient histogram alone.

    See `fit_gradients`. It shows how far histograms get without a reference; `blind_sigma` gets
    further. A histogram does not know where in the picture it is flat; and nothing here knows of
    clipping, which makes this read too low in files (24 instead of 50 on ``astronaut``).

    Parameters
    ----------
    noisy : numpy.ndarray
        As in `fit_gradients`.

    Returns
    -------
    float
        In image units; multiply by 255 for gray levels.
    """
    return fit_gradients(noisy).sigma

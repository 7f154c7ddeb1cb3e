"""Tweedie's formula: whoever knows the mean of what may be under the noise knows the slope.

Let y = x + n with white Gaussian noise of σ, unclipped, and p_σ the density of such noisy
pictures. Then (E[x | y] − y)/σ² is the slope of log p_σ at y (Robbins 1956; Miyasawa 1961; Efron
2011). So every denoiser that is such a mean, as a network is after a training by squared error
(`conditional_mean`), can do what is done with slopes: `sample` draws pictures that may be the
clean one.

A mean is here whatever is called as ``mean(noisy, sigma) -> restored``: `Mixture.denoise`, or what
`conditional_mean` makes of a trained network, which is also done with a network that is given.

>>> from helpers.posterior.mixture import Mixture
>>> world = Mixture([0.5, 0.5], means=[0.2, 0.8], covariances=[0.05**2, 0.05**2])
>>> float(score(world.denoise, 0.6, 0.25).round(6)) == float(world.noisy(0.25).slope(0.6).round(6))
True
>>> drawn = sample(world.denoise, np.full(2000, 0.6), 0.25, rng=0)  # of 2000 worlds, one number
>>> under = world.posterior(0.6, 0.25)
>>> round(float(drawn.mean()), 2), round(float(under.mean), 2)
(0.63, 0.63)
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from helpers import checks
from helpers.images import Seed, as_generator
from helpers.posterior.given import WEAKEST, numbers, strength
from helpers.posterior.means import Mean, as_mean, warn_of_samples

# Levels of noise on the way down, and the last as a share of the first. Where a Gaussian's own
# variance is 0.03 to 100 times that of the noise, samples have 0.98 to 1.00 of the variance that
# is right, and at 0.003 times, 0.95; 20 levels that end at 0.02 have 0.94 to 1.00, and 0.83.
LEVELS = 40
LAST = 0.01
FEWEST, MOST = 4, 10_000  # levels; with fewer a step leads far out of [0, 1]


def score(mean: Mean, noisy: np.ndarray, sigma: float) -> np.ndarray:
    """The slope of log p_σ at a noisy picture, (E[x | y] − y)/σ², float64, of its shape.

    Parameters
    ----------
    mean : callable
        ``mean(noisy, sigma)``.
    noisy : numpy.ndarray
    sigma : float
        Of the noise, in image units, above 0.
    """
    checks.function(mean, "mean", "called as mean(noisy, sigma)")
    sigma, noisy = strength(sigma, "score"), numbers(noisy, "noisy")
    return (np.asarray(as_mean(mean)(noisy, sigma), np.float64) - noisy) / sigma**2


def sample(
    mean: Mean, noisy: np.ndarray, sigma: float, rng: Seed, levels: int = LEVELS
) -> np.ndarray:
    """A picture that may be under the noise, drawn as likely as it is.

    Noise that grows, dx = dw over the time σ², makes the clean picture the noisy one; told the
    slope, it can be run backwards (Anderson 1982; Song et al. 2021). The noisy picture already is
    a state of it, at the time σ²: so the way back begins there, and it ends at a sample of
    p(x | y). Each step from one level of noise to the next is Heun's: the slope is the mean of
    those at its start and at its end.

    Parameters
    ----------
    mean : callable
        ``mean(noisy, sigma)``, for all σ from the given one down to a hundredth of it.
    noisy : numpy.ndarray
        Unclipped white Gaussian noise.
    sigma : float
        Of the noise, in image units, 0.0001 or more.
    rng : int or numpy.random.Generator
        Another draw, another sample.
    levels : int
        Of noise on the way, 4 or more: `mean` is asked twice at each.

    Returns
    -------
    numpy.ndarray
        float64, of the shape of `noisy`. Its squared error is twice that of the mean.

    Warns
    -----
    UserWarning
        For a network with biases, or one that has not learned weak noise.

    References
    ----------
    Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole (2021). Score-based generative modeling
    through stochastic differential equations. ICLR; arXiv 2011.13456. Kawar, Vaksman, Elad
    (2021). Stochastic image denoising by sampling from the posterior distribution. ICCV
    Workshops; arXiv 2101.09552.
    """
    levels, rng = checks.whole(levels, "levels", FEWEST, MOST), as_generator(rng)
    mean = as_mean(mean)
    warn_of_samples(mean)
    sigma, x = strength(sigma, "sample", WEAKEST / LAST), numbers(noisy, "noisy")
    slope = score(mean, x, sigma)
    for high, low in pairwise(np.geomspace(sigma, LAST * sigma, levels)):
        time = high**2 - low**2
        chance = rng.normal(0, np.sqrt(time), x.shape)
        ahead = x + time * slope + chance
        x = x + time * (slope + score(mean, ahead, low)) / 2 + chance
        slope = score(mean, x, low)
    return x + low**2 * slope

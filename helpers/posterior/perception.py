"""What does it cost to look real? Perception against distortion, exact for numbers.

The answer with the least squared error is a mean, and means do not look like what they are means
of: their distribution is narrower than that of the clean pictures. An answer whose distribution is
only P away from that of the pictures (Wasserstein's distance of the second order) has an error of
at least

    D(P) = MMSE + [(W₂ − P)₊]²,

W₂ the distance of the means (Freirich, Michaeli, Meir 2021). At its realistic end, P = 0, stands
the mean moved to where the pictures are (`Frontier.realistic`); a sample of what may be under
the noise looks as real, and pays more, an error of twice the MMSE.

>>> from helpers.posterior.mixture import Mixture
>>> world = Mixture([0.5, 0.5], means=[0.2, 0.8], covariances=[0.05**2, 0.05**2])
>>> told = frontier(world, sigma=0.25)
>>> bool(told.mmse < told.distortion(0) < 2 * told.mmse)
True

Freirich, Michaeli, Meir (2021), A theory of the distortion-perception tradeoff in Wasserstein
space, NeurIPS. Blau, Michaeli (2018), The perception-distortion tradeoff, CVPR.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from helpers import checks
from helpers.posterior.given import numbers, strength
from helpers.posterior.mixture import LEAST, Mixture

POINTS = 20_001  # of a grid over all noisy numbers: D is right to a millionth of the MMSE
REACH = 8  # deviations beyond the outermost Gaussian


@dataclass(frozen=True)
class Frontier:
    """Perception against distortion in a world of numbers under white Gaussian noise.

    Attributes
    ----------
    world : Mixture
        Of numbers.
    sigma : float
        Of the noise.
    mmse : float
        The least mean squared error: that of the mean.
    distance : float
        W₂ between the clean numbers and the means: what the mean lacks to look real.
    """

    world: Mixture
    sigma: float
    mmse: float
    distance: float

    def distortion(self, perception: float | np.ndarray) -> np.ndarray:
        """The least mean squared error of answers that are `perception` away from the pictures."""
        perception = numbers(perception, "perception")
        if perception.min() < 0:
            raise checks.refusal("perception", "a distance, 0 or more", perception.min())
        return self.mmse + np.maximum(self.distance - perception, 0) ** 2

    def realistic(self, noisy: np.ndarray) -> np.ndarray:
        """The means, moved to where the clean numbers are: the frontier's end at P = 0.

        The mean grows with the noisy number, so the number with a share u of all noisy ones
        below it goes to the clean one with that share below it.
        """
        return quantile(self.world, below(self.world.noisy(self.sigma), noisy))

    def restore(self, noisy: np.ndarray, perception: float = 0.0) -> np.ndarray:
        """The best answer that is `perception` away from the pictures, between the two ends."""
        perception = checks.number(perception, "perception", 0)
        share = min(perception / self.distance, 1) if self.distance > 0 else 1
        mean = self.world.denoise(noisy, self.sigma)
        return share * mean + (1 - share) * self.realistic(noisy)


def frontier(world: Mixture, sigma: float) -> Frontier:
    """Perception against distortion in a world of numbers, by integrals over all noisy ones.

    Parameters
    ----------
    world : Mixture
        Of numbers, shape ().
    sigma : float
        Of white Gaussian noise, image units, above 0.
    """
    _check_numbers(world)
    sigma = strength(sigma, "frontier")
    noisy = world.noisy(sigma)
    grid = _grid(noisy)
    density = np.exp(noisy.log_density(grid))
    density /= density.sum()
    means = world.denoise(grid, sigma)
    mmse = density @ world.uncertainty(grid, sigma)
    apart = quantile(world, below(noisy, grid)) - means
    return Frontier(world, sigma, float(mmse), float(np.sqrt(density @ apart**2)))


def below(world: Mixture, at: np.ndarray) -> np.ndarray:
    """The share of a world of numbers that is below some: its distribution function."""
    _check_numbers(world)
    places = numbers(at, "at")[..., None]
    deviations = np.sqrt(np.maximum(world.covariances[:, 0, 0], LEAST))
    return ndtr((places - world.means) / deviations) @ world.weights


def quantile(world: Mixture, share: np.ndarray) -> np.ndarray:
    """The number below which a share of a world of numbers is: the inverse of `below`."""
    grid = _grid(world)
    return np.interp(share, np.maximum.accumulate(below(world, grid)), grid)


def _grid(world: Mixture) -> np.ndarray:
    reach = REACH * np.sqrt(world.covariances[:, 0, 0])
    return np.linspace((world.means - reach).min(), (world.means + reach).max(), POINTS)


def _check_numbers(world: object) -> None:
    if not (isinstance(world, Mixture) and world.shape == ()):
        raise checks.refusal("world", "a Mixture of numbers, of shape ()", world)

"""One derivative, three uses: an error bar for each pixel, the expected error, SURE.

Let f(y) be the mean of what may be under white Gaussian noise of σ. The covariance of all that
may be there is σ²·∂f/∂y (Manor, Michaeli 2024): how far the answer follows a little more noise
says how little the picture was known. Its diagonal is the variance of each pixel; the mean of
that is the expected error of f; and the same mean of a diagonal is the divergence that Stein's
unbiased estimate of the risk needs, for whatever f.

The derivative of a picture of n pixels has n² values. Nobody writes them down: products with
probes, of +1 or −1 by chance at each pixel, tell the diagonal (Hutchinson 1990; Bekas,
Kokiopoulou, Saad 2007).

>>> from helpers.posterior.mixture import Mixture
>>> world = Mixture([1.0], np.full((1, 4, 4), 0.5), 0.1**2 * np.eye(16)[None])
>>> noisy = world.noisy(0.1).draw(1, rng=0)[0]
>>> found = derivative(world.denoise, noisy, 0.1, rng=0)
>>> found.diagonal.round(3)[0].tolist()  # as strong a picture as its noise: a half is kept
[0.5, 0.5, 0.5, 0.5]
>>> round(found.expected_error, 6), round(float(world.uncertainty(noisy, 0.1).mean()), 6)
(0.005, 0.005)

Manor, Michaeli (2024), On the posterior distribution in denoising: application to uncertainty
quantification, ICLR. Bekas, Kokiopoulou, Saad (2007), An estimator for the diagonal of a matrix,
Applied Numerical Mathematics 57, 1214-1229. Ramani, Blu, Unser (2008), Monte-Carlo SURE, IEEE
Transactions on Image Processing 17(9), 1540-1554.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from helpers import checks
from helpers.images import Seed, as_generator
from helpers.metrics.sure import STEP, fault, risk, signs
from helpers.posterior.given import numbers, strength
from helpers.posterior.means import Mean, NetworkMean
from helpers.registry import Registry

PROBES = 48
MOST = 100_000  # probes: chance is then a third of a hundredth

Linear = Callable[[np.ndarray], np.ndarray]  # a direction to the derivative's product with it
PRODUCTS: Registry[Callable[[Mean, np.ndarray, float], tuple[np.ndarray, Linear]]] = Registry(
    "product"
)


# ---- products with the derivative ---------------------------------------------------------------


@PRODUCTS.register
def differences(mean: Mean, noisy: np.ndarray, sigma: float) -> tuple[np.ndarray, Linear]:
    """f(y), and v ↦ (f(y + εv) − f(y))/ε with ε = σ/10: any denoiser, one more call for each v."""
    step = STEP * sigma
    restored = np.asarray(mean(noisy, sigma), np.float64)
    return restored, lambda along: (mean(noisy + step * along, sigma) - restored) / step


@PRODUCTS.register
def forward(mean: NetworkMean, noisy: np.ndarray, sigma: float) -> tuple[np.ndarray, Linear]:
    """f(y), and v ↦ ∂f/∂y·v of a network, exact, by forward differentiation.

    Of v = 1 at one pixel: where the picture answers to it. Three times the time of a call.
    """
    function, planes = _of_network(mean, noisy, sigma)
    shape = np.shape(noisy)

    def along(direction: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            _, product = torch.func.jvp(function, (planes,), (mean.as_planes(direction),))
        return _pixels(product, shape)

    with torch.no_grad():
        return _pixels(function(planes), shape), along


@PRODUCTS.register
def backward(mean: NetworkMean, noisy: np.ndarray, sigma: float) -> tuple[np.ndarray, Linear]:
    """f(y), and v ↦ v·∂f/∂y of a network, exact, by backpropagation: the same diagonal.

    Of v = 1 at one pixel: the filter whose answer it is. The time of a call.
    """
    function, planes = _of_network(mean, noisy, sigma)
    planes.requires_grad_()
    restored, shape = function(planes), np.shape(noisy)

    def along(direction: np.ndarray) -> np.ndarray:
        given = mean.as_planes(direction)
        (product,) = torch.autograd.grad(restored, planes, given, retain_graph=True)
        return _pixels(product, shape)

    return _pixels(restored.detach(), shape), along


def _of_network(mean: object, noisy: np.ndarray, sigma: float) -> tuple[Callable, torch.Tensor]:
    if not isinstance(mean, NetworkMean):
        raise checks.refusal("mean", "a network, from posterior.conditional_mean", mean)
    return mean.as_function(noisy, sigma)


def _pixels(planes: torch.Tensor, shape: tuple[int, ...]) -> np.ndarray:
    """(planes, C, H, W) back to the shape of a picture, float64."""
    channels = planes.reshape(-1, *planes.shape[-2:])
    return channels.permute(1, 2, 0).reshape(shape).double().cpu().numpy()


# ---- what they tell -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)  # arrays are not compared
class Derivative:
    """What the derivative of a denoiser tells at one noisy picture.

    Attributes
    ----------
    noisy, restored : numpy.ndarray
        The picture and the denoiser's answer, float64.
    sigma : float
        Of the noise, image units.
    diagonal : numpy.ndarray
        By how much each restored pixel follows its own noisy one; of their shape.
    """

    noisy: np.ndarray
    restored: np.ndarray
    sigma: float
    diagonal: np.ndarray

    @property
    def divergence(self) -> float:
        """The sum of the diagonal: the trace of the derivative."""
        return float(self.diagonal.sum())

    @property
    def variance(self) -> np.ndarray:
        """Of each pixel, σ² times the diagonal; 0 where chance has made that negative.

        Right if the denoiser is the mean of what may be under the noise.
        """
        return self.sigma**2 * np.maximum(self.diagonal, 0)

    @property
    def expected_error(self) -> float:
        """Mean squared error to be expected, σ² times the mean of the diagonal.

        Right if the denoiser is the mean of what may be under the noise.
        """
        return self.sigma**2 * float(self.diagonal.mean())

    @property
    def sure(self) -> float:
        """Stein's unbiased estimate of the mean squared error, for whatever denoiser.

        What was removed is noise and error, and the derivative tells their product:
        mean((f(y) − y)²) − σ² + 2σ²·mean(diagonal). `metrics.sure` is the same by one probe.

        Raises
        ------
        ValueError
            For a picture that was rounded to 8 bits or clipped.
        """
        if self.noisy.ndim > 1 and (reason := fault(self.noisy)):
            raise ValueError(f"{reason}; SURE holds for noise as it was drawn")
        removed = np.mean((self.restored - self.noisy) ** 2)
        return float(risk(removed, self.diagonal.mean(), self.sigma))


def derivative(
    mean: Mean,
    noisy: np.ndarray,
    sigma: float,
    rng: Seed,
    probes: int = PROBES,
    product: str = "differences",
) -> Derivative:
    """The diagonal of ∂f/∂y at a noisy picture, by probes.

    Parameters
    ----------
    mean : callable
        ``mean(noisy, sigma)``: any denoiser for SURE, a conditional mean for the rest.
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), unclipped white Gaussian noise; or what else `mean` takes.
    sigma : float
        Of the noise, in image units, above 0.
    rng : int or numpy.random.Generator
        Draws the probes.
    probes : int
        Chance leaves the square of what each pixel takes from the others, over `probes`.
    product : str
        One of `PRODUCTS`: "differences" for any denoiser, "forward" or "backward" for a network.

    Returns
    -------
    Derivative
    """
    sigma, noisy = strength(sigma, "derivative"), numbers(noisy, "noisy")
    checks.function(mean, "mean", "called as mean(noisy, sigma)")
    probes, rng = checks.whole(probes, "probes", 1, MOST), as_generator(rng)
    restored, along = PRODUCTS[product](mean, noisy, sigma)
    total = np.zeros_like(restored)
    for _ in range(probes):
        probe = signs(restored.shape, rng)
        total += probe * along(probe)
    return Derivative(noisy, restored, sigma, total / probes)

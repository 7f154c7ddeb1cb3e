"""A score without a reference: Stein's unbiased risk estimate."""

from __future__ import annotations

import numpy as np

from helpers import checks
from helpers.denoiser import Denoiser
from helpers.images import Seed, as_generator, as_image
from helpers.parameters import SIGMA

# Of σ. Levels of nine filters on three photographs, σ 10, 25 and 50 of 255, are off by 0.27, 0.20,
# 0.15, 0.48 and 3.7 dB rms with steps of 0.01, 0.03, 0.1, 0.3 and 1: short ones miss the jumps of
# medians, long ones smear the thresholds of wavelets.
STEP = 0.1
LEVELS_OF_FILES = 255
ROUNDED = 1e-3  # of a gray level; float32 holds a level of 8 bits to 1e-5
# Share of pixels at exactly 0 or 1, beyond which they were clipped. Unclipped noise hits neither;
# clipped at σ = 25/255, 0.02 to 9.8 % of README's photographs do, seven of eight above 0.7 %.
CLIPPED = 0.001


def sure(
    denoiser: Denoiser, noisy: np.ndarray, sigma: float, rng: Seed, *, step: float = STEP
) -> float:
    """Expected mean squared error of a restored picture, told without its reference.

    For y = x + n with white Gaussian noise n of known σ, the expected error of f(y) is that of
    |f(y) − y|² − σ² + 2σ²·div f, each as a mean over pixels: how much was changed, and how much
    of the noise is still heard in the answer (Stein 1981). The divergence is told by one random
    probe (Ramani, Blu, Unser 2008).

    It holds where the noise is white, Gaussian, not clipped and not rounded, of the same σ
    everywhere and this σ is right, and where the denoiser has no jumps. A σ that is 5 % too large
    takes a good fifth off the error of a bilateral filter. Other noise with that RMS looks the
    same, and cannot be refused.

    Parameters
    ----------
    denoiser : callable
        ``denoise(noisy, sigma=None) -> restored``; called twice, with `sigma`.
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), unclipped.
    sigma : float
        Of the noise, in image units, above 0.
    rng : int or numpy.random.Generator
        Draws the probe.
    step : float
        Length of the probe, in σ. A denoiser that thresholds wants a long one.

    Returns
    -------
    float
        In squared image units, as `mse` of what `denoiser` gives, neither clipped nor rounded.
        Of N values it is off by σ²·√(2/N) by chance, at least; below 0 now and then.

    Raises
    ------
    ValueError
        For what is no image, a picture rounded to 8 bits or clipped to [0, 1], a σ that is no
        number above 0, a bad `rng` or `step`, and a denoiser that gives no picture of that shape.

    References
    ----------
    Stein (1981). Estimation of the mean of a multivariate normal distribution. The Annals of
    Statistics 9(6), 1135-1151.
    Ramani, Blu, Unser (2008). Monte-Carlo SURE. IEEE Trans. Image Processing 17(9), 1540-1554.

    Examples
    --------
    >>> from helpers import filters, images, metrics, noise
    >>> clean = images.load("camera", size=256)
    >>> noisy = noise.Gaussian(25/255)(clean, rng=0)
    >>> told = sure(filters.bilateral, noisy, 25/255, rng=0)
    >>> bool(abs(told / metrics.mse(clean, filters.bilateral(noisy, 25/255)) - 1) < 0.1)
    True
    """
    checks.function(denoiser, "denoiser", "a function denoise(noisy, sigma=None)")
    image = as_image(noisy, clipped=False)
    sigma = checks.number(SIGMA.check(sigma, "sure"), "sigma", above=0)
    step = checks.number(step, "step", above=0, high=10) * sigma
    if reason := fault(image):
        raise ValueError(f"{reason}; SURE holds for noise as it was drawn")
    probe = signs(image.shape, as_generator(rng))
    restored, moved = (_restored(denoiser, y, sigma) for y in (image, image + step * probe))
    divergence = np.mean(probe * (moved - restored)) / step
    return float(risk(np.mean((restored - image) ** 2), divergence, sigma))


def signs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A probe: +1 or −1 by chance at each pixel, float32."""
    return 2 * rng.integers(0, 2, shape).astype(np.float32) - 1


def risk(removed: float, divergence: float, sigma: float) -> float:
    """Stein's estimate of the mean squared error; of arrays or tensors one of their shape.

    Parameters
    ----------
    removed : float
        The mean of (f(y) − y)².
    divergence : float
        The mean of the diagonal of ∂f/∂y.
    sigma : float
        Of the noise, in image units.

    Examples
    --------
    What changes nothing leaves the noise, and what knows the scene leaves nothing:

    >>> risk(0, 1, 0.5), risk(0.25, 0, 0.5)
    (0.25, 0.0)
    """
    return removed + sigma**2 * (2 * divergence - 1)


def fault(noisy: np.ndarray) -> str | None:
    """Why the noise of a picture is not Gaussian, where that is seen: what was a file once.

    Examples
    --------
    >>> fault(np.float32([[0.2, 0.6], [1.0, 0.4]]))
    'noisy was rounded to 8 bits, and its noise is no longer Gaussian'
    """
    levels = LEVELS_OF_FILES * noisy.astype(float)
    if np.abs(levels - np.rint(levels)).max() < ROUNDED:
        return "noisy was rounded to 8 bits, and its noise is no longer Gaussian"
    share = float(np.mean((noisy == 0) | (noisy == 1)))
    if share > CLIPPED:
        return (
            f"{share:.1%} of noisy are exactly 0 or 1: it was clipped, and noise that ends there "
            "is no longer Gaussian"
        )
    return None


def _restored(denoiser: Denoiser, image: np.ndarray, sigma: float) -> np.ndarray:
    """In float64: an answer to a probe is a small difference."""
    restored = as_image(denoiser(image.astype(np.float32), sigma), clipped=False)
    if restored.shape != image.shape:
        raise ValueError(
            f"the denoiser gives a picture of shape {restored.shape} for one of {image.shape}"
        )
    return restored.astype(float)

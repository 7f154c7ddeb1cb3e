"""Error bars: does a range about each restored pixel hold the clean one as often as it says?

The derivative of a denoiser gives each pixel a `deviation`. What multiple of it holds nine tenths
of the clean pixels is found on pictures of which the clean one is there, `calibrate`; what it then
holds on others is `coverage`, asked where bars are narrow and where they are wide: bars of one
width for all pixels can hold nine tenths of all, and too many or too few everywhere.

>>> rng = np.random.default_rng(0)
>>> spread = rng.uniform(0.01, 0.1, 10_000)
>>> error = spread * rng.standard_normal(10_000)
>>> factor = calibrate(spread[:5000], error[:5000])
>>> round(factor, 1)  # of a Gaussian: 1.64
1.6
>>> coverage(factor * spread[5000:], error[5000:]).round(1).tolist()
[0.9, 0.9, 0.9, 0.9, 0.9]
>>> constant = calibrate(np.ones(5000), error[:5000])
>>> held = abs(error) <= constant
>>> [round(float(held[which].mean()), 1) for which in (spread < 0.03, spread > 0.08)]
[1.0, 0.7]
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from helpers import checks
from helpers.posterior.derivative import Derivative
from helpers.posterior.given import numbers

SHARE = 0.9  # of the clean pixels that bars are to hold
PARTS = 5
# Standard deviation in pixels of a window in which the diagonal is averaged: 48 probes leave
# chance in it, and neighbours are known nearly as well as each other. On 12 pictures of BSD68 at
# σ = 25/255, six for six, bars of drunet are by it 10 and 11 % narrower than the constant bar, and
# 89 % hold at edges; by 0 pixels 8 and 9 %, and 90 %; by 1.5 pixels 10 and 11 %, and 88 %.
BLUR = 0.7
WIDEST = 100  # pixels
LEAST = 0.01  # of the diagonal: 0.003 and 0.03 give bars as wide


def deviation(found: Derivative, blur: float = BLUR) -> np.ndarray:
    """How far each clean pixel may be from the restored one, σ·√diagonal, before calibration.

    Parameters
    ----------
    found : Derivative
        Of a conditional mean.
    blur : float
        Standard deviation in pixels of a window in which the diagonal is averaged.

    Returns
    -------
    numpy.ndarray
        Of the shape of the picture, float64, at least a tenth of σ.
    """
    if not isinstance(found, Derivative):
        raise checks.refusal("found", "what posterior.derivative gives", found)
    blur, diagonal = checks.number(blur, "blur", 0, WIDEST), found.diagonal
    smooth = gaussian_filter(diagonal, (blur, blur, 0)[: diagonal.ndim]) if blur else diagonal
    return found.sigma * np.sqrt(np.maximum(smooth, LEAST))


def calibrate(spread: np.ndarray, error: np.ndarray, share: float = SHARE) -> float:
    """The multiple of the spread that holds a share of the errors.

    Parameters
    ----------
    spread : numpy.ndarray
        Of each pixel, above 0, as `deviation` gives it; pixels of several pictures in one array.
        Of ones: the bar that is as wide everywhere.
    error : numpy.ndarray
        Restored − clean, of as many pixels.
    share : float
        Between 0 and 1.

    Returns
    -------
    float
        For other pictures, too: bars reach from restored − factor·spread to restored +
        factor·spread.
    """
    spread, error = _pair(spread, error, "spread")
    if not (checks.is_number(share) and 0 < share < 1):
        raise checks.refusal("share", "a number between 0 and 1", share)
    if spread.min() <= 0:
        raise checks.refusal("spread", "above 0 everywhere", spread.min())
    return float(np.quantile(np.abs(error) / spread, float(share)))


def coverage(width: np.ndarray, error: np.ndarray, parts: int = PARTS) -> np.ndarray:
    """The share of the clean pixels that bars hold, from the narrowest to the widest bars.

    Parameters
    ----------
    width : numpy.ndarray
        Half of each bar: factor·spread.
    error : numpy.ndarray
        Restored − clean, of as many pixels.
    parts : int
        Into how many groups of as many pixels the widths are sorted; 1 asks for all at once.

    Returns
    -------
    numpy.ndarray
        (parts,) float64.
    """
    width, error = _pair(width, error, "width")
    parts = checks.whole(parts, "parts", 1, width.size)
    held = (np.abs(error) <= width)[np.argsort(width, kind="stable")]
    return np.array([part.mean() for part in np.array_split(held, parts)])


def narrower(width: np.ndarray, error: np.ndarray) -> float:
    """By what share bars are narrower, in the mean, than the constant bar that holds as much.

    Parameters
    ----------
    width, error : numpy.ndarray
        As in `coverage`.

    Raises
    ------
    ValueError
        Where that constant bar has no width, as of errors that are all 0.

    Examples
    --------
    >>> round(narrower(np.array([0.1, 0.1, 0.1, 0.3]), np.array([0.0, 0.09, -0.08, 0.3])), 9)
    0.5
    """
    width, error = _pair(width, error, "width")
    held = np.mean(np.abs(error) <= width)
    constant = np.quantile(np.abs(error), held)
    if constant == 0:
        raise ValueError("errors of 0 are held by a constant bar of width 0: nothing is narrower")
    return float(1 - width.mean() / constant)


def _pair(width: np.ndarray, error: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Both flat, of one shape, float64."""
    width, error = numbers(width, name), numbers(error, "error")
    if width.shape != error.shape:
        raise ValueError(f"{name} {width.shape} and error {error.shape} are of one shape")
    return width.ravel(), error.ravel()

"""How every table of the course scores: clipped, rounded, then the metrics."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import gaussian_gradient_magnitude

from helpers import checks
from helpers.images import as_image, to_gray
from helpers.metrics.scores import METRICS, as_pair, decibels, ssim_map

PROTOCOL = ("mse", "psnr", "ssim", "deg")  # they take any picture from 11×11 on


def eight_bits(restored: np.ndarray) -> np.ndarray:
    """What a file would hold: clipped to [0, 1] and rounded to 256 levels, float64."""
    return np.rint(np.clip(as_image(restored, clipped=False), 0, 1) * 255) / 255


def score(
    reference: np.ndarray, restored: np.ndarray, names: Iterable[str] | None = None
) -> dict[str, float]:
    """Score a restored image by the protocol of all tables of the course.

    The result is clipped to [0, 1] and rounded to 8 bits, then the metrics are applied. This is
    what reproduces published tables; the noisy input is scored the same way.

    Parameters
    ----------
    reference, restored : numpy.ndarray
        One shape, (H, W) or (H, W, 3), at least 11×11.
    names : iterable of str, optional
        The metrics wanted, keys of `METRICS`; by default those of `PROTOCOL`.

    Returns
    -------
    dict
        Name of the metric to its value.

    Raises
    ------
    ValueError
        For what is no image, two shapes, too few pixels, an unknown metric, or no names.
    """
    wanted = PROTOCOL if names is None else checks.several(names, "names", _NAMES)
    if not wanted:
        raise checks.refusal("names", _NAMES, names)
    rounded = eight_bits(restored)
    return {name: METRICS[name](reference, rounded) for name in wanted}


_NAMES = f"a list of metrics, some of {', '.join(METRICS)}"


def regions(reference: np.ndarray, share: float = 0.2) -> dict[str, np.ndarray]:
    """Where a picture has edges and where it has none: two masks, each pixel in one of them.

    Parameters
    ----------
    reference : numpy.ndarray
        (H, W) or (H, W, 3), clean.
    share : float
        The share of the pixels that count as edges: those where the gradient of the luminance,
        smoothed by a Gaussian of 1 pixel, is steepest. Fewer where nothing is steep.

    Returns
    -------
    dict
        "edges" and "flat", (H, W) bool.

    Raises
    ------
    ValueError
        For what is no image in [0, 1], and for another `share`.
    """
    if not (checks.is_number(share) and 0 < share < 1):
        raise checks.refusal("share", "a number between 0 and 1", share)
    share, reference = float(share), as_image(reference)
    steepness = gaussian_gradient_magnitude(to_gray(reference), sigma=1)
    edges = steepness > np.quantile(steepness, 1 - share)
    return {"edges": edges, "flat": ~edges}


def score_by_region(
    reference: np.ndarray, restored: np.ndarray, share: float = 0.2
) -> dict[str, dict[str, float]]:
    """Score edges and flat parts apart, clipped and rounded as in `score`.

    Parameters
    ----------
    reference, restored : numpy.ndarray
        One shape, (H, W) or (H, W, 3), at least 11×11.
    share : float
        As in `regions`.

    Returns
    -------
    dict
        "edges" and "flat", each with "mse", "psnr" and "ssim" (the mean over windows that are
        centred in the region); NaN where a region is empty.

    Raises
    ------
    ValueError
        As in `score`, or for another `share`.

    Examples
    --------
    >>> from helpers import images, noise
    >>> clean = images.load("camera", size=256)
    >>> scores = score_by_region(clean, noise.GaussianBlur(2)(clean, rng=0))
    >>> scores["edges"]["psnr"] < scores["flat"]["psnr"]  # a blur harms edges most
    True
    """
    reference, rounded = as_pair(reference, eight_bits(restored))
    errors, similarities = (reference - rounded) ** 2, ssim_map(reference, rounded)
    table = {}
    for name, mask in regions(reference, share).items():
        error, windows = (
            float(np.mean(values)) if values.size else float("nan")
            for values in (errors[mask], similarities[mask[5:-5, 5:-5]])
        )
        table[name] = {"mse": error, "psnr": decibels(error), "ssim": windows}
    return table

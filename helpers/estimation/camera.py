"""A camera's noise without a pair: how strong and how coarse it is in the flat parts of a picture.

What varies there is noise. `fit_soft_camera` measures its variance and `spread_of` how far
neighbours go together, in squares of 16×16 pixels; both compare with gray that a
`noise.SoftCamera` made noisy. `fit_camera` compares gradients of the whole picture instead.

>>> from helpers import images, noise
>>> noisy = noise.SoftCamera(gain=0.02, spread=1.0)(images.load("coffee", size=256), rng=0)
>>> 0.01 < fit_soft_camera(noisy, spread=1.0).gain < 0.04
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from helpers import checks
from helpers.estimation.fitting import fit
from helpers.estimation.patches import STILL
from helpers.images import as_image
from helpers.noise import NoiseModel, SoftCamera

SQUARE = 16  # pixels a side of a square, whose shading is a plane; 8 tell strength as well
KINDS = 4  # of brightness, of as many squares each; 2 and 8 do as well
LAGS = 3  # pixels, over which the correlation of neighbours is compared
DARKEST, BRIGHTEST = 0.1, 0.75  # mean of a square in which clipping cuts off no noise
NO_NOISE = 1e-9  # variance, far below that of rounding to 8 bits


# ---- where a picture is flat -----------------------------------------------------------------


def flat_squares(noisy: np.ndarray, share: float = 0.1) -> list[np.ndarray]:
    """The flattest squares of a noisy picture, by brightness.

    Flat is what varies least between means of 4×4 pixels, so that fine grain has little say in
    the choice of where it is measured. What is nearly black or white is left out, and so is what
    does not vary at all: a bar, a mask, a saturated colour.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W, 3) in [0, 1].
    share : float
        Of the squares of each brightness. Of five photographs, 0.05 and 0.1 tell the strength of
        the noise alike; 0.2 and 0.4 take more and more texture for noise.

    Returns
    -------
    list of numpy.ndarray
        For each brightness, squares (N, 16, 16, 3).

    Raises
    ------
    ValueError
        For what is no colour picture, and one without a square that varies and is neither dark
        nor white.
    """
    image = as_image(noisy, clipped=False)
    if image.ndim != 3:
        raise ValueError(f"a camera's noise is measured in colour, (H, W, 3), not {image.shape}")
    squares = _squares(image)
    coarse = squares.reshape(len(squares), SQUARE // 4, 4, SQUARE // 4, 4, 3).mean(axis=(2, 4))
    rough, mean = coarse.var(axis=(1, 2)).mean(axis=-1), squares.mean(axis=(1, 2, 3))  # (N,)
    varies = np.ptp(squares, axis=(1, 2)).max(axis=-1) > STILL
    gray = np.flatnonzero((mean > DARKEST) & (mean < BRIGHTEST) & varies)
    if not len(gray):
        raise ValueError(
            f"no square of {SQUARE}×{SQUARE} pixels to measure noise in: all are constant, nearly "
            "black or nearly white"
        )
    kinds = np.array_split(gray[np.argsort(mean[gray])], KINDS)
    return [
        squares[k[np.argsort(rough[k])][: max(1, round(share * len(k)))]] for k in kinds if len(k)
    ]


def flat_correlations(squares: np.ndarray) -> np.ndarray:
    """Correlation of pixels 1, 2 and 3 apart in flat squares (N, 16, 16, 3): (3,)."""
    flat = _without_plane(squares)
    along = [
        np.mean([np.mean(flat[:, k:] * flat[:, :-k]), np.mean(flat[:, :, k:] * flat[:, :, :-k])])
        for k in range(1, LAGS + 1)
    ]
    return np.array(along) / np.mean(flat**2)


def flat_variance(squares: np.ndarray) -> float:
    """Variance in flat squares (N, 16, 16, 3)."""
    return float(np.mean(_without_plane(squares) ** 2))


def _squares(picture: np.ndarray) -> np.ndarray:
    """All squares that do not overlap, (N, SQUARE, SQUARE, 3)."""
    rows, columns = (side // SQUARE for side in picture.shape[:2])
    whole = picture[: rows * SQUARE, : columns * SQUARE].reshape(rows, SQUARE, columns, SQUARE, 3)
    return whole.swapaxes(1, 2).reshape(-1, SQUARE, SQUARE, 3)


def _without_plane(squares: np.ndarray) -> np.ndarray:
    """Each colour of each square less the plane that fits it best."""
    ramp = np.linspace(-1, 1, SQUARE)
    basis = np.stack([np.ones((SQUARE, SQUARE)), *np.meshgrid(ramp, ramp)], axis=-1)
    basis = basis.reshape(-1, 3)
    values = squares.reshape(len(squares), SQUARE**2, 3)
    planes = np.einsum("pk,kq,nqc->npc", basis, np.linalg.pinv(basis), values)
    return (values - planes).reshape(squares.shape)


# ---- cameras with noise like that ------------------------------------------------------------


def fit_camera(noisy: np.ndarray, clean: Sequence[np.ndarray]) -> SoftCamera:
    """The gain, from one noisy picture and clean photographs of something else.

    Gradient histograms, surface by surface, as `fit` compares pictures that are not aligned; the
    grain is that of `noise.Camera`.
    """
    return fit(noisy, clean, SoftCamera(), aligned=False).model


def fit_soft_camera(noisy: np.ndarray, spread: float) -> SoftCamera:
    """The gain, from the flat squares of one noisy picture alone.

    In each brightness the variance is compared with that of gray which the model makes noisy;
    it grows with the gain, and the middle of what the four kinds of brightness ask for is taken.
    Texture counts as noise: where no place is flat, the gain comes out several times too high.
    Bad pictures are refused as `flat_squares` refuses them.
    """
    weak = _weak_camera(spread)
    ratios = [
        flat_variance(squares) / flat_variance(_noisy_gray(float(squares.mean()), weak))
        for squares in flat_squares(noisy)
    ]
    return replace(weak, gain=weak.gain * float(np.median(ratios)))


def spread_of(noisy: Sequence[np.ndarray]) -> float:
    """The `spread` of a `noise.SoftCamera` whose grain is as coarse as that of noisy pictures.

    Compared are medians of `flat_correlations` with those of gray made noisy by the model, in
    steps of 0.1 pixels up to 2.

    Raises
    ------
    ValueError
        For no picture, pictures without noise, and as `flat_squares`.
    """
    pictures = checks.several(noisy, "noisy", "a list of pictures")
    if not pictures:
        raise ValueError("the grain is measured in one noisy picture or more, not in none")
    squares = [squares for picture in pictures for squares in flat_squares(picture)]
    if max(map(flat_variance, squares)) < NO_NOISE:
        raise ValueError("the grain of noise is measured where there is noise: there is none")
    measured = np.median([flat_correlations(one) for one in squares], axis=0)

    def misfit(spread: float) -> float:
        simulated = flat_correlations(_noisy_gray(0.4, _weak_camera(spread)))
        return float(np.sum((simulated - measured) ** 2))

    return float(min(np.arange(0, 2.05, 0.1).round(1), key=misfit))


def _weak_camera(spread: float) -> SoftCamera:
    """One whose noise is weak, so that its variance is proportional to the gain.

    Blurring white noise divides its variance by about 4π·spread²; the gain makes up for it, lest
    JPEG and rounding to 8 bits have the greater share of what is measured.
    """
    camera = SoftCamera(spread=spread)
    return replace(camera, gain=0.001 * (1 + 10 * spread**2))


def _noisy_gray(level: float, model: NoiseModel) -> np.ndarray:
    """Squares of a gray picture that the model made noisy."""
    return _squares(model(np.full((192, 192, 3), level, np.float32), rng=0))

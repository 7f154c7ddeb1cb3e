"""One network, taught a camera's noise in several ways; and noise fitted without any pair.

Gaussian noise of some strength; the camera's own noise, fitted to its noisy pictures alone; or
real pairs. Notebook 09 does it for a simulated camera, `tools.real_noise_table` for real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from helpers import estimation, networks
from helpers.images import as_image
from helpers.networks import Network
from helpers.noise import Camera, Jpeg, NoiseModel, parameter
from helpers.training.loop import train
from helpers.training.patches import Noise, Pair
from helpers.training.recipes import OLD_FORM

NETWORK = {"name": "mwcnn", "channels": 3, "widths": (24, 32, 40), "convs": 1}
PYRAMID = {"name": "pridnet", "channels": 3, "widths": (12, 20, 32), "convs": (1, 1), **OLD_FORM}
SETTINGS = {"batch": 4, "patch": 64, "rate": 0.006}
SIZE = 16  # pixels a side of the squares in which noise is measured
LAGS = 3  # pixels, over which the correlation of neighbours is compared
NO_NOISE = 1e-9  # variance, far below that of rounding to 8 bits
REFERENCE_GAIN = 0.001  # of weak noise, whose variance is proportional to the gain


def train_colour(
    pictures: Sequence[np.ndarray] | Sequence[Pair],
    noise: Noise | None,
    seed: int,
    steps: int,
    network: dict[str, object] = NETWORK,
) -> Network:
    """One network, from the start that a seed gives; without noise, `pictures` are pairs."""
    torch.manual_seed(seed)
    built = networks.build(**network)
    settings = SETTINGS | {"steps": steps, "seed": seed}
    train(built, pictures, noise=noise, progress=False, **settings)
    return built


# ---- a camera whose maker smooths ------------------------------------------------------------


@dataclass(frozen=True)
class SoftCamera(Camera, register=False):
    """`Camera`, whose noise is blurred before JPEG while the scene stays sharp.

    What a maker's own denoising leaves is coarser than what a sensor gives. A fit looks for the
    gain, down to weaker noise than `Camera` has; the width of the blur, in pixels, is given, and
    so are read noise, gamma and quality.

    Examples
    --------
    >>> SoftCamera(gain=0.01, spread=1.0)
    SoftCamera(gain=0.01, sigma=0.0, gamma=2.2, quality=95, spread=1.0)
    """

    gain: float = parameter(0.001, 1e-5, 0.1, valid=(0, 1e3), symbol="gain", log=True)
    sigma: float = 0.0
    gamma: float = 2.2
    quality: int = 95
    spread: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.spread < np.inf:
            raise ValueError(f"spread is a blur's width in pixels, 0 or more, not {self.spread!r}")

    def apply(self, image, rng):
        if not self.spread:
            return super().apply(image, rng)
        seen, quiet = (replace(self, spread=0.0, quality=100, **how) for how in ({}, _SILENT))
        added = Camera.apply(seen, image, rng) - Camera.apply(quiet, image, rng)
        widths = (self.spread, self.spread, 0)[: image.ndim]
        return Jpeg(self.quality).apply(np.clip(image + gaussian_filter(added, widths), 0, 1), rng)


_SILENT = {"gain": 0.0, "sigma": 0.0}


@dataclass(frozen=True)
class OneOf:
    """Noise for a training: one of several fitted models, drawn anew for each patch."""

    models: tuple[NoiseModel, ...]

    def __call__(self, rng: np.random.Generator) -> NoiseModel:
        return self.models[rng.integers(len(self.models))]


# ---- how strong and how coarse is the grain? -------------------------------------------------


def flat_squares(noisy: np.ndarray, share: float = 0.1, bins: int = 4) -> list[np.ndarray]:
    """The flattest squares of a noisy picture, by brightness.

    Flat is what varies least between means of 4×4 pixels, so that fine grain has little say in
    the choice of where it is measured. What is nearly black or white is left out.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W, 3) in [0, 1].
    share : float
        Of the squares of each brightness.
    bins : int
        Kinds of brightness, of as many squares each.

    Returns
    -------
    list of numpy.ndarray
        For each brightness, squares (N, SIZE, SIZE, 3).

    Raises
    ------
    ValueError
        For what is no colour picture, and one without a square that is neither dark nor white.
    """
    squares = _squares(_colour(noisy))
    coarse = squares.reshape(len(squares), SIZE // 4, 4, SIZE // 4, 4, 3).mean(axis=(2, 4))
    rough, mean = coarse.var(axis=(1, 2)).mean(axis=-1), squares.mean(axis=(1, 2, 3))  # (N,)
    gray = np.flatnonzero((mean > 0.1) & (mean < 0.75))
    if not len(gray):
        raise ValueError(
            f"no square of {SIZE}×{SIZE} pixels between black and white to measure noise in"
        )
    kinds = np.array_split(gray[np.argsort(mean[gray])], bins)
    return [
        squares[k[np.argsort(rough[k])][: max(1, round(share * len(k)))]] for k in kinds if len(k)
    ]


def flat_correlations(squares: np.ndarray) -> np.ndarray:
    """Correlation of pixels 1 … `LAGS` apart in flat squares (N, SIZE, SIZE, 3), (LAGS,)."""
    flat = _without_plane(squares)
    along = [
        np.mean([np.mean(flat[:, k:] * flat[:, :-k]), np.mean(flat[:, :, k:] * flat[:, :, :-k])])
        for k in range(1, LAGS + 1)
    ]
    return np.array(along) / np.mean(flat**2)


def flat_variance(squares: np.ndarray) -> float:
    """Variance in flat squares (N, SIZE, SIZE, 3)."""
    return float(np.mean(_without_plane(squares) ** 2))


def _colour(noisy: np.ndarray) -> np.ndarray:
    image = as_image(noisy, clipped=False)
    if image.ndim != 3:
        raise ValueError(f"a camera's noise is measured in colour, (H, W, 3), not {image.shape}")
    return image


def _squares(picture: np.ndarray) -> np.ndarray:
    """All squares that do not overlap, (N, SIZE, SIZE, 3)."""
    rows, columns = (side // SIZE for side in picture.shape[:2])
    whole = picture[: rows * SIZE, : columns * SIZE].reshape(rows, SIZE, columns, SIZE, 3)
    return whole.swapaxes(1, 2).reshape(-1, SIZE, SIZE, 3)


def _without_plane(squares: np.ndarray) -> np.ndarray:
    """Each colour of each square less the plane that fits it best."""
    ramp = np.linspace(-1, 1, SIZE)
    ones = np.ones((SIZE, SIZE))
    basis = np.stack([ones, *np.meshgrid(ramp, ramp)], axis=-1).reshape(-1, 3)
    values = squares.reshape(len(squares), SIZE**2, 3)
    planes = np.einsum("pk,kq,nqc->npc", basis, np.linalg.pinv(basis), values)
    return (values - planes).reshape(squares.shape)


def _gray(level: float, model: NoiseModel) -> np.ndarray:
    """Squares of gray that the model made noisy."""
    return _squares(model(np.full((192, 192, 3), level, np.float32), rng=0))


# ---- fitted without pairs --------------------------------------------------------------------


def fit_camera(noisy: np.ndarray, clean: Sequence[np.ndarray]) -> SoftCamera:
    """The gain, from one noisy picture and clean photographs of something else.

    Gradient histograms, surface by surface, as `estimation.fit` compares pictures that are not
    aligned; the grain is that of `Camera`.
    """
    return estimation.fit(noisy, clean, SoftCamera(), aligned=False).model


def fit_soft_camera(noisy: np.ndarray, spread: float) -> SoftCamera:
    """The gain, from the flat squares of one noisy picture alone.

    In each brightness the variance is compared with that of gray which the model makes noisy;
    it grows with the gain, and the middle of what the four kinds of brightness ask for is taken.
    Texture counts as noise: where no place is flat, it finds several times too much. Bad pictures
    are refused as `flat_squares` refuses them.
    """
    known = SoftCamera(REFERENCE_GAIN * (1 + 10 * spread**2), spread=spread)
    ratios = [
        flat_variance(squares) / flat_variance(_gray(float(squares.mean()), known))
        for squares in flat_squares(noisy)
    ]
    return replace(known, gain=known.gain * float(np.median(ratios)))


def spread_of(noisy: Sequence[np.ndarray]) -> float:
    """The `spread` of a `SoftCamera` whose grain is as coarse as that of noisy pictures.

    Compared are medians of `flat_correlations` with those of gray made noisy by the model.

    Raises
    ------
    ValueError
        For no picture, pictures without noise, and as `flat_squares`.
    """
    if not len(noisy):
        raise ValueError("the grain is measured in one noisy picture or more, not in none")
    squares = [squares for picture in noisy for squares in flat_squares(picture)]
    if max(map(flat_variance, squares)) < NO_NOISE:
        raise ValueError("the grain of noise is measured where there is noise: there is none")
    seen = np.median([flat_correlations(one) for one in squares], axis=0)

    def misfit(spread: float) -> float:
        model = SoftCamera(REFERENCE_GAIN * (1 + 10 * spread**2), spread=spread)
        return float(np.sum((flat_correlations(_gray(0.4, model)) - seen) ** 2))

    return float(min(np.arange(0, 2.05, 0.1).round(1), key=misfit))

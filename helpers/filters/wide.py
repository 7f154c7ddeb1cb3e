"""Filters that look beyond a window: at all edges, all scales, all patches that look alike."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.ndimage import uniform_filter

from helpers.filters.base import denoiser
from helpers.filters.local import mean_of_alike
from helpers.filters.strips import in_tiles, strips
from helpers.parameters import setting

LEVELS = 4  # of the wavelet transform; in the coarsest means a sixteenth of the noise is left
STEPS = tuple(2**level for level in range(LEVELS))  # between neighbours, in pixels
PIXELS = 2**19  # of a strip for `wavelet`, 80 MB at work; a picture of 724×724 is one
TILE = 1200  # side of a tile for `bm3d`, 170 MB at work; a multiple of its references' stride


@denoiser(
    weight=setting(lambda sigma: 1.5 * sigma**1.3, 0.005, 1, (1e-6, 100), "weight", log=True)
)
def tv(
    noisy: np.ndarray, sigma: float | None = None, *, weight: float | None = None
) -> np.ndarray:
    """Total variation: the picture near the noisy one whose gradients sum up to least.

    Minimises ½‖x − y‖² + weight·TV(x) with `skimage.restoration.denoise_tv_chambolle`, channel
    by channel. Arguments else as in `gaussian`.

    Parameters
    ----------
    weight : float, optional
        Price of variation, by default 1.5·sigma^1.3.

    References
    ----------
    Rudin, Osher, Fatemi (1992). Nonlinear total variation based noise removal algorithms.
    Physica D 60, 259-268. Chambolle (2004), Journal of Mathematical Imaging and Vision 20.
    """
    from skimage.restoration import denoise_tv_chambolle

    # By default it may stop at the first small step, far from the minimum when noise is strong.
    channel_axis = -1 if noisy.ndim == 3 else None
    return denoise_tv_chambolle(noisy, weight, eps=1e-6, channel_axis=channel_axis)


@denoiser(
    uses_sigma=True,
    strength=setting(lambda sigma: 0.67 * sigma**-0.25, 0, 4, (0, 100), symbol="strength"),
)
def wavelet(
    noisy: np.ndarray, sigma: float | None = None, *, strength: float | None = None
) -> np.ndarray:
    """Shrink the differences at four scales: noise is in all of them, the scene in few.

    Haar wavelets at all positions (undecimated), so that nothing depends on where the picture
    begins. Each band is soft-thresholded at strength·σ_b²/σ_x: σ_b is its noise, which halves
    from scale to scale, and σ_x the deviation of its scene. Arguments else as in `gaussian`.

    Parameters
    ----------
    strength : float, optional
        Factor of the threshold, by default 0.67·sigma^(−¼); 1 is that of BayesShrink.

    References
    ----------
    Chang, Yu, Vetterli (2000). Adaptive wavelet thresholding for image denoising and
    compression. IEEE Transactions on Image Processing 9(9), 1532-1546. Coifman, Donoho (1995).
    Translation-invariant de-noising. Lecture Notes in Statistics 103, 125-150.
    """
    edge = 2**LEVELS  # more than the transform reaches
    sides = [(edge, edge), (edge, edge), (0, 0)][: noisy.ndim]
    padded = np.pad(noisy, sides, mode="symmetric")
    thresholds = _thresholds(padded, sigma, strength)
    restored = np.empty_like(noisy)
    for rows in strips(*noisy.shape[:2], PIXELS):
        strip = padded[rows.start : rows.stop + 2 * edge]
        for channel in np.ndindex(noisy.shape[2:]):  # one after the other, a third of the memory
            one = (..., *channel)
            shrunk = _shrink_scales(strip[one].astype(float), thresholds[one])
            restored[rows][one] = shrunk[edge:-edge, edge:-edge]
    return restored


def _thresholds(padded: np.ndarray, sigma: float, strength: float) -> np.ndarray:
    """Thresholds of BayesShrink for the three bands of each scale, (LEVELS, 3) or with channels.

    The variance of a band is that of its scene and of its noise, which halves with each scale.
    """
    total = np.zeros((LEVELS, 3, *padded.shape[2:]))
    for rows in strips(*padded.shape[:2], PIXELS):
        reached = range(rows.start, rows.stop + 2**LEVELS - 1)
        coarse = padded.take(reached, axis=0, mode="wrap").astype(float)
        for sums, step in zip(total, STEPS):
            coarse, *details = _bands(coarse, step)
            for k, band in enumerate(details):
                sums[k] += np.sum(band[: rows.stop - rows.start] ** 2, axis=(0, 1))
    power = (sigma / (2 * np.reshape(STEPS, (-1, *[1] * (total.ndim - 1))))) ** 2
    scene = total / (padded.shape[0] * padded.shape[1]) - power
    return strength * power / np.sqrt(np.maximum(scene, 1e-20))


def _shrink_scales(image: np.ndarray, thresholds: np.ndarray, steps: tuple = STEPS) -> np.ndarray:
    """Split an image, shrink the details of all its scales, put it together."""
    if not steps:
        return image
    step, *coarser = steps
    coarse, *details = _bands(image, step)
    coarse = _shrink_scales(coarse, thresholds[1:], coarser)
    detail, *details = (
        np.sign(band) * np.maximum(np.abs(band) - threshold, 0)  # soft, by channel
        for band, threshold in zip(details, thresholds[0])
    )
    low, high = _merge(coarse, detail, step, axis=1), _merge(*details, step, axis=1)
    return _merge(low, high, step, axis=0)


def _bands(image: np.ndarray, step: int) -> tuple[np.ndarray, ...]:
    """Means, and differences across, down, and along the diagonal, at all positions."""
    low, high = _split(image, step, axis=0)
    return *_split(low, step, axis=1), *_split(high, step, axis=1)


def _split(x: np.ndarray, step: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Half the sum and half the difference of neighbours `step` apart, at all positions."""
    neighbour = np.roll(x, -step, axis)
    return (x + neighbour) / 2, (x - neighbour) / 2


def _merge(low: np.ndarray, high: np.ndarray, step: int, axis: int) -> np.ndarray:
    """The mean of the two ways in which `_split` can be undone."""
    return (low + high + np.roll(low - high, step, axis)) / 2


@denoiser(
    uses_sigma=True,
    h=setting(lambda sigma: 0.8 * sigma, 0.1 / 255, 100 / 255, (1e-6, 100), "h", unit="/255"),
)
def nlm(noisy: np.ndarray, sigma: float | None = None, *, h: float | None = None) -> np.ndarray:
    """Non-local means: mean of pixels whose surroundings look alike, near or not so near.

    Patches of 5×5 are compared within 13×13 pixels; with their mean squared difference d² the
    weight is exp(−max(d² − 2σ², 0)/h²), since noise alone makes a difference of 2σ². In colour
    all channels are compared together. Arguments else as in `gaussian`.

    Ours, because the fast mode of `skimage.restoration.denoise_nl_means` (0.26) compares
    patches that are not centred on their pixels: turn the picture, and the result is another.

    Parameters
    ----------
    h : float, optional
        How unlike patches may be, in image units, by default 0.8·sigma.

    References
    ----------
    Buades, Coll, Morel (2005). A non-local algorithm for image denoising. CVPR 2, 60-65; the
    same (2011). Non-local means denoising. Image Processing On Line 1, 208-212.
    """

    def weigh(unlike: np.ndarray, dy: int, dx: int) -> np.ndarray:
        patches = uniform_filter(unlike, 5, mode="reflect")  # d²
        return np.exp(np.minimum(2 * sigma**2 - patches, 0) / h**2)

    return mean_of_alike(noisy, 6, weigh, margin=2)


@denoiser(uses_sigma=True)
def bm3d(
    noisy: np.ndarray,
    sigma: float | None = None,
    *,
    stages: int = 2,
    correlation: np.ndarray | None = None,
) -> np.ndarray:
    """Block matching and 3-D filtering: see `helpers.bm3d`. Arguments else as in `gaussian`.

    Parameters
    ----------
    stages : int
        1 for the hard threshold alone, 2 with the empirical Wiener filter after it.
    correlation : numpy.ndarray, optional
        Autocorrelation of the noise, (2R+1, 2R+1) with 1 at its centre, by default that of white
        noise. Then `sigma` is the RMS of all the noise: give it, for an estimate of white noise
        is not that. Both can be measured: see `estimation.Grain.correlation`.

    References
    ----------
    Dabov, Foi, Katkovnik, Egiazarian (2007). Image denoising by sparse 3-D transform-domain
    collaborative filtering. IEEE Transactions on Image Processing 16(8), 2080-2095. Mäkinen,
    Azzari, Foi (2020). Collaborative filtering of correlated noise: exact transform-domain
    variance for improved shrinkage and patch matching. The same 29, 8339-8354.
    """
    from helpers.bm3d import BLOCK, SEARCH_RADIUS, STRIDE, bm3d

    # Each of two stages looks from a pixel to a block over it, to its reference, and back.
    margin = 4 * (BLOCK + SEARCH_RADIUS)
    margin += -margin % STRIDE
    one = partial(bm3d, sigma=sigma, stages=stages, correlation=correlation)
    return in_tiles(one, noisy, TILE, margin)

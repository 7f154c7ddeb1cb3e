"""Impulses (salt and pepper): find the pixels that were hit, and fill them.

A pixel that was hit is exactly black or white, and so is many a pixel of text or sky. What tells
them apart is that an impulse does not care where it falls: among all pixels whose surroundings
look alike, the same share is hit. The scene's own white cares: it lies beside white.

>>> from helpers import images, metrics, noise
>>> reference = images.load("camera", gray=True, size=256)
>>> noisy = noise.SaltAndPepper(0.05)(reference, rng=0)
>>> hit = find(noisy)
>>> metrics.psnr(reference, fill(noisy, hit)) > 42
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import convolve1d
from scipy.optimize import isotonic_regression
from scipy.special import ndtr, ndtri

from helpers import checks
from helpers.filters.strips import strips
from helpers.images import as_image

# Finding. Chosen on BSDS500's training pictures, and on text, faces, textures and phantoms of the
# course, with 2, 10 and 30 % of the pixels hit, and on many without impulses.
SMALLEST = 64  # pixels a side, of a picture that tells how many impulses it has
LEAST = 1e-3  # share of black, or white, impulses that is found untold
SURELY = 1 / 3  # probability from which on a pixel is taken for an impulse: one missed costs more
PASSES = 3  # later ones find impulses beside impulses; more of them gain on text alone
DELTA = 0.1  # difference in image units at which two pixels are alike to 1/e
# Half of the pixels around one, as (down, right), the nearest first; the others lie opposite.
HALF = [(0, 1), (1, -1), (1, 0), (1, 1), (0, 2), (2, 0)]
HALF += [(2, -2), (2, 2), (1, -2), (1, 2), (2, -1), (2, 1)]
RADIUS = 2  # pixels that these reach
SAMPLE = 50_000  # pixels on which the scene's own black and white are learned
RIDGE = 0.01  # of that regression, whose features lie in [0, 2]
BINS = 100  # of likeness: pixels in one have surroundings that look alike
UNLIKE = 75  # bins in which impulses are looked for at first: a dark frame has only others
FAR = 1000  # pixels at least, from which their share is taken
RARE = 20  # pixels of a bin under which it says little
SURE = 3  # standard errors that chance may have taken from a share
NEAR = 2  # standard deviations of noise within which a pixel is nearly black
TAIL = 0.1  # black pixels for each that is nearly black, if noise made both: few, far from black
HALFWAY = 0.5  # of the nearly black pixels that noise would have made: from here on it was noise
COARSE = 1 / 64  # step between levels, from which on they are photons that were counted
PIXELS = 2**18  # of a strip

# Filling. Chosen on 5, 10 and 50 % of the pixels of such photographs, where these are within
# 0.2 dB of the best.
NEIGHBOURS = np.concatenate([HALF[:6], np.negative(HALF[:6])])  # the 12 nearest
WINDOW = 3  # pixels on each side, from which a prediction is learned
WIDTH = 1.5  # pixels: standard deviation of the weights in that window
FILLED = 0.3  # weight of a pixel that was itself filled
SHRINK = 0.2  # how far local weights are drawn to those of the whole picture
FLOOR = (0.5 / 255) ** 2  # variance below which nothing is learned: rounding
WHOLE = 4000  # pixels on which the weights of the whole picture are learned
CHUNK = 1024  # pixels that are filled at a time
BINOMIAL = np.array([1, 2, 1], np.float32) / 4

Look = Callable[[int, int], np.ndarray]  # the values that lie (down, right) of some pixels


# ---- finding -------------------------------------------------------------------------------


def find(noisy: np.ndarray, amount: float | None = None, salt: float | None = None) -> np.ndarray:
    """Which pixels are impulses: exactly black or white, where the scene hardly is.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3) in image units. Other noise may have come before, clipped or not.
    amount : float, optional
        The share of the pixels that was hit, 0 to 1, as of `noise.SaltAndPepper`. By default
        what the picture tells, and nothing is found where that is under 1 in 1000 of a kind.
    salt : float, optional
        The share of white among them, 0 to 1; by default what the picture tells.

    Returns
    -------
    numpy.ndarray
        (H, W) bool. In colour a pixel is hit in all channels, or in none.

    Raises
    ------
    ValueError
        For what is no image, another `amount` or `salt`; a picture under 64×64 without an
        `amount`; and where all pixels are impulses.

    Notes
    -----
    A pixel's *likeness* to white says how much its surroundings look like those where the scene
    is white: at first how white the whitest line through it is, then, once most impulses are
    known, a linear regression on the 24 pixels around it, learned from this very picture. Among
    pixels of one likeness a share is white; the share of impulses over that is the probability
    that a white pixel is an impulse, and one third is asked for. So the fewer are expected, the
    more must speak for them, and white amid white stays.

    Untold, the share of impulses is the least share of white that any likeness has. Where as many
    pixels are *nearly* white as noise would make, noise made the white ones too.

    Examples
    --------
    >>> page = np.ones((64, 64)); page[20:40, 20:40] = 0
    >>> page[10, 10], page[30, 30] = 0, 1
    >>> np.argwhere(find(page, amount=0.001)).tolist()
    [[10, 10], [30, 30]]
    """
    image = as_image(noisy, clipped=False)
    if amount is not None:
        amount = checks.number(amount, "amount", 0, 1)
    if salt is not None:
        salt = checks.number(salt, "salt", 0, 1)
    if amount is None and min(image.shape[:2]) < SMALLEST:
        raise ValueError(
            f"a picture under {SMALLEST}×{SMALLEST} does not tell how many impulses it has; "
            "give amount"
        )
    hit = np.zeros(image.shape[:2], bool)
    if amount == 0:
        return hit
    kinds = [_Kind.of(image, value) for value in (0, 1)]
    for number in range(PASSES):
        hit = _one_pass(kinds, hit, amount, salt, first=number == 0)
        if not hit.any():
            break
        if hit.all():
            raise ValueError(
                "all pixels are black or white by chance: all are impulses, and nothing is left "
                "to fill them from"
            )
    return hit


@dataclass(frozen=True, eq=False)
class _Kind:
    """Black or white: each (H, W).

    Attributes
    ----------
    those : numpy.ndarray
        bool: the pixels that are exactly it, in colour in all channels.
    nearly : numpy.ndarray
        bool: those that are not, but might have been, as strong as the noise is.
    alike : numpy.ndarray
        How near a pixel is to it, 1 for `those`.
    """

    those: np.ndarray
    nearly: np.ndarray
    alike: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, value: float) -> _Kind:
        distance = np.zeros(image.shape[:2], np.float32)
        for c in np.ndindex(image.shape[2:]):
            np.maximum(distance, np.abs(image[..., *c] - np.float32(value)), out=distance)
        those = distance == 0
        beyond = bool(image.min() < 0 or image.max() > 1)
        others = ~those & ((distance < 1) | beyond)
        next_level = distance[others].min() if others.any() else 1
        if not beyond:
            reach = max(NEAR * _roughness(image), next_level)
        else:  # no noise makes exactly black, unless photons were counted: then it is a number
            reach = 1 if _step(image) > COARSE else 0
        nearly = others & (distance <= reach)
        return cls(those, nearly, np.exp(distance / np.float32(-DELTA)))


def _step(image: np.ndarray) -> float:
    """The least difference between two levels of a picture."""
    levels = np.unique(image.ravel()[:: image.size // SAMPLE + 1])
    return float(np.diff(levels).min()) if len(levels) > 1 else 1.0


def _roughness(image: np.ndarray) -> float:
    """Standard deviation as neighbours differ, black and white aside: noise and texture."""
    gray = image if image.ndim == 2 else image[..., 1]
    change = np.abs(gray[:, 1:] - gray[:, :-1])
    inside = (gray != 0) & (gray != 1)
    change = change[inside[:, 1:] & inside[:, :-1]]
    return float(change.mean(dtype=float)) * np.sqrt(np.pi) / 2 if change.size else 0.0


def _one_pass(
    kinds: list[_Kind], hit: np.ndarray, amount: float | None, salt: float | None, first: bool
) -> np.ndarray:
    """The impulses, given those that were found before: (H, W) bool."""
    known = ~hit
    around = [np.pad(_rough(kind.alike, known), RADIUS, mode="symmetric") for kind in kinds]
    bins = [_bins(k, kind.those & known, around, first) for k, kind in enumerate(kinds)]
    shares = [_share_of_impulses(*each, first) for each in zip(kinds, bins)]
    if not first:  # a kind of which the first pass found none has none
        shares = [share * (kind.those & hit).any() for kind, share in zip(kinds, shares)]
    found = np.zeros_like(hit)
    for kind, one, rate in zip(kinds, bins, _rates(np.array(shares), amount, salt)):
        pixels, those = _counted(one), _counted(one[kind.those])
        share = (those + RARE * rate) / (pixels + RARE)
        share = isotonic_regression(share, weights=pixels + RARE).x  # the more alike, the more
        found |= kind.those & (one < np.searchsorted(share, rate / SURELY))
    return found


def _rates(shares: np.ndarray, amount: float | None, salt: float | None) -> np.ndarray:
    """Shares of the pixels that impulses turned black, and white, (2,), as told or as found."""
    if amount is None:
        return shares
    if salt is None:  # half of them each, or more where the picture says so
        return amount * np.maximum(0.5, shares / max(shares.sum(), LEAST))
    return amount * np.array([1 - salt, salt])


def _share_of_impulses(kind: _Kind, bins: np.ndarray, first: bool) -> float:
    """The share of black (or white) where the surroundings are least like it; 0 below `LEAST`.

    Wherever one looks it is at least that of impulses. So their share is the least that is found
    among the pixels of the lowest bins, however many bins these are, made larger by what chance
    may have taken.
    """
    lowest = slice(UNLIKE if first else BINS)
    pixels, those, nearly = (
        np.cumsum(_counted(one)[lowest]) for one in (bins, bins[kind.those], bins[kind.nearly])
    )
    enough = pixels >= min(FAR, bins.size)
    if not enough.any():
        return 0.0
    pixels, those, nearly = pixels[enough], those[enough], first * nearly[enough]
    best = _at_most(those + TAIL * nearly, pixels).argmin()
    share, rate = those[best] / pixels[best], float(_at_most(those, pixels)[best])
    expected = ndtr(ndtri(min(share, 1)) + NEAR) - share  # nearly black, if noise made them black
    noise = first and nearly[best] > HALFWAY * expected * pixels[best]
    return 0.0 if share < LEAST or noise else rate


def _at_most(count: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    return (count + SURE * np.sqrt(count) + SURE**2 / 2) / pixels


def _counted(bins: np.ndarray) -> np.ndarray:
    """Pixels of each bin, (BINS,)."""
    return np.bincount(bins.ravel(), minlength=BINS)


def _bins(k: int, own: np.ndarray, around: list[np.ndarray], first: bool) -> np.ndarray:
    """Bins of likeness to black (k = 0) or white (1), (H, W) uint8.

    Parameters
    ----------
    own : numpy.ndarray
        (H, W) bool: the pixels that the scene is thought to have made black (or white).
    around : list of numpy.ndarray
        How near each pixel is to black and to white, padded by `RADIUS`.
    first : bool
        Ask for the best line; or else learn from `own` what black (or white) lies beside.
    """
    weights = None if first else _learned(own, around)
    bins = np.empty(own.shape, np.uint8)
    for rows in strips(*own.shape, PIXELS):
        strip = slice(rows.start, rows.stop + 2 * RADIUS)
        looks = [_look_around(one[strip]) for one in around]
        likeness = _best_line(looks[k]) if weights is None else _weighted(weights, looks)
        bins[rows] = np.clip(likeness * BINS, 0, BINS - 1)
    return bins


def _look_around(padded: np.ndarray) -> Look:
    height, width = (n - 2 * RADIUS for n in padded.shape)

    def look(down: int, right: int) -> np.ndarray:
        return padded[RADIUS + down :, RADIUS + right :][:height, :width]

    return look


def _best_line(look: Look) -> np.ndarray:
    """The nearer two pixels on either side count twice; in that direction where they are most."""
    best = 0
    for down, right in HALF[:4]:
        near = look(down, right) + look(-down, -right)
        far = look(2 * down, 2 * right) + look(-2 * down, -2 * right)
        best = np.maximum(best, near / 3 + far / 6)
    return best


def _features(looks: list[Look]) -> Iterator[np.ndarray]:
    """Of each two opposite neighbours the sum, and the lesser: are both alike, or one of them?"""
    for look in looks:
        for down, right in HALF:
            one, other = look(down, right), look(-down, -right)
            yield one + other
            yield np.minimum(one, other)


def _weighted(weights: np.ndarray, looks: list[Look]) -> np.ndarray:
    total = weights[-1]
    for weight, feature in zip(weights, _features(looks)):
        total = total + weight * feature
    return total


def _learned(own: np.ndarray, around: list[np.ndarray]) -> np.ndarray:
    """Weights of the features, and a constant, that tell by its surroundings what is `own`."""
    rng = np.random.default_rng(0)
    y, x = (rng.integers(0, n, SAMPLE) for n in own.shape)
    patches = [sliding_window_view(one, [2 * RADIUS + 1] * 2)[y, x] for one in around]
    looks = [lambda dy, dx, p=p: p[:, RADIUS + dy, RADIUS + dx] for p in patches]
    features = np.stack([*_features(looks), np.ones(SAMPLE)], axis=1).astype(float)
    square = features.T @ features + RIDGE * SAMPLE * np.eye(features.shape[1])
    return np.linalg.solve(square, features.T @ own[y, x]).astype(np.float32)


# ---- filling -------------------------------------------------------------------------------


def fill(noisy: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill pixels by what their neighbours say; all others stay as they are.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3) in image units, unclipped noise admitted.
    mask : numpy.ndarray
        (H, W) bool, True where a pixel is to be filled.

    Returns
    -------
    numpy.ndarray
        float32, same shape. Noise stays: where there was some before the impulses, a denoiser is
        told its strength as if there had been none.

    Raises
    ------
    ValueError
        For what is no image, a mask of another shape or type, and one that leaves no pixel.

    Notes
    -----
    First a pixel becomes the mean of its neighbours, near ones if there are, else far ones. Then
    it is predicted linearly from the 12 nearest, by the weights that best predict the pixels
    around it; they are drawn to those that are best in the whole picture. So edges and stripes go
    on as they come. With noise the weights become those of a mean by themselves.

    Examples
    --------
    >>> slope = np.add.outer(np.arange(9), np.arange(9)) / 32
    >>> hit = np.zeros((9, 9), bool); hit[4, 4] = True
    >>> round(float(fill(np.where(hit, 1, slope), hit)[4, 4]), 3), float(slope[4, 4])
    (0.25, 0.25)
    """
    image = as_image(noisy, clipped=False)
    mask = _checked(mask, image.shape[:2])
    restored = image.copy()
    if not mask.any():
        return restored
    known = ~mask
    low, high = image[known].min(), image[known].max()
    for c in np.ndindex(image.shape[2:]):
        restored[..., *c] = _rough(restored[..., *c], known)
    for _ in range(2 + round(2 * float(mask.mean()))):  # the more are unknown, the longer
        restored[mask] = np.clip(_predicted(restored, mask), low, high)
    return restored


def _checked(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.shape != shape:
        given = f"{mask.dtype} of shape {mask.shape}"
        raise ValueError(f"mask is an array of True and False of shape {shape}, not {given}")
    if mask.all():
        raise ValueError("the mask covers all pixels: nothing is left to fill them from")
    return mask


def _rough(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Unknown pixels become the mean of their neighbours, at the finest scale that has any."""
    weight = _blurred(known.astype(np.float32))
    far = weight == 0
    weight[far] = 1
    near = _blurred(np.where(known, values, np.float32(0)))
    near /= weight
    if far.any():
        height, width = values.shape
        count = _halved(known.astype(np.float32))
        coarse = _halved(np.where(known, values, np.float32(0))) / np.maximum(count, 1)
        coarse = _rough(coarse, count > 0)
        coarse = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
        np.copyto(near, _blurred(coarse), where=far)
    np.copyto(near, values, where=known)
    return near


def _blurred(values: np.ndarray) -> np.ndarray:
    blurred = convolve1d(values, BINOMIAL, axis=0)
    convolve1d(blurred, BINOMIAL, axis=1, output=blurred)
    return blurred


def _halved(values: np.ndarray) -> np.ndarray:
    """Sums of 2×2 pixels; beyond the edge there is nothing."""
    height, width = values.shape
    even = np.pad(values, [(0, height % 2), (0, width % 2)])
    return even.reshape(even.shape[0] // 2, 2, -1, 2).sum(axis=(1, 3))


def _predicted(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What the neighbours say of the pixels of a mask, (K,) or (K, 3)."""
    side = 2 * WINDOW + 1
    edge = [(WINDOW + RADIUS,) * 2] * 2 + [(0, 0)]
    planes = np.pad(image.reshape(*mask.shape, -1), edge, mode="symmetric")
    patches = sliding_window_view(planes, [side + 2 * RADIUS] * 2, axis=(0, 1))  # (H, W, C, S, S)
    holes = sliding_window_view(np.pad(mask, WINDOW, mode="symmetric"), (side, side))
    rng = np.random.default_rng(0)
    somewhere = tuple(rng.integers(0, n, WHOLE) for n in mask.shape)
    whole = _weights_of_the_whole(patches[somewhere], holes[somewhere])
    y, x = np.nonzero(mask)
    values = np.empty((len(y), image[0, 0].size), np.float32)
    for start in range(0, len(y), CHUNK):
        part = y[start : start + CHUNK], x[start : start + CHUNK]
        values[start : start + CHUNK] = _predict(patches[part], holes[part], whole)
    return values.reshape(-1, *image.shape[2:])


def _weights_of_the_whole(patches: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """The best weights on average, (N,): patches count as if they had one contrast."""
    square, product, _ = _moments(patches, holes)
    power = np.trace(square, axis1=1, axis2=2) + len(NEIGHBOURS) * FLOOR
    square = np.mean(square / power[:, None, None], axis=0, dtype=float)
    product = np.mean(product / power[:, None], axis=0, dtype=float)
    weights = np.linalg.solve(square + 1e-4 * np.eye(len(square)), product)  # 1e-4: flat pictures
    return weights.astype(np.float32)


def _predict(patches: np.ndarray, holes: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The centres of patches (B, C, S, S) as their neighbours and surroundings tell, (B, C)."""
    square, product, around = _moments(patches, holes)
    product = product - square @ whole
    power = np.trace(square, axis1=1, axis2=2) / len(whole)
    ridge = (SHRINK * power + FLOOR)[:, None, None] * np.eye(len(whole), dtype=np.float32)
    local = whole + np.linalg.solve(square + ridge, product[..., None])[..., 0]  # (B, N)
    mean = around.mean(axis=2)
    return mean + np.einsum("bcn,bn->bc", around - mean[..., None], local)


def _moments(patches: np.ndarray, holes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of neighbours x and a pixel y, both less the mean of x: E[x xᵀ], E[x y]; the centre's x.

    Parameters
    ----------
    patches : numpy.ndarray
        (B, C, S, S): windows of `WINDOW` around a centre, and `RADIUS` around those.
    holes : numpy.ndarray
        (B, side, side) bool: which pixels of the window were themselves filled.

    Returns
    -------
    tuple of numpy.ndarray
        (B, N, N), (B, N), and the centre's own neighbours (B, C, N).
    """
    batch, channels = patches.shape[:2]
    side, middle = holes.shape[1], WINDOW + RADIUS
    shift = patches[..., middle, middle][..., None, None]  # float32 is finest around 0
    patches = patches - shift
    pixels = [
        patches[..., RADIUS + down :, RADIUS + right :][..., :side, :side]
        for down, right in [*NEIGHBOURS, (0, 0)]
    ]
    samples = np.stack(pixels, axis=-1).reshape(batch, channels * side**2, -1)  # (B, CM, N + 1)
    weights = np.where(holes, np.float32(FILLED) * WEIGHTS, WEIGHTS).reshape(batch, -1, 1)
    weights = np.tile(weights, (1, channels, 1))
    moments = (samples * weights).transpose(0, 2, 1) @ samples / channels  # (B, N + 1, N + 1)
    moments = CENTRED.T @ moments @ CENTRED
    around = patches[..., middle + NEIGHBOURS[:, 0], middle + NEIGHBOURS[:, 1]] + shift[..., 0]
    return moments[:, :-1, :-1], moments[:, :-1, -1], around


def _centred() -> np.ndarray:
    """(N + 1, N + 1): subtracts the mean of the first N from all."""
    count = len(NEIGHBOURS)
    matrix = np.eye(count + 1, dtype=np.float32)
    matrix[:count] -= 1 / count
    return matrix


def _window() -> np.ndarray:
    """Gaussian weights of the window, (side, side), whose sum is 1."""
    squares = np.arange(-WINDOW, WINDOW + 1) ** 2
    weights = np.exp(-np.add.outer(squares, squares) / (2 * WIDTH**2))
    return np.float32(weights / weights.sum())


CENTRED, WEIGHTS = _centred(), _window()

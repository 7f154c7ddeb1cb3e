"""BM3D: similar blocks of a picture are stacked, and denoise each other.

Five steps, each a function of this module: find similar blocks (`match_blocks`), transform each
stack so that what its blocks share sits in few coefficients (`block_transform` within a block,
`group_transform` across them), shrink the rest (`hard_threshold`, in a second stage `wiener`),
put the blocks back (`aggregate`), and average where they overlap (`overlap_add`).

Noise is not equally strong in all coefficients: blocks of a stack that overlap share it, and what
a camera writes is stronger at some frequencies than at others. `noise_variance` says how strong,
exactly, and both ways to shrink heed it. Correlated noise is told by its autocorrelation.

Written from the papers: Dabov, Foi, Katkovnik, Egiazarian (2007). Image denoising by sparse 3-D
transform-domain collaborative filtering. IEEE Transactions on Image Processing 16(8), 2080-2095;
for colour the same authors (2007). Color image denoising via sparse 3D collaborative filtering
with grouping constraint in luminance-chrominance space. ICIP, vol. 1, 313-316; for the noise of
overlapping blocks Mäkinen, Azzari, Foi (2020). Collaborative filtering of correlated noise: exact
transform-domain variance for improved shrinkage and patch matching. IEEE Transactions on Image
Processing 29, 8339-8354. What differs is said at the constants below; they were chosen on
Train400, BSDS500 train and photographs of scikit-image.

>>> from helpers import images, metrics, noise
>>> clean = images.load("camera", size=128)
>>> noisy = noise.Gaussian(25/255)(clean, rng=0)
>>> restored = bm3d(noisy, 25/255)
>>> metrics.psnr(clean, restored) > metrics.psnr(clean, noisy) + 6
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import dct

from helpers.checks import is_whole, refusal
from helpers.images import as_image
from helpers.parameters import SIGMA

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 8  # side of a block, in pixels; the paper takes larger ones above sigma = 40/255
SEARCH_RADIUS = 19  # how far away a similar block may lie: the paper's window of 39×39 positions
STRIDE = 3  # pixels from one reference block to the next, as in the paper
THRESHOLD = 2.9  # of stage 1, times the deviation of the noise; the paper has 2.7 · sigma
# Stage 2 divides by power + this · the noise's variance; the paper has 1. The basic estimate has
# lost some of the signal, so its power is too low, and less should be taken away. Both are set
# for photographs: the higher one is, the better on smooth pictures, the worse on texture.
NOISE_SHARE = 0.52
WHITE = np.ones((1, 1))  # autocorrelation of white noise: nothing but its variance
# For speed and memory alone: results move by rounding.
TILE = 24  # side of what is matched at once, in pixels
CHUNK = 256  # groups that are shrunk at once: they fit the processor's cache

# Opponent colours: luminance, red against blue, both against green. Rows of length 1, so that
# white noise of strength sigma is white noise of strength sigma in each of them. (In the paper
# the rows are shorter, and the sigma of each channel with them.)
OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])


# ---- transforms ----------------------------------------------------------------------------


@cache
def dct_2d() -> np.ndarray:
    """Orthonormal 2-D DCT of a block, (64, 64): one row for each frequency."""
    rows = dct(np.eye(BLOCK), axis=0, norm="ortho")  # (8, 8)
    return np.kron(rows, rows)


@cache
def bior_2d() -> np.ndarray:
    """2-D biorthogonal spline wavelet bior1.5 of a block, three levels, periodic, (64, 64).

    Rows have length 1, so that white noise keeps its strength in each coefficient. They are not
    orthogonal: the inverse is no transpose. An edge gives fewer coefficients than with a DCT.

    Cohen, Daubechies, Feauveau (1992). Biorthogonal bases of compactly supported wavelets.
    Communications on Pure and Applied Mathematics 45, 485-560.
    """
    mean = np.array([3, -3, -22, 22, 128, 128, 22, -22, -3, 3]) / 256  # around pairs of pixels
    rows = np.eye(BLOCK)
    size = BLOCK
    while size > 1:
        step = np.zeros((size, size))
        for pair in range(size // 2):
            np.add.at(step[pair], np.arange(2 * pair - 4, 2 * pair + 6) % size, mean)
            step[size // 2 + pair, 2 * pair : 2 * pair + 2] = 0.5, -0.5
        rows[:size] = step @ rows[:size]
        size //= 2
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.kron(rows, rows)


@cache
def haar(members: int) -> np.ndarray:
    """Orthonormal Haar transform across K = 2ⁿ blocks, (K, K): means, then finer differences.

    Row 0 takes the mean of all times √K, row 1 compares the nearer with the farther half of the
    group, the last K/2 rows neighbours in it.
    """
    rows = np.ones((1, 1))
    while len(rows) < members:
        means, differences = np.kron(rows, [1, 1]), np.kron(np.eye(len(rows)), [1, -1])
        rows = np.concatenate([means, differences]) / np.sqrt(2)
    return rows


def block_transform(image: Tensor, transform: np.ndarray) -> Tensor:
    """Transform the block at every position of an image.

    Parameters
    ----------
    image : torch.Tensor
        (C, H, W).
    transform : numpy.ndarray
        (64, 64), `dct_2d()` or `bior_2d()`.

    Returns
    -------
    torch.Tensor
        (P, C, 64) for the P = (H−7)·(W−7) positions, row by row.
    """
    blocks = image.unfold(1, BLOCK, 1).unfold(2, BLOCK, 1)  # (C, H-7, W-7, 8, 8)
    blocks = blocks.movedim(0, 2).flatten(3).flatten(0, 1)  # (P, C, 64)
    return blocks @ image.new_tensor(transform.T)


def stack(spectra: Tensor, blocks: Tensor) -> Tensor:
    """Gather groups of blocks, (P, C, 64) at positions (K, G) to (K, G, C, 64)."""
    return spectra.index_select(0, blocks.flatten()).unflatten(0, blocks.shape)


def group_transform(groups: Tensor, inverse: bool = False) -> Tensor:
    """Haar transform across the blocks of each group; with `block_transform`, the 3-D transform.

    Parameters
    ----------
    groups : torch.Tensor
        (K, ...): the first blocks of all groups, the second ones, …; K is a power of two.
    inverse : bool
        Back to blocks.

    Returns
    -------
    torch.Tensor
        (K, ...).
    """
    matrix = groups.new_tensor(haar(len(groups)))
    return ((matrix.T if inverse else matrix) @ groups.flatten(1)).view_as(groups)


# ---- noise ---------------------------------------------------------------------------------


def overlaps(transform: np.ndarray, correlation: np.ndarray = WHITE) -> np.ndarray:
    """How alike the noise of two blocks is, coefficient by coefficient.

    The covariance of coefficient φ in two blocks, d apart, is Σ φ(p)·φ(q)·r(p − q − d) over
    their pixels p and q. Transforms are separable: with a(m) = Σ φ(p)·φ(p + m) along one axis it
    is the convolution of r with a(dy)·a(dx).

    Parameters
    ----------
    transform : numpy.ndarray
        (64, 64), `dct_2d()` or `bior_2d()`: separable, with rows of length 1.
    correlation : numpy.ndarray
        (2R+1, 2R+1) autocorrelation r of the noise, 1 at its centre.

    Returns
    -------
    numpy.ndarray
        (2D+1, 2D+1, 64) for D = R + 8: at [D + dy, D + dx] the covariance of the noise in a
        block's coefficients with that in the same ones of the block dy pixels lower, dx to the
        right; 0 at the rim, where r is taken to have ended.
    """
    rows = transform[:BLOCK, :BLOCK] * BLOCK**0.5  # along one axis, (8, 8)
    along = [(rows[:, d:] * rows[:, : BLOCK - d]).sum(axis=1) for d in range(BLOCK + 1)]
    shift = np.arange(len(correlation)) - len(correlation) // 2  # -R to R
    distance = np.arange(shift[0] - BLOCK, shift[-1] + BLOCK + 1)  # -D to D
    apart = np.abs(np.subtract.outer(distance, shift)).clip(max=BLOCK)
    along = np.array(along)[apart]  # (2D+1, 2R+1, 8)
    table = np.einsum("aiu,ij,bjv->abuv", along, correlation, along, optimize=True)
    return table.reshape(*table.shape[:2], -1)


def noise_variance(
    blocks: Tensor, across: int, transform: np.ndarray, correlation: np.ndarray = WHITE
) -> Tensor:
    """Variance of noise of variance 1 in each coefficient of the groups.

    Of white noise it is 1 where no blocks of a group overlap. Where they do, they share noise:
    it adds up in their mean, and cancels in their differences. Along an edge, or where all is
    smooth, matches lie close together, and the mean holds many times the noise that independent
    blocks would leave there. Correlated noise is stronger at some frequencies within a block,
    and blocks share it even where they lie side by side.

    Across the blocks each coefficient is the mean of two halves, times √2, or their difference,
    over √2. Its variance is that of a half, on average, plus or minus their covariance: the sum of
    `overlaps` over all pairs of a block in one half and one in the other.

    Parameters
    ----------
    blocks : torch.Tensor
        (K, G) positions of the blocks of G groups, each as y·across + x.
    across : int
        Positions of a block in a row of the image, W−7.
    transform : numpy.ndarray
        (64, 64) within a block.
    correlation : numpy.ndarray
        As in `overlaps`.

    Returns
    -------
    torch.Tensor
        (K, G, 1, 64) float32.
    """
    import torch

    members, count = blocks.shape
    table = torch.from_numpy(overlaps(transform, correlation)).to(blocks.device, torch.float32)
    side, table = len(table), table.flatten(0, 1)
    y, x = (blocks // across).int(), (blocks % across).int()

    def apart(place: Tensor, half: int) -> Tensor:
        """Index along one axis, for all pairs between the halves, (nodes, half², G)."""
        left, right = place.view(-1, 2, half, count).unbind(1)
        shift = (left[:, :, None] - right[:, None]).add_(side // 2)
        return shift.clamp_(0, side - 1).flatten(1, 2)

    # Variances of the means of 1, 2, 4, … blocks, (nodes, G or 1, 64):
    means = table[len(table) // 2].expand(members, 1, -1)
    variances = table.new_empty(members, count, BLOCK**2)  # in the order of `haar`
    half = 1
    while half < members:
        pairs = (side * apart(y, half) + apart(x, half)).transpose(1, 2).flatten(0, 1)
        shared = torch.nn.functional.embedding_bag(pairs, table / half, mode="sum")
        shared = shared.view(-1, count, BLOCK**2)  # (nodes, G, 64)
        means = torch.lerp(means[0::2], means[1::2], 0.5)
        nodes = len(means)
        torch.sub(means, shared, out=variances[nodes : 2 * nodes])
        means = means + shared
        half *= 2
    variances[0] = means[0]
    return variances.clamp_(min=1e-6)[:, :, None]  # rounding may leave less than 0


def shared_noise(sigma: float, correlation: np.ndarray) -> np.ndarray | None:
    """How much less blocks differ because they share noise: what matching is to add.

    Noise adds 2·sigma²·(1 − r(d)) to the mean squared difference of two blocks, d apart: where
    it is correlated, near ones look more alike than they are. They also share what is left of it
    in the basic estimate. How much that is nobody knows; all of it is added, which is as good as
    a fifth and better than none (by 0.02 and 0.07 dB: blurs of 0.8 and 1.2 pixels, Train400).

    Returns
    -------
    numpy.ndarray or None
        (39, 39) for each d in the window, 2·sigma²·r(d); None for white noise, of which only
        the reference itself has any.
    """
    if len(correlation) == 1:
        return None
    window = 2 * SEARCH_RADIUS + 1
    padded = np.pad(correlation, max(window - len(correlation), 0) // 2)
    cut = (len(padded) - window) // 2
    return 2 * sigma**2 * padded[cut : cut + window, cut : cut + window]


# ---- shrinkage -----------------------------------------------------------------------------


def hard_threshold(
    group: Tensor, sigma: float, variance: Tensor | float = 1.0
) -> tuple[Tensor, Tensor]:
    """Stage 1: set to zero the coefficients that noise alone would explain.

    Parameters
    ----------
    group : torch.Tensor
        (K, ..., 64) after the 3-D transform. Its first coefficient, the mean, is always kept.
    sigma : float
    variance : torch.Tensor or float
        Of the noise in each coefficient, as a share of sigma²; from `noise_variance`.

    Returns
    -------
    kept : torch.Tensor
        (K, ..., 64).
    weight : torch.Tensor
        (...): one over the noise that was kept, as a share of sigma².
    """
    beyond = (group * group).sub_(variance, alpha=(THRESHOLD * sigma) ** 2)
    keep = beyond.sign_().clamp_(min=0)  # as 0 and 1, faster than with bools
    keep[0, ..., 0] = 1
    return group * keep, 1 / (keep * variance).sum((0, -1))


def wiener(
    group: Tensor, sigma: float, basic: Tensor, variance: Tensor | float = 1.0
) -> tuple[Tensor, Tensor]:
    """Stage 2: scale each coefficient by its share of signal, as the basic estimate has it.

    Parameters
    ----------
    group, basic : torch.Tensor
        (K, ..., 64) after the 3-D transform: noisy, and as restored by stage 1.
    sigma, variance
        As in `hard_threshold`.

    Returns
    -------
    scaled : torch.Tensor
        (K, ..., 64).
    weight : torch.Tensor
        (...): one over the noise that is left, as a share of sigma².
    """
    power = basic * basic
    gain = power / power.add(variance, alpha=max(NOISE_SHARE * sigma**2, 1e-30))  # not 0/0
    gain[0, ..., 0] = 1  # the mean of the group
    return group * gain, 1 / (gain * gain).mul_(variance).sum((0, -1))


# ---- matching ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matches:
    """Which blocks of an image are alike.

    Attributes
    ----------
    blocks : torch.Tensor
        (R, C, K) int64: for each of R×C reference blocks the K most similar ones, itself first.
        A block is named by its upper left pixel (y, x), as the number y·(W−7) + x.
    distances : torch.Tensor
        (R, C, K): mean squared differences from the reference, smallest first.
    """

    blocks: Tensor
    distances: Tensor


def match_blocks(image: Tensor, members: int = 16, shared: np.ndarray | None = None) -> Matches:
    """Find the blocks that are most similar to each reference block.

    References lie every third pixel, and at the borders; all positions nearby are candidates.

    Parameters
    ----------
    image : torch.Tensor
        (H, W), at least 8×8: gray, or the luminance of a colour image.
    members : int
        Blocks in a group. Small images have fewer: the largest power of two there is.
    shared : numpy.ndarray, optional
        (39, 39) for each place in the window, from `shared_noise`; added to the distances.
    """
    import torch

    height, width = (n - BLOCK + 1 for n in image.shape)
    seen_from_a_corner = min(height, SEARCH_RADIUS + 1) * min(width, SEARCH_RADIUS + 1)
    members = min(members, 1 << (seen_from_a_corner.bit_length() - 1))
    nothing_like_it = 1e3 * (1 + float(image.abs().max()))  # lies beyond the border
    padded = torch.nn.functional.pad(image, [SEARCH_RADIUS] * 4, value=nothing_like_it)
    with _workers() as pool:
        rows = pool.map(partial(_match_rows, padded, members, shared), _runs(height))
    return Matches(*(torch.cat(parts) for parts in zip(*rows)))


def _match_rows(
    padded: Tensor, members: int, shared: np.ndarray | None, run: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Blocks and distances for a run of rows of references, tile by tile."""
    import torch

    top, down = run
    strip = padded[top : top + (down - 1) * STRIDE + 2 * SEARCH_RADIUS + BLOCK]
    pixels = strip.unfold(0, BLOCK, 1).unfold(1, BLOCK, 1).flatten(2)  # (h, w, 64)
    power = (pixels * pixels).sum(-1)
    width = strip.shape[1] - 2 * SEARCH_RADIUS - BLOCK + 1
    tiles = []
    for left, right in _runs(width):
        tile = np.s_[:, left : left + (right - 1) * STRIDE + 2 * SEARCH_RADIUS + 1]
        dy, dx, distances = _nearest(pixels[tile], power[tile], members, shared)
        y = top + STRIDE * torch.arange(down, device=dy.device).view(-1, 1, 1) + dy
        x = left + STRIDE * torch.arange(right, device=dx.device).view(-1, 1) + dx
        tiles.append((y * width + x, distances))
    blocks, distances = (torch.cat(parts, dim=1) for parts in zip(*tiles))
    return blocks, distances


def _runs(positions: int) -> Iterator[tuple[int, int]]:
    """(first, count) of references STRIDE apart, some at a time; the last position is one."""
    regular, longest = range(0, positions, STRIDE), TILE // STRIDE
    for k in range(0, len(regular), longest):
        yield regular[k], len(regular[k : k + longest])
    if regular[-1] != positions - 1:
        yield positions - 1, 1


def _nearest(
    pixels: Tensor, power: Tensor, members: int, shared: np.ndarray | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Offsets dy, dx and distances of the nearest blocks, for all references of a tile.

    The distances from all R·C references to all candidates are one matrix product,
    ‖a − b‖² = ‖a‖² + ‖b‖² − 2 a·b. Each reference then looks at its own window of them.

    Parameters
    ----------
    pixels, power : torch.Tensor
        (h, w, 64) blocks at all positions of the tile, and (h, w) their sums of squares.
    members, shared
        As in `match_blocks`.
    """
    inner, window = slice(SEARCH_RADIUS, -SEARCH_RADIUS, STRIDE), 2 * SEARCH_RADIUS + 1
    references = pixels[inner, inner]  # (R, C, 64)
    products = references.flatten(0, 1), pixels.flatten(0, 1).T
    distances = power.reshape(1, -1).addmm(*products, alpha=-2)
    distances = distances.view(*references.shape[:2], *power.shape)  # (R, C, h, w)
    windows = distances.unfold(2, window, STRIDE).unfold(3, window, STRIDE)  # (R, C, R, C, …)
    own = windows.diagonal(dim1=0, dim2=2).diagonal(dim1=0, dim2=1)  # (window, window, R, C)
    own = own.permute(2, 3, 0, 1).flatten(2)
    if shared is not None:
        own += own.new_tensor(BLOCK**2 * shared.ravel())
    own[..., window**2 // 2] = -np.inf  # the reference itself comes first
    nearest, offset = own.topk(members, largest=False)  # (R, C, members)
    nearest = (nearest + power[inner, inner, None]).clamp(min=0) / BLOCK**2
    return offset // window - SEARCH_RADIUS, offset % window - SEARCH_RADIUS, nearest


# ---- aggregation ---------------------------------------------------------------------------


def aggregate(
    sums: Tensor, weights: Tensor, groups: Tensor, weight: Tensor, blocks: Tensor
) -> None:
    """Add transformed blocks, weighted, at the positions they came from.

    Pixels come later: the inverse transform is linear, and cheaper after the sum.

    Parameters
    ----------
    sums, weights : torch.Tensor
        (P, C, 64) and (P, C) for all P positions; what is added to.
    groups : torch.Tensor
        (K, G, C, 64) blocks, transformed within a block only.
    weight : torch.Tensor
        (G, C) of each group.
    blocks : torch.Tensor
        (K, G) positions.
    """
    where = blocks.flatten()
    sums.view(len(sums), -1).index_add_(
        0, where, (groups * weight[..., None]).flatten(2).flatten(0, 1)
    )
    weights.index_add_(0, where, weight.expand(len(blocks), -1, -1).flatten(0, 1))


def overlap_add(
    sums: Tensor, weights: Tensor, transform: np.ndarray, shape: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """From blocks to pixels: weighted sum, and sum of weights, of all blocks over a pixel.

    Parameters
    ----------
    sums, weights : torch.Tensor
        (P, C, 64) and (P, C), from `aggregate`.
    transform : numpy.ndarray
        (64, 64), the one to invert.
    shape : (int, int)
        (H, W).

    Returns
    -------
    total, weights : torch.Tensor
        (C, H, W); the estimate is their quotient.
    """
    height, width = (n - BLOCK + 1 for n in shape)
    window = np.outer(*[np.kaiser(BLOCK, 2)] * 2)  # the paper's: a block counts less at its rim
    inverse = sums.new_tensor(np.linalg.inv(transform) * window.reshape(-1, 1))
    pixels = (inverse @ sums.permute(1, 2, 0)).unflatten(2, (height, width))  # (C, 64, h, w)
    weights = weights.T.unflatten(1, (height, width))  # (C, h, w)
    total, shares = sums.new_zeros((2, len(weights), *shape))
    for k, (dy, dx) in enumerate(np.ndindex(BLOCK, BLOCK)):
        there = np.s_[:, dy : dy + height, dx : dx + width]
        total[there] += pixels[:, k]
        shares[there] += weights * float(window[dy, dx])
    return total, shares


# ---- the method ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """What the two stages do differently; all else they share.

    Groups are as large as in the paper, and always full. (The paper leaves out blocks that are
    too far away; but shrinkage keeps what dissimilar blocks do not share, and full groups suit
    any sigma.)
    """

    transform: np.ndarray  # (64, 64) within a block
    shrink: Callable[..., tuple[Tensor, Tensor]]
    members: int  # blocks in a group


STAGES = {
    1: Stage(bior_2d(), hard_threshold, members=16),
    2: Stage(dct_2d(), wiener, members=32),
}


def bm3d(
    noisy: np.ndarray,
    sigma: float,
    *,
    stages: int = 2,
    device: str = "cpu",
    correlation: np.ndarray | None = None,
) -> np.ndarray:
    """Restore an image with Gaussian noise, white or correlated.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 8×8, perhaps outside [0, 1] by its noise.
    sigma : float
        Standard deviation of the noise in image units, 0 to 1, the same in all channels.
    stages : int
        1 for hard thresholding alone, 2 to have it guide a Wiener filter.
    device : str
        Where torch computes, "cpu" or "cuda".
    correlation : numpy.ndarray, optional
        Autocorrelation of the noise, (2R+1, 2R+1) with 1 at its centre: entry [R + dy, R + dx]
        for two pixels dy rows and dx columns apart, 0 beyond. None: the noise is white. In
        colour, the same in each opponent channel.

    Returns
    -------
    numpy.ndarray
        float32, same shape, not clipped.

    Raises
    ------
    ValueError
        For what is no image, or smaller than a block; for a sigma that is no number from 0 to 1,
        another number of stages, or what is no autocorrelation.

    Examples
    --------
    >>> from helpers import images, noise
    >>> clean = images.load("coffee", size=64)
    >>> restored = bm3d(noise.Gaussian(0.1)(clean, rng=0), 0.1)
    >>> bool(abs(restored - clean).mean() < 0.03)
    True

    Noise of which each pixel is the mean of four independent ones, 2×2, doubled:

    >>> white = np.random.default_rng(0).normal(0, 0.1, (65, 65))
    >>> added = (white[1:, 1:] + white[1:, :-1] + white[:-1, 1:] + white[:-1, :-1]) / 2
    >>> clean = images.load("camera", size=64)
    >>> triangle = [0.5, 1, 0.5]
    >>> told = bm3d(clean + added, 0.1, correlation=np.outer(triangle, triangle))
    >>> taken_for_white = bm3d(clean + added, 0.1)
    >>> bool(abs(told - clean).mean() < 0.8 * abs(taken_for_white - clean).mean())
    True
    """
    return sweep(noisy, [sigma], stages=stages, device=device, correlation=correlation)[0]


def sweep(
    noisy: np.ndarray,
    sigmas: Sequence[float],
    *,
    stages: int = 1,
    device: str = "cpu",
    correlation: np.ndarray | None = None,
) -> np.ndarray:
    """Restore an image once for each sigma, as `bm3d` does, at far less cost.

    What does not depend on sigma is done once: in stage 1, all but threshold and aggregation.
    (Correlated noise costs as much as separate calls: which blocks match depends on sigma.)

    Parameters
    ----------
    noisy, stages, device, correlation
        As in `bm3d`.
    sigmas : sequence of float

    Returns
    -------
    numpy.ndarray
        (len(sigmas), H, W[, 3]) float32.

    Examples
    --------
    >>> from helpers import images, noise
    >>> noisy = noise.Gaussian(0.1)(images.load("camera", size=64), rng=0)
    >>> spread = [restored.std() for restored in sweep(noisy, [0, 0.05, 0.1])]
    >>> spread == sorted(spread, reverse=True)
    True
    """
    import torch

    noisy = as_image(noisy, clipped=False)
    if min(noisy.shape[:2]) < BLOCK:
        raise ValueError(f"BM3D needs at least {BLOCK}×{BLOCK} pixels, not {noisy.shape[:2]}")
    if not is_whole(stages) or stages not in STAGES:
        raise ValueError(f"BM3D has stages=1 or stages=2, not {stages!r}")
    sigmas = [SIGMA.check(sigma, "bm3d") for sigma in sigmas]
    correlation = WHITE if correlation is None else _autocorrelation(correlation)
    mean = noisy.mean((0, 1), dtype=float).astype(np.float32)  # restored without it
    gray, image = noisy.ndim == 2, noisy - mean
    channels = image[None] if gray else np.tensordot(OPPONENT, image, (1, 2))  # (C, H, W)
    image = torch.from_numpy(np.ascontiguousarray(channels, dtype=np.float32)).to(device)
    together = [sigmas] if len(correlation) == 1 else [[sigma] for sigma in sigmas]
    restored = torch.cat([_restore(STAGES[1], [image], s, correlation) for s in together])
    if stages == 2:
        second = partial(_restore, STAGES[2], correlation=correlation)
        pairs = zip(restored, sigmas)
        restored = torch.cat([second([image, basic], [sigma]) for basic, sigma in pairs])
    back = OPPONENT.astype(np.float32)  # orthonormal, so its transpose inverts it
    results = [
        (channels[0] if gray else np.tensordot(channels, back, (0, 0))) + mean
        for channels in restored.cpu().numpy()
    ]
    return np.stack([noisy if s == 0 else result for s, result in zip(sigmas, results)])


def guided(noisy: np.ndarray, guide: np.ndarray, sigma: float) -> np.ndarray:
    """Stage 2 alone, with a guide of your own: in it blocks are matched, and signal is told.

    Guided by the result of stage 1 it is what `bm3d` does; guided by the clean picture, it says
    how much the method would gain if it knew better.

    Parameters
    ----------
    noisy, sigma
        As in `bm3d`; the noise is white.
    guide : numpy.ndarray
        Of the shape of `noisy`, the scene as far as it is known.

    Returns
    -------
    numpy.ndarray
        float32, same shape, not clipped.

    Raises
    ------
    ValueError
        As `bm3d`, and for a guide of another shape.

    Examples
    --------
    >>> from helpers import images, metrics, noise
    >>> clean = images.load("camera", size=64)
    >>> noisy = noise.Gaussian(0.1)(clean, rng=0)
    >>> ideal = guided(noisy, clean, 0.1)
    >>> metrics.psnr(clean, ideal) > metrics.psnr(clean, bm3d(noisy, 0.1)) + 1
    True
    """
    import torch

    noisy, guide = as_image(noisy, clipped=False), as_image(guide, clipped=False)
    if noisy.shape != guide.shape or min(noisy.shape[:2]) < BLOCK:
        raise ValueError(
            f"BM3D needs a picture and a guide of one shape, at least {BLOCK}×{BLOCK} pixels, "
            f"not {noisy.shape} and {guide.shape}"
        )
    if (sigma := SIGMA.check(sigma, "guided")) == 0:
        return noisy.copy()
    colours = (np.eye(1) if noisy.ndim == 2 else OPPONENT).astype(np.float32)
    mean = noisy.mean((0, 1), dtype=float).astype(np.float32)
    layers = [np.atleast_3d(image - mean) @ colours.T for image in (noisy, guide)]
    layers = [torch.from_numpy(layer).movedim(2, 0).contiguous() for layer in layers]  # (C, H, W)
    (restored,) = _restore(STAGES[2], layers, [sigma], WHITE)
    return (restored.movedim(0, 2).numpy() @ colours).reshape(noisy.shape) + mean


def _autocorrelation(value: object) -> np.ndarray:
    """An autocorrelation as float64, as far as pixels of a group can be apart; else refused."""
    try:
        r = np.asarray(value)
    except ValueError:  # rows of different lengths
        r = np.empty(0)
    square = r.ndim == 2 and len(r) == r.shape[1] and len(r) % 2 == 1
    if not (
        square
        and r.dtype.kind in "fiu"
        and np.all(np.abs(r) <= 1 + 1e-6)  # false for NaN
        and abs(r[len(r) // 2, len(r) // 2] - 1) <= 1e-6
        and np.allclose(r, r[::-1, ::-1], rtol=0, atol=1e-4)
    ):
        accepted = "(2R+1, 2R+1) numbers from -1 to 1, 1 at the centre, alike on opposite sides"
        raise refusal("correlation", accepted, value)
    farthest = 2 * SEARCH_RADIUS + BLOCK - 1
    cut = max(len(r) // 2 - farthest, 0)
    return r[cut : len(r) - cut, cut : len(r) - cut].astype(float)


def _restore(
    stage: Stage, layers: list[Tensor], sigmas: Sequence[float], correlation: np.ndarray
) -> Tensor:
    """One stage for all sigmas, (S, C, H, W); of correlated noise, for one.

    Layers are the noisy image and, in stage 2, the basic estimate, (C, H, W) each. Blocks are
    matched on the last one, by luminance alone. Strips of rows bound the memory.
    """
    guide = layers[-1]
    scale = len(guide) ** 0.5
    luminance = guide[0] / scale  # mean of the channels
    shared = shared_noise(sigmas[0] / scale, correlation)
    blocks = match_blocks(luminance, stage.members, shared).blocks
    strips = blocks.split(max(8, min(TILE, 2**14 // guide.shape[2])))
    sums = guide.new_zeros((2, len(sigmas), *guide.shape))
    restore = partial(_restore_strip, stage, layers, sigmas, correlation)
    with _workers() as pool:
        for rows, part in pool.map(restore, strips):
            sums[..., rows, :] += part
    return sums[0] / sums[1]


def _restore_strip(
    stage: Stage,
    layers: list[Tensor],
    sigmas: Sequence[float],
    correlation: np.ndarray,
    blocks: Tensor,
) -> tuple[slice, Tensor]:
    """What the groups of some rows of references (R, C, K) give: image rows, and what to add.

    That is the weighted sum of blocks, and the sum of weights, (2, S, C, h, W).
    """
    across = layers[0].shape[2] - BLOCK + 1
    rows = slice(int(blocks.min()) // across, int(blocks.max()) // across + BLOCK)
    strips = [layer[:, rows] for layer in layers]  # (C, h, W)
    chunks = (blocks - rows.start * across).flatten(0, 1).split(CHUNK)
    chunks = [blocks.T.contiguous() for blocks in chunks]  # (K, G)
    spectra = [block_transform(strip, stage.transform) for strip in strips]

    def grouped(blocks: Tensor) -> tuple[Tensor, list[Tensor], Tensor]:
        """All that does not depend on sigma."""
        stacks = [group_transform(stack(s, blocks)) for s in spectra]
        return blocks, stacks, noise_variance(blocks, across, stage.transform, correlation)

    groups = map(grouped, chunks)  # one chunk at a time, which saves memory
    if len(sigmas) > 1:
        groups = list(groups)
    results = layers[0].new_empty((2, len(sigmas), *strips[0].shape))
    for k, sigma in enumerate(sigmas):
        sums = spectra[0].new_zeros(spectra[0].shape)  # (P, C, 64)
        weights = sums.new_zeros(sums.shape[:2])
        for blocks, (noisy, *basic), variance in groups:
            shrunk, weight = stage.shrink(noisy, sigma, *basic, variance)
            aggregate(sums, weights, group_transform(shrunk, inverse=True), weight, blocks)
        results[0, k], results[1, k] = overlap_add(
            sums, weights, stage.transform, strips[0].shape[1:]
        )
    return rows, results


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """As many threads as torch would use, but each with rows of its own.

    The single operations are small: torch's own threads would mostly wait for each other, and
    for long where another program has one of the cores.
    """
    import torch

    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, "bm3d", torch.set_num_threads, (1,)) as pool:
            yield pool
    finally:
        torch.set_num_threads(threads)

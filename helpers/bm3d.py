"""BM3D: similar blocks of a picture are stacked, and denoise each other.

Five steps, each a function of this module: find similar blocks (`match_blocks`), transform each
stack so that what its blocks share sits in few coefficients (`group_transform`), shrink the rest
(`hard_threshold`, and in a second stage `wiener`), transform back, and average the overlapping
results (`aggregate`).

Written from the papers: Dabov, Foi, Katkovnik, Egiazarian (2007). Image denoising by sparse 3-D
transform-domain collaborative filtering. IEEE Transactions on Image Processing 16(8), 2080-2095;
for colour the same authors (2007), ICIP, vol. 1, 313-316. Departures from them, all for speed or
simplicity at equal quality: the DCT in both stages, groups that are always full, distances from
low frequencies only, blocks of 8×8 at every sigma.

>>> from helpers import images, metrics, noise
>>> clean = images.load("camera", size=128)
>>> noisy = noise.Gaussian(25/255)(clean, rng=0)
>>> restored = bm3d(noisy, 25/255)
>>> metrics.psnr(clean, restored) > metrics.psnr(clean, noisy) + 6
True
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import dct
from scipy.linalg import hadamard

from helpers.images import as_image

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 8  # side of a block, in pixels
STRIDE = 3  # from one reference block to the next
REACH = 19  # how far a similar block may lie: a window of 39×39 positions
MEMBERS = {1: 16, 2: 32}  # blocks in a group, in each stage
THRESHOLD = 2.7  # in stage 1, times sigma
COARSE = 6  # similarity is judged by the COARSE×COARSE lowest frequencies

# Opponent colours: luminance, red against blue, both against green. Rows of length 1, so that
# white noise of strength sigma is white noise of strength sigma in each of them.
OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])


# ---- transforms ----------------------------------------------------------------------------


@functools.cache
def dct_2d() -> np.ndarray:
    """Orthonormal 2-D DCT of a block, (64, 64): one row for each frequency."""
    rows = dct(np.eye(BLOCK), axis=0, norm="ortho")  # (8, 8)
    return np.kron(rows, rows)


@functools.cache
def walsh_hadamard(members: int) -> np.ndarray:
    """Orthonormal transform along a group of 2ⁿ blocks; row 0 is their mean times √members."""
    return hadamard(members) / np.sqrt(members)


def block_transform(image: Tensor) -> Tensor:
    """DCT of the block at every position of an image.

    Parameters
    ----------
    image : torch.Tensor
        (C, H, W).

    Returns
    -------
    torch.Tensor
        (H−7, W−7, C, 64).
    """
    blocks = image.unfold(1, BLOCK, 1).unfold(2, BLOCK, 1)  # (C, H-7, W-7, 8, 8)
    return blocks.movedim(0, 2).flatten(3) @ image.new_tensor(dct_2d().T)


def group_transform(spectra: Tensor) -> Tensor:
    """Walsh-Hadamard transform along groups of blocks, its own inverse.

    After `block_transform` it completes the 3-D transform.

    Parameters
    ----------
    spectra : torch.Tensor
        (K, ...), the K blocks of each group, K a power of two.
    """
    matrix = spectra.new_tensor(walsh_hadamard(len(spectra)))
    return (matrix @ spectra.flatten(1)).view_as(spectra)


# ---- shrinkage -----------------------------------------------------------------------------


def hard_threshold(group: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Stage 1: set coefficients to zero that noise alone would explain.

    Parameters
    ----------
    group : torch.Tensor
        (K, ..., 64) after the 3-D transform. The mean of the group, coefficient (0, ..., 0), is
        always kept.
    sigma : float

    Returns
    -------
    kept : torch.Tensor
        (K, ..., 64).
    weight : torch.Tensor
        (...): one over the number of coefficients kept, since each keeps its noise.
    """
    import torch

    kept = torch.nn.functional.hardshrink(group, THRESHOLD * sigma)
    kept[0, ..., 0] = group[0, ..., 0]
    count = torch.linalg.vector_norm(kept, ord=0, dim=(0, -1))
    return kept, 1 / count.clamp(min=1)


def wiener(group: Tensor, basic: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Stage 2: scale each coefficient by its share of signal, as the basic estimate has it.

    Parameters
    ----------
    group, basic : torch.Tensor
        (K, ..., 64) of the noisy image and of the restored image of stage 1.
    sigma : float

    Returns
    -------
    scaled : torch.Tensor
        (K, ..., 64).
    weight : torch.Tensor
        (...): one over the sum of squared gains, which is the noise left, in units of sigma².
    """
    power = basic * basic
    gain = power / (power + sigma**2)
    gain[0, ..., 0] = 1  # the mean of the group
    return group * gain, 1 / (gain * gain).sum((0, -1))


# ---- matching ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matches:
    """Which blocks of an image are alike.

    Attributes
    ----------
    blocks : torch.Tensor
        (R, C, K) int64: for each of R×C reference blocks its K most similar ones, itself first.
        Positions are counted row by row, y·(W−7) + x of the upper left pixel.
    distances : torch.Tensor
        (R, C, K): mean squared differences, smallest first.
    shape : (int, int)
        (H, W) of the image.
    """

    blocks: Tensor
    distances: Tensor
    shape: tuple[int, int]


def match_blocks(image: Tensor, members: int) -> Matches:
    """Find the blocks most similar to each reference block.

    All distances of a tile of references are one matrix product, ‖a − b‖² = ‖a‖² + ‖b‖² − 2ab.

    Parameters
    ----------
    image : torch.Tensor
        (H, W), at least 8×8: gray, or the luminance.
    members : int
        Blocks wanted in a group. Small images give fewer: the largest power of two there is.
    """
    import torch

    height, width = (n - BLOCK + 1 for n in image.shape)
    nearby = min(height, REACH + 1) * min(width, REACH + 1)  # what a reference in a corner sees
    members = min(members, 1 << (nearby.bit_length() - 1))
    # Beyond the border lies what resembles nothing.
    far = 1e3 * (1 + float(image.abs().max()))
    padded = torch.nn.functional.pad(image, [REACH] * 4, value=far)
    low = np.arange(BLOCK**2).reshape(BLOCK, BLOCK)[:COARSE, :COARSE].ravel()
    rows = []
    for top, down in _runs(height):
        strip = padded[top : top + (down - 1) * STRIDE + 2 * REACH + BLOCK]
        spectra = block_transform(strip[None])[:, :, 0, low]
        tiles = []
        for left, right in _runs(width):
            span = slice(left, left + (right - 1) * STRIDE + 2 * REACH + 1)
            nearest, offset = _nearest(spectra[:, span], (down, right), members)
            y = top + STRIDE * torch.arange(down)[:, None, None] + offset // (2 * REACH + 1) - REACH
            x = left + STRIDE * torch.arange(right)[:, None] + offset % (2 * REACH + 1) - REACH
            tiles.append((y * width + x, nearest))
        rows.append([torch.cat(part, dim=1) for part in zip(*tiles)])
    blocks, distances = (torch.cat(part) for part in zip(*rows))
    return Matches(blocks, distances / BLOCK**2, tuple(image.shape))


def _runs(positions: int, longest: int = 8) -> Iterator[tuple[int, int]]:
    """(start, count) of runs of references, STRIDE apart; the last position is always one."""
    regular = range(0, positions, STRIDE)
    for k in range(0, len(regular), longest):
        yield regular[k], len(regular[k : k + longest])
    if regular[-1] != positions - 1:
        yield positions - 1, 1


def _nearest(spectra: Tensor, counts: tuple[int, int], members: int) -> tuple[Tensor, Tensor]:
    """Smallest squared distances in the window of each reference, and where: (R, C, K) twice."""
    import torch

    rows, columns, _ = spectra.shape
    window = 2 * REACH + 1
    power = (spectra * spectra).sum(-1)  # (rows, columns)
    inner = slice(REACH, -REACH, STRIDE)
    references = spectra[inner, inner].flatten(0, 1)
    distances = torch.addmm(
        power.view(1, -1), references, spectra.flatten(0, 1).T, alpha=-2
    )  # (R*C, rows*columns), without the power of the reference
    seen = distances.view(*counts, rows, columns).unfold(2, window, STRIDE)
    seen = seen.unfold(3, window, STRIDE).diagonal(dim1=0, dim2=2).diagonal(dim1=0, dim2=1)
    seen = seen.permute(2, 3, 0, 1).flatten(2)  # (R, C, window²)
    seen[..., window**2 // 2] = -torch.inf  # the reference itself
    nearest, offset = seen.topk(members, largest=False)
    nearest = (nearest + power[inner, inner, None]).clamp(min=0)
    return nearest, offset


# ---- aggregation ---------------------------------------------------------------------------


def aggregate(
    spectra: Tensor, weight: Tensor, blocks: Tensor, shape: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Put blocks back where they came from: weighted sum and sum of weights at each pixel.

    All that lands at one position is added up before the inverse DCT, which is linear.

    Parameters
    ----------
    spectra : torch.Tensor
        (K, G, C, 64).
    weight : torch.Tensor
        (G, C) of each group.
    blocks : torch.Tensor
        (K, G) positions, as in `Matches`.
    shape : (int, int)
        (H, W).

    Returns
    -------
    total, weights : torch.Tensor
        (C, H, W); the estimate is their quotient.
    """
    from torch.nn.functional import conv2d, fold

    height, width = (n - BLOCK + 1 for n in shape)
    where, channels = blocks.flatten(), weight.shape[1]
    sums = spectra.new_zeros(height * width, channels * BLOCK**2)
    sums.index_add_(0, where, (spectra * weight[..., None]).flatten(2).flatten(0, 1))
    counts = weight.new_zeros(height * width, channels)
    counts.index_add_(0, where, weight.expand(len(blocks), -1, -1).flatten(0, 1))
    window = weight.new_tensor(np.outer(*[np.kaiser(BLOCK, 2)] * 2))  # less weight at the rim
    inverse = weight.new_tensor(dct_2d().T) * window.view(-1, 1)
    pixels = inverse @ sums.view(-1, channels, BLOCK**2).permute(1, 2, 0)  # (C, 64, positions)
    total = fold(pixels, shape, BLOCK)[:, 0]
    counts = counts.T.reshape(channels, 1, height, width)
    return total, conv2d(counts, window[None, None], padding=BLOCK - 1)[:, 0]


# ---- the method ----------------------------------------------------------------------------


def _collaborate(image, matches, shrink, guide=None, results=1):
    """Groups of all references, transformed, shrunk and aggregated, some rows at a time."""
    import torch
    channels, height, width = image.shape
    total, weights = torch.zeros((2, results, *image.shape))
    count = max(1, 4096 // matches.blocks.shape[1])
    for rows in matches.blocks.split(count):
        blocks = rows.flatten(0, 1).T  # (K, G)
        across = width - BLOCK + 1
        top, bottom = int(blocks.min()) // across, int(blocks.max()) // across + BLOCK
        blocks = (blocks - top * across).contiguous()
        def groups(x):
            spectra = block_transform(x[:, top:bottom]).flatten(2).flatten(0, 1)
            return group_transform(spectra[blocks.flatten()].view(*blocks.shape, channels, -1))
        stacks = [groups(x) for x in (image, guide) if x is not None]
        for k, (kept, weight) in enumerate(shrink(*stacks)):
            part = aggregate(group_transform(kept), weight, blocks, (bottom - top, width))
            total[k, :, top:bottom] += part[0]
            weights[k, :, top:bottom] += part[1]
    return total / weights


def bm3d(noisy, sigma, *, stages=2, device="cpu"):
    """x"""
    import torch
    noisy = torch.tensor(np.atleast_3d(as_image(noisy, clipped=False)).transpose(2,0,1))
    mean = noisy.mean()
    z = noisy - mean
    if len(z)==3: z = torch.einsum('ij,jhw->ihw', z.new_tensor(OPPONENT), z)
    def lum(z): return z[0]/np.sqrt(3) if len(z)==3 else z[0]
    m = match_blocks(lum(z), MEMBERS[1])
    r = _collaborate(z, m, lambda g: [hard_threshold(g, sigma)])[0]
    if stages==2:
        m = match_blocks(lum(r), MEMBERS[2])
        r = _collaborate(z, m, lambda g,b: [wiener(g,b,sigma)], r)[0]
    if len(z)==3: r = torch.einsum('ij,ihw->jhw', z.new_tensor(OPPONENT), r)
    r = r+mean
    return r.numpy().transpose(1,2,0).squeeze()

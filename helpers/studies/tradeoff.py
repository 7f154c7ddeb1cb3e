"""What a score chooses, what fools it, and what a denoiser keeps.

Eleven photographs that ship, gray, 256×256, three draws of noise each. The four that are left out
have noise or blur of their own, and would make poor references.

``choices``: BM3D, first stage, swept over 100 strengths as in the paper of DE-G (σ = 30/255,
clipped), and the strength that each score likes best.
``attacks``: what twelve scores say of the reference, a restored picture, and six pictures that
must be worse than it.
``frontier``: texture kept and noise left, for four filters and DnCNN at ten strengths each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from helpers import gradients, images, metrics, networks, noise
from helpers.bm3d import sweep
from helpers.denoiser import Denoiser
from helpers.filters import FILTERS
from helpers.losses import DEG, LOSSES, Loss
from helpers.studies.base import STUDIES, Key, Make, Study, detail
from helpers.training.patches import as_batch
from helpers.training.sources import UNNATURAL

PHOTOGRAPHS = [name for name in images.PHOTOGRAPHS if name not in UNNATURAL]
PIXELS, DRAWS = 256, 3
Score = Callable[[np.ndarray, np.ndarray], float]  # of reference and image; small is good


# Photograph and draw, to what the noise is drawn from.
CASES = {
    (name, draw): 100 * number + draw
    for number, name in enumerate(PHOTOGRAPHS)
    for draw in range(DRAWS)
}


def picture(photograph: str) -> np.ndarray:
    """The clean picture of a case, (256, 256)."""
    return images.load(photograph, gray=True, size=PIXELS)


def kept(clean: np.ndarray, restored: np.ndarray) -> dict[str, float]:
    """Scores by the protocol, and how much of the picture is there, and of the noise."""
    return metrics.score(clean, restored, ["psnr", "ssim", "deg"]) | detail(clean, restored)


# ---- what a score chooses -------------------------------------------------------------------

STRENGTHS = np.linspace(0.6, 60, 100)  # gray levels
NOISE = noise.Gaussian(30 / 255)  # clipped, as the paper has it


def published(reference: np.ndarray, image: np.ndarray) -> float:
    """DE-G as its authors have it: gray levels, cut to whole ones, Canberra's distance."""
    levels = (255 * np.float64(x) for x in (reference, np.clip(image, 0, 1)))
    return gradients.deg(*levels, distance="canberra", faithful=True)


def by_histogram(distance: str) -> Score:
    """DE-G of 8-bit pictures by a distance of whole histograms."""
    return lambda x, y: gradients.deg(x, metrics.eight_bits(y), distance=distance)


CHOOSERS: dict[str, Score] = {
    "psnr": lambda x, y: -metrics.psnr(x, metrics.eight_bits(y)),
    "ssim": lambda x, y: -metrics.ssim(x, metrics.eight_bits(y)),
    "deg published": published,
    "deg wasserstein": by_histogram("wasserstein"),
    "deg jensen_shannon": by_histogram("jensen_shannon"),
}


def choices(photograph: str, draw: int, seed: int) -> pd.DataFrame:
    """For each score: the strength that it chooses, and what that keeps."""
    clean, made = picture(photograph), []
    restored = sweep(NOISE(clean, seed, clip=True), STRENGTHS / 255)
    for name, score in CHOOSERS.items():
        best = int(np.argmin([score(clean, one) for one in restored]))
        row = {"photograph": photograph, "draw": draw, "score": name, "strength": STRENGTHS[best]}
        made.append(row | kept(clean, restored[best]))
    return pd.DataFrame(made)


def inputs() -> pd.DataFrame:
    """What is in the noisy input of each case."""
    made = []
    for (photograph, draw), seed in CASES.items():
        clean = picture(photograph)
        found = kept(clean, NOISE(clean, seed, clip=True))
        made.append({"photograph": photograph, "draw": draw} | found)
    return pd.DataFrame(made)


# ---- what fools a score ---------------------------------------------------------------------

SIGMAS = (15, 25, 50)  # gray levels, as published tables have them


def as_score(loss: Loss) -> Score:
    """A loss of batches as a score of pictures."""
    return lambda x, y: float(loss(as_batch([y]), as_batch([x])))


_ssim, _deg = (as_score(LOSSES[name]()) for name in ("ssim", "deg"))
JUDGES: dict[str, Score] = {
    "deg published": published,
    "deg": _deg,
    **{f"deg, windows of {side}": as_score(DEG("sorted", side)) for side in (64, 16, 4, 2)},
    "gradient_l1": as_score(LOSSES["gradient_l1"]()),
    "ssim": _ssim,
    "ssim + deg / 50": lambda x, y: _ssim(x, y) + _deg(x, y) / 50,
    "l2": as_score(LOSSES["l2"]()),
    "ms_ssim": as_score(LOSSES["ms_ssim"]()),
    "texture": as_score(LOSSES["texture"]()),
}


def shuffled_blocks(image: np.ndarray, rng: np.random.Generator, size: int = 16) -> np.ndarray:
    """A picture cut into squares that are put back in another order, (H, W)."""
    rows, columns = (side // size for side in image.shape)
    blocks = image.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(-1, size, size)
    moved = rng.permutation(blocks).reshape(rows, columns, size, size).swapaxes(1, 2)
    return moved.reshape(image.shape)


def attacked(
    clean: np.ndarray, restored: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Pictures that nobody would prefer to the restored one."""
    grain = rng.standard_normal(clean.shape, np.float32) / 255
    return {
        **{f"noise {s}": restored + s * grain for s in (2, 4, 8)},
        "turned": np.ascontiguousarray(clean[::-1, ::-1]),
        "blocks shuffled": shuffled_blocks(clean, rng),
        "pixels shuffled": rng.permutation(clean.ravel()).reshape(clean.shape),
    }


def attacks(photograph: str, draw: int, seed: int) -> pd.DataFrame:
    """For each σ and score: its value for all that it has to put in order."""
    clean, made = picture(photograph), []
    for sigma in SIGMAS:
        noisy = noise.Gaussian(sigma / 255)(clean, seed)
        restored = np.clip(FILTERS["bm3d"](noisy, sigma / 255), 0, 1)
        shown = {"reference": clean, "restored": restored}
        fresh = np.random.default_rng((seed, 1))  # by `seed` alone it draws what was removed again
        shown |= attacked(clean, restored, fresh)
        for name, score in JUDGES.items():
            values = {what: score(clean, image) for what, image in shown.items()}
            row = {"photograph": photograph, "draw": draw, "sigma": sigma, "score": name}
            made.append(row | values)
    return pd.DataFrame(made)


# ---- what a denoiser keeps ------------------------------------------------------------------

# What it is told, over the true σ: from noise that is nearly all there to little that is left.
FACTORS = np.geomspace(0.5, 2.5, 10)
SIGMA = 25 / 255  # the one that `dncnn` knows


def rescaled(network: Denoiser, noisy: np.ndarray, sigma: float) -> np.ndarray:
    """A network that knows `SIGMA`, told another σ: a darker picture has less noise."""
    return network(noisy * (SIGMA / sigma), SIGMA) * (sigma / SIGMA)


def frontier(
    photograph: str, draw: int, seed: int, denoisers: dict[str, Denoiser]
) -> pd.DataFrame:
    """For each denoiser and strength: what it keeps."""
    clean, made = picture(photograph), []
    noisy = noise.Gaussian(SIGMA)(clean, seed)
    for name, denoise in denoisers.items():
        for factor in FACTORS:
            row = {"photograph": photograph, "draw": draw, "method": name, "factor": factor}
            made.append(row | kept(clean, denoise(noisy, factor * SIGMA)))
    return pd.DataFrame(made)


def at_noise(curve: pd.DataFrame, level: float, column: str = "texture") -> float:
    """A column of a curve of strengths where so much noise is left; NaN where it never is.

    Examples
    --------
    >>> curve = pd.DataFrame({"noise": [8.0, 4.0], "texture": [0.7, 0.5]})
    >>> float(at_noise(curve, 6)), float(at_noise(curve, 9))
    (0.6, nan)
    """
    rows = curve.sort_values("noise")
    return np.interp(level, rows["noise"], rows[column], left=np.nan, right=np.nan)


def kept_at(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Texture that each method keeps at the strength where it leaves so much noise.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study ``frontier``.
    level : float
        Noise left, in gray levels.

    Returns
    -------
    pandas.DataFrame
        A row for each photograph and a column for each method, means over the draws. NaN where a
        method never leaves so much; beyond its least noise a curve only turns back, by blur.
    """
    curves = table.groupby(["photograph", "method", "draw"])[["noise", "texture"]]
    upper = curves.apply(lambda rows: at_noise(rows.loc[: rows["noise"].idxmin()], level))
    return upper.groupby(["photograph", "method"]).mean().unstack()


def frontiers(table: pd.DataFrame) -> dict[Key, Make]:
    """Each case, for four filters and DnCNN."""
    denoisers = {name: FILTERS[name] for name in ("gaussian", "wavelet", "nlm", "bm3d")}
    denoisers["dncnn"] = partial(rescaled, networks.load("dncnn"))
    return {case: partial(frontier, *case, seed, denoisers) for case, seed in CASES.items()}


_SHARED = {
    "notebook": "ssim_versus_gradient_loss",
    "key": ("photograph", "draw"),
    "sample": [("chelsea", 0)],
    "form": {"float_format": "%.5g"},
}
# One strength is 0.6; where the curve of a score is flat, rounding may choose the next.
STUDIES["choices"] = Study(
    "choices",
    "the strength of BM3D that each score likes best",
    groups=lambda table: {case: partial(choices, *case, seed) for case, seed in CASES.items()},
    minutes=3,
    spread={
        "strength": 0.61,
        "psnr": 0.1,
        "ssim": 0.005,
        "deg": 0.1,
        "texture": 0.02,
        "noise": 0.2,
    },
    **_SHARED,
)
STUDIES["attacks"] = Study(
    "attacks",
    "what scores say of pictures that must be worse than the restored one",
    groups=lambda table: {case: partial(attacks, *case, seed) for case, seed in CASES.items()},
    minutes=2,
    **_SHARED,
)
STUDIES["frontier"] = Study(
    "frontier",
    "texture kept and noise left by five methods, at ten strengths each",
    groups=frontiers,
    minutes=4,
    spread={"psnr": 0.02, "ssim": 0.001, "deg": 0.02, "texture": 0.002, "noise": 0.02},
    **_SHARED,
)

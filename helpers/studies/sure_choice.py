"""SURE as a judge: what it chooses without a reference, and where it is wrong.

README's eight photographs at three strengths of noise, all filters of the course. Each row is a
filter's answer: its PSNR by the protocol, its mean squared error, and what SURE says of that,
both in squared gray levels. Filters are told the σ that SURE is told, times `strength`.

In "all hold" every condition of `metrics.sure` does; each other case breaks one of them, varies
the probe, or the strength. Clipped and rounded pictures are what `metrics.sure` refuses, so their
rows are made by what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from helpers import estimation, images, metrics, noise
from helpers.denoiser import Denoiser
from helpers.filters import FILTERS
from helpers.metrics.sure import STEP, risk, signs
from helpers.registry import Registry
from helpers.studies.base import STUDIES, Study

# Those of README's tables: natural scenes, without the three pictures that are texture alone.
PHOTOGRAPHS = (
    *("astronaut", "camera", "chelsea", "coffee", "coins"),
    *("immunohistochemistry", "retina", "rocket"),
)
LEVELS = (15, 25, 50)  # gray levels
SIDE = 256
STRENGTHS = tuple(float(s) for s in np.geomspace(0.5, 2, 9))  # times σ, 1 among them
Shot = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
Tell = Callable[[np.ndarray, float], float]


# ---- noise as SURE assumes it, and other noise of that RMS -------------------------------------


def white(clean: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """White Gaussian noise, neither clipped nor rounded."""
    return noise.Gaussian(sigma)(clean, rng)


def clipped(clean: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """The same in a file with a black and a white."""
    return np.clip(white(clean, sigma, rng), 0, 1)


def rounded(clean: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """The same, rounded to gray levels and not clipped."""
    return np.rint(255 * white(clean, sigma, rng)) / np.float32(255)


def correlated(clean: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise that neighbours share: white noise after a blur of one pixel."""
    grain = gaussian_filter(rng.standard_normal(clean.shape), 1, mode="wrap")
    return clean + np.float32(sigma * grain / grain.std())


def by_brightness(clean: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise in proportion to the brightness."""
    return noise.Speckle(sigma / float(np.sqrt(np.mean(clean**2))))(clean, rng)


# ---- the σ that filters and SURE are told ------------------------------------------------------


def right(noisy: np.ndarray, sigma: float) -> float:
    """As it is."""
    return sigma


def too_small(noisy: np.ndarray, sigma: float) -> float:
    """By 5 %."""
    return 0.95 * sigma


def too_large(noisy: np.ndarray, sigma: float) -> float:
    """By 5 %."""
    return 1.05 * sigma


def estimated(noisy: np.ndarray, sigma: float) -> float:
    """From the noisy picture alone."""
    return estimation.blind_sigma(noisy)


CASES: Registry[Mapping[str, object]] = Registry("case")
CASES |= {
    "all hold": {},
    "σ estimated": {"tell": estimated},
    "σ 5 % too small": {"tell": too_small},
    "σ 5 % too large": {"tell": too_large},
    "clipped": {"shot": clipped},
    "rounded": {"shot": rounded},
    "correlated": {"shot": correlated},
    "by brightness": {"shot": by_brightness},
    "strengths": {"strengths": STRENGTHS},
    **{f"step {step:g}": {"step": step} for step in (0.01, 0.03, 0.3, 1)},
}


# ---- the table ---------------------------------------------------------------------------------


def asked(
    denoiser: Denoiser, noisy: np.ndarray, sigma: float, rng: int, strength: float, step: float
) -> tuple[np.ndarray, float]:
    """A restored picture, and its SURE as `metrics.sure` has it, of whatever picture."""
    probe, length = signs(noisy.shape, np.random.default_rng(rng)), step * sigma
    restored, moved = (
        denoiser(y.astype(np.float32), strength * sigma).astype(float)
        for y in (noisy, noisy + length * probe)
    )
    divergence = np.mean(probe * (moved - restored)) / length
    return restored, float(risk(np.mean((restored - noisy) ** 2), divergence, sigma))


def rows(
    case: str,
    image: str,
    shot: Shot = white,
    tell: Tell = right,
    strengths: Sequence[float] = (1.0,),
    step: float = STEP,
) -> pd.DataFrame:
    """All filters on one photograph at all levels of noise.

    Examples
    --------
    >>> made = rows("all hold", "coins")
    >>> len(made) == len(LEVELS) * len(FILTERS), made["filter"][made["told"].idxmin()]
    (True, 'bm3d')
    """
    clean, seed, made = images.load(image, gray=True, size=SIDE), PHOTOGRAPHS.index(image), []
    for level in LEVELS:
        noisy = shot(clean, level / 255, np.random.default_rng([level, seed]))
        sigma = tell(noisy, level / 255)
        for name, denoiser in FILTERS.items():
            for strength in strengths:
                restored, told = asked(denoiser, noisy, sigma, seed, strength, step)
                row = {"case": case, "image": image, "σ": level, "filter": name}
                row |= {"strength": strength, "σ told": 255 * sigma}
                row |= metrics.score(clean, restored, ["psnr"])
                error = np.mean((restored - clean) ** 2)
                made.append(row | {"error": 255**2 * error, "told": 255**2 * told})
    return pd.DataFrame(made)


# ---- what the table says -----------------------------------------------------------------------


def losses(table: pd.DataFrame, of: str = "filter") -> pd.Series:
    """Decibels between the best filter, or strength, and the one that SURE chooses.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of a case.
    of : str
        "filter", or "strength": then there is a choice for each filter.

    Returns
    -------
    pandas.Series
        For each picture, level of noise and, of strengths, filter: PSNR lost, 0 or more.
    """
    groups = table.groupby(["image", "σ"] + (["filter"] if of == "strength" else []), sort=False)
    chosen = table.loc[groups["told"].idxmin()].set_index(groups.keys)["psnr"]
    return groups["psnr"].max() - chosen


def decibels(table: pd.DataFrame) -> pd.Series:
    """How far SURE is from the true error, in dB, above 0 where it says too much.

    A SURE that is not above 0 says of no PSNR how high it is: infinitely far below.
    """
    ratio = (table["told"] / table["error"]).clip(lower=0)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(ratio)


def relative(table: pd.DataFrame) -> float:
    """How far SURE is from the true error, as a share of that, root mean square."""
    return float(np.sqrt(np.mean((table["told"] / table["error"] - 1) ** 2)))


STUDIES["sure_choice"] = Study(
    "sure_choice",
    "what SURE chooses without a reference among eleven filters, and where it is wrong",
    notebook="measuring_quality",
    key=("case", "image"),
    groups=lambda table: {
        (case, image): partial(rows, case, image, **options)
        for case, options in CASES.items()
        for image in PHOTOGRAPHS
    },
    minutes=12,
    sample=[("all hold", "camera"), ("clipped", "coins")],
    spread={"psnr": 0.02, "error": 0.5, "told": 0.5},  # thresholds turn over on rounding
    form={"float_format": "%.5g"},
)

"""Error bars by one derivative: do they hold, are they narrow, and what do 32 samples say?

Bars of drunet, a network that ends its training by squared error, reach as far as one factor
times σ·√diagonal. The factor is found on every fourth picture of BSD68, where the library's window
for the diagonal was chosen as well; it is tried on Set12 and on the photographs that ship, on none
of which anything was trained or chosen. "photographs" are those that the course makes claims of;
"all photographs" has four more, which are noisy, blurred or nearly black themselves. Pixels of all
pictures are sorted together. (With every third picture of BSD68 instead, the factor is 2 % larger,
and the narrowest fifth of the photographs holds 95.6 %.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from helpers import datasets, images, metrics, networks, noise, posterior
from helpers.posterior import Derivative, NetworkMean
from helpers.studies.base import STUDIES, Study
from helpers.training.sources import UNNATURAL

LEVELS = (25,)  # gray levels
SIDE = 256  # pixels of a picture's centre
PROBES = 48
CALIBRATED = "bsd68"
NATURAL = [name for name in images.PHOTOGRAPHS if name not in UNNATURAL]
PICTURES: dict[str, Callable[[], Mapping[str, np.ndarray]]] = {
    CALIBRATED: lambda: _published("bsd68", 4),
    "set12": lambda: _published("set12", 1),
    "photographs": lambda: _photographs(NATURAL),
    "all photographs": lambda: _photographs(images.PHOTOGRAPHS),
}
SAMPLES, CROP = 32, 48  # of each picture; pixels of a side


def _published(name: str, every: int) -> dict[str, np.ndarray]:
    found = datasets.fetch(name, progress=False)
    chosen = list(zip(found.names, found.images))[::every]
    return {name: centre(image, SIDE) for name, image in chosen}


def _photographs(names: list[str]) -> dict[str, np.ndarray]:
    return {name: images.load(name, gray=True, size=SIDE) for name in names}


def centre(image: np.ndarray, side: int) -> np.ndarray:
    """The middle of a picture, (side, side) or as much as it has.

    Examples
    --------
    >>> centre(np.zeros((9, 3)), 5).shape
    (5, 3)
    """
    top, left = (max(0, size - side) // 2 for size in image.shape)
    return image[top : top + side, left : left + side]


def places(reference: np.ndarray) -> dict[str, np.ndarray]:
    """Flats, edges and texture: three masks, each pixel in one.

    Edges are the steepest fifth, as in `metrics.regions`. Of all else the half that is busier
    within 3 pixels is texture, edges not counted.

    Examples
    --------
    >>> found = places(images.load("camera", size=256))
    >>> {name: round(float(mask.mean()), 1) for name, mask in found.items()}
    {'flats': 0.4, 'edges': 0.2, 'texture': 0.4}
    """
    edges = metrics.regions(reference)["edges"]
    fine = (reference - gaussian_filter(reference, 1.5)) * ~edges
    busy = gaussian_filter(fine**2, 3) / np.maximum(gaussian_filter(1.0 * ~edges, 3), 1e-6)
    texture = ~edges & (busy > np.median(busy[~edges]))
    return {"flats": ~edges & ~texture, "edges": edges, "texture": texture}


@dataclass(frozen=True, eq=False)
class Tried:
    """One noisy picture with its bars: spread before calibration, error, and what was expected."""

    reference: np.ndarray
    found: Derivative
    spread: np.ndarray
    error: np.ndarray


def tried(mean: NetworkMean, reference: np.ndarray, level: float, seed: int) -> Tried:
    """Draw noise, restore, and take the derivative.

    Examples
    --------
    >>> mean = posterior.conditional_mean(networks.load("drunet"))
    >>> one = tried(mean, images.load("camera", size=32), 25, seed=0)
    >>> one.spread.shape, bool(abs(one.error).mean() < 25/255)
    ((32, 32), True)
    """
    sigma = level / 255
    noisy = noise.Gaussian(sigma)(reference, seed)
    found = posterior.derivative(mean, noisy, sigma, 1000 + seed, PROBES, "backward")
    return Tried(reference, found, posterior.deviation(found), found.restored - reference)


def all_tried(name: str, level: float) -> dict[str, Tried]:
    """Those of a set, by name of the picture."""
    mean = posterior.conditional_mean(networks.load("drunet"))
    pictures = PICTURES[name]()
    return {key: tried(mean, one, level, k) for k, (key, one) in enumerate(pictures.items())}


def calibration(level: float) -> pd.DataFrame:
    """The factor by which bars hold nine tenths on BSD68."""
    found = all_tried(CALIBRATED, level).values()
    factor = posterior.calibrate(*(_joined(found, what) for what in ("spread", "error")))
    return _table(CALIBRATED, level, _rows(found, factor)).assign(factor=factor)


def bars(name: str, level: float, factor: float) -> pd.DataFrame:
    """What the bars hold on a set, with the factor of another."""
    found = all_tried(name, level)
    table = _table(name, level, _rows(found.values(), factor))
    each = (dict(where=key, **_told([one], factor)) for key, one in found.items())
    return pd.concat([table, _table(name, level, each)]).assign(factor=factor)


def _joined(found: Iterator[Tried], what: str) -> np.ndarray:
    return np.concatenate([getattr(one, what).ravel() for one in found])


def _rows(found: Iterator[Tried], factor: float) -> Iterator[dict[str, object]]:
    """Of all pixels together, of each fifth of the width, and of flats, edges and texture."""
    found = list(found)
    yield {"where": "all", **_told(found, factor)}
    width, error = factor * _joined(found, "spread"), _joined(found, "error")
    constant = np.quantile(abs(error), (abs(error) <= width).mean())  # it holds as much
    kinds = [places(one.reference) for one in found]
    masks = {name: np.concatenate([one[name].ravel() for one in kinds]) for name in kinds[0]}
    order = np.array_split(np.argsort(width, kind="stable"), posterior.bars.PARTS)
    for where, part in {**{f"fifth {k}": one for k, one in enumerate(order, 1)}, **masks}.items():
        yield {
            "where": where,
            "held": (abs(error) <= width)[part].mean(),
            "constant held": (abs(error) <= constant)[part].mean(),
            "half": 255 * width[part].mean(),
        }


def _told(found: list[Tried], factor: float) -> dict[str, float]:
    """Of some pictures: what bars hold, how narrow they are, and the error that was expected."""
    width, error = factor * _joined(found, "spread"), _joined(found, "error")
    expected = np.mean([one.found.expected_error for one in found])
    sure = np.mean([one.found.sure for one in found])
    return {
        "held": (abs(error) <= width).mean(),
        "half": 255 * width.mean(),
        "narrower": posterior.narrower(width, error),
        "error": 255 * np.sqrt((error**2).mean()),
        "expected": 255 * np.sqrt(expected),
        "sure": 255 * np.sqrt(max(sure, 0)),
    }


_COLUMNS = ["held", "constant held", "half", "narrower", "error", "expected", "sure"]


def _table(name: str, level: float, rows: Iterator[dict[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows)).reindex(columns=["where", *_COLUMNS]).round(4)
    table.insert(0, "set", name)
    table.insert(1, "σ", level)
    return table


def groups(table: pd.DataFrame) -> dict[tuple[str, int], partial]:
    """Calibrations, and what the factor of each in the table is tried on."""
    planned = {(CALIBRATED, level): partial(calibration, level) for level in LEVELS}
    if table.empty:
        return planned
    factors = table.query("set == @CALIBRATED").groupby("σ")["factor"].first()
    for level, factor in factors.items():
        for name in PICTURES:
            if name != CALIBRATED and (name != "all photographs" or level == 25):
                planned[name, level] = partial(bars, name, level, factor)
    return planned


STUDIES["error_bars"] = Study(
    "error_bars",
    "90 % error bars by one derivative, calibrated on BSD68: what they hold on other pictures",
    notebook="what_a_denoiser_knows",
    key=("set", "σ"),
    groups=groups,
    minutes=6,
    sample=[("set12", 25)],
    loads=lambda key: ["drunet"],
    spread={"held": 0.005, "constant held": 0.005, "half": 0.1, "narrower": 0.005}
    | {"error": 0.02, "expected": 0.05, "sure": 0.05, "factor": 0.01},
)


# ---- 32 samples of each picture -----------------------------------------------------------------


def samples(name: str, level: float = 25, count: int = SAMPLES) -> pd.DataFrame:
    """The middle of a photograph: what samples say, and what the derivative says.

    ``beyond`` is the share of the clean pixels that all samples are above, or all below: 2 of 33
    if the clean picture is as one of them.
    """
    mean, sigma = posterior.conditional_mean(networks.load("drunet")), level / 255
    reference = images.load(name, gray=True, size=CROP)
    one = tried(mean, reference, level, seed=0)
    noisy = one.found.noisy
    drawn = np.stack([posterior.sample(mean, noisy, sigma, rng=seed) for seed in range(count)])
    least = (one.error**2).mean()
    spread = gaussian_filter(drawn.var(axis=0, ddof=1), posterior.bars.BLUR)
    alike = np.corrcoef(np.sqrt(spread).ravel(), one.spread.ravel())[0, 1]
    made = {
        "photograph": name,
        "samples": count,
        "error": 255 * np.sqrt(least),
        "expected": 255 * np.sqrt(one.found.expected_error),
        "spread": 255 * np.sqrt(drawn.var(axis=0, ddof=1).mean()),
        "ratio": ((drawn - reference) ** 2).mean() / least,
        "ratio of their mean": ((drawn.mean(axis=0) - reference) ** 2).mean() / least,
        "removed": 255 * np.sqrt(((noisy - drawn) ** 2).mean()),
        "alike": alike,
        "beyond": ((drawn > reference).all(axis=0) | (drawn < reference).all(axis=0)).mean(),
    }
    return pd.DataFrame([made]).round(4)


STUDIES["samples"] = Study(
    "samples",
    "32 samples of what may be under the noise, beside what one derivative says",
    notebook="what_a_denoiser_knows",
    key=("photograph",),
    groups=lambda table: {(name,): partial(samples, name) for name in NATURAL},
    minutes=4,
    sample=[("camera",)],
    loads=lambda key: ["drunet"],
    spread={"error": 0.02, "expected": 0.05, "spread": 0.2, "ratio": 0.05, "removed": 0.05}
    | {"ratio of their mean": 0.05, "alike": 0.05, "beyond": 0.01},
)

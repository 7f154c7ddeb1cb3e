"""How often the intervals of `blind_fit` hold the truth, on photographs that nothing else uses.

    python -m tools.measure.accuracy coverage   # about 10 minutes

Fifty pictures of BSDS500 test, gray, which no other section looks at. The constants of
`blind_fit` were tuned on 24 pictures of BSDS500 train, and tried on fifty others of test, where
intervals of Gaussian noise were too wide (98 % held); with narrower ones these fifty were scored
once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from helpers import datasets, images, noise
from helpers.estimation import Fit, blind_fit

STRENGTHS = (
    *(noise.Gaussian(sigma / 255) for sigma in (10, 25, 50)),
    *(noise.Poisson(peak) for peak in (300, 100, 30)),
    *(noise.Speckle(sigma) for sigma in (0.05, 0.1, 0.2)),
    *(noise.PoissonGaussian(*p) for p in ((0.01, 5 / 255), (0.02, 0.05), (0.05, 25 / 255))),
)


def coverage(draws: int) -> Iterator[str]:
    """Blind 90 % intervals on fifty photographs, every second one clipped to 8 bits."""
    pictures, pooled = list(photographs()), {}
    for truth in STRENGTHS:
        found = [blind_fit(seen(truth, x, k), truth.key) for k, x in enumerate(pictures)]
        for name in truth.parameters():
            rows = [row(fit, getattr(truth, name), name) for fit in found]
            pooled.setdefault((truth.key, name), []).extend(rows)
            yield summary(f"{truth!s:<42} {name}", rows)
    yield "-- of all strengths (wanted: between 82 and 98 % hold, half-width at most 20 %)"
    for (key, name), rows in pooled.items():
        yield summary(f"{key:<42} {name}", rows)


def photographs() -> Iterator[np.ndarray]:
    """The fifty, gray."""
    found = datasets.fetch("bsds500").where(split="test").images
    for k in range(200):
        if k % 5 == 2 or k % 20 == 9:
            yield images.to_gray(found[k])


def seen(truth: noise.NoiseModel, picture: np.ndarray, k: int) -> np.ndarray:
    """The noisy picture; each second one as a file holds it."""
    clip, seed = k % 2 == 1, zlib.crc32(f"{truth} {k}".encode())
    noisy = truth(picture, seed, clip=clip)
    return noise.Quantize(256)(noisy, seed) if clip else noisy


def row(fit: Fit, value: float, name: str) -> tuple[float, bool, float]:
    """Relative error, whether the interval holds the truth, and half its width, also relative."""
    low, high = fit.interval.get(name, (np.nan, np.nan))
    found = getattr(fit.model, name)
    return found / value - 1, low <= value <= high, (high - low) / 2 / max(found, 1e-9)


def summary(title: str, rows: list[tuple[float, bool, float]]) -> str:
    """One line; a fit without an interval counts as one that does not hold."""
    error, held, half = np.array(rows).T
    return (
        f"{title:<50} error {np.abs(error).mean():6.1%}  bias {error.mean():+6.1%}  "
        f"held {held.mean():4.0%} of {len(rows)}  half-width {np.nanmedian(half):5.1%}"
    )

"""Measure the filters on test pictures, as tables beside the baselines known for them.

    python -m tools.measure.filters_table                      # everything
    python -m tools.measure.filters_table set12 --without bm3d # the table of Set12, without BM3D
    python -m tools.measure.filters_table --cache folder       # go on where a run was stopped

By the protocol: unclipped float noise, results clipped and rounded to 8 bits. Filters are told
the true σ; their settings follow from it by rules tuned on other pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from helpers import benchmark, datasets, images, metrics, noise
from helpers.filters import FILTERS

# PSNR on Set12 at σ 15, 25, 50 of the best of a small grid of settings, chosen on Set12 itself
# for each σ (BM3D: published): upper bounds for settings that come from a rule. The bilateral
# filter is OpenCV's, the local Wiener filter SciPy's, wavelets are decimated.
BASELINES = {
    "noisy input": (24.67, 20.35, 14.76),
    "gaussian": (28.80, 26.57, 23.93),
    "median": (27.81, 25.45, 22.68),
    "wiener": (29.73, 26.79, 23.36),
    "bilateral": (30.28, 27.36, 24.00),
    "tv": (30.50, 28.04, 24.93),
    "wavelet": (28.95, 26.09, 23.10),
    "nlm": (31.20, 28.66, 25.06),
    "bm3d": (32.37, 29.97, 26.72),
}
SIGMAS = (15, 25, 50)

Run = Callable[..., pd.DataFrame]


def set12(run: Run, without: list[str]) -> Iterator[str]:
    """PSNR / SSIM of each filter at σ 15, 25, 50, and its distance to the baseline."""
    test = datasets.fetch("set12")
    noises = {f"{s}": noise.Gaussian(s / 255) for s in SIGMAS}
    table = run(_filters(without), dict(zip(test.names, test.images)), noises)
    for method, rows in table.groupby("method", sort=False):
        mean = rows.groupby("noise")[["psnr", "ssim", "seconds"]].mean().loc[list(noises)]
        shown = [f"{row.psnr:5.2f} / {row.ssim:.4f}" for row in mean.itertuples()]
        if known := BASELINES.get(method):
            shown = [f"{cell} ({p - b:+.2f})" for cell, p, b in zip(shown, mean.psnr, known)]
        yield f"{method:<16}" + "".join(f"{cell:<26}" for cell in shown) + _remarks(rows)


def impulses(run: Run, without: list[str]) -> Iterator[str]:
    """Salt and pepper on 30 % of the pixels: the adaptive median and medians of each size."""
    medians = {
        f"median {k}": lambda noisy, sigma, k=k: FILTERS["median"](noisy, size=k)
        for k in (3, 5, 7)
    }
    names = [name for name in images.PHOTOGRAPHS if name != "cell"]
    pictures = {name: images.load(name, gray=True) for name in names}
    methods = {"adaptive_median": FILTERS["adaptive_median"], **medians}
    noises = {"30 %": noise.Chain([noise.SaltAndPepper(0.3), noise.Quantize(256)])}
    scores = run(methods, pictures, noises, ["psnr"]).pivot(
        index="image", columns="method", values="psnr"
    )
    for name in names:
        row = scores.loc[name]
        best = row[list(medians)]
        gain = row["adaptive_median"] - best.max()
        yield (
            f"{name:<22}noisy {row['noisy input']:5.2f}  adaptive {row['adaptive_median']:5.2f}  "
            f"{best.idxmax()} {best.max():5.2f}  gain {gain:+.2f} dB"
        )


def colour(run: Run, without: list[str]) -> Iterator[str]:
    """Colour photographs, σ = 25/255: each filter as it is, and on each channel for itself."""
    methods = {}
    for name in [name for name in ("nlm", "bm3d") if name not in without]:
        methods |= {name: FILTERS[name], f"{name}, by channel": _by_channel(FILTERS[name])}
    pictures = {name: images.load(name, size=256) for name in ("astronaut", "coffee", "chelsea")}
    table = run(methods, pictures, {"25": noise.Gaussian(25 / 255)}, ["psnr"])
    for method, rows in table.groupby("method", sort=False):
        shown = "  ".join(f"{row.image} {row.psnr:5.2f}" for row in rows.itertuples())
        yield f"{method:<20}{shown}{_remarks(rows)}"


def _filters(without: list[str]) -> dict:
    return {name: one for name, one in FILTERS.items() if name not in without}


def _by_channel(denoise: Callable) -> Callable:
    def apart(noisy, sigma):
        return np.stack([denoise(noisy[..., c], sigma) for c in range(3)], axis=-1)

    return apart


def _remarks(rows: pd.DataFrame) -> str:
    """Seconds for each picture, and the first error if there is one."""
    errors = rows.loc[rows["error"] != "", "error"]
    return f"  {rows['seconds'].mean():.2f} s" + (f"  {errors.iloc[0]}" if len(errors) else "")


SECTIONS = {one.__name__: one for one in (set12, impulses, colour)}


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], default=[])
    parser.add_argument("--without", nargs="*", choices=list(FILTERS), default=[])
    parser.add_argument("--cache", help="folder for finished rows")
    chosen = parser.parse_args()

    def run(denoisers: dict, pictures: dict, noises: dict, names=metrics.PROTOCOL):
        return benchmark.run(denoisers, pictures, noises, names, cache=chosen.cache)

    for name in chosen.sections or SECTIONS:
        print(f"## {name}: {SECTIONS[name].__doc__}", flush=True)
        for line in SECTIONS[name](run, chosen.without):
            print(line, flush=True)


if __name__ == "__main__":
    main()

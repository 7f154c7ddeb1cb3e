"""Measure the filters on test pictures, as tables beside the baselines known for them.

    python -m tools.measure.filters_table                      # everything: 30 minutes
    python -m tools.measure.filters_table set12 --without bm3d # the table of Set12, without BM3D
    python -m tools.measure.filters_table --cache folder       # go on where a run was stopped

By the protocol: unclipped float noise, results clipped and rounded to 8 bits. Filters are told
the true σ; their settings follow from it by rules tuned on other pictures.

The package of BM3D on PyPI may not be redistributed, and is no dependency. Where it can be
imported it is compared: ``pip install bm3d --target /tmp/pypi``, then ``PYTHONPATH=/tmp/pypi``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from helpers import benchmark, datasets, images, metrics, noise
from helpers.bm3d import bm3d, sweep
from helpers.filters import FILTERS
from tools.measure.sections import in_turn, print_sections

# PSNR at σ 15, 25, 50. On Set12 the best of a small grid of settings, chosen on Set12 itself for
# each σ (BM3D: published): upper bounds for settings that come from a rule. The bilateral filter
# is OpenCV's, the local Wiener filter SciPy's, wavelets are decimated.
BASELINES = {
    "set12": {
        "noisy input": (24.67, 20.35, 14.76),
        "gaussian": (28.80, 26.57, 23.93),
        "median": (27.81, 25.45, 22.68),
        "wiener": (29.73, 26.79, 23.36),
        "bilateral": (30.28, 27.36, 24.00),
        "tv": (30.50, 28.04, 24.93),
        "wavelet": (28.95, 26.09, 23.10),
        "nlm": (31.20, 28.66, 25.06),
        "bm3d": (32.37, 29.97, 26.72),
    },
    "bsd68": {"bm3d": (31.08, 28.57, 25.62)},
}
SIGMAS = (15, 25, 50)

Run = Callable[..., pd.DataFrame]


def set12(run: Run, names: list[str]) -> Iterator[str]:
    """PSNR / SSIM of each filter at σ 15, 25, 50, and its distance to the baseline."""
    yield from _beside_baselines(run, "set12", names)


def bsd68(run: Run, names: list[str]) -> Iterator[str]:
    """The same of BM3D alone, beside what is published."""
    yield from _beside_baselines(run, "bsd68", [name for name in names if name == "bm3d"])


def _beside_baselines(run: Run, dataset: str, names: list[str]) -> Iterator[str]:
    test = datasets.fetch(dataset)
    noises = {f"{s}": noise.Gaussian(s / 255) for s in SIGMAS}
    methods = {name: FILTERS[name] for name in names}
    table = run(methods, dict(zip(test.names, test.images)), noises)
    for method, rows in table.groupby("method", sort=False):
        mean = rows.groupby("noise")[["psnr", "ssim", "seconds"]].mean().loc[list(noises)]
        shown = [f"{row.psnr:5.2f} / {row.ssim:.4f}" for row in mean.itertuples()]
        if baseline := BASELINES[dataset].get(method):
            shown = [f"{cell} ({p - b:+.2f})" for cell, p, b in zip(shown, mean.psnr, baseline)]
        yield f"{method:<16}" + "".join(f"{cell:<26}" for cell in shown) + _remarks(rows)


def impulses(run: Run, names: list[str]) -> Iterator[str]:
    """Salt and pepper on 30 % of the pixels: the adaptive median and medians of each size."""
    medians = {
        f"median {k}": lambda noisy, sigma, k=k: FILTERS["median"](noisy, size=k)
        for k in (3, 5, 7)
    }
    photographs = [name for name in images.PHOTOGRAPHS if name != "cell"]
    pictures = {name: images.load(name, gray=True) for name in photographs}
    methods = {"adaptive_median": FILTERS["adaptive_median"], **medians}
    noises = {"30 %": noise.Chain([noise.SaltAndPepper(0.3), noise.Quantize(256)])}
    scores = run(methods, pictures, noises, ["psnr"]).pivot(
        index="image", columns="method", values="psnr"
    )
    for name in photographs:
        row = scores.loc[name]
        best = row[list(medians)]
        gain = row["adaptive_median"] - best.max()
        yield (
            f"{name:<22}noisy {row['noisy input']:5.2f}  adaptive {row['adaptive_median']:5.2f}  "
            f"{best.idxmax()} {best.max():5.2f}  gain {gain:+.2f} dB"
        )


def colour(run: Run, names: list[str]) -> Iterator[str]:
    """Colour photographs, σ = 25/255: each filter as it is, and on each channel for itself."""
    methods = {}
    for name in [name for name in names if name in ("nlm", "bm3d")]:
        by_channel = partial(_by_channel, FILTERS[name])
        methods |= {name: FILTERS[name], f"{name}, by channel": by_channel}
    pictures = {name: images.load(name) for name in ("astronaut", "coffee", "chelsea")}
    table = run(methods, pictures, {"25": noise.Gaussian(25 / 255)}, ["psnr"])
    for method, rows in table.groupby("method", sort=False):
        shown = "  ".join(f"{row.image} {row.psnr:5.2f}" for row in rows.itertuples())
        yield f"{method:<20}{shown}{_remarks(rows)}"


def pypi(run: Run, names: list[str]) -> Iterator[str]:
    """BM3D against the package, 512×512 at σ = 25/255, and 256×256 at a hundred σ, first stage."""
    try:
        import bm3d as package
    except ImportError:
        yield "the package is not there"
        return
    sigma, clean = 25 / 255, images.load("camera")
    noisy = noise.Gaussian(sigma)(clean, rng=0)
    ours, theirs = partial(bm3d, noisy, sigma), partial(package.bm3d, noisy, sigma)
    own, other = in_turn(ours, theirs, rounds=3, repeats=1) / 1000
    first, second = (metrics.score(clean, x(), ["psnr"])["psnr"] for x in (ours, theirs))
    yield (
        f"512×512: {own:.2f} s, {first:.2f} dB; PyPI {other:.2f} s, {second:.2f} dB: "
        f"{other / own:.1f} times faster"
    )
    small, sigmas = noisy[128:384, 128:384], np.linspace(1, 100, 100) / 255
    stage = package.BM3DStages.HARD_THRESHOLDING
    own, other = in_turn(
        lambda: sweep(small, sigmas),
        lambda: [package.bm3d(small, sigma, stage_arg=stage) for sigma in sigmas],
        rounds=1,
        repeats=1,
    )
    yield f"100 sigmas: PyPI takes {other / own:.1f} times as long as {own / 1000:.1f} s"


def _by_channel(denoise: Callable, noisy: np.ndarray, sigma: float) -> np.ndarray:
    return np.stack([denoise(noisy[..., c], sigma) for c in range(3)], axis=-1)


def _remarks(rows: pd.DataFrame) -> str:
    """Seconds for each picture, and the first error if there is one."""
    errors = rows.loc[rows["error"] != "", "error"]
    return f"  {rows['seconds'].mean():.2f} s" + (f"  {errors.iloc[0]}" if len(errors) else "")


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--without", nargs="*", choices=list(FILTERS), default=[])
    parser.add_argument("--cache", help="folder for finished rows")

    def arguments(options: argparse.Namespace) -> tuple[Run, list[str]]:
        def run(denoisers: dict, pictures: dict, noises: dict, names=metrics.PROTOCOL):
            return benchmark.run(denoisers, pictures, noises, names, cache=options.cache)

        return run, [name for name in FILTERS if name not in options.without]

    print_sections(parser, (set12, bsd68, impulses, colour, pypi), arguments)


if __name__ == "__main__":
    main()

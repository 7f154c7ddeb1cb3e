"""Measure our BM3D against published numbers and against the package on PyPI, as one table.

    python -m tools.measure.bm3d_table                  # everything: about 20 minutes on two cores
    python -m tools.measure.bm3d_table speed colour     # only some sections
    python -m tools.measure.bm3d_table gray --every 10  # every tenth picture

PSNR by the protocol of the course: unclipped noise, result clipped and rounded to 8 bits, mean
over pictures. Times are medians on this machine, now, with the two sides in turn.

The package on PyPI may not be redistributed, and is no dependency. Where it can be imported it is
compared: ``pip install bm3d --target /tmp/pypi``, then ``PYTHONPATH=/tmp/pypi``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np

from helpers import datasets, images, metrics, noise
from helpers.bm3d import bm3d, sweep

SIGMAS = (15, 25, 50)
PUBLISHED = {"set12": (32.37, 29.97, 26.72), "bsd68": (31.08, 28.57, 25.62)}
COLOUR = ("astronaut", "chelsea", "coffee")


def pypi() -> object | None:
    """The package on PyPI, where there is one."""
    try:
        import bm3d as package
    except ImportError:
        return None
    return package if hasattr(package, "BM3DStages") else None


def psnr(reference: np.ndarray, restored: np.ndarray) -> float:
    """PSNR by the protocol."""
    return metrics.score(reference, restored, ["psnr"])["psnr"]


def seconds(*functions: Callable[[], object], repeats: int = 3) -> np.ndarray:
    """Median time of each, called in turn."""
    times = np.zeros((repeats, len(functions)))
    for row in times:
        for k, function in enumerate(functions):
            start = time.perf_counter()
            function()
            row[k] = time.perf_counter() - start
    return np.median(times, axis=0)


def gray(every: int) -> Iterator[str]:
    """Mean PSNR on the two sets of which all papers speak."""
    for name, published in PUBLISHED.items():
        pictures = list(datasets.fetch(name).images)[::every]
        for sigma, expected in zip(SIGMAS, published):
            model = noise.Gaussian(sigma / 255)
            noisy = [model(x, k) for k, x in enumerate(pictures)]
            before = [psnr(x, y) for x, y in zip(pictures, noisy)]
            scores = [psnr(x, bm3d(y, model.sigma)) for x, y in zip(pictures, noisy)]
            yield (
                f"{name} σ {sigma}: noisy input {np.mean(before):6.2f} dB, "
                f"BM3D {np.mean(scores):6.2f} dB on {len(scores)} pictures, "
                f"published {expected:.2f} on all"
            )


def colour(every: int) -> Iterator[str]:
    """Colour against each channel alone, σ = 25/255."""
    model = noise.Gaussian(25 / 255)
    for name in COLOUR:
        clean = images.load(name)
        noisy = model(clean, rng=0)
        alone = np.stack([bm3d(channel, model.sigma) for channel in np.moveaxis(noisy, 2, 0)], 2)
        together = psnr(clean, bm3d(noisy, model.sigma))
        yield (
            f"{name}: noisy input {psnr(clean, noisy):.2f} dB, together {together:.2f} dB, "
            f"per channel {psnr(clean, alone):.2f} dB"
        )


def speed(every: int) -> Iterator[str]:
    """512×512 at σ = 25/255, one picture, and 256×256 at many sigmas, hard threshold alone."""
    model, package = noise.Gaussian(25 / 255), pypi()
    clean = images.load("camera")
    noisy = model(clean, rng=0)
    ours = lambda: bm3d(noisy, model.sigma)  # noqa: E731
    theirs = lambda: package.bm3d(noisy, model.sigma)  # noqa: E731
    if package is None:
        yield f"512×512: {seconds(ours)[0]:.2f} s, {psnr(clean, ours()):.2f} dB (no PyPI package)"
        return
    own, other = seconds(ours, theirs)
    yield (
        f"512×512: {own:.2f} s, {psnr(clean, ours()):.2f} dB; PyPI {other:.2f} s, "
        f"{psnr(clean, theirs()):.2f} dB: {other / own:.1f} times faster"
    )
    small, sigmas = noisy[128:384, 128:384], np.linspace(1, 100, 100) / 255
    stage = package.BM3DStages.HARD_THRESHOLDING
    own, other = seconds(
        lambda: sweep(small, sigmas),
        lambda: [package.bm3d(small, sigma, stage_arg=stage) for sigma in sigmas],
        repeats=1,
    )
    yield f"100 sigmas: {own:.1f} s; PyPI {other:.1f} s: {other / own:.1f} times faster"


SECTIONS = {function.__name__: function for function in (speed, colour, gray)}


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], default=[])
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture")
    chosen = parser.parse_args()
    for name in chosen.sections or SECTIONS:
        print(f"## {name}: {SECTIONS[name].__doc__}", flush=True)
        for line in SECTIONS[name](chosen.every):
            print(line, flush=True)


if __name__ == "__main__":
    main()

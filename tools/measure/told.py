"""Measure what it is worth to tell a denoiser the noise, and by which means.

    python -m tools.measure.told              # everything: about 5 minutes
    python -m tools.measure.told inverses     # three inverses, few photons to many
    python -m tools.measure.told grain        # one strength against the whole spectrum

PSNR in dB, unclipped noise unless said, results clipped and rounded to 8 bits, of README's eight
photographs unless said. $COURSE_DATA or a download.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from scipy.fft import dctn, idctn
from scipy.ndimage import gaussian_filter

from helpers import datasets, estimation, noise
from helpers.benchmark.suites import kinds_of_picture
from helpers.bm3d import bm3d
from helpers.denoise import INVERSES, impulses, told
from helpers.denoiser import Denoiser
from helpers.estimation.grain import rms
from helpers.filters import adaptive_median
from helpers.networks import load
from tools.measure.sections import print_sections
from tools.measure.untold import canon, saved_psnr, sidd

PEAKS = 1, 2, 5, 10, 20, 30, 60, 120
PUBLISHED = 20.23, 21.93, 24.09, 25.52, 26.77, 27.30, 28.07, 28.57  # exact, Mäkitalo, Foi (2013)
STRENGTHS = 1, 1.25, 1.5, 2, 2.5, 3, 4, 5


# ---- sections ------------------------------------------------------------------------------


def inverses(draws: int) -> Iterator[str]:
    """Cameraman, photons and read noise of a tenth of the peak, BM3D: the inverses of the root."""
    clean = datasets.fetch("set12", progress=False).images[0]
    for peak, published in zip(PEAKS, PUBLISHED):
        model = noise.PoissonGaussian(1 / peak, 0.1)
        noisy = [model(clean, seed) for seed in range(draws)]
        means = [
            np.mean([saved_psnr(clean, told(bm3d, model, inverse=name)(one)) for one in noisy])
            for name in INVERSES
        ]
        row = "  ".join(f"{name} {mean:.2f}" for name, mean in zip(INVERSES, means))
        yield f"peak {peak:<4} {row}  published, exact {published:.2f}"


def grain(draws: int) -> Iterator[str]:
    """BM3D, noise of 20/255 that a Gaussian of 0.8 pixels has blurred: strength, and spectrum."""
    correlation, sigma = gaussian_filter(_impulse(), 0.8 * np.sqrt(2))[8:-8, 8:-8], 20 / 255
    correlation /= correlation.max()
    gains = []
    for clean, seed in _photographs(draws):
        field = gaussian_filter(np.random.default_rng(seed).standard_normal(clean.shape), 0.8)
        noisy = np.float32(clean + sigma * field / field.std())
        by_strength = [saved_psnr(clean, bm3d(noisy, k * sigma)) for k in STRENGTHS]
        whole = saved_psnr(clean, bm3d(noisy, sigma, correlation=correlation))
        gains.append((whole, by_strength[0], max(by_strength)))
    whole, rms, best = np.mean(gains, axis=0)
    yield f"whole spectrum {whole:.2f}  its RMS alone {rms:.2f}  best strength of each {best:.2f}"


def rare(draws: int) -> Iterator[str]:
    """Impulses: found and filled; and after other noise, against that noise alone."""
    for amount in (0.05, 0.1, 0.5):
        model = noise.SaltAndPepper(amount)
        methods = {
            "filled": told(bm3d, model),
            "filled, share unknown": lambda noisy: impulses.fill(noisy, impulses.find(noisy)),
            "adaptive median": adaptive_median,
        }
        yield f"{amount:.0%} of the pixels  {_means(methods, model, draws)}"
    white = noise.Gaussian(15 / 255)
    both = noise.Chain([white, noise.SaltAndPepper(0.05)])
    network = load("drunet")
    methods = {"bm3d": told(bm3d, both), "drunet": told(network, both)}
    alone = {"bm3d": told(bm3d, white), "drunet": told(network, white)}
    for clip in (False, True):
        kind = ", clipped" if clip else ""
        yield f"Gaussian 15{kind}, alone            {_means(alone, white, draws, clip)}"
        yield f"Gaussian 15{kind}, and 5 % impulses {_means(methods, both, draws, clip)}"


def scales(draws: int) -> Iterator[str]:
    """Every second Canon scene, SIDD 0 to 2, gray: one strength, or each scale its own."""
    network = load("drunet")
    for name, pairs in {"Canon": canon(False, True), "SIDD": sidd(False, True)}.items():
        scores = []
        for _, noisy, clean in pairs:
            measured = estimation.grain(noisy)
            whole = told(network, measured)(noisy)
            apart = [scale_by_scale(network, noisy, measured.spectrum, k) for k in (1, 1.5, 2)]
            scores.append([saved_psnr(clean, one) for one in (noisy, whole, *apart)])
        raw, whole, *apart = np.mean(scores, axis=0)
        row = ", ".join(f"{gain - raw:+.2f}" for gain in apart)
        yield f"{name:<6} noisy {raw:.2f}  one strength {whole - raw:+.2f}  1, 1.5, 2 times {row}"


SECTIONS = {one.__name__: one for one in (inverses, grain, scales, rare)}


# ---- what they share -----------------------------------------------------------------------


def _photographs(draws: int) -> Iterator[tuple[np.ndarray, int]]:
    for name, clean in kinds_of_picture().items():
        if name.startswith("photograph/"):
            yield from ((clean, seed) for seed in range(draws))


def _means(
    methods: dict[str, Denoiser], model: noise.NoiseModel, draws: int, clip: bool = False
) -> str:
    """Mean PSNR of each method."""
    scores = {name: [] for name in methods}
    for clean, seed in _photographs(draws):
        noisy = model(clean, seed, clip=clip)
        for name, method in methods.items():
            scores[name].append(saved_psnr(clean, method(noisy)))
    return "  ".join(f"{name} {np.mean(values):.2f}" for name, values in scores.items())


def scale_by_scale(
    denoiser: Denoiser, noisy: np.ndarray, spectrum: np.ndarray, times: float, scales: int = 3
) -> np.ndarray:
    """Restore half the picture's frequencies first, then all: after Lebrun, Colom, Morel (2015).

    Each scale is told the strength that noise has at its frequencies. A picture of half the side
    is cut out of the DCT, so that nothing is aliased.
    """
    if scales > 1:
        frequencies = dctn(noisy, norm="ortho")
        low = tuple(slice(n // 2) for n in noisy.shape)
        half = np.float32(idctn(frequencies[low], norm="ortho") / 2)
        side = len(spectrum) // 2
        part = spectrum[:side, :side] / 2
        restored = scale_by_scale(denoiser, half, part, times, scales - 1)
        frequencies[low] = dctn(restored, norm="ortho") * 2
        noisy = np.float32(idctn(frequencies, norm="ortho"))
    return denoiser(noisy, times * rms(spectrum))


def _impulse() -> np.ndarray:
    """(31, 31), 1 at the centre."""
    impulse = np.zeros((31, 31))
    impulse[15, 15] = 1
    return impulse


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], default=[])
    parser.add_argument("--draws", type=int, default=2, help="of the noise")
    options = parser.parse_args()
    print_sections([SECTIONS[name] for name in options.sections or SECTIONS], options.draws)


if __name__ == "__main__":
    main()

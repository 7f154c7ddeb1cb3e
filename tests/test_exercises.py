"""The checks of the exercises: right, wrong with a hint, not tried, and never a traceback."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from helpers import exercises, filters, gradients, images, metrics, noise
from helpers.exercises import CHECKS, check


@cache
def turning_point() -> float:
    """Bisection for the σ at which a blur of 1 pixel neither gains nor loses."""
    camera, low, high = images.load("camera", gray=True, size=256), 0.0, 100.0
    while high - low > 0.1:
        middle = (low + high) / 2
        if exercises.blur_gain(camera, middle / 255) < 0:
            low = middle
        else:
            high = middle
    return low


def row_noise(offsets, register: bool = False) -> type[noise.NoiseModel]:
    """A noise model with one parameter σ that adds what `offsets` draws."""

    @dataclass(frozen=True)
    class RowNoise(noise.NoiseModel, register=register):
        """One offset for each row."""

        sigma: float = noise.parameter(0.1, 0, 0.4, valid=(0, 1), symbol="σ", unit="/255")

        def apply(self, image, rng):
            return image + offsets(self.sigma, image, rng)

    return RowNoise


def sigma_from_variance(clean: np.ndarray, noisy: np.ndarray) -> float:
    added = np.diff(noisy, axis=1).var() - np.diff(clean, axis=1).var()
    return float(np.sqrt(added / 2))


def canberra_of_filled_bins(p: np.ndarray, q: np.ndarray) -> float:
    filled = p + q > 0
    return float(np.sum(np.abs(p - q)[filled] / (p + q)[filled]))


def naive_canberra(p: np.ndarray, q: np.ndarray) -> float:
    with np.errstate(invalid="ignore"):
        return float(np.sum(np.abs(p - q) / (p + q)))


def rows(image: np.ndarray) -> tuple[int, ...]:
    """One number for each row, gray or colour."""
    return (len(image), *[1] * (image.ndim - 1))


LEGAL = r"(\d{4})_(\d{3})_(GP|IP|S6|N6|G4)_(\d{5})_(\d{5})_(\d{4})_([LNH])"


def parse_name(name: str, pattern: str = LEGAL, find=re.fullmatch) -> tuple:
    """The seven parts of a scene instance's name; ValueError unless `find` finds the pattern."""
    if (found := find(pattern, name)) is None:
        raise ValueError(name)
    return tuple(int(part) if part.isdigit() else part for part in found.groups())


def choose_scenes(table, seed: int, scenes: int = 2) -> np.ndarray:
    """The rows of so many scenes, drawn at random."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(table["scene"].unique(), scenes, replace=False)
    return table["scene"].isin(chosen).to_numpy()


def slope_of_variance(first: np.ndarray, second: np.ndarray) -> float:
    variance = (first - second) ** 2 / 2
    return float(np.polyfit((first + second).ravel() / 2, variance.ravel(), 1)[0])


def noise_left(weights: np.ndarray) -> float:
    return np.sqrt(np.sum(weights**2)) / np.sum(weights)


def repair(noisy: np.ndarray, size: int = 5, known: bool = True) -> np.ndarray:
    """Impulses become the median of a window, of its intact pixels only if `known`."""
    impulse = (noisy == 0) | (noisy == 1)
    voters = np.where(impulse & known, np.nan, noisy)
    padded = np.pad(voters, size // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    with warnings.catch_warnings(action="ignore"):  # windows without a single voter
        return np.where(impulse, np.nanmedian(windows, axis=(2, 3)), noisy)


def root_of_photons(scale: bool = True, start: float = 3 / 8, stop: float = 1 / 8):
    """A denoiser of photon noise by Anscombe's root."""

    def restore(noisy: np.ndarray, peak: float, denoise) -> np.ndarray:
        top = 2 * np.sqrt(peak + start) if scale else 1
        z = 2 * np.sqrt(np.maximum(peak * noisy + start, 0))
        return ((top * denoise(z / top, 1 / top) / 2) ** 2 - stop) / peak

    return restore


def psnr_of_bytes(reference: np.ndarray, image: np.ndarray, kind: type = float) -> float:
    """PSNR of bytes, computed in numbers of this kind."""
    error = np.mean((reference.astype(kind) - image.astype(kind)) ** 2)
    return 10 * np.log10(255**2 / error) if error else np.inf


def verdict_of(low: float, high: float) -> str:
    return "first" if low > 0 else "second" if high < 0 else "undecided"


def referee(first: np.ndarray, second: np.ndarray, rng: int) -> str:
    return verdict_of(*metrics.paired_interval(first, second, rng))


def unpaired_referee(first: np.ndarray, second: np.ndarray, rng: int) -> str:
    reach = 2 * np.sqrt((np.var(first) + np.var(second)) / len(first))
    return verdict_of(*(np.mean(first) - np.mean(second) + reach * np.array([-1, 1])))


def majority(first: np.ndarray, second: np.ndarray, rng: int) -> str:
    """Counts wins, and asks for two thirds of them."""
    share = np.mean(np.asarray(first) > second)
    return "first" if share > 2 / 3 else "second" if share < 1 / 3 else "undecided"


def canberra_of_pictures(reference: np.ndarray, image: np.ndarray) -> float:
    pairs = zip(gradients.probabilities(reference), gradients.probabilities(image))
    return float(np.hypot(*(canberra_of_filled_bins(p, q) for p, q in pairs)))


def canberra_of_counts(reference: np.ndarray, image: np.ndarray) -> float:
    """Right for pictures of one size only."""
    pairs = zip(gradients.histograms(reference), gradients.histograms(image))
    return float(np.hypot(*(canberra_of_filled_bins(p, q) for p, q in pairs)))


def published_canberra(reference: np.ndarray, image: np.ndarray) -> float:
    levels = (np.rint(255 * x) for x in (reference, image))
    return gradients.deg(*levels, distance="canberra", faithful=True)


def extreme(image: np.ndarray) -> float:
    return float(np.mean((image == 0) | (image == 1)))


def amount_of_impulses(noisy: np.ndarray, references: list[np.ndarray]) -> float:
    clean = np.mean([extreme(x) for x in references])
    return float((extreme(noisy) - clean) / (1 - clean))


def in_any_range(denoise, picture: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * denoise((picture - low) / (high - low))


def stretched(denoise, picture: np.ndarray, *_) -> np.ndarray:
    return in_any_range(denoise, picture, picture.min(), picture.max())


def is_deaf(denoise, pictures: list[np.ndarray], share: float = 0.1) -> bool:
    returned = [denoise(picture) for picture in pictures]
    return np.std(returned, axis=0).mean() < share * np.std(pictures, axis=0).mean()


def radius(layers: list, scale: int) -> int:
    return scale * sum(size // 2 * dilation for size, dilation in layers) + scale - 1


def at_any_sigma(noisy: np.ndarray, sigma: float, denoise, trained: float) -> np.ndarray:
    return denoise(noisy * trained / sigma) * sigma / trained


def ensemble(noisy: np.ndarray, denoise, undo: bool = True, turns: int = 4) -> np.ndarray:
    restored = []
    for picture in (noisy, noisy.T):
        for k in range(turns):
            one = np.rot90(denoise(np.rot90(picture, k)), -k if undo else 0)
            restored.append(one.T if picture is not noisy else one)
    return np.mean(restored, axis=0)


def bent(x: np.ndarray, strengths: list[float]) -> np.ndarray:
    """Curves x + a·x·(1 − x), one after the other."""
    for a in strengths:
        x = x + a * x * (1 - x)
    return x


def slope(level: float, strengths: list[float]) -> float:
    """The slope of those curves at a level."""
    found = 1.0
    for a in strengths:
        found *= 1 + a * (1 - 2 * level)
        level = bent(level, [a])
    return found


def slope_by_moving(level: float, strengths: list[float]) -> float:
    """The same by a small difference."""
    return (bent(level + 1e-5, strengths) - bent(level - 1e-5, strengths)) / 2e-5


def signal_to_noise(level: float, light: float, gain: float, sigma: float) -> float:
    """Of a sensor in little light."""
    signal = light * level
    return signal / (gain * signal + sigma**2) ** 0.5


def turned_negative(image: np.ndarray) -> np.ndarray:
    return 1 - image[::-1, ::-1]


def halved(image: np.ndarray, rng=None, one=np.mean) -> np.ndarray:
    height, width = image.shape[:2]
    blocks = one(image.reshape(height // 2, 2, width // 2, 2, -1), axis=(1, 3))
    return blocks.repeat(2, axis=0).repeat(2, axis=1).reshape(image.shape)


def soiled(image: np.ndarray, sigma: float = 2 / 255) -> np.ndarray:
    return noise.Gaussian(sigma)(image, rng=0)


def share_kept(clean: np.ndarray, picture: np.ndarray) -> float:
    pairs = [[np.diff(x, axis=k).ravel() for x in (clean, picture)] for k in (0, 1)]
    return sum(g @ r for g, r in pairs) / sum(g @ g for g, _ in pairs)


def best_factor(texture: float, grain: float, left: float) -> float:
    return texture / (texture + left * grain)


def dice(first: np.ndarray, second: np.ndarray) -> float:
    total = first.sum() + second.sum()
    return 2 * (first & second).sum() / total if total else 1.0


def frozen(network, learns: bool = False, mode: bool = False):
    return network.requires_grad_(learns).train(mode)


def blocked(network):
    """Frozen, and nothing goes through it."""
    import torch

    class Blocked(torch.nn.Module):
        def forward(self, picture):
            with torch.no_grad():
                return frozen(network)(picture)

    return Blocked()


def won_back(clean: np.ndarray, noisy: np.ndarray, restored: np.ndarray) -> float:
    return (restored - noisy).mean() / (clean - noisy).mean()


def merge(low, right, down, across) -> np.ndarray:
    """2×2 pixels of their four Haar coefficients."""
    pixels = [
        [low - right - down + across, low + right - down - across],
        [low - right + down - across, low + right + down + across],
    ]
    return np.array(pixels) / 2


def pyramid_reach(levels: int, convs: int) -> int:
    """Two ways of `convs` layers at each level, and the far corner of a cell."""
    return 2 * convs * (2 ** (levels + 1) - 2) + 2**levels - 1


def honest(training: dict, test: dict) -> float:
    """The test score of what did best in training."""
    return np.mean(test[max(training, key=lambda name: np.mean(training[name]))])


def front(seconds: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """Who is beaten by nobody."""
    as_good = (seconds <= seconds[:, None]) & (quality >= quality[:, None])
    better = (seconds < seconds[:, None]) | (quality > quality[:, None])
    return ~(as_good & better).any(axis=1)


def ahead(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    difference = first - second
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


def hours(seconds: np.ndarray, pictures: int, overhead: float, workers: int) -> float:
    return pictures * np.sum(seconds + overhead) / workers / 3600


RIGHT = {
    "00-turning-point": [turning_point, lambda: np.float32(turning_point())],
    "01-equal-noise": [lambda: 52, lambda: 0.5 / (25 / 255) ** 2, lambda: np.float64(52.02)],
    "01-row-noise": [
        lambda: row_noise(lambda s, x, rng: rng.normal(0, s, rows(x))),
        lambda: row_noise(lambda s, x, rng: s * rng.standard_normal(rows(x)), register=True),
    ],
    "02-canberra": [lambda: canberra_of_filled_bins, lambda: gradients.canberra],
    "02-sigma": [lambda: sigma_from_variance],
    "03-canberra": [
        lambda: canberra_of_pictures,
        lambda: lambda x, y: gradients.deg(x, y, distance="canberra"),
    ],
    "03-unaligned": [lambda: amount_of_impulses],
    "03-doubt": [lambda: 15, lambda: np.int64(15)],
    "04-parse": [lambda: parse_name, lambda: lambda name: list(parse_name(name))],
    "04-split": [lambda: choose_scenes],
    "04-gain": [lambda: slope_of_variance],
    "05-noise-left": [lambda: noise_left],
    "05-impulses": [lambda: repair, lambda: lambda y: repair(y).astype(np.float32)],
    "05-photons": [root_of_photons, lambda: root_of_photons(stop=3 / 8)],
    "06-bytes": [lambda: psnr_of_bytes, lambda: metrics.psnr],
    "06-offset": [lambda: lambda decibels: 255 * 10 ** (-decibels / 20)],
    "06-referee": [lambda: referee],
    "07-code": [
        lambda: lambda widths: widths[-1] / 4 ** len(widths),
        lambda: lambda widths: np.float32(widths[-1] / 4 ** len(widths)),
    ],
    "07-range": [lambda: in_any_range],
    "07-deaf": [lambda: is_deaf, lambda: lambda *given: bool(is_deaf(*given, share=0.2))],
    "08-radius": [lambda: radius, lambda: lambda layers, scale: np.int64(radius(layers, scale))],
    "08-rescale": [lambda: at_any_sigma],
    "08-ensemble": [lambda: ensemble],
    "09-haar": [lambda: merge, lambda: lambda *bands: merge(*bands).tolist()],
    "09-reach": [lambda: pyramid_reach],
    "09-choice": [lambda: honest, lambda: lambda a, b: float(honest(a, b))],
    "10-dice": [lambda: dice],
    "10-freeze": [lambda: frozen],
    "10-won-back": [lambda: won_back],
    "11-curve": [lambda: bent],
    "11-slope": [lambda: slope, lambda: slope_by_moving],
    "11-photons": [lambda: signal_to_noise],
    "12-doubt": [lambda: (2.5 / 7, 0.2, 0.1), lambda: np.array([0.35714, 0.2, 0.1])],
    "12-unseen": [lambda: turned_negative, lambda: lambda x: 1 - np.rot90(x, 2)],
    "12-halved": [lambda: halved],
    "13-forge": [lambda: soiled, lambda: lambda x: soiled(x, 3 / 255)],
    "13-kept": [lambda: share_kept],
    "13-shrink": [lambda: best_factor],
    "14-front": [lambda: front],
    "14-ahead": [lambda: ahead],
    "14-budget": [lambda: hours],
}

WRONG = {
    "00-turning-point": [
        (lambda: 1, "loses"),
        (lambda: 90, "gains"),
        (lambda: -1, "slider"),
        (lambda: 25 / 255, "gray levels"),
        (lambda: float("nan"), ""),
    ],
    "01-equal-noise": [
        (lambda: 26, "few"),
        (lambda: 104, "many"),
        (lambda: 25, "few"),
        (lambda: 0, "few"),
        (lambda: float("inf"), "many"),
        (lambda: float("nan"), ""),
    ],
    "01-row-noise": [
        (lambda: noise.Gaussian, "one number for each row"),
        (lambda: noise.Speckle, "one row"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s, (1, 8))), "each row"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s**2, (len(x), 1))), "instead of σ"),
        (
            lambda: row_noise(lambda s, x, rng: abs(rng.normal(0, 1.65 * s, (len(x), 1)))),
            "instead of 0",
        ),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s, (len(x), 1))), "(64,5,3)"),
        (lambda: row_noise(lambda s, x, rng: np.minimum(rng.normal(0, s, rows(x)), 1 - x)), ""),
        (lambda: row_noise(lambda s, x, rng: 0 * x), "instead of σ"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s, (2, 1, 1))), "shape"),
        # The same rows whatever the seed: noise that does not come from rng.
        (
            lambda: row_noise(
                lambda s, x, rng: np.random.default_rng(0).normal(0, s, (len(x), 1))
            ),
            "rng",
        ),
        (lambda: noise.Gaussian(0.1), "class"),
        (lambda: 3, "class"),
    ],
    "02-canberra": [
        (lambda: naive_canberra, "0/0"),
        (lambda: gradients.l1, "instead of"),
        (lambda: lambda p, q: 2 * gradients.canberra(p, q), "instead of"),
        (lambda: lambda p, q: gradients.canberra(p, q) + 1, "equal histograms"),
        (lambda: lambda p, q: float("nan"), "finite"),
        (lambda: lambda p, q: 1j, "number"),
        (lambda: 3, ""),
    ],
    "02-sigma": [
        (lambda: lambda clean, noisy: (noisy - clean).std(), "not pixels"),
        (lambda: lambda clean, noisy: np.sqrt(noisy.var() - clean.var()), "not pixels"),
        (lambda: lambda clean, noisy: 25 / 255, "your estimate"),
        (lambda: lambda clean, noisy: 255 * sigma_from_variance(clean, noisy), "your estimate"),
        (lambda: lambda clean, noisy: 2**0.5 * sigma_from_variance(clean, noisy), "estimate"),
        (lambda: lambda clean, noisy: np.diff(noisy).std() / 2**0.5, "your estimate"),
        (lambda: lambda clean, noisy: float("nan"), ""),
        (lambda: lambda clean, noisy: float("inf"), "your estimate"),
        (lambda: lambda clean: 0.1, "TypeError"),
    ],
    "03-canberra": [
        (lambda: published_canberra, "instead of 0"),
        (lambda: lambda x, y: gradients.deg(x, y), "instead of"),
        (lambda: canberra_of_counts, "two sizes"),
        (lambda: lambda x, y: canberra_of_pictures(x, y) * (1 + x.std() - y.std()), "swapped"),
        (lambda: lambda x, y: float("nan"), "instead of 0"),
        (lambda: 3, ""),
    ],
    "03-unaligned": [
        (lambda: lambda noisy, references: extreme(noisy), "share of black and white"),
        (lambda: lambda noisy, references: np.mean(noisy != references[0]), "your estimate"),
        (lambda: lambda noisy, references: 100 * amount_of_impulses(noisy, references), "estima"),
        (lambda: lambda noisy, references: float("nan"), "your estimate"),
        (lambda: lambda noisy, references: 0.05, "for a = 0.3"),
    ],
    "03-doubt": [
        (lambda: 16, "13%"),
        (lambda: 14, "not the largest"),
        (lambda: 18, "in 61%"),
        (lambda: 15.5, "whole number"),
        (lambda: 21, "0 to 20"),
        (lambda: 0.05, "whole number"),
        (lambda: float("nan"), ""),
        (lambda: float("inf"), ""),
    ],
    "04-parse": [
        (lambda: lambda name: name.split("_"), "has the parts"),
        (lambda: lambda name: parse_name(name, find=re.match), "a suffix"),
        (lambda: lambda name: parse_name(name, find=re.search), "in spite of"),
        (lambda: lambda name: parse_name(name, LEGAL + "$", re.match), "a line break"),
        (lambda: lambda name: parse_name(name, LEGAL.replace("[LNH]", ".")), "L, N or H"),
        (lambda: lambda name: parse_name(name, LEGAL.replace(r"\d{5}", r"\d+")), "five digits"),
        (lambda: lambda name: parse_name(name, LEGAL.replace("GP|", "")), "ValueError"),
    ],
    "04-split": [
        (lambda: lambda table, seed: np.arange(len(table)) % 5 == 0, "both sides"),
        (lambda: lambda table, seed: choose_scenes(table, seed, 3), "not 3"),
        (lambda: lambda table, seed: np.zeros(len(table), bool), "not 0"),
        (lambda: lambda table, seed: choose_scenes(table, 0), "every seed"),
        (lambda: lambda table, seed: [1, 2], "one True or False"),
    ],
    "04-gain": [
        (lambda: lambda a, b: 2 * slope_of_variance(a, b), "halve"),
        (lambda: lambda a, b: (a - b).var() / (a + b).mean(), "the slope does not"),
        (lambda: lambda a, b: (a - b).std(), "fit a line"),
        (lambda: lambda a, b: float("nan"), "fit a line"),
    ],
    "05-noise-left": [
        (lambda: lambda w: np.sqrt(np.sum(w**2)), "divide by the sum"),
        (lambda: lambda w: noise_left(w) ** 2, "is its root"),
        (lambda: lambda w: np.sum(w), "variances that add up"),
        (lambda: lambda w: 1 / np.sqrt(w.size), "49 random weights"),
        (lambda: lambda w: float("nan"), "variances that add up"),
    ],
    "05-impulses": [
        (lambda: filters.adaptive_median, "of the intact pixels"),
        (lambda: filters.median, "of the intact pixels"),
        (lambda: lambda y: np.where((y == 0) | (y == 1), filters.median(y, size=3), y), "30%"),
        (lambda: lambda y: repair(y, known=False), "intact neighbours only"),
        (lambda: lambda y: repair(y, size=1), "hold nothing but impulses"),
        (lambda: lambda y: y, "adaptive median has"),
        (lambda: lambda y: y[1:], "shape"),
        (lambda: lambda y: repair(y) + np.nan, "of the intact pixels"),
    ],
    "05-photons": [
        (lambda: lambda y, peak, denoise: denoise(y, np.sqrt(0.5 / peak)), "where it is bright"),
        (lambda: root_of_photons(scale=False), "about 0 to 1"),
        (lambda: root_of_photons(stop=9), "should come back"),
        (lambda: lambda y, peak, denoise: y, "never calls"),
        (lambda: lambda y, peak, denoise: denoise(2 * np.sqrt(y), 1 / peak), "of that where"),
        (lambda: lambda y, peak, denoise: (root_of_photons()(y, peak, denoise), y)[1], "NLM"),
        (lambda: lambda y, peak, denoise: denoise(y, 0), "told σ = 0"),
    ],
    "06-bytes": [
        (lambda: lambda a, b: psnr_of_bytes(a, b, np.uint8), "a byte cannot hold"),
        (lambda: lambda a, b: psnr_of_bytes(a, b) - 20 * np.log10(255), "the peak of bytes"),
        (lambda: lambda a, b: 20 * np.log10(255 / np.abs(a - b.astype(int)).mean()), "averaged"),
        (lambda: lambda a, b: 30.0, "10·log₁₀"),
        (lambda: lambda a, b: min(psnr_of_bytes(a, b), 100), "infinitely many"),
        (lambda: lambda a, b: float("nan"), "10·log₁₀"),
    ],
    "06-offset": [
        (lambda: lambda decibels: 10 ** (-decibels / 20), "multiply by 255"),
        (lambda: lambda decibels: 255 * 10 ** (-decibels / 10), "take its root"),
        (lambda: lambda decibels: 255**2 * 10 ** (-decibels / 10), "the squared offset"),
        (lambda: lambda decibels: 55, "at 20.0 dB"),
        (lambda: lambda decibels: float("nan"), "does not give"),
    ],
    "06-referee": [
        (lambda: lambda a, b, rng: "first" if np.mean(a) > np.mean(b) else "second", "chance"),
        (lambda: unpaired_referee, "picture by picture"),
        (lambda: lambda a, b, rng: referee(b, a, rng), "that is 'first'"),
        (lambda: majority, "two large losses"),
        (lambda: lambda a, b, rng: "undecided", "picture by picture"),
        (lambda: lambda a, b, rng: metrics.paired_interval(a, b, rng), "one of the words"),
    ],
    "07-code": [
        (lambda: lambda widths: widths[-1] / 2 ** len(widths), "a quarter"),
        (lambda: lambda widths: widths[-1], "count its places"),
        (lambda: lambda widths: sum(widths) / 4 ** len(widths), "only the last level"),
        (lambda: lambda widths: np.prod(widths) / 4 ** len(widths), "do not multiply"),
        (lambda: lambda widths: 4 ** len(widths) / widths[-1], "turn it over"),
        (lambda: lambda widths: float("nan"), "not nan"),
    ],
    "07-range": [
        (lambda: lambda denoise, y, low, high: denoise(y), "black must become 0"),
        (lambda: stretched, "own extremes"),
        (lambda: lambda denoise, y, *ends: in_any_range(denoise, y.clip(*ends), *ends), "cut off"),
        (lambda: lambda denoise, y, low, high: denoise((y - low) / (high - low)), "caller's"),
        (lambda: lambda denoise, y, low, high: y, "never calls"),
        (lambda: lambda denoise, y, *ends: in_any_range(denoise, y[1:], *ends), "the shape"),
    ],
    "07-deaf": [
        (lambda: lambda denoise, pictures: False, "differ from each other"),
        (lambda: lambda denoise, pictures: True, "chests are alike"),
        (lambda: lambda denoise, pictures: is_deaf(denoise, pictures, 0.9), "chests are alike"),
        (lambda: lambda denoise, pictures: is_deaf(denoise, pictures, 0.001), "a trace"),
        (lambda: lambda denoise, pictures: float(is_deaf(denoise, pictures)), "True or False"),
        (
            lambda: lambda denoise, pictures: np.array_equal(*map(denoise, pictures[:2])),
            "a trace of the input",
        ),
    ],
    "08-radius": [
        (lambda: lambda layers, scale: 2 * radius(layers, 1), "the width of what it sees"),
        (lambda: lambda layers, scale: 2 * radius(layers, 1) + 1, "with the pixel itself"),
        (lambda: lambda layers, scale: sum(size // 2 for size, _ in layers), "look further"),
        (lambda: lambda layers, scale: radius(layers, 1), "counted in folded pixels"),
        (lambda: lambda layers, scale: scale * radius(layers, 1), "shares its folded pixel"),
        (lambda: lambda layers, scale: len(layers), "7×7"),
        (lambda: lambda layers, scale: float("nan"), "add up the layers"),
    ],
    "08-rescale": [
        (lambda: lambda y, sigma, denoise, trained: denoise(y), "multiply the picture"),
        (
            lambda: lambda y, sigma, denoise, trained: denoise(y * sigma / trained),
            "noise of 101/255",
        ),
        (lambda: lambda y, sigma, denoise, trained: denoise(y * trained / sigma), "come back"),
        (lambda: lambda y, sigma, denoise, trained: y, "never calls"),
        (
            lambda: lambda y, *rest: (at_any_sigma(y, *rest), y)[1],
            "return what denoise gives",
        ),
    ],
    "08-ensemble": [
        (lambda: lambda y, denoise: denoise(y), "given 1 different version"),
        (lambda: lambda y, denoise: ensemble(y, denoise, turns=2), "given 4 different versions"),
        (lambda: lambda y, denoise: ensemble(y, denoise, undo=False), ""),
        (lambda: lambda y, denoise: (ensemble(y, denoise), y)[1], "take the mean"),
        (lambda: lambda y, denoise: ensemble(y, denoise)[1:], "shape"),
    ],
    "09-haar": [
        (lambda: lambda *bands: 2 * merge(*bands), "halved"),
        (lambda: lambda *bands: merge(*bands) / 2, "halved once"),
        (lambda: lambda m, r, d, a: merge(m, d, r, a), "rows and columns"),
        (lambda: lambda m, r, d, a: merge(m, -r, d, -a), "left and right"),
        (lambda: lambda m, r, d, a: merge(m, r, -d, -a), "top and bottom"),
        (lambda: lambda m, r, d, a: merge(m, 0, 0, 0), "transpose"),
        (lambda: lambda *bands: merge(*bands).ravel(), "shape"),
    ],
    "09-reach": [
        (lambda: lambda levels, convs: 2 * convs * (2 ** (levels + 1) - 2), "far corner"),
        (lambda: lambda levels, convs: pyramid_reach(levels, convs) - 1, "add up"),
        (lambda: lambda n, convs: convs * (2 ** (n + 1) - 2) + 2**n - 1, "on the way down"),
        (lambda: lambda levels, convs: 2 * convs * levels + 2**levels - 1, "2^k pixels"),
    ],
    "09-choice": [
        (lambda: lambda a, b: max(map(np.mean, b.values())), "always wins"),
        (lambda: lambda a, b: max(map(np.mean, a.values())), "was chosen by"),
        (lambda: lambda a, b: b["σ = 10"][0], "one number"),
        (lambda: lambda a, b: 0.0, "choose by"),
    ],
    "10-dice": [
        (lambda: lambda a, b: (a & b).sum() / max((a | b).sum(), 1), "intersection over union"),
        (lambda: lambda a, b: np.mean(a == b), "share of equal pixels"),
        (lambda: lambda a, b: dice(a, b) / 2, "counts twice"),
        (lambda: lambda a, b: 2 * (a & b).sum() / (a.sum() + b.sum()), "two empty maps"),
        (lambda: lambda a, b: dice(a, b) * bool(a.any()), "two empty maps"),
    ],
    "10-freeze": [
        (lambda: lambda network: network, "still ask for a gradient"),
        (lambda: lambda network: network.eval(), "still ask for a gradient"),
        (lambda: lambda network: frozen(network, mode=True), "batch normalisation"),
        (lambda: blocked, "no gradient goes through"),
        (lambda: lambda network: 3, "return the network"),
    ],
    "10-won-back": [
        (lambda: lambda c, n, r: np.mean((r - n) / (c - n)), ""),
        (lambda: lambda c, n, r: r.mean() / c.mean(), "more than 0"),
        (lambda: lambda c, n, r: max(won_back(c, n, r), 0), "harm is negative"),
        (lambda: lambda c, n, r: r.mean() - n.mean(), "0 is the score"),
    ],
    "11-curve": [
        (lambda: lambda x, a: x + sum(a) * x * (1 - x), "starts from what the one before"),
        (lambda: lambda x, a: bent(x, [-one for one in a]), "released code's sign"),
        (lambda: lambda x, a: bent(x, a[-1:]), "last curve alone"),
        (lambda: lambda x, a: bent(x, a)[0], "shape"),
        (lambda: lambda x, a: x, "by hand"),
    ],
    "11-slope": [
        (lambda: lambda x, a: bent(x, a) / x, "not a slope"),
        (lambda: lambda x, a: np.prod([1 + one * (1 - 2 * x) for one in a]), "have led"),
        (lambda: lambda x, a: 1 + sum(a) * (1 - 2 * x), "multiply"),
        (lambda: lambda x, a: float("nan"), "by a little"),
    ],
    "11-photons": [
        (lambda: lambda x, light, g, s: light * x / (g * light * x + s**2), "not by the variance"),
        (lambda: lambda x, light, g, s: x / (g * x + s**2) ** 0.5, "fewer photons"),
        (lambda: lambda x, light, g, s: x / (g * light * x + s**2) ** 0.5, "that arrived"),
        (lambda: lambda x, light, g, s: 1.0, "the variance is"),
    ],
    "12-doubt": [
        (lambda: (0.2, 2.5 / 7, 0.1), "under L2"),
        (lambda: (2.5 / 7, 0.3, 0.1), "under L1"),
        (lambda: (2.5 / 7, 0.2, 0.9), "under hit-or-miss"),
        (lambda: (2.5 / 7, 0.2), "three numbers"),
    ],
    "12-unseen": [
        (lambda: lambda x: x, "too close"),
        (lambda: lambda x: x[::-1, ::-1], "DE-G sees it"),
        (lambda: lambda x: np.zeros_like(x), "DE-G sees it"),
        (lambda: lambda x: turned_negative(x)[1:], "shape"),
    ],
    "12-halved": [
        (lambda: lambda x, rng: x, "of a block must be equal"),
        (lambda: lambda x, rng: halved(x, one=np.max), "brightness changed"),
        (lambda: lambda x, rng: halved(x)[::-1], "its own four"),
        (lambda: lambda x, rng: x[::2, ::2], "came back as"),
        (lambda: lambda x, rng: halved(np.float64(x)), "float32"),
    ],
    "13-forge": [
        (lambda: lambda x: x, "not fooled"),
        (lambda: lambda x: soiled(x, 50 / 255), "not fooled"),
        (lambda: lambda x: x[1:], "shape"),
    ],
    "13-kept": [
        (lambda: lambda x, y: 1.0, "third of its contrast"),
        (lambda: lambda x, y: np.std(np.diff(y)) / np.std(np.diff(x)), "and noise"),
        (lambda: lambda x, y: np.corrcoef(x.ravel(), y.ravel())[0, 1], ""),
    ],
    "13-shrink": [
        (lambda: lambda g, n, left: g / (g + n), "for left = 1"),
        (lambda: lambda g, n, left: 1, "the slope in s"),
        (lambda: lambda g, n, left: left * g / (left * g + n), "the slope in s"),
    ],
    "14-front": [
        (lambda: lambda s, q: np.ones(len(s), bool), "a faster, better method"),
        (lambda: lambda s, q: q == q.max(), "both stay"),
        (lambda: lambda s, q: ~((s < s[:, None]) & (q > q[:, None])).any(1), "equally fast"),
        (lambda: lambda s, q: np.flatnonzero(front(s, q)), "truth values"),
    ],
    "14-ahead": [
        (lambda: lambda a, b: a.mean() - b.mean(), "two numbers"),
        (
            lambda: lambda a, b: (a.mean() - b.mean(), np.hypot(a.std(ddof=1), b.std(ddof=1)) / 5),
            "take differences first",
        ),
        (lambda: lambda a, b: (ahead(a, b)[0], 5 * ahead(a, b)[1]), "spread of the differences"),
        (lambda: lambda a, b: (ahead(a, b)[0], (a - b).std() / 5), "ddof=1"),
        (lambda: lambda a, b: (ahead(b, a)[0], ahead(a, b)[1]), "the mean difference is"),
    ],
    "14-budget": [
        (lambda: lambda s, p, o, w: 3600 * hours(s, p, o, w), "in seconds"),
        (lambda: lambda s, p, o, w: hours(s, p, o, w) * w, "workers share"),
        (lambda: lambda s, p, o, w: p * s.sum() / w / 3600, "the overhead comes"),
        (lambda: lambda s, p, o, w: hours(s, p, o, w) / len(s), "each picture goes"),
        (lambda: lambda s, p, o, w: 7, "add up all"),
    ],
}

GARBAGE = {
    "text": "fifty-two",
    "list": [52],
    "dictionary": {},
    "array": np.ones(3),
    "truth": True,
    "complex": 1j,
    "huge": 10**400,
    "object": object(),
    "class": int,
    "module": np,
    "exception": ValueError("no"),
    "model": noise.Gaussian(0.1),
    "function of nothing": lambda: 1,
    "function that raises": lambda *_: 1 / 0,
    "function that asserts": lambda *_: (_ for _ in ()).throw(AssertionError()),
    "function of text": lambda *_: "x",
    "function of arrays": lambda *_: np.ones(3),
}


def cases(table: dict[str, list]) -> list:
    return [
        pytest.param(key, case, id=f"{key}-{k}")
        for key, answers in table.items()
        for k, case in enumerate(answers)
    ]


def test_every_exercise_has_right_and_wrong_answers_here() -> None:
    assert set(RIGHT) == set(WRONG) == set(CHECKS)


@pytest.mark.usefixtures("own_models")
@pytest.mark.parametrize(("key", "answer"), cases(RIGHT))
def test_a_right_answer_is_right(key: str, answer) -> None:
    verdict = check(key, answer())
    assert (verdict.status, str(verdict)) == ("right", "right ✓")


@pytest.mark.usefixtures("own_models")
@pytest.mark.parametrize(("key", "case"), cases(WRONG))
def test_a_wrong_answer_gets_a_hint(key: str, case: tuple) -> None:
    answer, hint = case
    verdict = check(key, answer())
    assert verdict.status == "wrong"
    assert hint in verdict.message
    assert len(verdict.message.removeprefix("not yet: ")) > 10


@pytest.mark.parametrize("key", CHECKS)
@pytest.mark.parametrize("stub", [..., None])
def test_the_stub_is_not_tried(key: str, stub: object) -> None:
    verdict = check(key, stub)
    assert verdict.status == "not tried"
    assert "three dots" in verdict.message


@pytest.mark.parametrize(
    "key", [key for key in CHECKS if key >= "02" and not key.endswith("-doubt")]
)
@pytest.mark.parametrize("stub", [lambda *_: ..., lambda *_: None])
def test_a_function_with_an_empty_body_is_not_tried(key: str, stub) -> None:
    assert check(key, stub).status == "not tried"


@pytest.mark.usefixtures("own_models")
@pytest.mark.parametrize("nothing", [None, ...])
def test_a_class_with_an_empty_body_is_not_tried(nothing: object) -> None:
    class Stub(noise.Gaussian):
        """One offset for each row."""

        def apply(self, image, rng):
            return nothing

    assert check("01-row-noise", Stub).status == "not tried"


@pytest.mark.parametrize("key", CHECKS)
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_wrong_and_never_a_traceback(key: str, name: str) -> None:
    verdict = check(key, GARBAGE[name])
    assert verdict.status == "wrong"
    assert len(verdict.message.removeprefix("not yet: ")) > 10


def test_an_error_of_the_answer_is_named_in_the_hint() -> None:
    verdict = check("02-canberra", lambda p, q: 1 / 0)
    assert "ZeroDivisionError" in verdict.message


def test_an_unknown_exercise_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown exercise '02-canbera'.*02-canberra"):
        check("02-canbera", 1)


def test_a_verdict_reads_as_its_message() -> None:
    assert repr(check("01-equal-noise", 52)) == "right ✓"


def test_the_blur_gains_more_the_stronger_the_noise(clean: np.ndarray) -> None:
    gains = [exercises.blur_gain(clean, s / 255) for s in (0, 10, 20, 40, 80)]
    assert gains[0] < 0 < gains[-1]
    assert gains == sorted(gains)

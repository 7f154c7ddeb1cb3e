"""Measure how well `estimation.grain` tells grain from texture.

    python -m tools.measure.accuracy grain

Constants of `helpers/estimation/grain.py` were chosen on the pictures that are called *chosen on*
here (and on half of BSDS500 train): every third of BSD68, every second scene of PolyU's Canons,
the first three crops of SIDD. *The rest* was scored when they stood, again after a colour crop of
SIDD had been missed, and again after the bounds of `certain` had been chosen anew. Cameras are
tried on every third picture of each half.

$COURSE_DATA or a download. Noise is in gray levels; c: clipped and rounded to 8 bits. The true
strengths of a simulated camera are those of half the difference of two draws over the whole
picture, of a real one those of the difference from its reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter

from helpers import datasets, noise
from helpers.estimation import Grain
from helpers.estimation import grain as measured
from helpers.images import to_gray

Make = Callable[[np.ndarray, int], np.ndarray]  # clean picture and seed to a noisy one
Tried = tuple[Grain, np.ndarray | None]  # what was measured, and the true (coarse, fine)


def grain(draws: int) -> Iterator[str]:
    """`estimation.grain`, one draw: flagged, of what it was chosen on and of the rest; errors."""
    yield f"{'':<26}{'flagged':>9}, the rest   coarse within 25 % (if certain), fine  coarse/truth"
    for gray in (True, False):
        for name, halves in _real(gray).items():
            yield _row(name, halves)
    clean = datasets.fetch("bsd68", progress=False).images
    halves = clean[::3], [x for k, x in enumerate(clean) if k % 3]
    yield _row("clean BSD68", [_tried(lambda x, seed: x, half) for half in halves])
    for sigma in (2, 5, 10, 25, 50):
        for name, make in _white(sigma).items():
            yield _row(name, [_tried(make, half) for half in halves])
    every: list[list[Tried]] = [[], []]
    for name, make in CAMERAS.items():
        tried = [_tried(make, half[::3], twice=True) for half in halves]
        yield _row(name, tried)
        every = [old + new for old, new in zip(every, tried)]
    yield _row("all simulated cameras", every)


def _row(name: str, halves: list[list[Tried]]) -> str:
    shares = (f"{sum(g.correlated for g, _ in half):3}/{len(half):<3}" for half in halves)
    row = f"{name:<26}{'   '.join(shares):<22}"
    flagged = [(g, truth) for g, truth in halves[1] if truth is not None and g.correlated]
    if len(flagged) < 3:
        return row
    ratios = np.array([(g.coarse, g.fine) / truth for g, truth in flagged])
    right, certain = np.abs(ratios - 1) <= 0.25, np.array([g.certain for g, _ in flagged])
    low, middle, high = np.quantile(ratios[:, 0], [0.1, 0.5, 0.9])
    sure = f"({right[certain, 0].mean():4.0%} of {certain.sum()})" if certain.any() else ""
    return (
        f"{row}{right[:, 0].mean():6.0%} {sure:<14}{right[:, 1].mean():6.0%}"
        f"      {low:.2f} {middle:.2f} {high:.2f}"
    )


def _tried(make: Make, clean: Iterable[np.ndarray], twice: bool = False) -> list[Tried]:
    tried = []
    for seed, picture in enumerate(clean):
        noisy = make(picture, seed)
        again = make(picture, 1000 + seed) if twice else noisy
        truth = _strengths((noisy - again) / np.sqrt(2), noisy) if twice else None
        tried.append((measured(noisy), truth))
    return tried


def _strengths(error: np.ndarray, noisy: np.ndarray) -> np.ndarray:
    """Strength of an error (H, W) at coarse and fine scales, where the picture is not clipped."""
    windows = [
        np.lib.stride_tricks.sliding_window_view(x, (8, 8))[::5, ::5].reshape(-1, 8, 8)
        for x in (error.astype(float), noisy)
    ]
    clipped = np.mean((windows[1] <= 0) | (windows[1] >= 1), axis=(1, 2)) > 0.02
    energy = np.mean(dctn(windows[0][~clipped], axes=(1, 2), norm="ortho") ** 2, axis=0)
    frequency = np.add.outer(np.arange(8), np.arange(8))
    bands = (frequency == 2) | (frequency == 3), frequency >= 10
    return np.sqrt([energy[band].mean() for band in bands])


# ---- pictures --------------------------------------------------------------------------------


def _real(gray: bool) -> dict[str, list[list[Tried]]]:
    """PolyU's Canons and SIDD's phones, two halves each."""
    polyu, sidd = (datasets.fetch(name, progress=False) for name in ("polyu", "sidd"))
    scenes = [name.rsplit("_", 1)[0] for name in polyu.names]
    order = sorted(set(scenes))
    canon, phone, kind = ([], []), ([], []), "gray" if gray else "colour"
    for scene, noisy, clean in zip(scenes, polyu.images, polyu.references):
        canon[order.index(scene) % 2].append(_against(noisy, clean, gray))
    for k in range(6):
        phone[k // 3].append(_against(sidd.images[k], sidd.references[k], gray))
    return {f"PolyU, {kind}": list(canon), f"SIDD, {kind}": list(phone)}


def _against(noisy: np.ndarray, clean: np.ndarray, gray: bool) -> Tried:
    if not gray:
        return measured(noisy), None
    noisy, clean = to_gray(noisy), to_gray(clean)
    return measured(noisy), _strengths(noisy - clean, noisy)


def _file(noisy: np.ndarray, quality: int = 0) -> np.ndarray:
    """Clipped and rounded, perhaps by JPEG."""
    model = noise.Jpeg(quality) if quality else noise.Quantize(256)
    return model(noisy.clip(0, 1).astype(np.float32), 0)


def _white(sigma: float) -> dict[str, Make]:
    model = noise.Gaussian(sigma / 255)
    return {f"white {sigma}": model, f"white {sigma} c": lambda x, seed: _file(model(x, seed))}


def _blurred(sigma: float, width: float, quality: int = 0) -> Make:
    def make(clean: np.ndarray, seed: int) -> np.ndarray:
        blurred = gaussian_filter(np.random.default_rng(seed).normal(size=clean.shape), width)
        return _file(clean + sigma / 255 * blurred / blurred.std(), quality)

    return make


def _demosaicked(sigma: float, quality: int = 0) -> Make:
    def make(clean: np.ndarray, seed: int) -> np.ndarray:
        raw = clean + np.random.default_rng(seed).normal(0, sigma / 255, clean.shape)
        return _file(noise.demosaic(raw.clip(0, 1).astype(np.float32)).mean(axis=-1), quality)

    return make


CAMERAS = {
    **{f"blurred {w} px, {s}": _blurred(s, w) for w in (0.5, 0.65, 0.8, 1.2) for s in (3, 10, 30)},
    "blurred 0.8 px, 10, JPEG": _blurred(10, 0.8, 90),
    "blurred 0.6 px, 5, JPEG": _blurred(5, 0.6, 90),
    **{f"demosaicked, {s}": _demosaicked(s) for s in (5, 15, 30)},
    "demosaicked, 10, JPEG": _demosaicked(10, 90),
    **{f"Camera, gain {g}": partial(noise.Camera(g), clip=True) for g in (0.002, 0.01, 0.05)},
    **{
        f"SoftCamera, gain {g}": partial(noise.SoftCamera(g, spread=spread), clip=True)
        for g, spread in ((0.003, 0.6), (0.01, 1.0), (0.03, 1.0))
    },
}

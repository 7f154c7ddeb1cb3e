"""Checks of notebook `classical_filters`: what a mean leaves, impulses, and photon noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import filters, images, metrics, noise
from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("noise-left")
def _noise_left(answer: Callable) -> str | None:
    """What a weighted mean leaves of independent noise: √Σw², with weights that add up to 1."""
    rng = np.random.default_rng(0)
    cases = {
        "a single pixel of weight 1": np.ones(1),
        "nine equal weights of 1/9": np.full((3, 3), 1 / 9),
        "nine equal weights of 1": np.ones((3, 3)),
        "49 random weights": rng.random((7, 7)),
    }
    for name, weights in cases.items():
        share = number(answer(weights))
        right = np.sqrt(np.sum(weights**2)) / np.sum(weights)
        slips = {
            "divide by the sum of the weights first": np.sqrt(np.sum(weights**2)),
            "that is the variance, σ is its root": right**2,
        }
        if slip := name_slip(share, right, slips, "it is variances that add up"):
            return f"{name} leave {right:.3f} of σ, not {share:.3f}; {slip}"
    return None


@exercise("impulses")
def _impulses(answer: Callable) -> str | None:
    """Replace what is exactly 0 or 1 from its intact neighbours, and beat `adaptive_median`."""
    for name in ("camera", "coffee"):
        clean = images.load(name, gray=True, size=128)
        for amount in (0.1, 0.3):
            noisy = noise.SaltAndPepper(amount)(clean, rng=1)
            restored = np.asarray(given(answer(noisy.copy())))
            if restored.shape != noisy.shape or restored.dtype.kind != "f":
                return f"an image of shape {noisy.shape} is asked for, not {restored!r}"
            intact = (noisy != 0) & (noisy != 1)
            if (changed := np.mean(restored[intact] != noisy[intact])) > 0:
                return f"you change {changed:.0%} of the intact pixels; keep them as they are"
            if not np.isfinite(restored).all():
                return (
                    "some pixels are no number: their windows hold nothing but impulses; "
                    "widen them"
                )
            own, best = (_psnr(clean, x) for x in (restored, filters.adaptive_median(noisy)))
            if not own > best + 0.5:  # the right answer gains 1.0 to 3.7 dB, in three draws
                return (
                    f"{amount:.0%} impulses on `{name}`: {own:.1f} dB, the adaptive median has "
                    f"{best:.1f} dB; take the median of the intact neighbours only"
                )
    return None


@exercise("photons")
def _photons(answer: Callable) -> str | None:
    """Anscombe's root around a denoiser: it must meet one σ at every brightness, and gain."""
    wedge = np.tile(np.linspace(0.2, 1, 9, dtype=np.float32).repeat(16), (128, 1))  # (128, 144)
    peak, calls = 30, []

    def listen(noisy, sigma):
        calls.append((noisy, sigma))
        return noisy

    noisy = noise.Poisson(peak)(wedge, rng=1)
    returned = given(answer(noisy, peak, listen))
    if not calls:
        return "your function never calls denoise(noisy, sigma)"
    scaled, sigma = calls[-1]
    if not sigma > 0:
        return f"denoise is told σ = {sigma}; after the root it is 1, before you scale"
    strength = np.asarray(scaled).reshape(128, 9, 16).std(axis=(0, 2)) / sigma  # by brightness
    if not (strength.max() < 1.15 and strength.min() > 0.85):  # right: 0.96 to 1.04, 20 draws
        return (
            f"denoise is told one σ; its input has {strength[0]:.2f} of that where the picture "
            f"is dark, {strength[-1]:.2f} where it is bright"
        )
    if np.max(scaled) > 3:
        return f"denoise gets values up to {np.max(scaled):.0f}; filters expect about 0 to 1"
    if not np.abs(returned - noisy).max() < 0.5 / peak:
        return "with a denoiser that does nothing, the noisy picture should come back"
    clean, model = images.load("camera", gray=True, size=128), noise.Poisson(20)
    noisy = model(clean, rng=1)
    own = _psnr(clean, answer(noisy, model.peak, filters.nlm))
    plain = _psnr(clean, filters.nlm(noisy, model.rms(clean)))
    if own > plain + 1:  # the right answer gains 3.1 to 3.6 dB, in five draws
        return None
    return f"NLM reaches {own:.1f} dB with your root, without it {plain:.1f} dB"


def _psnr(reference: np.ndarray, restored: np.ndarray) -> float:
    return metrics.score(reference, restored, ["psnr"])["psnr"]

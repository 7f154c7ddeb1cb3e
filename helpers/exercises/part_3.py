"""Checks of notebooks 05 and 06: what filters do, and how to measure what they did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import filters, images, metrics, noise
from helpers.exercises.checking import exercise, given, number

# ---- 05: classical filters -----------------------------------------------------------------


@exercise("05-noise-left")
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
        share = number(given(answer(weights)))
        right = np.sqrt(np.sum(weights**2)) / np.sum(weights)
        if not abs(share - right) < 1e-6:
            return (
                f"{name} leave {right:.3f} of σ, not {share:.3f}; {_slip_of_share(share, weights)}"
            )
    return None


def _slip_of_share(share: float, weights: np.ndarray) -> str:
    """Name the usual slips by the value they give."""
    squares = np.sum(weights**2)
    if abs(share - np.sqrt(squares)) < 1e-6:
        return "divide by the sum of the weights first"
    if abs(share - squares / np.sum(weights) ** 2) < 1e-6:
        return "that is the variance, σ is its root"
    return "it is variances that add up"


@exercise("05-impulses")
def _impulses(answer: Callable) -> str | None:
    """Replace what is exactly 0 or 1 from its intact neighbours, and beat `adaptive_median`."""
    for name in ("camera", "coffee"):
        clean = images.load(name, gray=True, size=128)
        for amount in (0.1, 0.3):
            noisy = noise.SaltAndPepper(amount)(clean, rng=1)
            restored = np.asarray(given(answer(noisy.copy())))
            if complaint := _no_repair(noisy, restored):
                return complaint
            own, best = (_psnr(clean, x) for x in (restored, filters.adaptive_median(noisy)))
            if not own > best + 0.5:
                return (
                    f"{amount:.0%} impulses on `{name}`: {own:.1f} dB, the adaptive median has "
                    f"{best:.1f} dB; take the median of the intact neighbours only"
                )
    return None


def _no_repair(noisy: np.ndarray, restored: np.ndarray) -> str | None:
    """Why a result cannot be a repair of impulses, if it cannot."""
    if restored.shape != noisy.shape or restored.dtype.kind != "f":
        return f"an image of shape {noisy.shape} is asked for, not {restored!r}"
    impulse = (noisy == 0) | (noisy == 1)
    if (changed := np.mean(restored[~impulse] != noisy[~impulse])) > 0:
        return f"you change {changed:.0%} of the intact pixels; keep them as they are"
    if not np.isfinite(restored).all():
        return "some pixels are no number: their windows hold nothing but impulses; widen them"
    return None


@exercise("05-photons")
def _photons(answer: Callable) -> str | None:
    """Anscombe's root around a denoiser: it must meet one σ at every brightness, and gain."""
    wedge = np.tile(np.linspace(0.2, 1, 9, dtype=np.float32).repeat(16), (128, 1))  # (128, 144)
    peak, met = 30, []

    def listen(noisy, sigma):
        met.append((noisy, sigma))
        return noisy

    noisy = noise.Poisson(peak)(wedge, rng=1)
    returned = given(answer(noisy, peak, listen))
    if not met:
        return "your function never calls denoise(noisy, sigma)"
    heard, sigma = met[-1]
    if not sigma > 0:
        return f"denoise is told σ = {sigma}; after the root it is 1, before you scale"
    strength = np.asarray(heard).reshape(128, 9, 16).std(axis=(0, 2)) / sigma  # by brightness
    if not (strength.max() < 1.15 and strength.min() > 0.85):
        return (
            f"denoise is told one σ; its input has {strength[0]:.2f} of that where the picture "
            f"is dark, {strength[-1]:.2f} where it is bright"
        )
    if np.max(heard) > 3:
        return f"denoise gets values up to {np.max(heard):.0f}; filters expect about 0 to 1"
    if not np.abs(returned - noisy).max() < 0.5 / peak:
        return "with a denoiser that does nothing, the noisy picture should come back"
    return _gain_of_root(answer)


def _gain_of_root(answer: Callable, peak: float = 20) -> str | None:
    clean = images.load("camera", gray=True, size=128)
    model = noise.Poisson(peak)
    noisy = model(clean, rng=1)
    own = _psnr(clean, answer(noisy, peak, filters.nlm))
    plain = _psnr(clean, filters.nlm(noisy, model.rms(clean)))
    if own > plain + 1:
        return None
    return f"NLM reaches {own:.1f} dB with your root, without it {plain:.1f} dB"


def _psnr(reference: np.ndarray, restored: np.ndarray) -> float:
    return metrics.score(reference, restored, ["psnr"])["psnr"]


# ---- 06: measuring quality -----------------------------------------------------------------


@exercise("06-bytes")
def _psnr_of_bytes(answer: Callable) -> str | None:
    """PSNR of two uint8 arrays, whose difference and square do not fit into a byte."""
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 256, (32, 32), dtype=np.uint8)
    others = {
        "two random pictures": rng.integers(0, 256, (32, 32), dtype=np.uint8),
        "two pictures 3 gray levels apart": np.where(gray > 250, gray - 3, gray + 3),
        "a picture and its negative": 255 - gray,
    }
    for name, other in others.items():
        value, right = number(given(answer(gray, other))), metrics.psnr(gray, other)
        if not abs(value - right) < 0.01:
            return f"{name} have {right:.2f} dB, not {value:.2f}; {_slip(value, gray, other)}"
    same = number(answer(gray, gray.copy()))
    return None if same == np.inf else f"equal pictures have infinitely many dB, not {same}"


def _slip(value: float, a: np.ndarray, b: np.ndarray) -> str:
    """Name the usual slips by the value they give."""
    gap = np.abs(a.astype(int) - b)
    slips = {
        "a byte cannot hold the difference nor its square": np.mean((a - b) ** 2),
        "the peak of bytes is 255": np.mean(gap**2) * 255**2,
        "squared errors are averaged, not absolute ones": np.mean(gap) ** 2,
    }
    found = [text for text, error in slips.items() if abs(value - _decibels(error)) < 0.01]
    return found[0] if found else "it is 10·log₁₀(255²/mean squared error)"


def _decibels(squared_error: float) -> float:
    return 10 * np.log10(255**2 / squared_error)


@exercise("06-offset")
def _offset_behind(answer: Callable) -> str | None:
    """The offset in gray levels that alone would give a PSNR: 255·10^(−PSNR/20)."""
    for decibels in (13.3, 20.0, 30.0, 48.13):
        offset, right = number(given(answer(decibels))), 255 * 10 ** (-decibels / 20)
        if abs(offset - right) <= 0.01 * right:
            continue
        slips = {
            "that is a fraction of full scale; multiply by 255": right / 255,
            "that is the mean squared error; take its root": 255 * (right / 255) ** 2,
            "that is the squared offset": right**2,
        }
        found = [text for text, slip in slips.items() if abs(offset - slip) <= 0.01 * slip]
        hint = found[0] if found else f"an offset of {offset:.4g} gray levels does not give that"
        return f"at {decibels} dB you find {offset:.4g}; {hint}"
    return None


@exercise("06-referee")
def _referee(answer: Callable) -> str | None:
    """The better of two methods by a paired interval: "first", "second" or "undecided"."""
    rng = np.random.default_rng(0)
    pictures = rng.normal(29, 4, 15)  # dB of one method; pictures differ by far more than methods
    lead = rng.normal(0.5, 0.4, 15)
    chance = np.tile([1.2, -1.1, 0.4, -0.6, 0.1], 3)
    lucky = np.array([0.1] * 13 + [-2.0, -2.5])  # wins on most pictures, loses where it matters
    trials = {
        "a small lead on nearly every picture": (pictures + lead, pictures, "first"),
        "the same lead of the other method": (pictures, pictures + lead, "second"),
        "differences of both signs": (pictures + chance, pictures, "undecided"),
        "many tiny wins and two large losses": (pictures + lucky, pictures, "undecided"),
    }
    for name, (first, second, verdict) in trials.items():
        said = given(answer(first, second, 0))
        if not isinstance(said, str) or said not in ("first", "second", "undecided"):
            return f'one of the words "first", "second", "undecided" is asked for, not {said!r}'
        if said != verdict:
            return f"{name}: that is {verdict!r}, not {said!r}; {_advice(verdict)}"
    return None


def _advice(verdict: str) -> str:
    if verdict == "undecided":
        return "0 is among the mean differences that chance explains"
    return "compare the methods picture by picture"

"""SURE: the error of a restored picture, told without its reference, and where it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers import filters, images, metrics, noise

SIGMA = 25 / 255
GAUSSIAN = noise.Gaussian(SIGMA)


def chance(image: np.ndarray, sigma: float = SIGMA) -> float:
    """How far |n|² of a picture is off its mean, one standard deviation."""
    return sigma**2 * math.sqrt(2 / image.size)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_denoiser_in_closed_form(share: float) -> None:
    """(1 − a)·y + a/2 has the divergence 1 − a and, of a gray scene, the error (1 − a)²σ²."""
    scene = np.full((128, 128), 0.5, np.float32)
    noisy = GAUSSIAN(scene, rng=0)
    told = metrics.sure(lambda y, sigma: (1 - share) * y + share / 2, noisy, SIGMA, rng=1)
    assert told == pytest.approx((1 - share) ** 2 * SIGMA**2, abs=4 * chance(noisy))
    exact = share**2 * np.mean((noisy - 0.5) ** 2, dtype=float) + SIGMA**2 * (1 - 2 * share)
    assert told == pytest.approx(exact, rel=1e-4, abs=1e-8)  # of a linear one every probe is right


@pytest.mark.parametrize("level", [10, 25, 50])
def test_it_tells_the_error_of_filters(level: int, clean: np.ndarray) -> None:
    sigma = level / 255
    noisy = noise.Gaussian(sigma)(clean, rng=0)
    for name in ("gaussian", "median", "bilateral", "lee", "wavelet"):
        told = metrics.sure(filters.FILTERS[name], noisy, sigma, rng=1)
        error = metrics.mse(clean, filters.FILTERS[name](noisy, sigma))
        assert abs(10 * math.log10(told / error)) < 0.5, name  # 0.02 to 0.31 dB, 3 draws


def test_it_chooses_a_strength_as_the_reference_does(clean: np.ndarray) -> None:
    noisy = GAUSSIAN(clean, rng=0)
    strengths = np.linspace(0.4, 1.6, 13)

    def weaker_or_stronger(times: float):
        return lambda y, sigma: filters.bilateral(y, times * sigma)

    told = [metrics.sure(weaker_or_stronger(t), noisy, SIGMA, rng=1) for t in strengths]
    true = [metrics.psnr(clean, weaker_or_stronger(t)(noisy, SIGMA)) for t in strengths]
    assert max(true) - true[int(np.argmin(told))] < 0.03


def test_colour_and_seeds() -> None:
    picture = images.load("coffee", size=96)
    noisy = GAUSSIAN(picture, rng=0)
    first, again, other = (
        metrics.sure(filters.bilateral, noisy, SIGMA, rng=seed) for seed in (0, 0, 1)
    )
    assert first == again != other
    error = metrics.mse(picture, filters.bilateral(noisy, SIGMA))
    assert first == pytest.approx(error, rel=0.15)


def test_the_denoiser_is_called_twice_as_every_one_is() -> None:
    noisy, calls = GAUSSIAN(np.full((32, 32), 0.5), rng=0), []

    def keep(y: np.ndarray, sigma: float | None = None) -> np.ndarray:
        calls.append((y, sigma))
        return y

    told = metrics.sure(keep, noisy, SIGMA, rng=0, step=0.3)
    (first, sigma), (second, also) = calls
    assert np.array_equal(first, noisy)
    assert first.dtype == second.dtype == np.float32
    assert sigma == also == SIGMA
    np.testing.assert_allclose(np.abs(second - first), 0.3 * SIGMA, rtol=1e-4)
    assert told == pytest.approx(SIGMA**2, rel=1e-4)  # who changes nothing leaves all noise


def test_a_filter_that_jumps_wants_a_longer_probe(clean: np.ndarray) -> None:
    """A threshold's answer is all or nothing: over 20 probes, a short one scatters far more."""
    noisy = GAUSSIAN(clean[:96, :96], rng=0)

    def threshold(y: np.ndarray, sigma: float) -> np.ndarray:
        return np.float32(y > 0.5)

    spread = {
        step: np.std(
            [metrics.sure(threshold, noisy, SIGMA, seed, step=step) for seed in range(20)]
        )
        for step in (0.01, 0.1, 1)
    }
    assert spread[0.01] > 2 * spread[0.1] > 4 * spread[1]


def test_where_it_is_wrong_nobody_sees_it(clean: np.ndarray) -> None:
    """What cannot be refused: a σ that is off, and noise that is not white."""
    noisy = GAUSSIAN(clean, rng=0)
    right, wrong = (
        metrics.sure(filters.bilateral, noisy, SIGMA, 1),
        metrics.sure(lambda y, sigma: filters.bilateral(y, SIGMA), noisy, 1.05 * SIGMA, 1),
    )
    assert 0.15 * right < right - wrong < 0.35 * right  # 5 % in σ, a fifth of the error
    grain = noise.GaussianBlur(1)(noise.Gaussian(3.5 * SIGMA)(0 * clean, rng=0), rng=0)
    told = metrics.sure(filters.bilateral, clean + grain, float(grain.std()), 1)
    error = metrics.mse(clean, filters.bilateral(clean + grain, float(grain.std())))
    assert told < 0.7 * error  # noise that stays is taken for the scene


def test_files_are_refused(clean: np.ndarray) -> None:
    noisy = GAUSSIAN(clean, rng=0)
    with pytest.raises(ValueError, match="rounded to 8 bits"):
        metrics.sure(filters.mean, metrics.eight_bits(noisy), SIGMA, 0)
    with pytest.raises(ValueError, match="rounded to 8 bits"):
        metrics.sure(filters.mean, np.rint(255 * noisy) / 255, SIGMA, 0)
    with pytest.raises(ValueError, match=r"\d% of noisy are exactly 0 or 1: it was clipped"):
        metrics.sure(filters.mean, np.clip(noisy, 0, 1), SIGMA, 0)


@pytest.mark.parametrize("name", ["camera", "coffee", "chelsea", "rocket"])
def test_clipping_is_seen_in_photographs(name: str) -> None:
    picture = images.load(name, gray=True, size=128)
    with pytest.raises(ValueError, match="it was clipped"):
        metrics.sure(filters.mean, GAUSSIAN(picture, rng=0, clip=True), SIGMA, 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sigma": 0}, "sigma is a number above 0, not 0"),
        ({"sigma": -0.1}, "sigma is a number from 0 to 1, not -0.1"),
        ({"sigma": 25}, "sigma is in image units, divide by 255"),
        ({"sigma": None}, "sigma is a number from 0 to 1, not None"),
        ({"sigma": np.full((32, 32), 0.1)}, "sigma is a number from 0 to 1"),
        ({"step": 0}, "step is a number above 0 to 10, not 0"),
        ({"rng": None}, "rng is a seed"),
        ({"denoiser": "bm3d"}, "denoiser is a function denoise"),
        ({"denoiser": lambda y, sigma: y[1:]}, r"shape \(31, 32\) for one of \(32, 32\)"),
        ({"denoiser": lambda y, sigma: np.nan * y}, "NaN or infinite"),
        ({"noisy": np.zeros(5)}, "an image has 2 or 3 dimensions"),
    ],
)
def test_what_has_no_sure_is_refused(changes: dict, reason: str) -> None:
    noisy = GAUSSIAN(np.full((32, 32), 0.5), rng=0)
    given = {"denoiser": filters.mean, "noisy": noisy, "sigma": SIGMA, "rng": 0} | changes
    with pytest.raises(ValueError, match=reason):
        metrics.sure(**given)

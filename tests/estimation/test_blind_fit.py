"""Blind fits recover what was put in, know how sure they are, and refuse what tells nothing."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation import Fit, blind_fit
from helpers.estimation.blind_fit import clipped_moments
from tests.estimation.noisy import TRUTHS, as_file, ramp


# The standard error of a ramp of 192² pixels is 1 % to 5 %, measured over draws.
@pytest.mark.parametrize("clipped", [False, True])
@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_a_ramp_tells_every_parameter(truth: noise.NoiseModel, clipped: bool) -> None:
    noisy = as_file(truth, ramp()) if clipped else truth(ramp(), 0)
    result = blind_fit(noisy, truth.key)
    assert result.clipped == clipped or truth.key == "salt_and_pepper"
    for name in truth.parameters():
        assert getattr(result.model, name) == pytest.approx(getattr(truth, name), rel=0.15)


def test_one_parameter_is_read_from_a_flat_field() -> None:
    """65 536 pixels, of which a tenth are measured: σ within 3 %."""
    flat = np.full((256, 256), 0.5, np.float32)
    result = blind_fit(noise.Gaussian(0.1)(flat, 0), "gaussian").model
    assert result.sigma == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize("clipped", [False, True])
def test_a_photograph_tells_gain_and_sigma(clipped: bool) -> None:
    """The targets for photographs: gain within 10 %, σ within 20 %."""
    truth, clean = noise.PoissonGaussian(0.02, 0.05), images.load("camera")
    result = blind_fit(as_file(truth, clean) if clipped else truth(clean, 0)).model
    assert result.gain == pytest.approx(0.02, rel=0.1)
    assert result.sigma == pytest.approx(0.05, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["camera", "grass", "gravel", "brick"])
def test_texture_is_not_taken_for_noise(name: str) -> None:
    """White noise of σ 10/255 on texture: within 10 %; on grass it was 30 % too much once."""
    noisy = noise.Gaussian(10 / 255)(images.load(name, gray=True), 0)
    assert blind_fit(noisy, "gaussian").model.sigma == pytest.approx(10 / 255, rel=0.1)


@pytest.mark.parametrize("truth", TRUTHS[:4], ids=str)
@pytest.mark.parametrize("share", [0.2, 0.45])
def test_bars_are_no_picture(truth: noise.NoiseModel, share: float) -> None:
    """A letterboxed photograph of 256×256: the largest error of these eight was 4 %."""
    noisy, edge = truth(images.load("camera", size=256), 0), int(256 * share / 2)
    noisy[:edge] = noisy[-edge:] = 0
    result = blind_fit(noisy, truth.key).model
    for name in truth.parameters():
        assert getattr(result, name) == pytest.approx(getattr(truth, name), rel=0.1)


def test_a_picture_that_is_mostly_mask_is_refused() -> None:
    noisy = noise.Gaussian(0.1)(ramp(), 0)
    noisy[:150] = 0.5
    with pytest.raises(ValueError, match="constant over"):
        blind_fit(noisy, "gaussian")


@pytest.mark.slow
@pytest.mark.parametrize("level", [0, 6])
@pytest.mark.parametrize("key", ["poisson", "poisson_gaussian"])
def test_photons_are_counted_from_the_black_level_on(key: str, level: int) -> None:
    """Microscopes add a level to all pixels: a line through 0 has 0.74 of the gain then."""
    scene = 0.02 + 0.3 * images.load("camera") ** 2
    noisy = (noise.Poisson(50)(scene, 0) + level / 255).astype(np.float32)
    result = blind_fit(noisy, key).model
    gain = result.gain if key == "poisson_gaussian" else 1 / result.peak
    assert gain == pytest.approx(1 / 50, rel=0.05)


@pytest.mark.slow
def test_over_exposure_does_not_bend_the_line() -> None:
    """Foi's scene: a sine that leaves [0, 1] at both ends. Over 8 draws 3 % at worst."""
    scene = np.tile(0.5 + 0.7 * np.sin(np.linspace(0, 2 * np.pi, 512)), (512, 1))
    result = blind_fit(noise.PoissonGaussian(0.01, 0.04)(scene, 1, clip=True)).model
    assert result.gain == pytest.approx(0.01, rel=0.05)
    assert result.sigma == pytest.approx(0.04, rel=0.08)


def test_what_cannot_be_told_from_nothing_has_no_interval() -> None:
    """No photons were in this noise, and no read noise in that."""
    for truth, untold in ((noise.Gaussian(0.1), "gain"), (noise.Poisson(100), "sigma")):
        result = blind_fit(truth(images.load("camera", size=256), 1))
        assert untold not in result.interval
        assert len(result.interval) == 1
        assert untold in result.doubt
    assert blind_fit(noise.Gaussian(0.1)(ramp(), 0), "gaussian").doubt is None


@pytest.mark.slow
def test_a_large_picture_needs_no_more_memory() -> None:
    """Nine megapixels: 36 MB of picture, and as much on top; it was 694 MB a megapixel."""
    noisy = noise.Gaussian(0.1)(np.tile(ramp(300), (10, 10)), 0)
    tracemalloc.start()
    try:
        blind_fit(noisy, "gaussian")
        assert tracemalloc.get_traced_memory()[1] < noisy.nbytes + 40e6
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_intervals_on_photographs_hold_the_truth() -> None:
    """Of 24, by `tools.measure.accuracy coverage` nine of ten do; 17 or fewer: 1 in 200."""
    truths = noise.Gaussian(15 / 255), noise.Poisson(60), noise.Speckle(0.15)
    held, width = [], []
    for number, name in enumerate(["camera", "coffee", "chelsea", "rocket", "astronaut", "coins"]):
        for truth in (*truths, noise.PoissonGaussian(0.02, 0.05)):
            noisy = truth(images.load(name, gray=True, size=256), number)
            fit, known = blind_fit(noisy, truth.key), next(iter(truth.parameters()))
            low, high = fit.interval[known]
            held.append(low <= getattr(truth, known) <= high)
            width.append((high - low) / 2 / getattr(truth, known))
    assert np.sum(held) >= 18
    assert np.median(width) < 0.1


@pytest.mark.slow
def test_most_intervals_hold_the_truth() -> None:
    """Of 20 intervals of 90 %, fewer than 14 would be a chance of 1 in 400."""
    held = 0
    for seed in range(20):
        low, high = blind_fit(noise.Gaussian(0.1)(ramp(128), seed), "gaussian").interval["sigma"]
        assert high - low < 0.03
        held += low <= 0.1 <= high
    assert held >= 14


def test_more_pixels_make_a_narrower_interval() -> None:
    def width(size: int) -> float:
        low, high = blind_fit(noise.PoissonGaussian(0.02, 0.05)(ramp(size), 0)).interval["gain"]
        return high - low

    assert width(384) < 0.8 * width(96)


def test_the_wrong_line_does_not_explain_the_curve() -> None:
    """Noise that grows with brightness is not Gaussian, and the fit says so."""
    noisy = noise.Speckle(0.2)(ramp(256), 0)
    assert not blind_fit(noisy, "gaussian").explains
    right = blind_fit(noisy, "speckle")
    assert right.explains
    assert right.loss < 2 * right.floor


def test_clipped_gaussian_noise_is_not_taken_for_impulses() -> None:
    noisy = as_file(noise.Gaussian(0.2), ramp(256))
    assert not blind_fit(noisy, "salt_and_pepper").explains


def test_a_picture_without_impulses_has_none() -> None:
    assert blind_fit(images.load("camera"), "salt_and_pepper").model.amount < 0.001


def test_doubling_the_contrast_doubles_sigma_and_gain() -> None:
    """Twice the values: variance × 4 at twice the brightness, so gain × 2 and σ × 2."""
    noisy = noise.PoissonGaussian(0.01, 0.02)(ramp() / 2, 0)
    one, two = blind_fit(noisy).model, blind_fit(2 * noisy).model
    assert two.gain == pytest.approx(2 * one.gain, rel=1e-2)
    assert two.sigma == pytest.approx(2 * one.sigma, rel=1e-2)


@pytest.mark.parametrize("key", ["poisson", "poisson_gaussian", "gaussian", "speckle"])
def test_a_picture_without_noise_has_next_to_none(key: str) -> None:
    """Nor does it take a table of a billion photons to say so."""
    noise_of = {name: abs(value) for name, value in vars(blind_fit(ramp(), key).model).items()}
    if key == "poisson":
        assert noise_of["peak"] > 1e4
    else:
        assert max(noise_of.values()) < 0.003
    clipped = np.clip(2 * ramp() - 0.5, 0, 1)  # its ends are constant
    assert blind_fit(clipped, key).clipped


def test_turning_the_picture_changes_little() -> None:
    noisy = noise.PoissonGaussian(0.02, 0.05)(images.load("camera", size=256), 0)
    upright, turned = blind_fit(noisy).model, blind_fit(np.rot90(noisy).copy()).model
    assert turned.gain == pytest.approx(upright.gain, rel=0.05)


def test_channels_of_a_colour_picture_share_their_noise() -> None:
    colour = np.stack([ramp(128), ramp(128)[:, ::-1], ramp(128).T], axis=2)
    result = blind_fit(noise.PoissonGaussian(0.02, 0.05)(colour, 0)).model
    assert result.gain == pytest.approx(0.02, rel=0.15)


def test_a_blind_fit_is_a_fit() -> None:
    result = blind_fit(noise.Gaussian(0.1)(ramp(), 0), "gaussian")
    assert isinstance(result, Fit)
    assert len(result.trace) == result.evaluations
    assert result.seconds > 0
    assert not result.aligned
    assert result.information is None


# ---- the parts ------------------------------------------------------------------------------


def test_clipped_moments_are_those_of_drawn_noise() -> None:
    model = noise.PoissonGaussian(0.05, 0.08)
    means, variances = clipped_moments(model)
    for level in (5, 128, 250):
        drawn = as_file(model, np.full((400, 400), level / 255, np.float32))
        assert means[level] == pytest.approx(drawn.mean(), abs=0.002)
        assert variances[level] == pytest.approx(drawn.var(), rel=0.02)


# ---- bad input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((96, 96), 0.5), "constant"),
        (np.ones((96, 96)), "constant or saturated"),
        (np.eye(96), "saturated"),
        (np.zeros((32, 200)), "64×64"),
        (np.full((96, 96), np.nan), "NaN"),
    ],
)
@pytest.mark.parametrize("model", ["poisson_gaussian", "salt_and_pepper"])
def test_what_tells_nothing_is_refused(image: np.ndarray, model: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        blind_fit(image, model)


@pytest.mark.parametrize("sigma", [0.02, 0.1, 0.3])
def test_pure_noise_does_not_tell_gain_from_sigma(sigma: float) -> None:
    noisy = noise.Gaussian(sigma)(np.full((128, 128), 0.5, np.float32), 0, clip=True)
    with pytest.raises(ValueError, match="one brightness"):
        blind_fit(noisy)


def test_impulses_need_a_gray_scene() -> None:
    text = (np.indices((96, 96)).sum(axis=0) // 8 % 2).astype(np.float32)
    text[::7] = 0.95  # neither white nor gray
    with pytest.raises(ValueError, match="gray"):
        blind_fit(text, "salt_and_pepper")


@pytest.mark.parametrize("model", ["jpeg", "gausian"])
def test_an_unsupported_model_lists_the_supported(model: str) -> None:
    with pytest.raises(ValueError, match="poisson_gaussian, poisson, gaussian, speckle"):
        blind_fit(ramp(), model)

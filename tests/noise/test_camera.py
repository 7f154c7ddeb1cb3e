"""A camera step by step; one with soft noise, whose scene stays sharp."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers import images, noise
from helpers.noise import Camera, Jpeg, MedianBlur, SoftCamera
from tests.noise.models import flat

# ---- a camera -------------------------------------------------------------------------------


def camera_noise(model: Camera, level: float = 0.5) -> np.ndarray:
    """What it adds to a flat gray scene, (256, 256, 3), mean removed."""
    shown = model(flat(level, 256, 256, 3), rng=0)
    return shown - shown.mean(axis=(0, 1))


def test_a_mosaic_is_red_green_green_blue() -> None:
    red, green, blue = (np.eye(3, dtype=np.float32)[c] * np.ones((4, 4, 1)) for c in range(3))
    assert noise.mosaic(red)[:2, :2].tolist() == [[1, 0], [0, 0]]
    assert noise.mosaic(green)[:2, :2].tolist() == [[0, 1], [1, 0]]
    assert noise.mosaic(blue)[:2, :2].tolist() == [[0, 0], [0, 1]]


def test_demosaicking_keeps_what_was_measured(colour: np.ndarray) -> None:
    raw = noise.mosaic(colour)
    np.testing.assert_allclose(noise.mosaic(noise.demosaic(raw)), raw, atol=1e-6)


def test_demosaicking_is_exact_on_slopes_of_gray() -> None:
    y, x = np.mgrid[0:32, 0:32].astype(np.float32) / 64
    slope = np.stack([0.6 * x + 0.3 * y] * 3, axis=-1)
    restored = noise.demosaic(noise.mosaic(slope))
    np.testing.assert_allclose(restored[4:-4, 4:-4], slope[4:-4, 4:-4], atol=1e-5)


def test_bytes_of_a_sensor_are_read_as_what_they_mean(colour: np.ndarray) -> None:
    levels = np.rint(255 * noise.mosaic(colour)).astype(np.uint8)
    right = noise.demosaic(levels / np.float32(255))
    assert np.array_equal(noise.demosaic(levels), right)
    median = MedianBlur(3)
    assert np.array_equal(median(levels, rng=0), median(levels / np.float32(255), rng=0))
    bytes_of_colour = np.rint(255 * colour).astype(np.uint8)
    assert noise.mosaic(bytes_of_colour).max() <= 1


@pytest.mark.parametrize("of", [noise.mosaic, noise.demosaic, lambda x: MedianBlur(3)(x, rng=0)])
@pytest.mark.parametrize(
    "wrong", [None, "camera", np.full((8, 8, 3), 200.0), np.zeros((2, 3, 8, 8))]
)
def test_what_is_no_image_is_not_sensed(of, wrong: object) -> None:
    with pytest.raises(ValueError, match="image"):
        of(wrong)


def test_a_sensor_sees_colour_and_gives_gray(colour: np.ndarray) -> None:
    with pytest.raises(ValueError, match="colour image"):
        noise.mosaic(colour[..., 0])
    for raw in (colour, colour[:1, :, 0]):
        with pytest.raises(ValueError, match="what a sensor sees"):
            noise.demosaic(raw)


def test_a_camera_in_perfect_light_shows_nearly_the_scene(colour: np.ndarray) -> None:
    developed = Camera(gain=0, sigma=0, quality=100)(colour, rng=0)
    assert 10 * np.log10(1 / np.mean((developed - colour) ** 2)) > 30


def test_camera_noise_is_shared_by_neighbours_and_channels() -> None:
    added = camera_noise(Camera(0.01, 0, quality=100))
    beside = np.mean(added[:, 1:] * added[:, :-1]) / added.var()
    between = np.corrcoef(added.reshape(-1, 3).T)[0, 1]
    assert 0.2 < beside < 0.5
    assert between > 0.7  # red and blue follow green


@pytest.mark.parametrize("level", [0.2, 0.5, 0.8])
def test_camera_noise_follows_the_photons_and_the_slope_of_gamma(level: float) -> None:
    """Green of a measured pixel: variance gain·light, times the slope of light^(1/γ), squared."""
    gain, gamma = 2e-4, 2.2
    light = level**gamma
    expected = np.sqrt(gain * light) * light ** (1 / gamma - 1) / gamma
    added = camera_noise(Camera(gain, 0, gamma, quality=100), level)[..., 1]
    row, column = np.indices(added.shape) % 2
    assert added[row + column == 1].std() == pytest.approx(expected, rel=0.08)  # JPEG has a say


def test_gamma_brings_out_the_noise_of_the_shadows() -> None:
    """Photons alone: less noise in the dark. After gamma, read noise there is what one sees."""
    dark, bright = (camera_noise(Camera(0.0005, 0.01), level).std() for level in (0.15, 0.8))
    assert dark > 2 * bright


def test_jpeg_eats_the_finest_noise() -> None:
    fine, coarse = (camera_noise(Camera(0.005, 0, quality=q)).std() for q in (100, 30))
    assert coarse < 0.7 * fine


# ---- with soft noise -------------------------------------------------------------------------

SCENE = images.load("coffee", size=192)


def test_without_spread_it_is_the_camera() -> None:
    soft = SoftCamera(gain=0.004, sigma=0.01, quality=90)
    assert np.array_equal(soft(SCENE, rng=1), Camera(0.004, 0.01, quality=90)(SCENE, rng=1))


def test_the_scene_stays_sharp_whatever_the_spread() -> None:
    silent = SoftCamera(gain=0, spread=2.0, quality=100)(SCENE, rng=0)
    assert np.array_equal(silent, Jpeg(100)(SCENE, rng=0))  # no mosaic, no blur


@pytest.mark.parametrize("spread", [-1, math.nan, math.inf])
def test_an_impossible_spread_is_refused(spread: float) -> None:
    with pytest.raises(ValueError, match="spread is a blur's width in pixels"):
        SoftCamera(spread=spread)


@pytest.mark.parametrize("name", ["gain", "sigma", "gamma", "quality"])
@pytest.mark.parametrize("value", [-1, 1e4, math.nan, "x", None])
def test_what_a_camera_refuses_a_soft_one_refuses(name: str, value: object) -> None:
    for model in (Camera, SoftCamera):
        with pytest.raises(ValueError, match=f"{model.__name__}: {name} is"):
            model(**{name: value})

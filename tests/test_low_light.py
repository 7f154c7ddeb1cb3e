"""Too little light: what a camera makes of it, and what brightening without learning does."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, low_light
from helpers.low_light import BRIGHTENERS, dimming, underexpose


@pytest.fixture
def scene() -> np.ndarray:
    return images.load("coffee", size=96)


def test_without_noise_a_dark_file_is_the_scene_times_one_number(scene: np.ndarray) -> None:
    dark = underexpose(scene, light=0.2, rng=0, gain=0, sigma=0)
    np.testing.assert_allclose(dark, dimming(0.2) * scene, atol=0.51 / 255)


def test_the_noise_of_the_light_is_that_of_the_sensor() -> None:
    flat = np.full((200, 200), 0.7, np.float32)
    level = (dimming(0.3) * 0.7) ** low_light.GAMMA
    counted = underexpose(flat, light=0.3, rng=0, gain=0.002, sigma=2 / 255) ** low_light.GAMMA
    assert counted.mean() == pytest.approx(level, rel=0.01)
    assert counted.var() == pytest.approx(0.002 * level + (2 / 255) ** 2, rel=0.03)


def test_a_file_holds_256_levels_in_range_and_the_seed_decides(scene: np.ndarray) -> None:
    dark, again, other = (underexpose(scene, 0.05, rng) for rng in (0, 0, 1))
    assert dark.dtype == np.float32
    assert dark.shape == scene.shape
    assert 0 <= dark.min() <= dark.max() <= 1
    np.testing.assert_allclose(255 * dark, np.rint(255 * dark), atol=1e-4)
    assert (dark == again).all()
    assert (dark != other).any()


@pytest.mark.parametrize("number", [0, -1, float("nan"), float("inf")])
def test_another_exponent_or_mean_is_refused(scene: np.ndarray, number: float) -> None:
    with pytest.raises(ValueError, match="exponent is above 0"):
        low_light.gamma(scene, number)
    with pytest.raises(ValueError, match="mean is a gray level between 0 and 1"):
        low_light.more_light(scene, number)


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan")])
def test_another_share_of_the_light_is_refused(scene: np.ndarray, share: float) -> None:
    with pytest.raises(ValueError, match="light is a share above 0 and up to 1"):
        underexpose(scene, share, rng=0)


@pytest.mark.parametrize("name", BRIGHTENERS)
@pytest.mark.parametrize("gray", [False, True])
def test_a_dark_picture_becomes_brighter_and_keeps_its_order(name: str, gray: bool) -> None:
    scene = images.load("chelsea", gray=gray, size=96)
    dark = underexpose(scene, 0.1, rng=0)
    bright = BRIGHTENERS[name](dark)
    assert (bright.shape, bright.dtype) == (dark.shape, np.float32)
    assert bright.mean() > 1.3 * dark.mean()
    assert 0 <= bright.min() <= bright.max() <= 1
    for c in range(1 if gray else 3):
        order = np.argsort(np.atleast_3d(dark)[..., c].ravel(), kind="stable")
        assert (np.diff(np.atleast_3d(bright)[..., c].ravel()[order]) >= -1e-6).all()


@pytest.mark.parametrize("name", BRIGHTENERS)
def test_black_stays_black(name: str) -> None:
    assert not BRIGHTENERS[name](np.zeros((16, 16, 3), np.float32)).any()


def test_an_equalised_picture_has_all_levels_as_often() -> None:
    dark = np.random.default_rng(0).random((128, 128), np.float32) ** 1.5
    shares, _ = np.histogram(low_light.equalise(dark), bins=8, range=(0, 1))
    np.testing.assert_allclose(shares / dark.size, 1 / 8, atol=0.03)


def test_more_light_undoes_the_dark_where_nothing_is_white(scene: np.ndarray) -> None:
    scene = scene * 0.6
    bright = low_light.more_light(dimming(0.05) * scene, mean=float(images.to_gray(scene).mean()))
    np.testing.assert_allclose(bright, scene, atol=2e-3)
    assert (low_light.more_light(scene, mean=0.01) == scene).all()

"""Files of random cameras: as noisy where pictures live as they are drawn to be."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import estimation, images
from helpers.estimation.grain import coarse_of
from helpers.noise import Gaussian
from helpers.training.cameras import CameraFile, RandomCamera

PICTURE = images.load("camera", gray=True, size=256)
FLAT = np.full((256, 256), 0.5, np.float32)


@pytest.mark.parametrize("strength", [3, 10, 30])
@pytest.mark.parametrize("cutoff", [0.15, 0.4, np.inf])
def test_noise_is_as_strong_as_it_is_drawn(strength: float, cutoff: float) -> None:
    camera = CameraFile(strength / 255, cutoff, 2, 1 / 255, 0)
    noise = camera(FLAT, np.random.default_rng(0)) - FLAT
    assert coarse_of(noise) == pytest.approx(strength / 255, rel=0.05)


def test_a_low_pass_leaves_coarse_noise() -> None:
    sharp, soft = (
        CameraFile(10 / 255, cutoff, 4, 0, 0)(FLAT, np.random.default_rng(0)) - FLAT
        for cutoff in (np.inf, 0.15)
    )
    apart = [np.corrcoef(one[:, 1:].ravel(), one[:, :-1].ravel())[0, 1] for one in (sharp, soft)]
    assert apart[0] < 0.5 < 0.8 < apart[1]  # demosaicking alone, averaged to gray: 0.36


def test_grain_finds_in_the_file_what_was_drawn() -> None:
    camera = CameraFile(12 / 255, 0.25, 3, 1 / 255, 95)
    found = estimation.grain(camera(PICTURE, np.random.default_rng(0)))
    assert found.correlated
    assert found.coarse == pytest.approx(12 / 255, rel=0.35)


@pytest.mark.parametrize("shape", [(64, 64), (63, 80), (65, 70, 3)])
def test_any_picture_keeps_its_shape_and_is_a_file_of_8_bits(shape: tuple) -> None:
    image = np.random.default_rng(0).random(shape, np.float32)
    noisy = CameraFile(10 / 255, 0.2, 2, 0, 0)(image, np.random.default_rng(1))
    assert noisy.shape == shape
    assert noisy.dtype == np.float32
    np.testing.assert_allclose(noisy * 255, np.rint(noisy * 255), atol=1e-4)
    assert 0 <= noisy.min() <= noisy.max() <= 1


def test_every_draw_lies_within_its_ranges() -> None:
    cameras, rng = RandomCamera(), np.random.default_rng(0)
    drawn = [cameras(rng) for _ in range(500)]
    white = [one for one in drawn if isinstance(one, Gaussian)]
    files = [one for one in drawn if isinstance(one, CameraFile)]
    assert len(white) / 500 == pytest.approx(cameras.white, abs=0.05)
    low, high = (level / 255 for level in cameras.strength)
    assert all(low <= one.strength <= high for one in files)
    assert all(low <= one.sigma <= high for one in white)
    assert {one.quality for one in files} == {0, *range(80, 101)}
    assert 0.2 < np.mean([one.cutoff == np.inf for one in files]) < 0.4
    octaves = np.log2([one.strength for one in files])
    assert np.median(octaves) == pytest.approx((np.log2(low) + np.log2(high)) / 2, abs=0.3)


def test_the_same_number_draws_the_same_file() -> None:
    one, two = (
        RandomCamera()(np.random.default_rng(7))(PICTURE, np.random.default_rng(8))
        for _ in range(2)
    )
    assert (one == two).all()

"""Blind estimates keep their promises, and leave out what holds no noise."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pytest

from helpers import filters, images, networks, noise
from helpers.estimation import METHODS, blind_sigma
from helpers.estimation.blind import estimated
from tests.estimation.noisy import as_file


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(200, 200), (200, 200, 3)])
def test_blind_methods_read_pure_noise(method: str, shape: tuple) -> None:
    """On a gray field there is nothing but noise; `eigenvalue` is known to read less."""
    flat = np.full(shape, 0.5, np.float32)
    estimate = blind_sigma(noise.Gaussian(20 / 255)(flat, 0), method)
    assert 255 * estimate == pytest.approx(20, rel=0.12 if method == "eigenvalue" else 0.04)


@pytest.mark.parametrize("sigma", [10, 25, 50])
def test_the_automatic_choice_is_within_one_gray_level(clean: np.ndarray, sigma: int) -> None:
    noisy = noise.Gaussian(sigma / 255)(images.load("camera"), 0)
    assert 255 * blind_sigma(noisy) == pytest.approx(sigma, abs=1)


@pytest.mark.parametrize("side", [16, 20, 32, 40, 48, 63])
def test_small_pictures_in_colour_are_read_as_large_ones_are(side: int) -> None:
    """Four cuts of coffee read 22.1 to 25.2 on the mean, by seed; with sides of 8, 0 at 20."""
    corners = [(0, 0), (100, 80), (200, 300), (300, 450)]
    cuts = [images.load("coffee")[y:, x:][:side, :side] for y, x in corners]
    read = [blind_sigma(noise.Gaussian(25 / 255)(cut, 0)) for cut in cuts]
    assert 255 * np.mean(read) == pytest.approx(25, rel=0.14)


@pytest.mark.slow
def test_clipping_does_not_fool_the_automatic_choice() -> None:
    """Published estimators read about 45 where 50 was put in."""
    noisy = as_file(noise.Gaussian(50 / 255), images.load("coffee", gray=True))
    assert 255 * blind_sigma(noisy, "wavelet") < 48
    assert 255 * blind_sigma(noisy) == pytest.approx(50, abs=1.5)


@pytest.mark.parametrize(
    "image",
    [np.zeros((8, 200)), np.full((32, 32), np.nan), np.full((32, 32), 0.5), np.ones((32, 32))],
)
def test_a_blind_estimate_refuses_what_it_cannot_read(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"16×16|NaN|constant"):
        blind_sigma(image)


def masks(height: int, width: int, share: float) -> dict[str, np.ndarray]:
    """Parts of a picture that hold nothing, about so large, (H, W) bool each."""
    y, x = np.mgrid[:height, :width] - np.reshape([height / 2, width / 2], (2, 1, 1))
    u, v = x * np.cos(0.5) + y * np.sin(0.5), y * np.cos(0.5) - x * np.sin(0.5)
    depth = {
        "bars": np.abs(y),
        "side": x,
        "circle": np.hypot(y, x),
        "turned": np.abs((u, v)).max(0),
    }
    result = {name: d > np.quantile(d, 1 - share) for name, d in depth.items()}
    rng, result["rectangles"] = np.random.default_rng(0), np.zeros((height, width), bool)
    while result["rectangles"].mean() < share - 0.05:
        top, left = rng.integers(height - 40), rng.integers(width - 40)
        result["rectangles"][
            top : top + rng.integers(10, 40), left : left + rng.integers(10, 40)
        ] = 1
    return result


@pytest.mark.slow
@pytest.mark.parametrize("mask", masks(64, 64, 0.5))
@pytest.mark.parametrize("value", [0, 0.4, 1])
@pytest.mark.parametrize("kind", ["float", "clipped", "8 bits", "colour in 8 bits"])
def test_half_of_a_picture_may_be_constant(mask: str, value: float, kind: str) -> None:
    """Camera and coffee at σ 5, 15, 50/255. The worst here is 8.3 % off, the median 1.2 %."""
    clean = images.load("coffee" if "colour" in kind else "camera", size=256)
    for sigma in (5, 15, 50):
        noisy = noise.Gaussian(sigma / 255)(clean, sigma, clip=kind != "float")
        noisy[masks(256, 256, 0.5)[mask]] = value
        noisy = np.rint(255 * noisy).astype(np.uint8) if "8 bits" in kind else noisy
        assert 255 * blind_sigma(noisy) == pytest.approx(sigma, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(200, 200), (200, 200, 3)])
def test_no_method_sees_a_gray_bar(method: str, shape: tuple) -> None:
    """A bar as bright as the scene is the flattest there is; the rest is read as if alone.

    Beside the bar lie two pixels of margin, and filters that reach beyond a border: up to 0.6 %.
    """
    noisy = noise.Gaussian(20 / 255)(np.full(shape, 0.5, np.float32), 0)
    noisy[:90] = 0.5
    assert blind_sigma(noisy, method) == pytest.approx(blind_sigma(noisy[92:], method), rel=0.02)


@pytest.mark.parametrize("mask", masks(64, 64, 0.5))
def test_more_than_half_constant_is_refused_with_the_reason(mask: str) -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=256), 0)
    noisy[masks(256, 256, 0.7)[mask]] = 0
    with pytest.raises(ValueError, match=r"constant over .* cut out"):
        blind_sigma(noisy)


def test_the_last_places_for_patches_are_counted() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", size=16), 0)
    noisy[:8] = 0
    with pytest.raises(ValueError, match="places for a patch"):
        blind_sigma(noisy)


@pytest.mark.parametrize("method", METHODS)
def test_where_no_pixel_is_far_from_what_is_constant_it_says_so(method: str) -> None:
    """Windows that cover two fifths, as blocks of a JPEG may, and leave four pixels between."""
    noisy = noise.Gaussian(25 / 255)(images.load("coffee", size=128), 0)
    y, x = np.mgrid[:128, :128]
    holes = (y % 11 < 7) & (x % 11 < 7)
    noisy[holes, 0] = 0.5
    assert 255 * blind_sigma(noisy, method) == pytest.approx(25, rel=0.1)
    noisy[holes] = 0.5
    with pytest.raises(ValueError, match="more than 2 away from it"):
        blind_sigma(noisy, method)


@pytest.mark.parametrize("sigma", [0, 1, 5, 25])
def test_a_slope_that_all_patches_share_is_no_noise(sigma: int) -> None:
    """Of 0.0063 a pixel; a covariance, which knows of differences alone, read 6.3 for 5."""
    slope = np.tile(np.linspace(0.1, 0.9, 128), (200, 1))
    noisy = noise.Gaussian(sigma / 255)(slope, 0)
    assert 255 * blind_sigma(noisy) == pytest.approx(sigma, rel=0.06, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.5, 2])
@pytest.mark.parametrize("sigma", [10, 25])
def test_over_exposure_does_not_hide_the_noise(factor: float, sigma: int) -> None:
    """Up to half of these is white; off by 1.5 % at worst."""
    noisy = as_file(noise.Gaussian(sigma / 255), factor * images.load("camera", size=400))
    assert 255 * blind_sigma(noisy) == pytest.approx(sigma, rel=0.05)


def test_a_channel_that_repeats_another_or_holds_nothing_is_left_out(clean: np.ndarray) -> None:
    noisy = noise.Gaussian(25 / 255)(clean, 0)
    alone = blind_sigma(noisy)
    assert blind_sigma(np.dstack([noisy] * 3)) == alone
    fluorescence = np.dstack([np.zeros_like(noisy), noisy, np.zeros_like(noisy)])
    assert blind_sigma(fluorescence) == alone


def test_channels_that_live_in_different_places_are_read_one_by_one() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("coffee", size=300), 0)
    noisy[:, :150, 0] = noisy[:, 150:, 1] = 0
    noisy[..., 2] = 0.5
    assert 255 * blind_sigma(noisy) == pytest.approx(25, rel=0.05)
    with pytest.raises(ValueError, match="places for a patch"):
        blind_sigma(noisy, "chen")


def test_a_picture_without_noise_reads_little_and_is_not_refused(clean: np.ndarray) -> None:
    for quiet in (
        clean,
        np.rint(255 * clean).astype(np.uint8),
        np.add.outer(clean[0], clean[:, 0]),
    ):
        assert 255 * blind_sigma(quiet) < 1.5


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1800, 1500), (20, 100_000), (900, 900, 3)])
@pytest.mark.parametrize("clipped", [False, True])
def test_large_pictures_are_read_from_tiles_in_bounded_memory(shape: tuple, clipped: bool) -> None:
    clean = np.resize(images.load("coffee", gray=len(shape) == 2), shape)
    noisy = np.empty(shape, np.float32)
    noisy[:] = noise.Gaussian(25 / 255)(clean, 0, clip=clipped)
    tracemalloc.start()
    try:
        assert 255 * blind_sigma(noisy) == pytest.approx(25, rel=0.05)
        assert tracemalloc.get_traced_memory()[1] < 120e6  # 104 MB in clipped colour
    finally:
        tracemalloc.stop()


# ---- what a denoiser takes ------------------------------------------------------------------


@pytest.mark.parametrize("denoiser", ["bm3d", "drunet"])
def test_a_filter_and_a_network_take_the_same_estimate(denoiser: str, clean: np.ndarray) -> None:
    denoise = filters.bm3d if denoiser == "bm3d" else networks.load(denoiser)
    noisy = noise.Gaussian(25 / 255)(clean[:96, :96], rng=0)
    assert np.array_equal(denoise(noisy), denoise(noisy, estimated(noisy, denoiser)))


@pytest.mark.parametrize("denoiser", ["bm3d", "drunet"])
def test_who_is_not_told_warns_where_it_was_called(denoiser: str) -> None:
    denoise = filters.bm3d if denoiser == "bm3d" else networks.load(denoiser)
    slope = np.add.outer(np.linspace(0, 0.4, 48), np.linspace(0, 0.4, 48)).astype(np.float32)
    with pytest.warns(UserWarning, match=f"{denoiser}: hardly any noise is found") as seen:
        restored = denoise(slope)
    assert seen[0].filename == __file__
    assert np.abs(restored - slope).max() < 1 / 255
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(denoise(np.full((48, 48), 0.5)), np.full((48, 48), 0.5))


def test_an_unknown_method_lists_the_known() -> None:
    with pytest.raises(ValueError, match="wavelet"):
        blind_sigma(np.eye(32), "wavelets")

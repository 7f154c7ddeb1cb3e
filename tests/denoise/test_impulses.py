"""Impulses are found while true black and white stay, and filled from what is around them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from helpers import filters, images, metrics
from helpers.benchmark.suites import kinds_of_picture
from helpers.denoise import impulses, told
from helpers.noise import Camera, Chain, Gaussian, NoiseModel, Poisson, SaltAndPepper

SIGMA = 15 / 255
KINDS = kinds_of_picture()
PHOTOGRAPHS = [picture for name, picture in KINDS.items() if name.startswith("photograph/")]
PAGE = KINDS["text/page"]


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("camera", gray=True, size=256)


def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    return metrics.score(reference, image, ["psnr"])["psnr"]


def hits(amount: float, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """The pixels that `SaltAndPepper` hits, whose one draw this is."""
    return np.random.default_rng(seed).random(shape[:2]) < amount


def restored(reference: np.ndarray, amount: float, known: float | None = None) -> np.ndarray:
    noisy = SaltAndPepper(amount)(reference, rng=0)
    return impulses.fill(noisy, impulses.find(noisy, known))


# ---- finding -------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("amount", [0.01, 0.05, 0.2, 0.5, 0.9])
def test_impulses_are_found(amount: float, known: bool, clean: np.ndarray) -> None:
    """Nearly all that changed a pixel by much, told how many there are or not.

    Of 138 white pixels of the scene most are taken for impulses too, amid others nearly white.
    """
    noisy = SaltAndPepper(amount)(clean, rng=0)
    found = impulses.find(noisy, amount if known else None)
    assert np.mean(found[np.abs(noisy - clean) > 0.2]) > 0.99
    assert np.mean(found & ~hits(amount, clean.shape)) < 0.0025


@pytest.mark.parametrize("salt", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("known", [None, 0.1])
def test_one_kind_may_be_rare_or_missing(
    salt: float, known: float | None, clean: np.ndarray
) -> None:
    noisy = SaltAndPepper(0.1, salt)(clean, rng=0)
    found = impulses.find(noisy, known)
    assert np.mean(found[np.abs(noisy - clean) > 0.2]) > 0.99
    assert np.mean(found & ~hits(0.1, clean.shape)) < 0.0025


@pytest.mark.parametrize("name", KINDS)
def test_clean_pictures_have_none(name: str) -> None:
    """Black letters on white, a black background, speckles of light."""
    assert not impulses.find(KINDS[name]).any()


@pytest.mark.parametrize("exposure", [0.5, 1.5, 3.0])
def test_over_and_underexposed_pictures_have_none(exposure: float) -> None:
    for picture in PHOTOGRAPHS:
        levels = np.rint(np.clip(exposure * picture - 0.1 * (exposure < 1), 0, 1) * 255)
        assert not impulses.find(np.uint8(levels)).any()


@pytest.mark.parametrize(
    "picture", [PAGE > 0.5, PAGE < 0.5, 1 - PAGE], ids=["binary", "neg", "inv"]
)
def test_pages_have_none(picture: np.ndarray) -> None:
    assert not impulses.find(np.float32(picture)).any()


@pytest.mark.parametrize("value", [0, 0.01, 0.5, 1])
@pytest.mark.parametrize("amount", [None, 0.05])
def test_constant_pictures_have_none(value: float, amount: float | None) -> None:
    assert not impulses.find(np.full((64, 80), value, np.float32), amount).any()


@pytest.mark.parametrize(
    ("model", "clip"),
    [
        (Gaussian(15 / 255), True),
        (Gaussian(50 / 255), True),
        (Gaussian(50 / 255), False),
        (Poisson(1), False),
        (Poisson(5), False),
        (Poisson(30), True),
        (Camera(gain=0.01), True),
    ],
    ids=str,
)
def test_other_noise_is_none(model: NoiseModel, clip: bool) -> None:
    """Most on text: 16 to 38 pixels of 65536."""
    flat = [np.full((128, 128), value, np.float32) for value in (0, 0.1, 0.5, 0.98)]
    for picture in [*flat, KINDS["photograph/rocket"], KINDS["photograph/camera"], PAGE]:
        assert impulses.find(model(picture, rng=0, clip=clip)).mean() < 0.001


@pytest.mark.parametrize("mean", [0, 2, 10])
def test_black_frames_have_none(mean: float) -> None:
    rng = np.random.default_rng(0)
    for sigma in (0.5, 3, 10):
        frame = np.clip(np.rint(mean + sigma * rng.standard_normal((128, 128))), 0, 255)
        assert not impulses.find(np.uint8(frame)).any()


@pytest.mark.slow
@pytest.mark.parametrize(("amount", "least"), [(0.02, 16), (0.1, 8), (0.3, 1)])
def test_letters_stay(amount: float, least: float) -> None:
    """A median takes the letters; measured: 20, 10 and 1.4 dB better."""
    noisy = SaltAndPepper(amount)(PAGE, rng=0)
    median = psnr(PAGE, filters.adaptive_median(noisy))
    assert psnr(PAGE, restored(PAGE, amount)) > median + least
    assert psnr(PAGE, restored(PAGE, amount, amount)) > median + least


def test_colour_is_hit_in_all_channels() -> None:
    clean = images.load("chelsea", size=128)
    clean[40:60, 40:60] = 1, 0, 0  # pure red is neither black nor white
    noisy = SaltAndPepper(0.1)(clean, rng=0)
    mask = impulses.find(noisy)
    assert mask.shape == (128, 128)
    assert np.mean(mask == hits(0.1, clean.shape)) > 0.999
    assert psnr(clean, impulses.fill(noisy, mask)) > psnr(clean, noisy) + 15


@pytest.mark.slow
def test_after_unclipped_noise_all_are_found(clean: np.ndarray) -> None:
    """No noise makes a pixel exactly black."""
    for reference in (clean, KINDS["photograph/chelsea"], KINDS["photograph/astronaut"]):
        noisy = Gaussian(SIGMA)(reference, rng=1)
        noisy = SaltAndPepper(0.05)(noisy, rng=0)
        for amount in (None, 0.05):
            wrong = impulses.find(noisy, amount) != hits(0.05, clean.shape)
            assert wrong.mean() < 0.0005


def test_after_clipped_noise_those_that_stand_out_are_found(clean: np.ndarray) -> None:
    noisy = Gaussian(SIGMA)(clean, rng=1, clip=True)
    hit = SaltAndPepper(0.05)(noisy, rng=0)
    for amount in (None, 0.05):
        found = impulses.find(hit, amount)
        assert np.mean(found[np.abs(hit - noisy) > 0.25]) > 0.99
        assert np.mean(found & ~hits(0.05, clean.shape)) < 0.015  # measured: 0.008


def test_small_pictures_must_be_told() -> None:
    noisy = SaltAndPepper(0.05)(np.full((20, 30), 0.4, np.float32), rng=0)
    assert np.array_equal(impulses.find(noisy, 0.05), hits(0.05, (20, 30)))
    with pytest.raises(ValueError, match="give amount"):
        impulses.find(noisy)


def test_none_are_expected_none_are_found(clean: np.ndarray) -> None:
    assert not impulses.find(SaltAndPepper(0.1)(clean, rng=0), 0).any()


@pytest.mark.parametrize("amount", [None, 1])
def test_a_picture_of_nothing_else_is_refused(amount: float | None, clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="nothing is left"):
        impulses.find(SaltAndPepper(1.0)(clean, rng=0), amount)


@pytest.mark.parametrize("share", [-0.1, 1.1, "much", True, float("nan")])
def test_odd_shares_are_refused(share: object, clean: np.ndarray) -> None:
    with pytest.raises(ValueError, match="amount is a number from 0 to 1"):
        impulses.find(clean, share)
    with pytest.raises(ValueError, match="salt is a number from 0 to 1"):
        impulses.find(clean, 0.1, share)


# ---- filling -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("amount", "least"), [(0.05, 46), (0.1, 43)])
def test_photographs_found_and_filled(amount: float, least: float) -> None:
    """README's eight; biharmonic inpainting that knows the mask has 46.2 and 43.2."""
    for known in (None, amount):
        scores = [psnr(one, restored(one, amount, known)) for one in PHOTOGRAPHS]
        assert np.mean(scores) > least + 1  # measured: 47.8 and 44.9


@pytest.mark.parametrize(
    ("amount", "least"),
    [(0.05, 41), (0.1, 38), (0.5, 30), pytest.param(0.9, 22, marks=pytest.mark.slow)],
)
def test_filling_is_far_better_than_a_median(amount: float, least: float, clean) -> None:
    noisy = SaltAndPepper(amount)(clean, rng=0)
    filled = impulses.fill(noisy, hits(amount, clean.shape))
    assert psnr(clean, filled) > max(least, psnr(clean, filters.adaptive_median(noisy)) + 1.5)


def test_what_is_no_impulse_stays(clean: np.ndarray) -> None:
    noisy = SaltAndPepper(0.1)(clean, rng=0)
    mask = impulses.find(noisy, 0.1)
    filled = impulses.fill(noisy, mask)
    assert np.array_equal(filled[~mask], noisy[~mask])
    assert not np.shares_memory(filled, noisy)
    assert np.array_equal(impulses.fill(noisy, np.zeros_like(mask)), noisy)


def test_what_was_there_does_not_matter(clean: np.ndarray) -> None:
    mask = hits(0.2, clean.shape)
    assert np.array_equal(
        impulses.fill(np.where(mask, 0, clean), mask),
        impulses.fill(np.where(mask, 9, clean), mask),
    )


def test_gray_colour_is_filled_as_gray(clean: np.ndarray) -> None:
    mask = hits(0.1, clean.shape)
    gray, colour = impulses.fill(clean, mask), impulses.fill(np.dstack([clean] * 3), mask)
    assert np.allclose(colour, gray[..., None], atol=1e-4)  # rounding, between weights


@pytest.mark.parametrize("shape", [(1, 2), (3, 3), (1, 40), (7, 5, 3), (40, 33)])
def test_a_plane_stays_a_plane_where_it_is_constant(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    mask = rng.random(shape[:2]) < 0.6
    mask[0, 0] = False
    noisy = np.full(shape, 0.3, np.float32)
    noisy[mask] = 1
    assert np.allclose(impulses.fill(noisy, mask), 0.3, atol=1e-6)


def test_stripes_and_slopes_go_on() -> None:
    y, x = np.mgrid[:64, :64]
    mask = hits(0.05, (64, 64))
    slope, stripes = np.float32(0.2 + (x + 2 * y) / 300), np.float32(0.5 + 0.4 * np.sin(x + y / 2))
    assert np.abs(impulses.fill(slope, mask) - slope)[4:-4, 4:-4].max() < 0.001
    assert np.sqrt(np.mean((impulses.fill(stripes, mask) - stripes)[mask] ** 2)) < 0.02


def test_a_large_hole_is_filled_from_its_rim(clean: np.ndarray) -> None:
    mask = np.zeros(clean.shape, bool)
    mask[20:200, 30:220] = True
    filled = impulses.fill(np.where(mask, np.float32(1), clean), mask)
    assert np.isfinite(filled).all()
    assert clean[~mask].min() <= filled[mask].min() <= filled[mask].max() <= clean[~mask].max()


def test_a_mask_must_fit(clean: np.ndarray) -> None:
    for mask in (np.zeros((3, 3), bool), np.zeros(clean.shape), None):
        with pytest.raises(ValueError, match="mask is an array of True and False of shape"):
            impulses.fill(clean, mask)


def test_nothing_left_is_refused() -> None:
    noisy = SaltAndPepper(1.0)(np.full((64, 64), 0.5, np.float32), rng=0)
    with pytest.raises(ValueError, match="nothing is left"):
        impulses.fill(noisy, np.ones((64, 64), bool))


@pytest.mark.slow
def test_memory_has_a_bound() -> None:
    """Of 24 megapixels in colour, 288 MB, so 0.8 GB and less, the result included."""
    clean = np.tile(images.load("coffee", size=400), (4, 5, 1))  # 3 megapixels
    noisy = SaltAndPepper(0.05)(clean, rng=0)
    tracemalloc.start()
    try:
        impulses.fill(noisy, impulses.find(noisy))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.6 * noisy.nbytes + 80e6  # a sample of pixels is of one size


# ---- and a denoiser after it ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["camera", "coins"])
def test_impulses_in_noise_cost_little(name: str) -> None:
    """0.21 dB on the camera, 0.35 on the coins, 0.26 on README's eight."""
    clean = KINDS[f"photograph/{name}"]
    model = Gaussian(SIGMA)
    alone, both = model(clean, rng=0), Chain([model, SaltAndPepper(0.05)])(clean, rng=0)
    found = told(filters.bm3d, Chain([model, SaltAndPepper(0.05)]))(both)
    assert psnr(clean, found) > psnr(clean, filters.bm3d(alone, SIGMA)) - 0.5

"""Training samples: decided by their number alone, with noise of their own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import images, noise
from helpers.training import Patches, RandomParameters
from helpers.training.patches import OneOf, as_batch, as_picture, prepare, prepare_pairs

GAUSSIAN = noise.Gaussian(25 / 255)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Three gray pictures of different sizes, every pixel of its own value."""
    rng = np.random.default_rng(0)
    return [rng.random(size).astype(np.float32) for size in ((20, 30), (16, 16), (40, 17))]


def test_a_sample_is_the_same_whenever_it_is_asked_for(pictures) -> None:
    patches = Patches(pictures, GAUSSIAN, size=16, seed=3)
    forwards = [patches.sample(n) for n in range(10)]
    backwards = [Patches(pictures, GAUSSIAN, 16, 3).sample(n) for n in reversed(range(10))]
    for pair, again in zip(forwards, reversed(backwards)):
        assert np.array_equal(pair, again)
    assert not np.array_equal(forwards[0], Patches(pictures, GAUSSIAN, 16, 4).sample(0))


def test_a_batch_is_its_samples(pictures) -> None:
    patches = Patches(pictures, GAUSSIAN, size=16, seed=3)
    noisy, clean = patches.batch([5, 2])
    assert noisy.shape == clean.shape == (2, 1, 16, 16)
    assert noisy.dtype == clean.dtype == torch.float32
    assert np.array_equal(np.stack([noisy[:, 0], clean[:, 0]], axis=1),
                          [patches.sample(5), patches.sample(2)])  # fmt: skip


def test_no_two_samples_share_their_noise() -> None:
    patches = Patches([np.full((32, 32), 0.5, np.float32)], GAUSSIAN, size=32, seed=0)
    fields = np.stack([noisy - clean for noisy, clean in map(patches.sample, range(40))])
    alike = np.corrcoef(fields.reshape(40, -1))
    assert np.abs(alike - np.eye(40)).max() < 0.2  # 6 standard errors of 1024 pixels
    assert fields.std() == pytest.approx(25 / 255, rel=0.02)
    assert abs(fields.mean()) < 5 * 25 / 255 / fields.size**0.5


def test_samples_come_from_all_pictures_and_all_places(pictures) -> None:
    patches = Patches(pictures, GAUSSIAN, size=16, seed=0)
    seen = np.concatenate([patches.sample(n)[1].ravel() for n in range(400)])
    for picture in pictures:
        assert np.isin(picture, seen).mean() > 0.97  # its corners are in few patches


def test_samples_are_flipped_and_turned_all_eight_ways() -> None:
    picture = np.arange(16, dtype=np.float32).reshape(4, 4) / 16
    patches = Patches([picture], GAUSSIAN, size=4, seed=0)
    seen = {patches.sample(n)[1].tobytes() for n in range(200)}
    ways = {np.rot90(p, k).tobytes() for p in (picture, picture[:, ::-1]) for k in range(4)}
    assert seen == ways


def test_colours_stay_together() -> None:
    picture = np.zeros((20, 20, 3), np.float32)
    picture[..., 0], picture[..., 2] = 0.25, 0.75
    _, clean = Patches([picture], GAUSSIAN, size=8, seed=0).batch(range(4))
    assert clean.shape == (4, 3, 8, 8)
    assert torch.equal(clean[:, 2], torch.full((4, 8, 8), 0.75))


# ---- pairs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [(), (3,)])
def test_pairs_are_cut_flipped_and_turned_together(channels: tuple) -> None:
    rng = np.random.default_rng(0)
    clean = rng.random((20, 30, *channels)).astype(np.float32)
    patches = Patches([(1 - clean, clean), (1 - clean[::2], clean[::2])], None, size=8, seed=0)
    seen = [patches.sample(number) for number in range(100)]
    for noisy, patch in seen:
        assert patch.shape == (8, 8, *channels)
        assert np.array_equal(noisy, 1 - patch)
        assert np.isin(patch, clean).all()
    assert len({patch.tobytes() for _, patch in seen}) > 90
    noisy, batch = patches.batch(range(5))
    assert noisy.shape == batch.shape == (5, channels[0] if channels else 1, 8, 8)


def test_pairs_are_cut_where_pictures_are() -> None:
    """What is drawn for a sample does not depend on where its noise comes from."""
    picture = np.random.default_rng(0).random((40, 40)).astype(np.float32)
    taken, drawn = Patches([(picture, picture)], None, 8, 5), Patches([picture], GAUSSIAN, 8, 5)
    for number in range(20):
        assert np.array_equal(taken.sample(number)[1], drawn.sample(number)[1])


def test_pairs_get_the_channels_of_the_network_and_noise_stays_unclipped() -> None:
    clean = images.load("astronaut", size=32)
    noisy = noise.Gaussian(0.5)(clean, rng=0)
    ((first, second),) = prepare_pairs([(noisy, clean), (noisy[:8], clean[:8])], 1, size=16)
    np.testing.assert_allclose(first, images.to_gray(noisy), atol=1e-6)
    np.testing.assert_allclose(second, images.to_gray(clean), atol=1e-6)
    assert first.min() < 0
    ((first, second),) = prepare_pairs([(noisy, clean)], 3, size=16)
    assert np.array_equal(first, noisy)


BLACK = np.zeros((20, 20), np.float32)


@pytest.mark.parametrize(
    ("pairs", "channels", "reason"),
    [
        ([(BLACK, BLACK[1:])], 1, r"pair 0: noisy \(20, 20\) and clean \(19, 20\) differ"),
        ([BLACK], 1, r"images are pairs \(noisy, clean\); 0 is none"),
        ([(BLACK, BLACK)], 3, "colour network needs colour pictures"),
        ([(BLACK, BLACK + 255)], 1, "divide by 255"),
        ([(BLACK[:9], BLACK[:9])], 1, "none of the 1 pictures holds a patch of 16×16"),
        ([], 1, "none of the 0 pictures"),
    ],
)
def test_what_is_no_pair_is_refused(pairs, channels: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        prepare_pairs(pairs, channels, size=16)


# ---- strengths ------------------------------------------------------------------------------


def test_strengths_fill_their_range() -> None:
    blind, rng = RandomParameters("gaussian", sigma=(0.1, 0.3)), np.random.default_rng(0)
    drawn = np.array([blind(rng).sigma for _ in range(2000)])
    assert 0.1 <= drawn.min() < 0.101
    assert 0.299 < drawn.max() <= 0.3
    assert drawn.std() == pytest.approx(0.2 / 12**0.5, rel=0.05)  # uniform


def test_every_sample_has_a_strength_of_its_own() -> None:
    flat = [np.full((32, 32), 0.5, np.float32)]
    patches = Patches(flat, RandomParameters("gaussian", sigma=(0, 0.2)), size=32, seed=0)
    stds = [np.std(noisy - clean) for noisy, clean in map(patches.sample, range(50))]
    assert np.ptp(stds) > 0.15


def test_several_parameters_are_drawn_apart() -> None:
    both = RandomParameters("poisson_gaussian", gain=(0.01, 0.02), sigma=(0, 0.1))
    rng = np.random.default_rng(0)
    drawn = np.array([(model.gain, model.sigma) for model in (both(rng) for _ in range(300))])
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.3


def test_whole_steps_are_drawn_where_a_parameter_has_them() -> None:
    rng = np.random.default_rng(0)
    jpeg, box = (
        RandomParameters("jpeg", quality=(10, 13)),
        RandomParameters("average_blur", size=(3, 7)),
    )
    qualities = {jpeg(rng).quality for _ in range(60)}
    assert qualities == {10, 11, 12, 13}
    assert {box(rng).size for _ in range(60)} == {3, 5, 7}


@pytest.mark.parametrize(
    ("model", "ranges", "reason"),
    [
        ("gausian", {"sigma": (0, 0.1)}, "did you mean 'gaussian'"),
        ("gaussian", {"sigma": (0, 25)}, "divide by 255"),
        ("gaussian", {"sigma": (-0.1, 0.1)}, "sigma is a number"),
        ("gaussian", {"sigma": 0.1}, r"sigma is drawn from \(low, high\), not from 0.1"),
        ("gaussian", {"sgma": (0, 0.1)}, "gaussian has no 'sgma'; it has sigma"),
        ("gaussian", {"sigma": (0.2, 0.1)}, r"sigma is drawn from \(low, high\), not from \(0.2"),
    ],
)
def test_impossible_strengths_are_refused_at_once(model: str, ranges: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        RandomParameters(model, **ranges)


# ---- pictures -------------------------------------------------------------------------------


def test_pictures_get_the_channels_of_the_network_and_small_ones_go() -> None:
    colour, gray = images.load("astronaut", size=32), images.load("camera", size=24)
    large = prepare([colour, gray, gray[:8]], channels=1, size=16)
    assert [picture.shape for picture in large] == [(32, 32), (24, 24)]
    np.testing.assert_allclose(large[0], images.to_gray(colour), atol=1e-6)
    assert np.array_equal(prepare([colour], channels=3, size=16)[0], colour)


def test_white_stays_white() -> None:
    (gray,) = prepare([np.ones((8, 8, 3))], channels=1, size=8)  # the weights sum to 1 + 6e-8
    assert gray.max() <= 1


@pytest.mark.parametrize(
    ("pictures", "channels", "reason"),
    [
        ([np.zeros((15, 40)), np.zeros((8, 8))], 1, "none of the 2 pictures holds a patch of 16"),
        ([], 1, "none of the 0 pictures"),
        ([np.zeros((20, 20, 3)), np.zeros((20, 20))], 3, "colour network needs colour pictures"),
        ([np.full((20, 20), 255.0)], 1, "divide by 255"),
    ],
)
def test_pictures_that_hold_nothing_to_learn_are_refused(pictures, channels, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        prepare(pictures, channels, size=16)


@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 3)])
def test_a_picture_goes_into_a_batch_and_comes_back(shape: tuple) -> None:
    picture = images.dead_leaves(0, shape)
    batch = as_batch([picture, 1 - picture])
    assert batch.shape == (2, len(shape) * 2 - 3, 6, 8)
    assert np.array_equal(as_picture(batch), picture)
    assert np.array_equal(as_picture(3 * batch - 1), np.clip(3 * picture - 1, 0, 1))


def test_one_of_several_models_is_drawn_for_each_patch() -> None:
    models = (noise.Gaussian(0.1), noise.Gaussian(0.2))
    rng, draw = np.random.default_rng(0), OneOf(models)
    assert {draw(rng) for _ in range(20)} == set(models)

"""Trained networks as denoisers: folded, tiled, in any precision, the picture is the same."""

from __future__ import annotations

import copy
import inspect
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from helpers import images, metrics, networks, noise
from helpers.denoiser import Denoiser
from helpers.filters import FILTERS
from helpers.networks import NETWORKS, GlobalMean, TrainedNetwork, inference
from helpers.networks.scaling import scaled
from tests.networks.tiny import noise_like, noisy_picture, tiny


def sees_everything(network: nn.Module) -> bool:
    return any(isinstance(module, GlobalMean) for module in network.modules())


TILED = [name for name in NETWORKS if not sees_everything(tiny(name))]


# ---- folding --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dncnn", {}),
        ("dncnn", {"scale": 1}),
        ("autoencoder", {"batch_norm": True}),
        ("mwcnn", {"batch_norm": True}),
        ("dingliu", {"batch_norm": True}),
    ],
)
def test_folding_changes_nothing_but_the_layers(name: str, options: dict) -> None:
    network, noisy = tiny(name, **options), noise_like(2, 1, 20, 24)
    before, state = network(noisy), copy.deepcopy(network.state_dict())
    folded = inference.fold(network)
    torch.testing.assert_close(folded(noisy), before, rtol=0, atol=1e-5)
    kinds = [[type(m) is nn.BatchNorm2d for m in net.modules()] for net in (folded, network)]
    assert (any(kinds[0]), any(kinds[1])) == (False, True)  # a copy was folded
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())


def test_a_network_that_was_left_in_training_mode_restores_as_in_eval_mode() -> None:
    network, noisy = tiny("dncnn"), noisy_picture(20, 20)
    expected = TrainedNetwork(network)(noisy)
    assert np.array_equal(TrainedNetwork(network.train())(noisy), expected)


# ---- tiles ----------------------------------------------------------------------------------


def tiled_and_whole(network, noisy: np.ndarray, tile: int) -> list[np.ndarray]:
    sizes = (tile, max(noisy.shape) + 8)
    assert min(noisy.shape[:2]) * max(noisy.shape[:2]) > (2 * tile) ** 2  # it is cut
    return [TrainedNetwork(network, tile=size)(noisy, 25 / 255) for size in sizes]


@pytest.mark.slow
@pytest.mark.parametrize("name", TILED)
@pytest.mark.parametrize(
    ("shape", "channels"), [((61, 83), 1), ((61, 83, 3), 1), ((83, 61, 3), 3), ((15, 90), 1)]
)
def test_no_seam_shows(name: str, shape: tuple, channels: int) -> None:
    network = tiny(name, channels)
    tiled, whole = tiled_and_whole(network, noisy_picture(*shape), 18)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in TILED if name != "vincent"])
def test_tiles_without_their_surroundings_would_show_seams(name: str) -> None:
    network = tiny(name)
    network.receptive_radius = 0
    tiled, whole = tiled_and_whole(network, noisy_picture(61, 83), 18)
    assert np.abs(tiled - whole).max() > 1e-3


@pytest.mark.slow
def test_tiles_of_a_network_with_attention_cost_next_to_nothing() -> None:
    """Halves that have nothing in common: a tile's own mean would be that of no picture."""
    clean = np.full((256, 256), 0.02, np.float32)
    clean[:, 128:] = images.load("grass", gray=True, size=256)[:, 128:]
    noisy = noise.Gaussian(25 / 255)(clean, rng=0)
    network = networks.load("ridnet").network
    tiled, whole = tiled_and_whole(network, noisy, 64)
    assert not np.array_equal(tiled, whole)
    scores = [metrics.score(clean, one, ["psnr"])["psnr"] for one in (tiled, whole)]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
    assert np.abs(tiled - whole).max() < 0.01


def test_means_of_one_picture_are_not_those_of_the_next() -> None:
    denoise = TrainedNetwork(tiny("ridnet"), precision="float32", tile=18)
    first, second = noisy_picture(61, 83), noisy_picture(40, 90, 3)[..., 0]
    before = denoise(first)
    denoise(second)
    assert np.array_equal(denoise(first), before)
    means = [m for m in denoise.network.modules() if isinstance(m, GlobalMean)]
    assert means
    assert all(m.fixed is None and m.sums is None for m in means)


@pytest.mark.parametrize("name", ["ridnet", "pridnet"])
def test_means_of_one_picture_are_not_those_of_another_threads(name: str) -> None:
    """A small picture that took the means of a large one in tiles was off by 0.02 and 0.03."""
    denoise = TrainedNetwork(tiny(name), tile=18)
    large, small = noisy_picture(61, 83), noisy_picture(20, 20)
    expected = denoise(large), denoise(small)
    meanwhile = []
    with ThreadPoolExecutor(1) as pool:
        tiled = pool.submit(denoise, large)
        while not tiled.done():
            meanwhile.append(denoise(small))
    np.testing.assert_allclose(tiled.result(), expected[0], rtol=0, atol=1e-5)
    for restored in meanwhile:
        np.testing.assert_allclose(restored, expected[1], rtol=0, atol=1e-5)


def test_small_pictures_are_not_cut(monkeypatch) -> None:
    monkeypatch.setattr(TrainedNetwork, "_run_tiles", None)
    TrainedNetwork(tiny("rednet"), tile=32)(noisy_picture(64, 64))


PEAK = """
import resource, sys, numpy, torch
from helpers import networks
megabytes = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
network = networks.build({network})
denoise = networks.TrainedNetwork(network, precision="float32")
denoise(numpy.zeros((600, 600, {channels}), numpy.float32), 0.1)
picture = numpy.zeros((2000, 3000, {channels}), numpy.float32)
before = megabytes()
denoise(picture, 0.1)
print(megabytes() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory differently")
@pytest.mark.parametrize(
    "network", ['"dncnn", depth=3, width=16, scale=1', '"drunet", channels=3, blocks=1']
)
def test_a_large_picture_needs_little_more_memory_than_its_own(network: str) -> None:
    """6 megapixels are 72 MB in colour; of a whole picture one layer would be 384 MB."""
    script = PEAK.format(network=network, channels=3)
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(run.stdout) < 250


# ---- pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (33, 47), (33, 47, 3), (1, 1, 3)])
def test_any_picture_keeps_its_shape(name: str, shape: tuple) -> None:
    noisy = noisy_picture(*shape)
    before = noisy.copy()
    restored = TrainedNetwork(tiny(name))(noisy, 25 / 255)
    assert restored.shape == shape
    assert restored.dtype == np.float32
    assert np.array_equal(noisy, before)
    assert not np.shares_memory(restored, noisy)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_gray_network_restores_colour_channel_by_channel(name: str) -> None:
    denoise, noisy = TrainedNetwork(tiny(name)), noisy_picture(24, 31, 3)
    channels = [denoise(noisy[..., i], 25 / 255) for i in range(3)]
    assert np.array_equal(denoise(noisy, 25 / 255), np.stack(channels, axis=-1))


def test_a_colour_network_sees_all_channels_at_once() -> None:
    denoise, noisy = TrainedNetwork(tiny("rednet", channels=3)), noisy_picture(20, 30, 3)
    other = noisy.copy()
    other[..., 0] += 0.1
    assert np.abs(denoise(other) - denoise(noisy))[..., 2].max() > 1e-3


@pytest.mark.parametrize("turn", [np.rot90, np.fliplr, lambda x: x[::2], lambda x: x.T])
def test_a_view_of_a_picture_is_a_picture(turn) -> None:
    noisy = noisy_picture(40, 30)
    noisy.setflags(write=False)
    denoise = TrainedNetwork(tiny("rednet"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of memory that is not its own to write
        restored = denoise(turn(noisy))
    assert np.array_equal(restored, denoise(turn(noisy).copy()))


def test_a_network_that_build_did_not_make_is_refused() -> None:
    for other in (networks.DnCNN(depth=4), nn.Conv2d(1, 1, 3), None):
        with pytest.raises(ValueError, match=r"network is one made by networks.build, not a bare"):
            TrainedNetwork(other)


def test_the_result_is_not_clipped() -> None:
    restored = TrainedNetwork(tiny("rednet"))(3 * noisy_picture(32, 32) - 1)
    assert restored.min() < 0
    assert restored.max() > 1


def test_a_gray_picture_is_refused_by_a_colour_network() -> None:
    with pytest.raises(ValueError, match=r"colour pictures, \(H, W, 3\); this one is gray"):
        TrainedNetwork(tiny("dncnn", channels=3))(noisy_picture(8, 8))


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.full((4, 4), np.nan), "NaN"),
        (np.zeros((0, 4)), "empty"),
        (np.zeros((4, 4, 5)), "5 channels"),
        (np.full((4, 4), 128.0), "divide by 255"),
    ],
)
def test_what_is_no_picture_is_refused(array: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TrainedNetwork(tiny("dncnn"))(array)


# ---- the strength of the noise --------------------------------------------------------------

ONE, RANGE = (25.0, 25.0), (0.0, 55.0)


@pytest.mark.parametrize(
    ("trained", "used", "known"), [(ONE, 50, 25), (ONE, 15, 25), (RANGE, 60, 55)]
)
def test_a_network_of_another_strength_sees_the_noise_that_it_knows(trained, used, known) -> None:
    network, noisy = tiny("dncnn"), noisy_picture(32, 32)
    denoise = TrainedNetwork(network, {"training": {"sigma": list(trained)}})
    expected = scaled(TrainedNetwork(network), noisy, used / 255, known / 255)
    assert np.array_equal(denoise(noisy, used / 255), expected)
    assert not np.array_equal(denoise(noisy), expected)


@pytest.mark.parametrize(
    ("trained", "used"), [(ONE, 25), (ONE, 25.5), (ONE, None), (RANGE, 6), (RANGE, 55), (None, 70)]
)
def test_noise_within_the_trained_range_is_restored_as_it_is(trained, used) -> None:
    card = {"training": {"sigma": list(trained)}} if trained else {}
    network, noisy = tiny("rednet"), noisy_picture(8, 8)
    restored = TrainedNetwork(network, card)(noisy, used and used / 255)
    assert np.array_equal(restored, TrainedNetwork(network)(noisy))


def test_a_picture_without_noise_comes_back() -> None:
    picture = noisy_picture(8, 8)
    for network, trained in (("rednet", ONE), ("dncnn", RANGE), ("drunet", RANGE)):
        for card in ({"training": {"sigma": list(trained)}}, None):
            restored = TrainedNetwork(tiny(network), card)(picture, 0)
            assert np.array_equal(restored, picture)
            assert not np.shares_memory(restored, picture)
    told = TrainedNetwork(tiny("drunet"))(picture, np.zeros((8, 8)))
    assert np.array_equal(told, picture)


def test_what_brightens_a_picture_does_so_whatever_the_noise() -> None:
    denoise, picture = networks.load("zero_dce"), noisy_picture(24, 24, 3)
    expected = denoise(picture)
    for sigma in (0, 2 / 255, 0.5):
        assert np.array_equal(denoise(picture, sigma), expected)


# ---- a map ----------------------------------------------------------------------------------


def test_a_map_says_where_noise_is_strong() -> None:
    """Told that the left half has none, the network leaves it nearly as it is, here by 0.15."""
    noisy = noisy_picture(64, 64)
    told = np.zeros((64, 64), np.float32)
    told[:, 32:] = 25 / 255
    changed = np.abs(networks.load("drunet")(noisy, told) - noisy)
    assert changed[:, :28].mean() < 0.25 * changed[:, 36:].mean()


def test_a_number_is_a_constant_map() -> None:
    denoise, noisy = TrainedNetwork(tiny("drunet"), tile=16), noisy_picture(40, 50)
    told = np.full((40, 50), 0.1, np.float32)
    assert np.array_equal(denoise(noisy, 0.1), denoise(noisy, told))


def test_a_network_that_is_told_estimates_where_nobody_tells_it() -> None:
    noisy = noise.Gaussian(25 / 255)(images.load("camera", gray=True, size=128), rng=0)
    denoise = networks.load("drunet")
    assert denoise.takes_map
    assert np.abs(denoise(noisy) - denoise(noisy, 25 / 255)).mean() < 1 / 255


ODD_MAPS = {
    "another shape": np.zeros((16, 15)),
    "a channel more": np.zeros((16, 16, 1)),
    "below 0": np.full((16, 16), -0.1),
    "gray levels": np.full((16, 16), 25.0),
    "NaN": np.full((16, 16), np.nan),
    "ragged": [[0.1], [0.1, 0.2]],
    "text": "0.1",
}


@pytest.mark.parametrize("what", ODD_MAPS)
def test_odd_maps_are_refused(what: str) -> None:
    reason = r"sigma is a number, or a map \(16, 16\), from 0 to 1, not"
    with pytest.raises(ValueError, match=reason):
        TrainedNetwork(tiny("drunet"))(noisy_picture(16, 16), ODD_MAPS[what])


def test_a_map_is_refused_by_who_takes_none() -> None:
    assert not TrainedNetwork(tiny("rednet")).takes_map
    with pytest.raises(ValueError, match=r"rednet takes one σ, a number, and no map; drunet"):
        TrainedNetwork(tiny("rednet"))(noisy_picture(16, 16), np.zeros((16, 16)))


# ---- turns ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rednet", "drunet"])
def test_eight_turns_do_not_care_how_a_picture_is_turned(name: str) -> None:
    denoise, noisy = TrainedNetwork(tiny(name), turns=8), noisy_picture(24, 32)
    restored = denoise(noisy, 0.1)
    np.testing.assert_allclose(
        denoise(np.rot90(noisy), 0.1), np.rot90(restored), rtol=0, atol=1e-5
    )
    np.testing.assert_allclose(denoise(noisy.T, 0.1), restored.T, rtol=0, atol=1e-5)


def test_a_trained_network_is_called_as_filters_are() -> None:
    for denoise in (TrainedNetwork(tiny("rednet")), FILTERS["gaussian"]):
        assert isinstance(denoise, Denoiser)
        parameters = inspect.signature(denoise).parameters
        assert list(parameters)[:2] == ["noisy", "sigma"]
        assert parameters["sigma"].default is None


@pytest.mark.parametrize("sigma", [25, -1, float("nan"), float("inf"), "25", True])
def test_a_sigma_that_is_none_is_refused_as_filters_do(sigma: object) -> None:
    for denoise in (TrainedNetwork(tiny("rednet")), FILTERS["gaussian"]):
        with pytest.raises(ValueError, match="sigma is a number from 0 to 1"):
            denoise(noisy_picture(16, 16), sigma)


# ---- settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"precision": "float16"}, "one of auto, float32, bfloat16, not 'float16'"),
        ({"turns": 4}, "turns is 1 or 8, not 4"),
        ({"tile": 3}, "tile is a whole number, 4 or more, not 3"),
    ],
)
def test_impossible_settings_are_refused(options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TrainedNetwork(tiny("rednet"), **options)

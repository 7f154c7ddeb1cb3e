"""Every network against its paper: parameters, options, borders, how far it sees."""

from __future__ import annotations

import inspect
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from helpers import networks
from helpers.networks import NETWORKS, GlobalMean, REDNet, base, drunet, mwcnn, rdn, ridnet
from helpers.networks.base import pad_to_multiple
from tests.networks.impulse import spread, transparent
from tests.networks.tiny import TINY, convolutions, noise_like, tiny

RESIDUAL = ["dncnn", "rednet", "ridnet", "rdn", "mwcnn", "pridnet", "dingliu", "drunet"]


ASKED_TO_BE = {  # those that are so by an option
    "autoencoder": {"residual": True, "sigmoid": False},
    "pridnet": {"residual": True},
}


# Published, or counted from the layer tables of the papers; Gondara's leaves the widths open:
# those of re-implementations. DnCNN's table has no bias in its last convolution; the weights that
# its authors released have one.
THREE = {"pools": (1, 2, 4), "widths": (32, 64, 128)}


COUNTS = [
    ("dncnn", 1, {}, 556_096),
    ("dncnn", 1, {"last_bias": True}, 556_096 + 1),
    ("dncnn", 3, {"last_bias": True}, 556_096 + 2 * 2 * 9 * 64 + 3),
    ("dncnn", 1, {"blind": True}, 667_072),
    ("dncnn", 3, {"blind": True}, 669_376),
    ("dncnn", 1, {"depth": 9, "width": 48}, 146_736),
    ("dncnn", 1, {"depth": 7, "width": 32}, 47_008),
    ("rednet", 1, {"depth": 10}, 296_641),
    ("rednet", 1, {"depth": 20}, 665_921),
    ("rednet", 1, {}, 1_035_201),
    ("rednet", 1, {"depth": 10, "width": 128}, 1_183_105),
    ("rednet", 1, {"depth": 20, "width": 128}, 2_658_945),
    ("rednet", 1, {"depth": 30, "width": 128}, 4_134_785),
    ("rednet", 1, {"depth": 10, "width": 32}, 74_593),
    ("rednet", 1, {"depth": 20, "width": 32}, 167_073),
    ("ridnet", 1, {}, 1_497_041),
    ("ridnet", 3, {}, 1_499_347),
    ("ridnet", 1, {"modules": 2, "width": 32, "reduction": 8}, 188_201),
    ("ridnet", 3, {"modules": 2, "width": 32, "reduction": 8}, 189_355),
    ("ridnet", 1, {"modules": 2, "width": 32, "reduction": 16}, 187_941),
    ("ridnet", 3, {"modules": 2, "width": 32, "reduction": 16}, 189_095),
    ("rdn", 1, {}, 21_973_377),
    ("rdn", 3, {}, 21_975_683),
    ("rdn", 1, {"blocks": 20, "layers": 6, "growth": 32}, 5_466_497),
    ("rdn", 3, {"blocks": 20, "layers": 6, "growth": 32}, 5_468_803),
    ("rdn", 1, {"blocks": 4, "layers": 4, "growth": 16, "width": 16}, 103_585),
    ("rdn", 3, {"blocks": 4, "layers": 4, "growth": 16, "width": 16}, 104_163),
    ("rdn", 1, {"blocks": 3, "layers": 3, "growth": 16, "width": 16}, 50_465),
    ("vincent", 1, {}, 784 * 1000 + 1000 + 784),  # W counts once
    ("gondara", 1, {}, 112_001),
    ("autoencoder", 1, {}, 28_609),
    ("mwcnn", 1, {}, 16_145_892),
    ("mwcnn", 3, {}, 16_168_940),
    ("mwcnn", 1, {"batch_norm": True}, 16_145_892 + 12_416),
    ("pridnet", 1, {}, 74_185_129),
    ("pridnet", 3, {}, 74_225_723),
    ("pridnet", 1, THREE | {"convs": (2, 2)}, 1_429_185),
    ("pridnet", 3, THREE | {"convs": (2, 2)}, 1_451_175),
    ("pridnet", 1, THREE | {"convs": (2, 2), "shared": True}, 496_895),
    ("pridnet", 3, THREE | {"convs": (2, 2), "shared": True}, 516_449),
    ("pridnet", 1, THREE, 2_730_273),
    ("pridnet", 3, THREE | {"shared": True}, 950_145),
    ("dingliu", 3, {}, 1_033_443),
    ("dingliu", 1, {}, 1_033_443 - 64 * 2 * 25 - 2 * (128 * 9 + 1)),
    ("drunet", 1, {}, 32_638_656),
    ("drunet", 3, {}, 32_640_960),
    ("zero_dce", 3, {}, 79_416),
    ("zero_dce", 1, {}, 79_416 - 32 * 2 * 9 - 16 * (64 * 9 + 1)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "channels", "options", "count"), COUNTS)
def test_parameters_are_as_many_as_published(
    name: str, channels: int, options: dict, count: int
) -> None:
    with torch.device("meta"):  # nothing is drawn: the largest has 22 million
        network = networks.build(name, "paper", channels, **options)
    assert sum(parameter.numel() for parameter in network.parameters()) == count


# ---- any network ----------------------------------------------------------------------------


def test_every_network_is_tested() -> None:
    assert TINY.keys() == NETWORKS.keys()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (33, 47)])
def test_any_size_keeps_its_size(name: str, channels: int, size: tuple) -> None:
    noisy = noise_like(2, channels, *size)
    restored = tiny(name, channels)(noisy)
    assert restored.shape == noisy.shape
    assert torch.isfinite(restored).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_picture_is_restored_alone_as_among_others(name: str) -> None:
    network, batch = tiny(name), noise_like(8, 1, 21, 18)
    alone = torch.cat([network(one) for one in batch.split(1)])
    torch.testing.assert_close(network(batch), alone, rtol=0, atol=2e-5)
    assert (alone - batch).abs().mean() > 0.01  # it does something


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_black_picture_is_a_picture(name: str, channels: int) -> None:
    restored = tiny(name, channels)(torch.zeros(1, channels, 9, 11))
    assert restored.isfinite().all()
    assert restored.abs().max() < 2


@pytest.mark.parametrize("name", NETWORKS)
def test_every_value_of_a_network_learns(name: str) -> None:
    network = tiny(name).train()
    network(noise_like(4, 1, 24, 24)).square().mean().backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.any(), key


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("channels", "other"), [(1, 3), (3, 1)])
def test_pictures_of_other_channels_are_refused(name: str, channels: int, other: int) -> None:
    reason = rf"takes \(N, {channels}, H, W\).*build\('{name}', channels={other}\)"
    with pytest.raises(ValueError, match=reason):
        tiny(name, channels)(noise_like(2, other, 16, 16))
    with pytest.raises(ValueError, match=r"not \(16, 16\)"):
        tiny(name, channels)(noise_like(16, 16))


@pytest.mark.parametrize("name", [*RESIDUAL, "autoencoder"])
@pytest.mark.parametrize("size", ["small", "paper"])
def test_a_zeroed_last_layer_makes_a_residual_network_the_identity(name: str, size: str) -> None:
    network = networks.build(name, size, **TINY[name] | ASKED_TO_BE.get(name, {})).eval()
    noisy = noise_like(1, 1, 13, 22)
    assert not torch.equal(network(noisy), noisy)
    for parameter in convolutions(network)[-1].parameters():
        nn.init.zeros_(parameter)
    assert torch.equal(network(noisy), noisy)


@pytest.mark.parametrize("name", RESIDUAL)
def test_an_untrained_residual_network_is_nearly_the_identity(name: str) -> None:
    network, noisy = networks.build(name).eval(), noise_like(1, 1, 24, 24)
    assert (network(noisy) - noisy).std() < noisy.std()


@pytest.mark.parametrize("name", RESIDUAL)
def test_the_change_goes_both_ways(name: str) -> None:
    noisy = noise_like(1, 1, 24, 24)
    change = tiny(name)(noisy) - noisy
    assert change.min() < -0.01
    assert change.max() > 0.01


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "vincent"])
def test_weights_begin_as_he_and_others_proposed(name: str) -> None:
    network = networks.build(name)
    *layers, last = convolutions(network)
    small = started_small(network)
    for layer in layers:
        count, fan_in = layer.weight.numel(), layer.weight[0].numel()
        if isinstance(layer, nn.ConvTranspose2d):
            fan_in = layer.out_channels * layer.weight[0, 0].numel()
        share = small.get(layer, 1)
        off = layer.weight.std() / share / (2 / fan_in) ** 0.5 - 1
        assert abs(off) < 5 / (2 * count) ** 0.5  # five standard errors
        assert layer.bias is None or not layer.bias.any()
    if getattr(last, "bias", None) is not None and network.predicts_change:
        assert not last.bias.any()


def started_small(network: nn.Module) -> dict[nn.Module, float]:
    """The layers that end a residual block, which begins near the identity; their share."""
    dense = [m.fusion for m in network.modules() if isinstance(m, rdn.ResidualDenseBlock)]
    modules = [m for m in network.modules() if isinstance(m, ridnet.EnhancementAttention)]
    ends = dense + [end for m in modules for end in (m.merge, m.first[-1], m.second[-1])]
    ends += [m.second for m in network.modules() if isinstance(m, drunet.Block)]
    mirrored = network.deconvs[:-1] if isinstance(network, REDNet) else []
    levels = [m for m in network.modules() if isinstance(m, mwcnn.Level)]
    inner = [convolutions(level.up)[-1] for level in levels[1:]]
    return dict.fromkeys([*ends, *inner], 0.1) | dict.fromkeys(mirrored, 0.2)


@pytest.mark.parametrize(
    ("arguments", "options", "reason"),
    [
        (("dncn",), {}, "did you mean 'dncnn'"),
        (("dncnn", "large"), {}, "'small' or 'paper', not 'large'"),
        (("dncnn", "small", 4), {}, r"1 \(gray\) or 3 \(colour\), not 4"),
        (("dncnn",), {"skips": True}, "dncnn has no option 'skips'; it has batch_norm, blind"),
        (("dncnn",), {"depth": 2}, "depth of dncnn is 3 or more, not 2"),
        (("dncnn",), {"scale": 3}, "scale is 1, 2 or 4, not 3"),
        (("rednet",), {"depth": 11}, "depth of rednet is an even number, 4 or more, not 11"),
        (("vincent",), {"step": 13}, "step of vincent is from 1 to the patch, 12, not 13"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments: tuple, options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        networks.build(*arguments, **options)


# ---- borders --------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "multiple"), [((7, 5), 4), ((9, 16), 8), ((8, 8), 4)])
def test_a_mirrored_border_is_torchs_where_torch_has_one(size: tuple, multiple: int) -> None:
    x = noise_like(2, 3, *size)
    missing = [-side % multiple for side in size]
    expected = nn.functional.pad(x, (0, missing[1], 0, missing[0]), mode="reflect")
    assert torch.equal(pad_to_multiple(x, multiple, "mirror"), expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (2, 1), (5, 300)])
def test_a_small_picture_is_mirrored_back_and_forth(size: tuple) -> None:
    x = noise_like(1, 1, *size)
    whole = pad_to_multiple(x, 256, "mirror")
    assert [side % 256 for side in whole.shape[-2:]] == [0, 0]
    assert torch.equal(whole[..., : size[0], : size[1]], x)
    expected = np.pad(x[0, 0].numpy(), [(0, -side % 256) for side in size], mode="reflect")
    assert np.array_equal(whole[0, 0].numpy(), expected)


# ---- how far they see -----------------------------------------------------------------------


SEEING = {
    "vincent": {},
    "gondara": {"width": 2},
    "autoencoder": {"widths": (2, 2, 2)},
    "dncnn": {"width": 2},
    "rednet": {"width": 2},
    "ridnet": {"width": 4, "reduction": 2},
    "rdn": {"blocks": 3, "layers": 3, "growth": 2, "width": 2},
    "mwcnn": {"widths": (2, 2)},
    "pridnet": {"pools": (1, 2), "widths": (2, 2)},
    "dingliu": {"width": 8},
    "drunet": {"widths": (2, 2), "blocks": 1},
    "zero_dce": {"width": 2},
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("size", ["small", "paper"])
def test_a_pixel_changes_the_result_up_to_the_receptive_radius_and_no_further(
    name: str, size: str, monkeypatch
) -> None:
    # A mean over the picture sees all of it; without it the convolutions are as far-sighted
    # as they say. Where pixels are pooled or folded it depends on their place in the cell.
    monkeypatch.setattr(GlobalMean, "forward", lambda self, x: torch.zeros_like(x[..., :1, :1]))
    network = transparent(networks.build(name, size, channels=1, **SEEING[name]))
    look = getattr(network, "curves", network)  # no curve moves 0 or 1
    side = 2 * network.receptive_radius + 3 * network.stride
    middle = side // 2 - network.stride // 2
    places = {middle, middle + network.stride // 2, middle + network.stride - 1}
    reached = [spread(look, at, side) for at in places]
    assert max(reached) <= network.receptive_radius
    assert max(reached) > network.receptive_radius - network.stride


# ---- what is too large ----------------------------------------------------------------------


HUGE = {
    "a width": ("dncnn", {"width": 10_000}, "dncnn would have more than 10000 tensors or 100"),
    "a depth": ("rednet", {"depth": 10**6}, "depth of rednet is a whole number from 1 to 10000"),
    "a depth of 401 digits": ("rednet", {"depth": 10**400}, "from 1 to 10000, not 1000"),
    "a matrix": ("vincent", {"patch": 9000, "hidden": 9000}, "vincent (would have|cannot be)"),
    "many levels": ("mwcnn", {"widths": [1] * 10**5}, "mwcnn is a list of at most 16 numbers"),
    "deep levels": ("autoencoder", {"widths": [2] * 12}, "pad pictures to 4096 pixels, 1024 at"),
    "a cell": ("pridnet", {"pools": (1, 1024)}, "pad pictures to 8192 pixels, 1024 at most"),
    "a cell of curves": ("zero_dce", {"scale": 2000}, "pad pictures to 2000 pixels, 1024 at"),
}


@pytest.mark.parametrize("what", HUGE)
def test_what_is_too_large_is_refused_before_memory_is_taken(what: str) -> None:
    name, options, reason = HUGE[what]
    begun = time.process_time()
    with pytest.raises(ValueError, match=reason):
        networks.build(name, **options)
    assert time.process_time() - begun < 1  # 0.00 to 0.02 s measured


def test_building_in_one_thread_does_not_count_for_another() -> None:
    with base.AtMost(2, 100, "small"), ThreadPoolExecutor(1) as other:
        assert other.submit(networks.build, "dncnn").result().depth == 12
        nn.Conv2d(1, 1, 3)
        with pytest.raises(base.TooLarge, match="small would have more than 2 tensors or 100 num"):
            nn.Conv2d(1, 1, 3)
    nn.Conv2d(64, 64, 3)  # and not for what comes after


def test_networks_are_built_in_many_threads_at_once() -> None:
    depths = [3 + number % 5 for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        made = threads.map(lambda depth: networks.build("dncnn", depth=depth, width=4), depths)
    assert [network.depth for network in made] == depths


# ---- options --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "kept"),
    [
        ("dncnn", {"depth": np.int64(4), "batch_norm": np.bool_(False)}, [4, False]),
        ("mwcnn", {"widths": np.array([4, 8]), "convs": 1}, [(4, 8), 1]),
        ("mwcnn", {"widths": [4, 8]}, [(4, 8)]),
        ("dncnn", {"depth": None}, [None]),
    ],
)
def test_options_are_kept_as_a_card_can_hold_them(name: str, options: dict, kept: list) -> None:
    held = list(networks.build(name, **options).architecture.values())[3:]
    assert held == kept
    assert [type(one) for one in held] == [type(one) for one in kept]


ODD = {
    "None": None,
    "text": "x",
    "list": [],
    "NaN": float("nan"),
    "half": 2.5,
    "object": object(),
    "array": np.ones(2),
    "-1": -1,
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("name", NETWORKS)
def test_an_option_of_another_type_is_refused_by_its_name(name: str, what: str) -> None:
    accepted = inspect.signature(NETWORKS[name]).parameters
    for option in accepted.keys() - {"channels"}:
        if what == "None" and accepted[option].default is None:
            continue
        with pytest.raises(ValueError, match=f"^{option} of {name} is "):
            networks.build(name, **{option: ODD[what]})


@pytest.mark.parametrize("what", ODD)
def test_a_name_size_or_channels_of_another_type_are_refused(what: str) -> None:
    with pytest.raises(ValueError, match=r"^unknown network "):
        networks.build(ODD[what])
    with pytest.raises(ValueError, match=r"^size is 'small' or 'paper', not "):
        networks.build("dncnn", ODD[what])
    if what != "None":  # the network's own
        with pytest.raises(ValueError, match=r"^channels is 1 \(gray\) or 3 \(colour\), not"):
            networks.build("dncnn", channels=ODD[what])


def test_what_is_no_tensor_is_refused() -> None:
    with pytest.raises(ValueError, match=r"this dncnn takes is a tensor \(N, 1, H, W\), not"):
        tiny("dncnn")(np.ones((1, 1, 8, 8)))

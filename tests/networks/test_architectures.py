"""Every network against its paper: parameters, how far it sees, what its parts do."""

from __future__ import annotations

import inspect
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from helpers import images, networks, noise
from helpers.networks import MWCNN, NETWORKS, GlobalMean, REDNet, base, rdn, ridnet
from helpers.networks.base import pad_to_multiple
from tests.networks.tiny import TINY, convolutions, noise_like, tiny

RESIDUAL = ["dncnn", "rednet", "ridnet", "rdn", "mwcnn", "pridnet", "dingliu"]
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
    ("zero_dce", 3, {}, 79_416),
    ("zero_dce", 1, {}, 79_416 - 32 * 2 * 9 - 16 * (64 * 9 + 1)),
]


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
    mirrored = network.deconvs[:-1] if isinstance(network, REDNet) else []
    inner = network.level.ends[1:] if isinstance(network, MWCNN) else []
    return dict.fromkeys([*ends, *inner], 0.1) | dict.fromkeys(mirrored, 0.2)


@pytest.mark.parametrize(
    ("words", "options", "reason"),
    [
        (("dncn",), {}, "did you mean 'dncnn'"),
        (("dncnn", "large"), {}, "'small' or 'paper', not 'large'"),
        (("dncnn", "small", 4), {}, r"1 \(gray\) or 3 \(colour\), not 4"),
        (("dncnn",), {"skips": True}, "dncnn has no option 'skips'; it has batch_norm, blind"),
        (("dncnn",), {"depth": 2}, "3 layers or more"),
        (("dncnn",), {"scale": 3}, "scale is 1, 2 or 4, not 3"),
        (("rednet",), {"depth": 11}, "even number"),
        (("vincent",), {"step": 13}, "step is from 1 to the patch's 12 pixels"),
    ],
)
def test_what_cannot_be_built_is_refused(words: tuple, options: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        networks.build(*words, **options)


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


def transparent(network: nn.Module) -> nn.Module:
    """Positive weights: what one pixel adds is lost nowhere on its way."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.constant_(layer.weight, 1 / layer.weight[0].numel())
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network.double().eval()


@torch.inference_mode()
def spread(network: nn.Module, at: int, side: int) -> int:
    """How far from an impulse at (at, at) the output changes."""
    dark = torch.zeros(1, 1, side, side, dtype=torch.float64)
    light = dark.clone()
    light[..., at, at] = 1
    changed = (network(light) != network(dark))[0, 0].nonzero()
    return int((changed - at).abs().max())


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


def test_dncnn_of_the_paper_sees_35_pixels_and_blind_41() -> None:
    assert spread(transparent(networks.build("dncnn", "paper", width=8)), 20, 41) == 17
    assert spread(transparent(networks.build("dncnn", "paper", width=8, blind=True)), 23, 47) == 20


# ---- DnCNN ----------------------------------------------------------------------------------


def test_dncnn_predicts_the_noise() -> None:
    network, noisy = tiny("dncnn", scale=1), noise_like(1, 1, 20, 20)
    torch.testing.assert_close(network(noisy), noisy - network.noise(noisy))


def test_dncnn_without_batch_normalisation_has_biases_instead() -> None:
    network = tiny("dncnn", batch_norm=False)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())
    assert all(layer.bias is not None for layer in convolutions(network)[:-1])


def test_dncnn_takes_the_last_bias_of_the_released_weights() -> None:
    network, noisy = tiny("dncnn", 3, last_bias=True, scale=1), noise_like(1, 3, 20, 20)
    before = network(noisy)
    network.noise[-1].bias.data += torch.tensor([0.1, 0.2, 0.3])
    less = (before - network(noisy)).mean(dim=(0, 2, 3))
    torch.testing.assert_close(less, torch.tensor([0.1, 0.2, 0.3]))
    assert not networks.build("dncnn", last_bias=True).noise[-1].bias.any()  # it begins at 0


# ---- what is too large -----------------------------------------------------------------------

HUGE = {
    "a width": ("dncnn", {"width": 10_000}, "dncnn would have more than 10000 tensors or 100"),
    "a depth": ("rednet", {"depth": 10**6}, "depth of rednet is a whole number from 1 to 10000"),
    "a depth of 401 digits": ("rednet", {"depth": 10**400}, "from 1 to 10000, not 1000"),
    "a matrix": ("vincent", {"patch": 9000, "hidden": 9000}, "vincent (would have|cannot be)"),
    "many levels": ("mwcnn", {"widths": [1] * 10**5}, "widths of mwcnn is a list of at most 16 numbers"),
    "deep levels": ("autoencoder", {"widths": [2] * 12}, "pad pictures to 4096 pixels, 1024 at"),
    "a cell": ("pridnet", {"pools": (1, 1024)}, "pad pictures to 8192 pixels, 1024 at most"),
    "a cell of curves": ("zero_dce", {"scale": 2000}, "pad pictures to 2000 pixels, 1024 at"),
}


@pytest.mark.parametrize("what", HUGE)
def test_what_is_too_large_is_refused_before_memory_is_taken(what: str) -> None:
    name, options, reason = HUGE[what]
    begun = time.perf_counter()
    with pytest.raises(ValueError, match=reason):
        networks.build(name, **options)
    assert time.perf_counter() - begun < 1  # 0.00 to 0.02 s measured


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
    found = list(networks.build(name, **options).architecture.values())[3:]
    assert found == kept
    assert [type(one) for one in found] == [type(one) for one in kept]


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


# ---- REDNet ---------------------------------------------------------------------------------


def test_each_odd_deconvolution_of_rednet_receives_its_mirror_image() -> None:
    network = tiny("rednet", depth=14, scale=1)  # n = 7
    seen: dict[int, Tensor] = {}
    for number, layer in enumerate(network.convs, start=1):
        layer.register_forward_hook(lambda m, x, y, n=number: seen.update({n: y.relu()}))
    for i in range(1, 7):
        alone = {}
        following = network.deconvs[i].register_forward_pre_hook(
            lambda m, x, alone=alone: alone.update(x=x[0])
        )
        silent = network.deconvs[i - 1].register_forward_hook(lambda m, x, y: torch.zeros_like(y))
        network(noise_like(1, 1, 9, 9))
        following.remove(), silent.remove()
        # Deconvolution i says nothing: what arrives behind it came by the skip alone.
        expected = seen[7 - i] if i % 2 else torch.zeros_like(alone["x"])
        assert torch.equal(alone["x"], expected)
        assert expected.any() == (i % 2 == 1)


def test_the_skips_of_rednet_matter() -> None:
    noisy = noise_like(1, 1, 16, 16)
    with_skips, without = tiny("rednet"), tiny("rednet", skips=False)
    without.load_state_dict(with_skips.state_dict())
    assert (with_skips(noisy) - without(noisy)).abs().mean() > 0.01


# ---- RIDNet ---------------------------------------------------------------------------------


def test_attention_gives_each_feature_map_one_weight_between_0_and_1() -> None:
    attention = tiny("ridnet").blocks[0].attention
    x = 3 * noise_like(5, 8, 6, 7)
    weights = attention.weights(x)
    assert weights.shape == (5, 8, 1, 1)
    assert ((weights > 0) & (weights < 1)).all()
    assert weights.std() > 0.01
    torch.testing.assert_close(attention(x), x * weights)


def close_attention(network: nn.Module) -> None:
    """Let the sigmoid of every attention give exactly 0."""
    for block in network.blocks:
        nn.init.zeros_(block.attention.excite.weight)
        nn.init.constant_(block.attention.excite.bias, -1000)


def test_without_attention_a_module_of_ridnet_returns_its_input() -> None:
    network, x = tiny("ridnet"), noise_like(2, 8, 12, 12)
    assert not torch.equal(network.blocks[0](x), x)
    close_attention(network)
    assert torch.equal(network.blocks[0](x), x)


def test_a_skip_leads_around_all_modules_of_ridnet() -> None:
    network, seen = tiny("ridnet", modules=3), {}
    close_attention(network)
    network.head.register_forward_hook(lambda m, x, y: seen.update(head=y.relu()))
    network.tail.register_forward_pre_hook(lambda m, x: seen.update(tail=x[0]))
    network(noise_like(1, 1, 12, 12))
    torch.testing.assert_close(seen["tail"], 2 * seen["head"])


# ---- RDN ------------------------------------------------------------------------------------


def test_a_dense_block_adds_its_fusion_to_its_input() -> None:
    block, x, seen = tiny("rdn").blocks[0], noise_like(2, 8, 10, 10), {}
    block.fusion.register_forward_hook(lambda m, inside, y: seen.update(fused=y))
    torch.testing.assert_close(block(x) - seen["fused"], x)
    assert [layer.in_channels for layer in block.layers] == [8, 16]


def test_rdn_fuses_the_outputs_of_all_blocks_and_adds_the_shallow_features() -> None:
    network, seen = tiny("rdn", blocks=3), {}
    for number, block in enumerate(network.blocks):
        block.register_forward_hook(lambda m, x, y, n=number: seen.update({n: y}))
    network.shallow.register_forward_hook(lambda m, x, y: seen.update(shallow=y))
    network.fusion.register_forward_pre_hook(lambda m, x: seen.update(fusion=x[0]))
    network.fusion.register_forward_hook(lambda m, x, y: seen.update(fused=y))
    network.tail.register_forward_pre_hook(lambda m, x: seen.update(tail=x[0]))
    network(noise_like(1, 1, 12, 12))
    assert torch.equal(seen["fusion"], torch.cat([seen[n] for n in range(3)], dim=1))  # D·G0
    torch.testing.assert_close(seen["tail"], seen["fused"] + seen["shallow"])


# ---- autoencoders ---------------------------------------------------------------------------


def test_a_bottleneck_is_all_that_a_plain_autoencoder_passes_on() -> None:
    plain, skipping = tiny("autoencoder"), tiny("autoencoder", skips=True)
    code, held = plain.encode(noise_like(1, 1, 16, 16))
    assert code.shape == (1, 8, 4, 4)
    nothing = [torch.zeros_like(level) for level in held]
    assert torch.equal(plain.decode(code, held), plain.decode(code, nothing))
    assert not torch.equal(skipping.decode(code, held), skipping.decode(code, nothing))


@pytest.mark.parametrize("name", ["gondara", "autoencoder"])
def test_a_sigmoid_keeps_the_result_in_range(name: str) -> None:
    options = {"sigmoid": True} if name == "autoencoder" else {}
    restored = tiny(name, **options)(200 * noise_like(1, 1, 16, 16) - 100)
    assert restored.min() >= 0
    assert restored.max() <= 1
    assert restored.std() > 0.01


# ---- Vincent --------------------------------------------------------------------------------


def test_the_tied_matrix_of_vincent_learns_from_both_its_uses() -> None:
    network, x = tiny("vincent", centred=False), noise_like(5, 36)
    network.reconstruct(x).square().sum().backward()
    into, out = (network.weight.detach().clone().requires_grad_() for _ in range(2))
    hidden = torch.sigmoid(x @ into.T + network.hidden_bias)
    torch.sigmoid(hidden @ out + network.output_bias).square().sum().backward()
    assert min(into.grad.norm(), out.grad.norm()) > 0.01
    torch.testing.assert_close(network.weight.grad, into.grad + out.grad)


def test_a_patch_of_the_papers_size_is_restored_as_a_whole() -> None:
    network, digit = networks.build("vincent", "paper", hidden=30).eval(), noise_like(3, 1, 28, 28)
    expected = network.reconstruct(digit.flatten(1)).reshape(digit.shape)
    torch.testing.assert_close(network(digit), expected)


def test_overlapping_patches_are_averaged() -> None:
    network = tiny("vincent", patch=4, step=2)
    picture = noise_like(1, 1, 6, 4)
    upper, lower = (network(picture[..., i : i + 4, :]) for i in (0, 2))
    expected = torch.cat([upper[..., :2, :], (upper[..., 2:, :] + lower[..., :2, :]) / 2], dim=2)
    torch.testing.assert_close(network(picture)[..., :4, :], expected)


def test_centred_patches_ignore_an_added_constant() -> None:
    network, picture = tiny("vincent"), noise_like(1, 1, 20, 20)
    torch.testing.assert_close(network(picture + 0.25), network(picture) + 0.25)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 1.0])
def test_masking_takes_its_share_and_leaves_the_rest(share: float) -> None:
    x = noise_like(200, 784)
    masked = networks.mask(x, share, torch.Generator().manual_seed(0))
    zero = masked == 0
    assert torch.equal(masked[~zero], x[~zero])
    error = (share * (1 - share) / x.numel()) ** 0.5
    assert zero.double().mean().item() == pytest.approx(share, abs=5 * error)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share is a number from 0 to 1, not"):
        networks.mask(torch.ones(2), share, torch.Generator())


def test_vincent_gives_different_pictures_different_results() -> None:
    """A dense bottleneck that learned the mean of its data gives everyone the same picture."""
    denoise = networks.load("vincent")
    references = [images.load(name, gray=True, size=96) for name in ("camera", "chelsea")]
    noisy = [noise.Gaussian(25 / 255)(one, rng=0) for one in references]
    restored = [denoise(one) for one in noisy]
    alike = [np.corrcoef(*(x.ravel() for x in pair))[0, 1] for pair in (references, restored)]
    assert alike[1] == pytest.approx(alike[0], abs=0.1)

"""What holds for every loss of the registry."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from helpers import losses, networks, noise, training
from helpers.losses import LOSSES, Discriminator, Loss
from helpers.networks import weights
from tests.losses.pictures import degraded, photograph

SIDE = {"ms_ssim": 176, "ms_ssim_l1": 176}  # pixels; the others take less


@pytest.fixture(params=LOSSES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def loss(name: str, tmp_path: Path) -> Loss:
    """Each loss; MDF with two small discriminators of random weights."""
    if name != "mdf":
        return LOSSES[name]()
    torch.manual_seed(0)
    several = {
        f"{scale}.{key}": value
        for scale in range(2)
        for key, value in Discriminator(8).state_dict().items()
    }
    path = tmp_path / "two.safetensors"
    path.write_bytes(weights.as_bytes(several))
    return LOSSES["mdf"](weights=path)


def side(name: str) -> int:
    return SIDE.get(name, 24)


def test_equal_pictures_cost_least_and_noise_costs_more(name: str, loss: Loss) -> None:
    x = photograph(side(name))
    best, some, more = (float(loss(degraded(x, s), x)) for s in (0, 0.05, 0.1))
    assert best == pytest.approx(1e-3 if name == "charbonnier" else 0, abs=1e-6)
    assert best < some < more


def test_a_batch_of_two_equal_pairs_costs_what_one_costs(name: str, loss: Loss) -> None:
    x = photograph(side(name))
    y = degraded(x, 0.1)
    both = float(loss(torch.cat([y, y]), torch.cat([x, x])))
    assert both == pytest.approx(float(loss(y, x)), rel=1e-5)


def test_a_batch_costs_the_mean_of_its_pairs(name: str, loss: Loss) -> None:
    x = photograph(side(name))
    noisy = [degraded(x, s) for s in (0.05, 0.2)]
    alone = [float(loss(y, x)) for y in noisy]
    together = float(loss(torch.cat(noisy), torch.cat([x, x])))
    assert together == pytest.approx(sum(alone) / 2, rel=1e-4)


@pytest.mark.parametrize("spoil", ["equal", "black", "negative", "far", "constant"])
def test_no_picture_makes_a_loss_or_its_gradient_infinite(
    name: str, loss: Loss, spoil: str
) -> None:
    x = photograph(side(name))
    y = {
        "equal": x.clone(),
        "black": torch.zeros_like(x),
        "negative": 1 - x,
        "far": 40 * x - 20,
        "constant": torch.full_like(x, 0.5),
    }[spoil].requires_grad_()
    value = loss(y, x)
    value.backward()
    assert value.isfinite()
    assert y.grad is not None
    assert y.grad.isfinite().all()


def test_following_its_gradient_makes_a_loss_smaller(name: str, loss: Loss) -> None:
    x = photograph(side(name))
    y = degraded(x, 0.1).requires_grad_()
    before = loss(y, x)
    (slope,) = torch.autograd.grad(before, y)
    with torch.no_grad():
        after = loss(y - 1e-3 * slope / slope.abs().max(), x)
    assert after < before


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_half_and_double_precision_are_taken(name: str, loss: Loss, kind: torch.dtype) -> None:
    x = photograph(side(name)).to(kind)
    y = degraded(x.float(), 0.1).to(kind).requires_grad_()
    value = loss(y, x)
    value.backward()
    assert value.dtype == (torch.float64 if kind == torch.float64 else torch.float32)
    assert value.item() == pytest.approx(loss(y.float(), x.float()).item(), rel=1e-3)
    assert y.grad is not None
    assert y.grad.dtype == kind
    assert y.grad.isfinite().all()


def test_different_shapes_are_refused(name: str, loss: Loss) -> None:
    # (2, 1, s, s) − (1, 1, s, s) would broadcast, and nobody would notice.
    x = photograph(side(name))
    with pytest.raises(ValueError, match="differ in shape"):
        loss(torch.cat([x, x]), x)


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_what_is_not_finite_is_refused(name: str, loss: Loss, wrong: float) -> None:
    x = photograph(side(name))
    broken = x.clone()
    broken[0, 0, 3, 4] = wrong
    for pair, culprit in (((broken, x), "restored"), ((x, broken), "reference")):
        with pytest.raises(ValueError, match=f"{culprit} holds NaN or infinity"):
            loss(*pair)


def test_pictures_below_the_smallest_size_are_refused(name: str, loss: Loss) -> None:
    x = torch.rand(1, 1, loss.smallest - 1, loss.smallest)
    with pytest.raises(ValueError, match=f"at least {loss.smallest}×{loss.smallest} pixels"):
        loss(x, x)
    whole = torch.rand(1, 1, loss.smallest, loss.smallest)
    assert loss(whole, whole).isfinite()


@pytest.mark.slow
def test_every_loss_trains_a_network(name: str, loss: Loss) -> None:
    network = networks.build("rednet", depth=4, width=8)
    before = [p.detach().clone() for p in network.parameters()]
    picture = photograph(192)[0, 0].numpy()
    history = training.train(
        network,
        [picture],
        noise=noise.Gaussian(0.1),
        loss=loss,
        steps=2,
        batch=2,
        patch=side(name),
        progress=False,
    )
    assert torch.tensor(history.loss).isfinite().all()
    assert any(not torch.equal(a, b) for a, b in zip(before, network.parameters()))


def test_an_unknown_loss_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="did you mean 'charbonnier'"):
        LOSSES["charbonier"]


def test_all_classes_are_exported() -> None:
    assert {cls.__name__ for cls in LOSSES.values()} <= set(losses.__all__)


@pytest.mark.parametrize("kind", [torch.uint8, torch.int64, torch.bool, torch.complex64])
def test_a_tensor_of_something_else_than_floats_is_refused(
    name: str, loss: Loss, kind: torch.dtype
) -> None:
    x = photograph(side(name))
    for pair in ((x.to(kind), x), (x, x.to(kind)), (x.to(kind), x.to(kind))):
        with pytest.raises(ValueError, match="is a tensor of floats"):
            loss(*pair)


@pytest.mark.parametrize("top", [255, 4095])
def test_gray_levels_are_refused(name: str, loss: Loss, top: float) -> None:
    x = photograph(side(name))
    y = degraded(x, 0.1)
    with pytest.raises(ValueError, match=r"reference has values up to .* divide by"):
        loss(top * y, (top * x).requires_grad_())
    with pytest.raises(ValueError, match="divide by"):
        loss((top * y).half(), (top * x).half())


@pytest.mark.parametrize("model", [noise.Gaussian(1.0), noise.Poisson(0.3), noise.Speckle(1)])
def test_a_noisy_reference_is_none_of_gray_levels(
    name: str, loss: Loss, model: noise.NoiseModel
) -> None:
    x = photograph(side(name))
    noisy = torch.from_numpy(model(x[0, 0].numpy(), rng=0))[None, None]
    assert loss(x, noisy).isfinite()


@pytest.mark.parametrize("shape", [(), (24,), (24, 24), (1, 24, 24)])
def test_a_picture_is_of_four_dimensions(name: str, loss: Loss, shape: tuple) -> None:
    x = torch.rand(shape)
    if loss.smallest == 1:  # of single pixels: any shape will do
        assert loss(x, x).isfinite()
        return
    with pytest.raises(ValueError, match=r"\(N, C, H, W\)"):
        loss(x, x)


ODD = [None, "1", [1], (1, 2), 1j, float("nan"), 10**400, object(), True]
OPTIONS = [("charbonnier", "epsilon"), ("texture", "left"), ("texture", "pixels")]
OPTIONS += [("texture", "window"), ("deg", "window"), ("deg", "method"), ("ms_ssim", "scales")]
OPTIONS += [("ms_ssim_l1", "share")]
OPTIONS += [("mdf", "scales"), ("mdf", "weights")]


@pytest.mark.parametrize("option", OPTIONS, ids="-".join)
@pytest.mark.parametrize("value", ODD, ids=lambda value: str(type(value)))
def test_an_option_of_a_wrong_type_is_refused(option: tuple[str, str], value: object) -> None:
    name, argument = option
    if (option, value) in ((("deg", "window"), None), (("mdf", "weights"), "1")):
        pytest.skip("this one is right, or asks for a file")
    if option == ("deg", "window") and value == 10**400:
        value = -(10**400)  # a window may be larger than any picture
    if option == ("mdf", "scales") and value == 10**400:
        pytest.skip("more scales than there are means all")
    called = {("mdf", "weights"): "a weight of MDF"}.get(option, argument)
    with pytest.raises(ValueError, match=f"^{called} (is|cannot be) "):
        LOSSES[name](**{argument: value})


OTHERS = {"method": "sorted", "window": 4, "scales": 2, "share": 0.5}


@pytest.mark.parametrize("option", [one for one in OPTIONS if one[0] != "mdf"], ids="-".join)
def test_two_losses_that_differ_do_not_look_the_same(option: tuple[str, str]) -> None:
    name, argument = option
    assert repr(LOSSES[name](**{argument: OTHERS.get(argument, 0.5)})) != repr(LOSSES[name]())


def test_low_light_asks_for_tensors_and_no_gray_levels() -> None:
    dark, curves = torch.rand(1, 3, 32, 32), torch.zeros(1, 24, 32, 32)
    loss = losses.LowLight()
    assert loss(dark, dark, curves).isfinite()
    for wrong in (None, dark.numpy(), dark.to(torch.uint8), dark[0]):
        for triple in ((wrong, dark, curves), (dark, wrong, curves), (dark, dark, wrong)):
            with pytest.raises(ValueError, match=r"tensor of floats|\(N, C, H, W\)"):
                loss(*triple)
    with pytest.raises(ValueError, match=r"dark has values .* divide by 255"):
        loss(dark, 255 * dark, curves)

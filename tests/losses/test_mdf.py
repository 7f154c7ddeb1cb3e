"""MDF: the published values, frozen discriminators, files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from helpers.losses import MDF, Discriminator, mdf
from helpers.networks import weights
from tests.conftest import SHARED
from tests.losses.pictures import degraded, photograph

REFERENCE = SHARED / "reference"
PUBLISHED = {"denoising": "Ds_Denoising", "jpeg": "Ds_JPEG"}


@pytest.fixture(scope="module")
def pair() -> list[Tensor]:
    """Noisy and clean, (1, 3, 96, 96); only without ../shared is there nothing to test."""
    if not SHARED.is_dir():
        pytest.skip("the reference values are not part of the repository")
    with np.load(REFERENCE / "mdf_pair.npz") as file:
        return [torch.from_numpy(file[k]).permute(2, 0, 1)[None] for k in ("noisy", "clean")]


@pytest.fixture(scope="module")
def expected(pair: list[Tensor]) -> dict[str, dict]:
    return json.loads((REFERENCE / "mdf_expected.json").read_text())


def file_of(widths: list[int], folder: Path, channels: int = 3, **more: Tensor) -> Path:
    """Discriminators of random weights, as a file."""
    torch.manual_seed(0)
    tensors = {
        f"{scale}.{key}": value
        for scale, width in enumerate(widths)
        for key, value in Discriminator(width, channels).state_dict().items()
    }
    path = folder / "random.safetensors"
    path.write_bytes(weights.as_bytes(tensors | more))
    return path


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_weights_give_the_published_loss(
    name: str, pair: list[Tensor], expected: dict[str, dict]
) -> None:
    loss = MDF(REFERENCE / f"mdf_{name}.safetensors")
    wanted = expected[PUBLISHED[name]]["loss_first_8_scales"]
    assert loss(*pair).item() == pytest.approx(wanted, rel=1e-4)
    assert loss(*pair[::-1]).item() == pytest.approx(wanted, rel=1e-4)  # symmetric


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_weights_give_the_published_value_of_each_part(
    name: str, pair: list[Tensor], expected: dict[str, dict]
) -> None:
    loss = MDF(REFERENCE / f"mdf_{name}.safetensors", scales=99)
    wanted = expected[PUBLISHED[name]]
    assert len(loss.discriminators) == wanted["scales"]
    for one, parts in zip(loss.discriminators, wanted["per_scale_head_body_tail"]):
        found = [float((a - b).square().mean()) for a, b in zip(*map(one.features, pair))]
        assert found == pytest.approx(parts, rel=1e-4)


@pytest.mark.parametrize(
    ("signed", "wanted"), [(True, (7.5621, 6.8843)), (None, (1.79438, 1.79605))]
)
def test_the_range_of_the_input_is_a_choice(
    signed: bool | None, wanted: tuple[float, float], pair: list[Tensor]
) -> None:
    found = [MDF(REFERENCE / f"mdf_{n}.safetensors", signed=signed)(*pair) for n in PUBLISHED]
    assert [one.item() for one in found] == pytest.approx(wanted, rel=1e-4)


def test_the_card_says_the_range(tmp_path: Path) -> None:
    path = file_of([4], tmp_path)
    assert not MDF(path).signed
    path.with_suffix(".json").write_text('{"inputs": [-1, 1]}')
    assert MDF(path).signed


@pytest.mark.parametrize(("width", "count"), [(32, 29_185), (64, 113_665), (128, 448_513)])
def test_parameters_per_scale_are_those_of_the_published(width: int, count: int) -> None:
    assert sum(p.numel() for p in Discriminator(width).parameters()) == count


def test_discriminators_stay_as_they_are(tmp_path: Path) -> None:
    loss = MDF(file_of([4, 8], tmp_path))
    x = photograph(24, channels=3)
    y = degraded(x, 0.1).requires_grad_()
    parent = torch.nn.ModuleList([loss]).train()
    before = loss(y, x)
    before.backward()
    assert y.grad is not None
    assert all(p.grad is None for p in parent.parameters())
    assert torch.equal(parent[0](y, x), before)  # the first call moved no statistics
    assert not any(module.training for module in loss.modules())


def test_gradients_are_those_of_the_value(tmp_path: Path) -> None:
    loss = MDF(file_of([4], tmp_path))
    x = photograph(12, channels=3).double()
    y = degraded(x.float(), 0.1).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda y: loss(y, x), [y])


def test_a_gray_picture_is_shown_in_three_equal_channels(tmp_path: Path) -> None:
    loss = MDF(file_of([4], tmp_path))
    x = photograph(24)
    y = degraded(x, 0.1)
    assert torch.equal(loss(y, x), loss(y.repeat(1, 3, 1, 1), x.repeat(1, 3, 1, 1)))
    with pytest.raises(ValueError, match="1 or 3 channels, not 2"):
        loss(y.repeat(1, 2, 1, 1), x.repeat(1, 2, 1, 1))


def test_scales_count_from_the_coarsest(tmp_path: Path) -> None:
    path = file_of([4, 4, 8], tmp_path)
    assert [len(MDF(path, scales=n).discriminators) for n in (1, 2, 8)] == [1, 2, 3]
    with pytest.raises(ValueError, match="scales is a whole number, 1 or more, not 0"):
        MDF(path, scales=0)


def test_ten_scales_are_in_order(tmp_path: Path) -> None:
    """2 comes before 10, as numbers do and words do not."""
    path = file_of(list(range(1, 12)), tmp_path)
    widths = [one.head.conv.out_channels for one in mdf.load(path)]
    assert widths == list(range(1, 12))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"0.extra": torch.zeros(1)}, "extra"),
        ({"0.tail.weight": torch.zeros(1, 4, 5, 5)}, "tail.weight"),
        ({"x.head": torch.zeros(1)}, "holds no discriminators"),
        ({"1.tail.bias": torch.zeros(1)}, "scale 1: no first layer"),
    ],
)
def test_a_file_of_something_else_is_refused(
    spoil: dict[str, Tensor], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        MDF(file_of([4], tmp_path, **spoil))


def test_a_truncated_file_a_pickle_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    path = file_of([4], tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    for name, message in (
        (path, "truncated"),
        (tmp_path / "Ds_Denoising.pth", "pickle"),
        (tmp_path / "none.safetensors", "there is no file"),
        ("sharpening", "no weight of MDF 'sharpening'; there are denoising, jpeg"),
    ):
        with pytest.raises(ValueError, match=message):
            MDF(name)


def test_an_11_pixel_picture_gives_one_verdict() -> None:
    assert Discriminator(4)(torch.rand(1, 3, 11, 11)).shape == (1, 1, 1, 1)

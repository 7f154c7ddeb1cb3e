"""Discriminators learned from one picture: sizes, what they learn, going on after a kill."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import images
from helpers.losses import MDF
from helpers.training import mdf
from helpers.training.mdf import Generator, OneScale, Scales, pyramid, train_discriminators
from helpers.training.recipes import RECIPES
from tests.losses.pictures import degraded, photograph

SMALL = Scales(scales=2, width=4, drawn=2)
SHORT = {"steps": 3, "patch": 24, "progress": False}
NOISES = {name: RECIPES[f"mdf_{name}"].noise for name in ("denoising", "jpeg")}
NOISE = NOISES["denoising"]


def picture(side: int = 64) -> np.ndarray:
    return images.load("coffee", size=side)


def test_the_pyramid_has_the_sides_that_were_asked_for() -> None:
    levels = pyramid(torch.rand(1, 3, 100, 150), Scales(scales=4))
    assert [tuple(one.shape) for one in levels] == [
        (1, 3, 25, 38),
        (1, 3, 33, 50),
        (1, 3, 44, 67),
        (1, 3, 59, 89),
    ]


def test_a_picture_too_small_for_the_scales_is_refused() -> None:
    with pytest.raises(ValueError, match="need a picture of 187 pixels, not 100×150"):
        pyramid(torch.rand(1, 3, 100, 150), Scales())


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"scales": 0}, "scales is a whole number, 1 or more, not 0"),
        ({"factor": 1.0}, "factor is a number above 0 to below 1, not 1"),
        ({"fidelity": None}, "fidelity is a number, 0 or more, not None"),
    ],
)
def test_impossible_scales_are_refused(settings: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Scales(**settings)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"lr": None}, "lr is a number above 0, not None"),
        ({"seed": "x"}, "seed is a whole number, 0 or more, not 'x'"),
        ({"batch": 2}, "batch is 1 for discriminators of one picture, not 2"),
        ({"crop": 24}, "a training has no 'crop'"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        train_discriminators(picture(), NOISE, SMALL, **settings)


def test_a_gray_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="learn colour"):
        train_discriminators(picture()[..., 0], NOISE, SMALL)


def test_a_generator_keeps_the_size() -> None:
    assert Generator(4)(torch.rand(2, 3, 25, 31)).shape == (2, 3, 25, 31)


def test_widths_are_those_of_the_published() -> None:
    assert [Scales().width_at(scale) for scale in range(9)] == [32] * 4 + [64] * 4 + [128]


def test_generator_and_discriminator_learn() -> None:
    scales = Scales(scales=1, width=8, drawn=2)
    _, late = train_discriminators(picture(), NOISE, scales, **SHORT | {"steps": 60})
    _, early = train_discriminators(picture(), NOISE, scales, **SHORT | {"steps": 1})
    assert late.scores["error"][-1] < 0.7 * early.scores["error"][-1]
    assert late.scores["apart"][-1] > early.scores["apart"][-1]


@pytest.mark.parametrize("side", [8, 40])
@pytest.mark.parametrize("slope", [1.0, 3.0])
def test_the_slope_of_a_verdict_does_not_shrink_with_the_picture(side: int, slope: float) -> None:
    """Taken of the mean verdict, slopes grew with the number of pixels until repairs failed."""
    x, y = torch.rand(2, 1, 1, side, side)
    penalty = mdf.slope_penalty(lambda z: slope * z, torch.lerp(x, y, 0.3))
    assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-5)


@pytest.mark.parametrize("task", NOISES)
@pytest.mark.parametrize("last", [(0, 2), (1, 0), (1, 1)])  # a scale, and a step of it
def test_a_training_that_was_stopped_goes_on_to_the_same_end(
    task: str, last: tuple, tmp_path: Path, monkeypatch
) -> None:
    noise, state = NOISES[task], tmp_path / "state.safetensors"
    whole, history = train_discriminators(picture(), noise, SMALL, **SHORT)

    class Stop(Exception):
        pass

    def stop(objective, numbers):
        sides.add(objective.real.shape)
        if (len(sides) - 1, numbers[0]) == last:
            raise Stop
        return batch(objective, numbers)

    sides, batch = set(), OneScale.batch
    monkeypatch.setattr(mdf, "fit", partial(mdf.fit, every=1))
    monkeypatch.setattr(OneScale, "batch", stop)
    with pytest.raises(Stop):
        train_discriminators(picture(), noise, SMALL, checkpoint=state, **SHORT)
    monkeypatch.setattr(OneScale, "batch", batch)
    again, resumed = train_discriminators(picture(), noise, SMALL, checkpoint=state, **SHORT)
    assert len(history.step) == SMALL.scales
    assert (resumed.step, resumed.scores) == (history.step, history.scores)
    for a, b in zip(whole, again):
        for x, y in zip(a.state_dict().values(), b.state_dict().values()):
            assert torch.equal(x, y)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"steps": 4}, "there {'steps': 3}, here {'steps': 4}"),
        ({"picture": picture(72)}, "there {'picture'"),
        ({"noise": NOISES["jpeg"]}, "there {'noise': 'Gaussian"),
        ({"options": Scales(scales=2, width=4, drawn=2, penalty=0.2)}, "there {'penalty': 0.1}"),
    ],
)
def test_a_state_of_another_training_is_refused(
    changes: dict, reason: str, tmp_path: Path
) -> None:
    same = {"picture": picture(), "noise": NOISE, "options": SMALL, **SHORT}
    same["checkpoint"] = tmp_path / "state.safetensors"
    train_discriminators(**same)
    with pytest.raises(ValueError, match=f"belongs to another training: {reason}"):
        train_discriminators(**same | changes)


def test_the_seed_of_others_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_discriminators(picture(), NOISE, SMALL, **SHORT)
    assert torch.equal(torch.rand(3), expected)


def test_what_is_written_is_a_loss(tmp_path: Path) -> None:
    discriminators, _ = train_discriminators(picture(), NOISE, SMALL, **SHORT)
    path = tmp_path / "mine.safetensors"
    mdf.write(discriminators, path, {"inputs": [-1, 1]})
    assert json.loads(path.with_suffix(".json").read_text())["inputs"] == [-1, 1]
    loss, x = MDF(path), photograph(32, channels=3)
    assert loss.signed
    assert loss(degraded(x, 0.1), x) > loss(degraded(x, 0.01), x) > loss(x, x) == 0

"""Discriminators learned from one picture: sizes, what they learn, going on after a kill."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import images
from helpers.losses import MDF
from helpers.training import mdf
from helpers.training.mdf import Generator, Settings, pyramid, train_discriminators
from tests.losses.pictures import degraded, photograph

SMALL = Settings(scales=2, width=4, steps=3, drawn=2, crop=24)
NOISE = mdf.TASKS["denoising"]


def picture(side: int = 64) -> np.ndarray:
    return images.load("coffee", size=side)


def test_the_pyramid_has_the_sides_that_were_asked_for() -> None:
    levels = pyramid(torch.rand(1, 3, 100, 150), Settings(scales=4))
    assert [tuple(one.shape) for one in levels] == [
        (1, 3, 25, 38),
        (1, 3, 33, 50),
        (1, 3, 44, 67),
        (1, 3, 59, 89),
    ]


def test_a_picture_too_small_for_the_scales_is_refused() -> None:
    with pytest.raises(ValueError, match="need a picture of 187 pixels, not 100×150"):
        pyramid(torch.rand(1, 3, 100, 150), Settings())


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"scales": 0}, "scales is a whole number, 1 or more, not 0"),
        ({"factor": 1.0}, "factor is a number above 0 to below 1, not 1"),
        ({"lr": None}, "lr is a number above 0, not None"),
        ({"seed": "x"}, "seed is a whole number, 0 or more, not 'x'"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Settings(**settings)


def test_a_gray_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="learn colour"):
        train_discriminators(picture()[..., 0], NOISE, SMALL, progress=False)


def test_a_generator_keeps_the_size() -> None:
    assert Generator(4)(torch.rand(2, 3, 25, 31)).shape == (2, 3, 25, 31)


def test_widths_are_those_of_the_published() -> None:
    assert [Settings().width_at(scale) for scale in range(9)] == [32] * 4 + [64] * 4 + [128]


def test_generator_and_discriminator_learn() -> None:
    settings = replace(SMALL, scales=1, width=8, steps=60)
    _, (late,) = train_discriminators(picture(), NOISE, settings, progress=False)
    _, (early,) = train_discriminators(
        picture(), NOISE, replace(settings, steps=1), progress=False
    )
    assert late["error"] < 0.7 * early["error"]
    assert late["apart"] > early["apart"]


@pytest.mark.parametrize("side", [8, 40])
@pytest.mark.parametrize("slope", [1.0, 3.0])
def test_the_slope_of_a_verdict_does_not_shrink_with_the_picture(side: int, slope: float) -> None:
    """Taken of the mean verdict, slopes grew with the number of pixels until repairs failed."""
    x, y = torch.rand(2, 1, 1, side, side)
    penalty = mdf._slope_penalty(lambda z: slope * z, x, y)
    assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-5)


@pytest.mark.parametrize("task", mdf.TASKS)
def test_a_training_that_was_stopped_goes_on_to_the_same_end(task: str, tmp_path: Path) -> None:
    noise, state = mdf.TASKS[task], tmp_path / "state.safetensors"
    whole, history = train_discriminators(picture(), noise, SMALL, progress=False)

    class Stop(Exception):
        pass

    def stop(scales, settings, real=mdf._next_pair):
        if len(scales) == 1:
            raise Stop
        return real(scales, settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mdf, "_next_pair", stop)
        with pytest.raises(Stop):
            train_discriminators(picture(), noise, SMALL, state, progress=False)
    again, resumed = train_discriminators(picture(), noise, SMALL, state, progress=False)
    assert resumed == history
    for a, b in zip(whole, again):
        for x, y in zip(a.state_dict().values(), b.state_dict().values()):
            assert torch.equal(x, y)


def test_a_state_of_another_training_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.safetensors"
    train_discriminators(picture(), NOISE, SMALL, state, progress=False)
    with pytest.raises(ValueError, match="other settings"):
        train_discriminators(picture(), NOISE, replace(SMALL, steps=4), state, progress=False)


def test_the_seed_of_others_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_discriminators(picture(), NOISE, replace(SMALL, scales=1, steps=1), progress=False)
    assert torch.equal(torch.rand(3), expected)


def test_what_is_written_is_a_loss(tmp_path: Path) -> None:
    discriminators, _ = train_discriminators(picture(), NOISE, SMALL, progress=False)
    path = tmp_path / "mine.safetensors"
    mdf.write(discriminators, path, {"inputs": [-1, 1]})
    assert json.loads(path.with_suffix(".json").read_text())["inputs"] == [-1, 1]
    loss, x = MDF(path), photograph(32, channels=3)
    assert loss.signed
    assert loss(degraded(x, 0.1), x) > loss(degraded(x, 0.01), x) > loss(x, x) == 0


def test_the_command_writes_weight_and_card(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(mdf, "Settings", lambda steps: replace(SMALL, steps=steps))
    mdf.Settings.steps = 500
    mdf.main(
        ["jpeg", "--steps", "1", "--out", str(tmp_path), "--checkpoints", str(tmp_path / "state")]
    )
    card = json.loads((tmp_path / "mdf_jpeg.json").read_text())
    assert card["training"]["steps"] == 1
    assert "Jpeg" in card["training"]["noise"] or "jpeg" in card["training"]["noise"]
    assert card["inputs"] == [-1, 1]
    assert len(MDF(tmp_path / "mdf_jpeg.safetensors").discriminators) == SMALL.scales
    assert not list((tmp_path / "state").iterdir())

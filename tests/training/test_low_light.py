"""Zero-DCE learns to brighten from dark pictures alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from helpers import images, networks
from helpers.losses import LowLight
from helpers.training import train_low_light
from helpers.training.low_light import Brightening
from tests.training.small import values


def network(**options) -> networks.ZeroDCE:
    """A tiny network, with the same fresh weights in every run."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return networks.build("zero_dce", **{"width": 4, "scale": 1} | options)


def dark(count: int = 2) -> list[np.ndarray]:
    """Dead leaves in the dark, 48 pixels each way."""
    return [0.15 * images.dead_leaves(seed, (48, 48, 3), (4, 24)) for seed in range(count)]


def trained(checkpoint=None, **changes):
    made = changes.pop("network", None) or network()
    chosen = {"images": dark(), "steps": 8, "batch": 2, "patch": 16, "every": 4} | changes
    history = train_low_light(
        made, chosen.pop("images"), checkpoint=checkpoint, progress=False, **chosen
    )
    return made, history


def test_a_dark_picture_becomes_brighter() -> None:
    made, history = trained(steps=60, batch=4, lr=0.01, every=20, grad_clip=1.0)
    assert history.step == [20, 40, 60]
    assert history.loss == sorted(history.loss, reverse=True)
    assert all(map(math.isnan, history.psnr))
    assert not made.training
    picture = dark(3)[-1]  # never seen
    bright = networks.TrainedNetwork(made)(picture)
    assert bright.mean() > 2 * picture.mean()


def test_the_seed_decides_everything() -> None:
    first, again, other = (values(trained(seed=seed)[0]) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("form", ["paper", "released"])
def test_the_loss_is_that_of_the_curves_at_the_patches(form: str) -> None:
    seen, loss = [], LowLight(form)
    loss.register_forward_hook(lambda m, x, y: seen.append((x, y.item())))
    _, history = trained(loss=loss, steps=4)
    for (enhanced, picture, curves), _ in seen:
        assert picture.shape == enhanced.shape == (2, 3, 16, 16)
        assert curves.shape == (2, 24, 16, 16)
        torch.testing.assert_close(enhanced, networks.apply_curves(picture, curves))
        assert picture.max() < 0.16
    assert history.loss == [pytest.approx(np.mean([value for _, value in seen]), rel=1e-5)]


def test_gray_pictures_train_the_gray_network() -> None:
    made, history = trained(network=network(channels=1))
    assert math.isfinite(history.loss[-1])
    assert not torch.equal(values(made), values(network(channels=1)))


def test_a_training_that_was_stopped_goes_on_to_the_same_end(tmp_path, monkeypatch) -> None:
    whole, expected = trained()
    state, batch = tmp_path / "state.safetensors", Brightening.batch

    class Stop(Exception):
        pass

    def stop(objective, numbers):
        if numbers[0] >= 12:  # in step 6
            raise Stop
        return batch(objective, numbers)

    with monkeypatch.context() as patch:
        patch.setattr(Brightening, "batch", stop)
        with pytest.raises(Stop):
            trained(state)
    again, history = trained(state)
    assert torch.equal(values(again), values(whole))
    assert (history.step, history.loss) == (expected.step, expected.loss)
    with pytest.raises(ValueError, match=r"belongs to another training: there \{'loss': 'Low"):
        trained(state, loss=LowLight("released"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"network": networks.build("rednet", channels=3)},
            "build.'zero_dce'. is trained",
        ),
        ({"network": networks.ZeroDCE()}, "network is one made by networks.build"),
        ({"images": []}, "none of the 0 pictures"),
        ({"images": [np.zeros((20, 20))]}, "colour network needs colour pictures"),
        ({"patch": 15}, "a region has 16×16 pixels"),
        ({"steps": 0}, "steps is a whole number from 1 to 1000000000, not 0"),
        ({"seed": None}, "seed is a whole number, 0 or more, not None"),
        ({"lr": 0.0}, "lr is a number above 0, not 0"),
        ({"weight_decay": -1.0}, "weight_decay is a number, 0 or more, not -1"),
        ({"every": 0}, "every is a whole number, 1 or more, not 0"),
        ({"loss": 3}, "loss is a losses.LowLight, not 3"),
        ({"patch": None}, "patch is a whole number, 1 or more, not None"),
        ({"checkpoint": 5}, "checkpoint is a name or a path, not 5"),
    ],
)
def test_what_cannot_be_trained_is_refused(changes: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        trained(**changes)


def test_a_loss_that_is_no_number_stops_the_training() -> None:
    class Broken(LowLight):
        def forward(self, *given):
            return super().forward(*given) * math.nan

    with pytest.raises(FloatingPointError, match="the loss is nan at step 1"):
        trained(loss=Broken())

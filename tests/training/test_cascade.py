"""Joint training: the denoiser learns what the task needs, the task network nothing."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from helpers import networks, noise
from helpers.networks import Cascade
from helpers.training import JointLoss, train_cascade
from helpers.training.cascade import BeforeTask
from tests.training.small import values

NOISE = noise.Gaussian(0.3)


def stripes() -> tuple[list[np.ndarray], list[int]]:
    """Pictures of horizontal and vertical stripes, 12 pixels each way, and which they are."""
    rows = np.tile(np.array([0.3, 0.7], np.float32).repeat(2), 3)[:, None].repeat(12, 1)
    return [rows, rows.T.copy(), 1 - rows, 1 - rows.T], [0, 1, 0, 1]


def cascade(network: str = "dingliu", **options) -> Cascade:
    """A tiny denoiser before a classifier that reads clean stripes."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        denoiser = networks.build(network, **{"width": 8} | options)
        task = nn.Sequential(
            *(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2)),
            *(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        )
    edge = torch.tensor([[1.0], [0.0], [-1.0]]).expand(3, 3)
    task[0].weight.data[:, 0] = torch.stack([edge, edge.T])
    return Cascade(denoiser, task)


def trained(checkpoint=None, **changes):
    both = changes.pop("cascade", None) or cascade()
    pictures, targets = stripes()
    chosen = {
        "images": pictures, "targets": targets, "noise": NOISE, "steps": 8, "batch": 4, "every": 4,
        "lr": 1e-3,
    } | changes  # fmt: skip
    given = chosen.pop("images"), chosen.pop("targets")
    return both, train_cascade(both, *given, checkpoint=checkpoint, progress=False, **chosen)


def test_the_denoiser_learns_for_the_task_and_the_task_stays() -> None:
    both = cascade()
    task, denoiser = (copy.deepcopy(net.state_dict()) for net in (both.task, both.denoiser))
    _, history = trained(cascade=both, steps=60, every=20, loss=JointLoss(pixels=0.0))
    assert history.loss[-1] < 0.8 * history.loss[0]
    assert all(torch.equal(value, task[key]) for key, value in both.task.state_dict().items())
    assert not any(
        torch.equal(value, denoiser[key]) for key, value in both.denoiser.named_parameters()
    )
    assert not both.training


def test_without_the_task_it_is_an_ordinary_denoiser() -> None:
    _, history = trained(steps=60, every=20, lr=1e-2, loss=JointLoss(weight=0.0))
    assert history.loss[-1] < 0.5 * NOISE.sigma**2


def test_a_frozen_task_does_not_decide_how_the_denoiser_learns() -> None:
    # Muon moves vectors more slowly where nothing is normalised, as in this denoiser.
    normalised = cascade("rednet", depth=4)
    plain = Cascade(copy.deepcopy(normalised.denoiser), nn.Identity())
    loss = JointLoss(lambda answer, target: answer.mean(), weight=0.0)
    for one in (normalised, plain):
        trained(cascade=one, optimizer="muon", loss=loss)
    for first, second in zip(normalised.denoiser.parameters(), plain.denoiser.parameters()):
        assert torch.equal(first, second)


def test_each_picture_keeps_its_target() -> None:
    """The target is the clean picture; what the task network answers is the restored one."""
    off, pictures = [], torch.from_numpy(np.stack(stripes()[0]))  # (4, 12, 12)
    same = Cascade(networks.build("rednet", depth=4, width=4), nn.Identity())

    def task(answer, target):
        nearest = (answer - pictures).abs().mean((2, 3)).argmin(dim=1)  # (N, 4) errors to (N,)
        off.extend((target[:, 0] - pictures[nearest]).abs().amax((1, 2)))
        return answer.square().mean()

    trained(
        cascade=same, targets=pictures[:, None], loss=JointLoss(task), lr=1e-6,
        noise=noise.Gaussian(0.05),
    )  # fmt: skip
    assert len(off) == 32
    assert not any(off)


def test_both_parts_are_weighed() -> None:
    x, answer = torch.zeros(2, 1, 2, 2), torch.tensor([[3.0, 0.0], [0.0, 3.0]])
    target, error = torch.tensor([0, 0]), 0.04
    entropy = (math.log(1 + math.exp(-3)) + math.log(1 + math.exp(3))) / 2
    for weight, pixels in ((1, 1), (0.25, 10), (0, 1), (2, 0)):
        value = JointLoss(weight=weight, pixels=pixels)(x + 0.2, x, answer, target).item()
        assert value == pytest.approx(weight * entropy + pixels * error, rel=1e-5)


def test_the_seed_decides_everything() -> None:
    first, again, other = (values(trained(seed=seed)[0]) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_training_that_was_stopped_goes_on_to_the_same_end(tmp_path, monkeypatch) -> None:
    batch_norm = {"batch_norm": True}  # its statistics are kept as well
    whole, expected = trained(cascade=cascade(**batch_norm))
    state, batch = tmp_path / "state.safetensors", BeforeTask.batch

    class Stop(Exception):
        pass

    def stop(objective, numbers):
        if numbers[0] >= 24:  # in step 6
            raise Stop
        return batch(objective, numbers)

    with monkeypatch.context() as patch:
        patch.setattr(BeforeTask, "batch", stop)
        with pytest.raises(Stop):
            trained(state, cascade=cascade(**batch_norm))
    again, history = trained(state, cascade=cascade(**batch_norm))
    assert torch.equal(values(again), values(whole))
    statistic = "denoiser.encode.1.running_var"
    assert torch.equal(again.state_dict()[statistic], whole.state_dict()[statistic])
    assert history.loss == expected.loss
    other = cascade(**batch_norm)
    other.task[0].weight.data.mul_(2)
    with pytest.raises(ValueError, match=r"belongs to another training: there \{'task'"):
        trained(state, cascade=other)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"targets": [0, 1, 0]}, "4 pictures, but 3 targets"),
        ({"targets": [0, 1, 2, 3]}, "targets are classes: whole numbers from 0 to 1"),
        ({"targets": [0.0, 1.0, 0.0, 1.0]}, "targets are classes: whole numbers from 0 to 1"),
        ({"images": [np.zeros((8, 8)), np.zeros((9, 8))], "targets": [0, 1]}, "have one shape"),
        (
            {"cascade": Cascade(nn.Identity(), nn.Identity())},
            "network is one made by networks.build",
        ),
        ({"batch": 0}, "batch is a whole number from 1 to 1000000000, not 0"),
        ({"grad_clip": 0.0}, "grad_clip is a number above 0, not 0"),
        ({"cascade": 5}, "cascade is a networks.Cascade, not 5"),
        ({"targets": None}, "targets is an array of numbers, .*, not None"),
        ({"targets": 3}, "targets is an array of numbers"),
        ({"targets": ["a", "b", "c", "d"]}, "targets is an array of numbers"),
        ({"images": None}, "images is a list of pictures, not None"),
        ({"loss": "mse"}, "loss is a JointLoss, not 'mse'"),
        ({"ema_deca": 0.1}, "a training has no 'ema_deca', did you mean 'ema_decay'"),
    ],
)
def test_what_cannot_be_trained_is_refused(changes: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        trained(**changes)


@pytest.mark.parametrize("weights", [(-1, 1), (1, -1), (0, 0), (math.nan, 1)])
def test_impossible_weights_are_refused(weights: tuple) -> None:
    with pytest.raises(ValueError, match=r"0 or more(, and not both 0|, not -1|, not nan)"):
        JointLoss(weight=weights[0], pixels=weights[1])

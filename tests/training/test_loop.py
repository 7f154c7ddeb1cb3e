"""The training loop: its rate, its optimisers, averages, and what stops it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from helpers.training import Settings, checkpoint
from helpers.training.loop import ADAM, Objective, fit
from helpers.training.muon import Muon
from tests.training.small import network, pictures, trained, values

# ---- lr --------------------------------------------------------------------------------------


def rates(**settings: float) -> np.ndarray:
    chosen = Settings(**settings)
    return np.array([chosen.lr_at(step) for step in range(chosen.steps)])


def test_the_rate_rises_in_a_line_and_falls_as_half_a_cosine() -> None:
    rate = rates(steps=1000, warmup=100, lr=2.0)
    np.testing.assert_allclose(rate[:100], 2 * np.arange(1, 101) / 100)
    late = np.arange(900) / 900
    np.testing.assert_allclose(rate[100:], 1 + np.cos(np.pi * late), atol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 15, 50, 120, 1000])
def test_however_short_a_training_its_rate_falls_at_the_end(steps: int) -> None:
    rate = rates(steps=steps, lr=1.0)
    assert rate.max() == pytest.approx(1, abs=0.02)
    assert (rate > 0).all()
    top = rate.argmax()
    assert (np.diff(rate[top:]) < 1e-12).all()  # no plateau, no second rise
    assert top <= 1 + steps // 10
    assert steps < 15 or rate[-1] < 0.03


def test_a_constant_rate_stays_after_its_warm_up() -> None:
    rate = rates(steps=40, warmup=4, lr=2.0, schedule="constant")
    np.testing.assert_allclose(rate[:4], [0.5, 1.0, 1.5, 2.0])
    assert set(rate[4:]) == {2.0}


def test_every_step_is_done_at_its_rate(monkeypatch) -> None:
    seen, step = [], Muon.step

    def watched(self, closure=None):
        seen.append(self.param_groups[0]["lr"])
        step(self, closure)

    monkeypatch.setattr(Muon, "step", watched)
    trained(steps=7, lr=0.01)
    np.testing.assert_allclose(seen, rates(steps=7, lr=0.01))


# ---- learning -------------------------------------------------------------------------------


def watch(monkeypatch, look: Callable[[], torch.Tensor]) -> list[torch.Tensor]:
    """What there is to see after each step of the trainings to come."""
    seen, step = [], Muon.step

    def watched(self, closure=None):
        step(self, closure)
        seen.append(look())

    monkeypatch.setattr(Muon, "step", watched)
    return seen


def moving_average(seen: list[torch.Tensor], decay: float) -> torch.Tensor:
    average = seen[0]
    for number, value in enumerate(seen[1:], start=1):
        average = average.lerp(value, 1 - min(decay, (1 + number) / (10 + number)))
    return average


def test_the_network_ends_with_averaged_weights_in_eval_mode(monkeypatch) -> None:
    made = network()
    seen = watch(monkeypatch, lambda: values(made))
    trained(network=made, ema_decay=0.5)
    average = moving_average(seen, 0.5)
    assert not made.training
    assert (average - seen[-1]).abs().max() > 1e-4
    torch.testing.assert_close(values(made), average, rtol=0, atol=1e-6)


def test_statistics_of_batch_normalisation_are_averaged_too(monkeypatch) -> None:
    made = network("dncnn")
    norm = made.noise[3]
    seen = watch(monkeypatch, lambda: norm.running_mean.clone())
    trained(network=made, ema_decay=0.5)
    average = moving_average(seen, 0.5)
    assert (average - seen[-1]).abs().max() > 1e-4
    torch.testing.assert_close(norm.running_mean, average, rtol=0, atol=1e-6)
    assert norm.num_batches_tracked == 12


def test_the_same_training_ends_at_the_same_weights() -> None:
    first, again, other = (values(trained(seed=seed)[0]) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_gradients_are_clipped_by_norm(monkeypatch) -> None:
    made, seen, step = network(), [], Muon.step

    def watched(self, closure=None):
        seen.append(torch.cat([p.grad.flatten() for p in made.parameters()]).norm().item())
        step(self, closure)

    monkeypatch.setattr(Muon, "step", watched)
    trained(network=made, loss=lambda x, y: 1e6 * (x - y).square().mean(), grad_clip=0.5, steps=3)
    np.testing.assert_allclose(seen, 0.5, rtol=1e-3)


def test_progress_tells_loss_and_score(capsys) -> None:
    trained(steps=4, every=2, progress=True, validation=pictures(1))
    assert re.search(r"loss 0\.\d+, \d\d\.\d\d dB", capsys.readouterr().err)
    trained(steps=4)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("name", "ratio"), [("dncnn", 1.0), ("rednet", 0.1)])
def test_vectors_are_slow_where_nothing_normalises(name: str, ratio: float, monkeypatch) -> None:
    seen, step = [], Muon.step

    def watched(self, closure=None):
        seen.extend(group["adam_lr_ratio"] for group in self.param_groups)
        step(self, closure)

    monkeypatch.setattr(Muon, "step", watched)
    trained(network=network(name), steps=1)
    assert set(seen) == {ratio}
    trained(network=network(name), steps=1, adam_lr_ratio=0.5)
    assert seen[-1] == 0.5


@pytest.mark.parametrize("name", ["rednet", "dncnn"])
def test_bfloat16_trains_to_nearly_the_same(name: str) -> None:
    whole, half = (trained(network=network(name), precision=p)[1] for p in ("float32", "bfloat16"))
    assert whole.loss != half.loss
    np.testing.assert_allclose(whole.loss, half.loss, rtol=0.05)


def test_a_loss_that_is_no_number_stops_the_training_and_keeps_the_checkpoint(tmp_path) -> None:
    def loss(restored, clean):
        calls.append(1)
        return (restored - clean).square().mean() * (1 if len(calls) < 6 else math.nan)

    calls, path = [], tmp_path / "state.safetensors"
    with pytest.raises(FloatingPointError, match="loss is nan at step 6: a lower lr may help"):
        trained(path, loss=loss)
    assert checkpoint.read(path)[0]["history"]["step"][-1] == 4


# ---- optimisers -----------------------------------------------------------------------------


class Target(Objective):
    """A layer is to answer 1; what it sees is decided by the numbers of the samples."""

    def batch(self, numbers):
        rows = [np.random.default_rng(number).random(3, np.float32) for number in numbers]
        return [torch.from_numpy(np.stack(rows))]

    def loss(self, run, batch):
        return (run(*batch) - 1).square().mean()


def layer() -> nn.Linear:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Linear(3, 1)


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam)]
)
def test_the_loop_does_what_a_plain_loop_of_pytorch_does(name: str, kind: type) -> None:
    ours, theirs = layer(), layer()
    numbers = {"weight_decay": 0.1, "betas": (0.8, 0.9)}
    settings = Settings(
        **ADAM | {"optimizer": name}, **numbers, lr=0.01, steps=7, batch=2, grad_clip=0.1
    )
    fit(ours, Target(), settings, progress=False)
    optimizer = kind(theirs.parameters(), 0.01, **numbers)
    for step in range(7):
        optimizer.zero_grad()
        Target().loss(theirs, Target().batch([2 * step, 2 * step + 1])).backward()
        nn.utils.clip_grad_norm_(theirs.parameters(), 0.1)
        optimizer.step()
    assert torch.equal(ours.weight, theirs.weight)
    assert torch.equal(ours.bias, theirs.bias)


def test_no_clipping_and_no_average_are_choices() -> None:
    """The last weights, after steps as long as they come."""
    clipped, free = layer(), layer()
    settings = Settings(**ADAM, lr=0.01, steps=5, grad_clip=None)
    fit(free, Target(), settings, progress=False)
    fit(clipped, Target(), replace(settings, grad_clip=1e9), progress=False)
    assert torch.equal(free.weight, clipped.weight)


def test_gradients_that_a_frozen_part_has_left_over_do_not_count() -> None:
    """A task network in a cascade was trained before: it keeps its last gradients."""
    plain, after = (nn.Sequential(nn.Linear(3, 3), layer()) for _ in range(2))
    after.load_state_dict(plain.state_dict())
    for model in (plain, after):
        model[1].requires_grad_(False)
    after[1].weight.grad = torch.full((1, 3), 1e6)
    settings = Settings(**ADAM, lr=0.01, steps=3)
    for model in (plain, after):
        fit(model, Target(), settings, progress=False)
    assert torch.equal(plain[0].weight, after[0].weight)


def test_parts_that_learn_in_turn_see_each_other_as_they_have_become() -> None:
    class Turns(Target):
        def learners(self, model):
            return [model["first"], model["second"]]

        def losses(self, run, batch):
            before = model["first"].weight.detach().clone()
            yield self.loss(model["first"], batch)
            moved.append(not torch.equal(model["first"].weight, before))
            yield self.loss(model["second"], batch) + model["first"].weight.sum() * 0

    moved, model = [], nn.ModuleDict({"first": layer(), "second": layer()})
    fit(model, Turns(), Settings(**ADAM, lr=0.1, steps=4), progress=False)
    assert moved == [True] * 4
    assert torch.equal(model["first"].weight, model["second"].weight)

"""Checks of notebook `denoising_for_vision`: judge a map, freeze a network, win back a score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("dice")
def _dice(answer: Callable) -> str | None:
    """Dice of two boolean maps; two empty ones agree."""
    square = np.zeros((8, 8), bool)
    square[2:6, 2:6] = True
    beside, nothing = np.roll(square, 2, axis=1), np.zeros((8, 8), bool)
    corner = np.zeros((8, 8), bool)
    corner[2:4, 2:4] = True
    cases = {
        "a map and itself": (square, square, 1.0),
        "a square and one half beside it": (square, beside, 0.5),
        "a map and an empty one": (square, nothing, 0.0),
        "a square and its quarter": (square, corner, 0.4),
    }
    for name, (first, second, right) in cases.items():
        value = number(answer(first.copy(), second.copy()))
        shared = np.sum(first & second) / np.sum(first | second)
        equal = np.mean(first == second)
        slips = {
            "that is intersection over union, which counts what both share once": shared,
            "that is the share of equal pixels, most of which are background": equal,
            "what both share counts twice": right / 2,
        }
        if slip := name_slip(value, right, slips, "see Dice"):
            return f"{name}: {value:.3g} instead of {right:.3g}; {slip}"
    with np.errstate(all="ignore"):
        empty = number(answer(nothing.copy(), nothing.copy()))
    return None if np.isclose(empty, 1) else f"two empty maps agree: 1, not {empty:.3g}"


@exercise("freeze")
def _freeze(answer: Callable) -> str | None:
    """A frozen network: no gradient for its values, no new statistics, but one for its input."""
    import torch
    from torch import nn

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU())
        picture = torch.rand(4, 1, 8, 8)
    frozen = given(answer(network))
    if not isinstance(frozen, nn.Module):
        return "return the network"
    before = {name: value.clone() for name, value in frozen.state_dict().items()}
    picture.requires_grad_()
    output = frozen(picture)
    if not output.requires_grad:
        return "the denoiser before it would learn nothing: no gradient goes through"
    output.square().sum().backward()
    if picture.grad is None or not picture.grad.abs().sum() > 0:
        return "the denoiser before it would learn nothing: no gradient reaches its picture"
    if any(value.requires_grad for value in frozen.parameters()):
        return "its own values still ask for a gradient, and an optimiser would change them"
    state = frozen.state_dict()
    moved = [name for name, value in before.items() if not torch.equal(value, state[name])]
    if moved:
        return f"looking at a picture changed {moved[0]}: batch normalisation learns in train mode"
    return None


@exercise("won-back")
def _won_back(answer: Callable) -> str | None:
    """(restored − noisy) / (clean − noisy), of the means."""
    rng = np.random.default_rng(0)
    clean, noisy = rng.uniform(0.9, 1, 40), rng.uniform(0.4, 0.6, 40)
    cases = {
        "Dice, half way back": (clean, noisy, (clean + noisy) / 2 + rng.normal(0, 0.02, 40)),
        "right and wrong answers": tuple(
            np.float64([[1, 1, 1, 1, 0], [1, 0, 0, 1, 0], [1, 1, 0, 1, 0]])
        ),
        "a denoiser that does harm": (clean, noisy, noisy - 0.1),
    }
    for name, (top, bottom, restored) in cases.items():
        right = (restored.mean() - bottom.mean()) / (top.mean() - bottom.mean())
        with np.errstate(all="ignore"):
            share = number(answer(top.copy(), bottom.copy(), restored.copy()))
        if np.isclose(share, right, atol=1e-9):
            continue
        hint = "0 is the score of the noisy pictures, 1 that of the clean ones"
        if np.isclose(share, restored.mean() / top.mean()):
            hint = "noisy pictures would get more than 0; " + hint
        elif name.startswith("right"):
            hint = "take the means first: one picture alone may have lost nothing"
        elif np.isclose(share, 0) and right < 0:
            hint = "harm is negative: cut nothing off"
        return f"{name}: {share:.3g} instead of {right:.3g}; {hint}"
    return None

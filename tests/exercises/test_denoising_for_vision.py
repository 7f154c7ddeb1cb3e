"""Right and wrong answers to the exercises of notebook `denoising_for_vision`."""

from __future__ import annotations

import copy

import numpy as np


def dice(first: np.ndarray, second: np.ndarray) -> float:
    total = first.sum() + second.sum()
    return 2 * (first & second).sum() / total if total else 1.0


def frozen(network, learns: bool = False, mode: bool = False):
    return network.requires_grad_(learns).train(mode)


def blocked(network):
    """Frozen, and nothing goes through it."""
    import torch

    class Blocked(torch.nn.Module):
        def forward(self, picture):
            with torch.no_grad():
                return frozen(network)(picture)

    return Blocked()


def won_back(clean: np.ndarray, noisy: np.ndarray, restored: np.ndarray) -> float:
    return (restored - noisy).mean() / (clean - noisy).mean()


def copy_then_freeze(network):
    """What is frozen is not what is returned."""
    other = copy.deepcopy(network)
    frozen(network)
    return other.eval()


RIGHT = {
    "dice": [lambda: dice],
    "freeze": [lambda: frozen, lambda: lambda network: frozen(copy.deepcopy(network))],
    "won-back": [lambda: won_back],
}


WRONG = {
    "dice": [
        (lambda: lambda a, b: (a & b).sum() / max((a | b).sum(), 1), "intersection over union"),
        (lambda: lambda a, b: np.mean(a == b), "share of equal pixels"),
        (lambda: lambda a, b: dice(a, b) / 2, "counts twice"),
        (lambda: lambda a, b: 2 * (a & b).sum() / (a.sum() + b.sum()), "two empty maps"),
        (lambda: lambda a, b: dice(a, b) * bool(a.any()), "two empty maps"),
    ],
    "freeze": [
        (lambda: lambda network: network, "still ask for a gradient"),
        (lambda: lambda network: network.eval(), "still ask for a gradient"),
        (lambda: copy_then_freeze, "still ask for a gradient"),
        (lambda: lambda network: frozen(network, mode=True), "batch normalisation"),
        (lambda: blocked, "no gradient goes through"),
        (lambda: lambda network: 3, "return the network"),
    ],
    "won-back": [
        (lambda: lambda c, n, r: np.mean((r - n) / (c - n)), ""),
        (lambda: lambda c, n, r: r.mean() / c.mean(), "more than 0"),
        (lambda: lambda c, n, r: max(won_back(c, n, r), 0), "harm is negative"),
        (lambda: lambda c, n, r: r.mean() - n.mean(), "0 is the score"),
    ],
}

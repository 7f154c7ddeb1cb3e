"""Muon (Jordan et al. 2024): the change of each weight matrix made orthogonal.

Adam scales every weight by itself. Muon takes the momentum of a whole matrix and replaces it by
the nearest matrix with equal singular values, so that rare directions are learned as fast as
common ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

MOMENTUM = 0.95  # as published
# Adam's, for biases, normalisation, and matrices too small to gain: 0.999, its usual second one,
# remembers a thousand steps, and many trainings here have fewer.
ADAM = (0.9, 0.99)
ADAM_LR_RATIO = 0.1  # of the rate for Adam: biases that move as fast as matrices kill their ReLUs
SMALLEST = 8  # rows and columns that a matrix needs
POLYNOMIAL = (3.4445, -4.7750, 2.0315)  # drives singular values to about 1 in five rounds


class Muon(torch.optim.Optimizer):
    """Muon for matrices and convolutions, Adam for all other parameters.

    Parameters
    ----------
    params : iterable of nn.Parameter
        The weight of a layer counts as a matrix of its first side × all its others: outputs ×
        (inputs · height · width) of a convolution, inputs × the rest of a transposed one.
    lr : float
        Learning rate; a matrix of a × b changes by 0.2·√max(a, b)·lr in norm per direction,
        which is about what Adam does at the same lr.
    adam_params : sequence of nn.Parameter
        Those that Adam changes however large they are, such as the last layer's.
    adam_lr_ratio : float
        Share of lr, for all that Adam changes. With batch normalisation 1 is better: the live
        network of notebook `residual_denoisers` reaches 29.15 dB on Set12 with it, 28.72 with
        0.1. Without, 0.1 keeps the loss from jumping.
    max_grad_ratio : float, optional
        A matrix's gradient is shortened to this many times its usual length. One batch in
        thousands has a far longer one, which would rule the momentum for twenty steps.
    weight_decay : float
        Share of itself, times lr, that every parameter loses in a step, as in AdamW.

    References
    ----------
    Jordan et al. (2024). Muon: an optimizer for hidden layers in neural networks (a web
    publication). Liu et al. (2025), arXiv 2502.16982, for the factor 0.2·√max(a, b).

    Examples
    --------
    >>> layer = nn.Linear(16, 8)
    >>> optimizer = Muon(layer.parameters(), lr=0.01)
    >>> layer(torch.ones(1, 16)).sum().backward()
    >>> before = layer.weight.detach().clone()
    >>> optimizer.step()
    >>> bool((before != layer.weight).all())
    True
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        adam_params: Sequence[nn.Parameter] = (),
        adam_lr_ratio: float = ADAM_LR_RATIO,
        max_grad_ratio: float | None = None,
        weight_decay: float = 0.0,
    ) -> None:
        by_adam = {id(parameter) for parameter in adam_params}
        groups = [
            {"params": [p for p in params if id(p) not in by_adam], "muon": True},
            {"params": list(adam_params), "muon": False},
        ]
        defaults = {
            "lr": lr,
            "adam_lr_ratio": adam_lr_ratio,
            "max_grad_ratio": max_grad_ratio or math.inf,
            "weight_decay": weight_decay,
        }
        super().__init__([group for group in groups if group["params"]], defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                large = parameter.ndim >= 2 and min(parameter.flatten(1).shape) >= SMALLEST
                if group["muon"] and large:
                    gradient = _shortened(parameter.grad, state, group["max_grad_ratio"])
                    change = _muon(gradient, state)
                else:
                    change = group["adam_lr_ratio"] * _adam(parameter.grad, state)
                if group["weight_decay"]:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.sub_(group["lr"] * change)


def _shortened(gradient: Tensor, state: dict[str, Tensor], max_ratio: float) -> Tensor:
    """At most `max_ratio` times as long as its average length so far."""
    if max_ratio == math.inf:
        return gradient
    length = gradient.norm()
    usual = state.setdefault("usual", length.clone())
    limit = length.minimum(torch.where(usual > 0, max_ratio * usual, math.inf))  # 0 is no usual
    usual.lerp_(limit, 1 - MOMENTUM)
    return gradient * (limit / (length + 1e-12))


def _muon(gradient: Tensor, state: dict[str, Tensor]) -> Tensor:
    momentum = state.setdefault("momentum", torch.zeros_like(gradient))
    momentum.lerp_(gradient, 1 - MOMENTUM)
    matrix = torch.lerp(gradient, momentum, MOMENTUM).flatten(1)  # Nesterov's look ahead
    size = 0.2 * max(matrix.shape) ** 0.5
    return size * orthogonal(matrix).reshape(gradient.shape)


def _adam(gradient: Tensor, state: dict[str, Tensor]) -> Tensor:
    mean = state.setdefault("mean", torch.zeros_like(gradient))
    square = state.setdefault("square", torch.zeros_like(gradient))
    count = state.setdefault("count", torch.zeros(()))
    count += 1
    mean.lerp_(gradient, 1 - ADAM[0])
    square.lerp_(gradient.square(), 1 - ADAM[1])
    unbiased = (square / (1 - ADAM[1] ** count)).sqrt()
    return mean / (1 - ADAM[0] ** count) / (unbiased + 1e-8)


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with its singular values moved near 1, by five Newton-Schulz rounds.

    Examples
    --------
    >>> values = torch.linalg.svdvals(orthogonal(torch.diag(torch.tensor([3.0, 1.0, 0.3]))))
    >>> bool(((values > 0.6) & (values < 1.3)).all())
    True
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-12)
    square = x @ x.T  # each round multiplies x by a matrix made of it: the small one is enough
    a, b, c = POLYNOMIAL
    unit = torch.eye(len(x), dtype=x.dtype, device=x.device)
    product = unit
    for _ in range(5):
        factor = a * unit + b * square + c * square @ square
        product = factor @ product
        square = factor @ square @ factor
    x = product @ x
    return x.T if tall else x

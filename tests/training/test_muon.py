"""Muon: its changes are orthogonal, whatever has no matrix is left to Adam."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from helpers.training.muon import ADAM_LR_RATIO, POLYNOMIAL, Muon, orthogonal


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def change(parameter: nn.Parameter, lr: float = 1.0, steps: int = 1) -> torch.Tensor:
    """What the optimiser takes away when the gradient is always the same."""
    before = parameter.detach().clone()
    optimizer = Muon([parameter], lr)
    parameter.grad = drawn(*parameter.shape)
    for _ in range(steps):
        optimizer.step()
    return before - parameter.detach()


@pytest.mark.parametrize("shape", [(16, 16), (8, 40), (40, 8), (64, 576)])
def test_singular_values_move_near_1(shape: tuple) -> None:
    matrix = drawn(*shape)
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_directions_are_kept() -> None:
    """The nearest orthogonal matrix is U·Vᵀ: all that changes are the singular values."""
    matrix = drawn(12, 30)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    inside = left.T @ orthogonal(matrix) @ right.T
    off = inside - torch.diag(inside.diagonal())
    assert off.abs().max() < 1e-3
    assert inside.diagonal().min() > 0.6


def test_the_length_of_a_gradient_does_not_matter() -> None:
    torch.testing.assert_close(orthogonal(drawn(8, 20)), orthogonal(1e-6 * drawn(8, 20)))


def test_no_gradient_gives_no_change() -> None:
    assert not orthogonal(torch.zeros(8, 9)).any()


def test_the_rounds_do_what_five_rounds_of_the_polynomial_do() -> None:
    """What is done with the small matrix is what the paper does with the large one."""
    matrix, (a, b, c) = drawn(12, 30).double(), POLYNOMIAL
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    values = values / matrix.norm()
    for _ in range(5):
        values = a * values + b * values**3 + c * values**5
    torch.testing.assert_close(orthogonal(matrix), (left * values) @ right)


def test_a_matrix_whose_first_gradient_is_nothing_moves_later() -> None:
    weight = nn.Parameter(torch.zeros(8, 8))
    optimizer = Muon([weight], 0.1, max_grad_ratio=2)
    for gradient in (torch.zeros(8, 8), torch.eye(8)):
        weight.grad = gradient
        optimizer.step()
    assert weight.abs().max() > 0.01


@pytest.mark.parametrize("shape", [(16, 8, 3, 3), (8, 24, 1, 1), (32, 12)])
def test_a_matrix_changes_as_much_in_every_direction(shape: tuple) -> None:
    delta = change(nn.Parameter(torch.zeros(shape)), lr=0.5).flatten(1)
    expected = 0.5 * 0.2 * max(delta.shape) ** 0.5
    values = torch.linalg.svdvals(delta) / expected
    assert values.min() > 0.6
    assert values.max() < 1.3


@pytest.mark.parametrize("shape", [(16,), (4, 100), (64, 4), (4, 1, 3, 3)])
def test_vectors_and_narrow_matrices_change_as_with_a_slower_adam(shape: tuple) -> None:
    ours = change(nn.Parameter(torch.zeros(shape)), lr=0.01, steps=5)
    parameter = nn.Parameter(torch.zeros(shape))
    adam = torch.optim.Adam([parameter], lr=0.01 * ADAM_LR_RATIO, betas=(0.9, 0.99))
    parameter.grad = drawn(*shape)
    for _ in range(5):
        adam.step()
    torch.testing.assert_close(ours, -parameter.detach())


def test_a_slow_one_changes_as_with_adam_and_the_others_do_not() -> None:
    last, inner = (nn.Parameter(torch.zeros(16, 8)) for _ in range(2))
    optimizer = Muon(iter([inner, last]), 1.0, adam_params=[last])
    for parameter in (inner, last):
        parameter.grad = drawn(16, 8)
    optimizer.step()
    torch.testing.assert_close(
        last.detach(), -ADAM_LR_RATIO * drawn(16, 8).sign(), rtol=1e-4, atol=0
    )
    assert torch.linalg.svdvals(inner.detach()).min() > 0.4


@pytest.mark.parametrize("ratio", [0.1, 1.0])
def test_adams_share_of_the_rate_is_a_choice(ratio: float) -> None:
    parameter = nn.Parameter(torch.zeros(5))
    parameter.grad = drawn(5)
    Muon([parameter], 1.0, adam_lr_ratio=ratio).step()
    torch.testing.assert_close(parameter.detach(), -ratio * drawn(5).sign(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("shape", [(5,), (8, 8)])
def test_weights_decay_apart_from_their_gradients(shape: tuple) -> None:
    """As in AdamW: each loses a share of itself, times lr, and then changes as it would."""
    start, moved = drawn(*shape) + 3, []
    for decay in (0.0, 0.1):
        parameter = nn.Parameter(start.clone())
        parameter.grad = drawn(*shape)
        Muon([parameter], 0.5, weight_decay=decay).step()
        moved.append(parameter.detach())
    torch.testing.assert_close(moved[0] - moved[1], 0.05 * start, rtol=1e-4, atol=1e-5)


def test_momentum_outlives_a_gradient() -> None:
    parameter = nn.Parameter(torch.zeros(8, 8))
    optimizer = Muon([parameter], 1.0)
    parameter.grad = drawn(8, 8)
    optimizer.step()
    before = parameter.detach().clone()
    parameter.grad = torch.zeros(8, 8)
    optimizer.step()
    assert (parameter - before).norm() > 0.1


def test_what_has_no_gradient_stays() -> None:
    parameter = nn.Parameter(drawn(8, 8))
    Muon([parameter], 1.0).step()
    assert torch.equal(parameter, drawn(8, 8))


def test_muon_solves_what_is_badly_scaled() -> None:
    """Least squares with inputs of scales from 1 to 1/30."""
    target, scales = drawn(8, 10), torch.logspace(0, -1.5, 10)
    weight = nn.Parameter(torch.zeros(8, 10))
    optimizer = Muon([weight], lr=0.5)
    for step in range(200):
        for group in optimizer.param_groups:
            group["lr"] = 0.5 * (1 - step / 200)
        optimizer.zero_grad()
        ((weight - target) * scales).square().sum().backward()
        optimizer.step()
    assert (weight - target).abs().max() < 0.1


@pytest.mark.parametrize(("ratio", "ruled"), [(None, True), (2.0, False)])
def test_one_far_longer_gradient_need_not_rule_the_next_steps(ratio, ruled: bool) -> None:
    """Fifty equal gradients, one of another direction and 1000 times as long, one more."""
    parameter = nn.Parameter(torch.zeros(8, 8))
    usual, odd = torch.eye(8), torch.diag(torch.tensor([1.0, -1] * 4))
    optimizer = Muon([parameter], 1.0, max_grad_ratio=ratio)
    for gradient in [*[usual] * 50, 1000 * odd]:
        parameter.grad = gradient.clone()
        optimizer.step()
    before = parameter.detach().clone()
    parameter.grad = usual
    optimizer.step()
    moved = (before - parameter.detach()).diagonal()
    assert (moved.min() < 0) == ruled  # against the direction of 51 of 52 gradients


def test_shortened_gradients_go_on_after_a_checkpoint() -> None:
    """What is usual is kept with the momentum."""
    parameter = nn.Parameter(torch.zeros(8, 8))
    optimizer = Muon([parameter], 1.0, max_grad_ratio=2.0)
    for length in (1.0, 10.0, 10.0):
        parameter.grad = length * torch.eye(8)
        optimizer.step()
    (state,) = optimizer.state_dict()["state"].values()
    first = 8**0.5
    second = first + 0.05 * first  # 10 counts as 2
    torch.testing.assert_close(state["usual"], torch.tensor(second + 0.05 * second))

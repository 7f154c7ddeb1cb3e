"""Losses of single pixels: their values and their gradients."""

from __future__ import annotations

import pytest
import torch

from helpers.losses import LOSSES, Charbonnier

ERRORS = torch.tensor([[[[0.0, 0.5], [-0.25, 1.0]]]])  # restored − reference
PIXELWISE = {
    "l1": 1.75 / 4,
    "l2": 1.3125 / 4,
    "charbonnier": (1e-3 + sum((e**2 + 1e-6) ** 0.5 for e in (0.5, 0.25, 1.0))) / 4,
}


@pytest.mark.parametrize("name", PIXELWISE)
def test_a_loss_is_the_mean_over_pixels(name: str) -> None:
    reference = torch.full_like(ERRORS, 0.25)
    value = LOSSES[name]()(reference + ERRORS, reference)
    assert value.shape == ()
    assert value.item() == pytest.approx(PIXELWISE[name])


@pytest.mark.parametrize("name", PIXELWISE)
def test_gradients_are_those_of_the_formula(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    pair = [torch.rand(2, 1, 3, 4, generator=generator, dtype=torch.float64) for _ in range(2)]
    assert torch.autograd.gradcheck(LOSSES[name](), [x.requires_grad_() for x in pair])


@pytest.mark.parametrize("name", PIXELWISE)
def test_both_signs_of_an_error_cost_the_same_and_none_costs_least(name: str) -> None:
    loss, x = LOSSES[name](), torch.rand(1, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    assert loss(x + 0.1, x) == pytest.approx(loss(x - 0.1, x).item())
    assert loss(x, x) < loss(x + 1e-2, x) < loss(x + 0.1, x)


@pytest.mark.parametrize(("name", "best"), [("l1", 0.0), ("charbonnier", 0.0), ("l2", 0.2)])
def test_the_best_guess_is_a_median_or_a_mean(name: str, best: float) -> None:
    """Of five pixels one is 1, the others 0."""
    pixels = torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0])
    guesses = torch.linspace(0, 1, 101)
    losses = [LOSSES[name]()(guess.expand(5), pixels) for guess in guesses]
    assert guesses[torch.stack(losses).argmin()].item() == pytest.approx(best, abs=0.011)


def test_charbonnier_is_square_near_zero_and_straight_far_away() -> None:
    loss, zero = Charbonnier(epsilon=0.1), torch.zeros(1)
    near, far = (loss(torch.tensor([e]), zero).item() for e in (0.001, 10.0))
    assert near - 0.1 == pytest.approx(0.001**2 / (2 * 0.1), rel=0.01)
    assert far == pytest.approx(10 + 0.1**2 / (2 * 10), rel=1e-6)


@pytest.mark.parametrize("epsilon", [0, -1.0, float("nan")])
def test_a_round_bottom_has_a_width(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon is a number above 0"):
        Charbonnier(epsilon=epsilon)

"""Losses."""

from __future__ import annotations

import pytest
import torch

from helpers.losses import LOSSES
from tests.robustness.cases import CLEAN


def test_losses_charbonnier_of_bytes_does_not_wrap_around() -> None:
    black, gray = (torch.full((1, 1, 4, 4), v, dtype=torch.uint8) for v in (0, 100))
    with pytest.raises(ValueError, match="float"):  # now 4.0; of floats 100.0
        LOSSES["charbonnier"]()(black, gray)


def test_losses_ssim_refuses_gray_levels() -> None:
    flat = torch.full((1, 1, 64, 64), 0.2)
    noisy = flat + 0.02 * torch.randn(flat.shape, generator=torch.Generator().manual_seed(1))
    assert LOSSES["ssim"]()(noisy, flat) == pytest.approx(0.3, abs=0.05)
    with pytest.raises(ValueError, match="divide by 255"):  # now 0.99996
        LOSSES["ssim"]()(255 * noisy, 255 * flat)


@pytest.mark.parametrize("given", [None, CLEAN, "camera"], ids=["None", "array", "string"])
@pytest.mark.parametrize("name", ["l2", "charbonnier", "deg"])
def test_losses_ask_for_tensors(name: str, given: object) -> None:
    with pytest.raises(ValueError, match="tensor"):
        LOSSES[name]()(given, given)

"""SSIM and MS-SSIM as losses: one minus the metric, with gradients of use."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import images, noise
from helpers.losses import L1, MSSSIM, MSSSIML1, SSIM, structure
from helpers.metrics import METRICS
from helpers.training.patches import as_batch
from tests.losses.pictures import degraded, photograph

LOSS = {"ssim": SSIM, "ms_ssim": MSSSIM}
SPOILED = {
    "noise": lambda x: noise.Gaussian(0.1)(x, rng=0),
    "blur": lambda x: noise.GaussianBlur(2)(x, rng=0),
    "faint": lambda x: 0.5 * x + 0.2,
    "JPEG": lambda x: noise.Jpeg(10)(x, rng=0),
}


@pytest.mark.parametrize("name", LOSS)
@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("shape", [(192, 192), (163, 201, 3)])  # odd sides, and colour
def test_a_loss_is_one_minus_the_metric(name: str, spoil: str, shape: tuple) -> None:
    x = images.load("astronaut", gray=len(shape) == 2)[: shape[0], : shape[1]]
    y = SPOILED[spoil](x).astype(np.float32)
    value = LOSS[name]()(as_batch([y]), as_batch([x]))
    assert 1 - value.item() == pytest.approx(METRICS[name](x, y), abs=1e-5)


@pytest.mark.parametrize("name", LOSS)
def test_float32_is_exact_on_a_bright_flat_picture(name: str) -> None:
    """Where E[x²] − E[x]² is a small difference of large numbers."""
    bright = 0.9 + 0.01 * images.load("astronaut", gray=True, size=192)
    y = bright + np.float32(0.002) * np.random.default_rng(0).standard_normal(bright.shape)
    value = LOSS[name]()(as_batch([y.astype(np.float32)]), as_batch([bright]))
    assert 1 - value.item() == pytest.approx(METRICS[name](bright, y), abs=1e-5)


@pytest.mark.parametrize(("name", "side"), [("ssim", 13), ("ms_ssim", 161)])
def test_gradients_are_those_of_the_value(name: str, side: int) -> None:
    """Double precision; of MS-SSIM, which needs large pictures, along random directions."""
    x = photograph(side).double()
    y, loss = degraded(x.float(), 0.1).double().requires_grad_(), LOSS[name]()
    (slope,) = torch.autograd.grad(loss(y, x), y)
    for seed in range(5):
        way = torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(seed))
        ahead, behind = (loss(y + step * way, x).item() for step in (1e-5, -1e-5))
        assert (ahead - behind) / 2e-5 == pytest.approx((slope * way).sum().item(), rel=1e-5)


def test_a_negative_contrast_term_counts_as_none_and_is_led_back_up() -> None:
    x = photograph(176)
    y = (1 - x).requires_grad_()  # the negative: contrast and structure are opposite
    value = MSSSIM()(y, x)
    value.backward()
    assert value.item() == 1 - METRICS["ms_ssim"](x[0, 0].numpy(), 1 - x[0, 0].numpy()) == 1
    (step,) = (y.grad / y.grad.norm(),)
    assert step.isfinite().all()
    _, before = structure._similarities(y.detach(), x)
    _, after = structure._similarities(y.detach() - step, x)
    assert after.mean() > before.mean()


@pytest.mark.parametrize("share", [0, 0.84, 1])
def test_l1_beside_ms_ssim_is_weighed(share: float) -> None:
    x = photograph(48)
    y = degraded(x, 0.1)
    expected = share * float(MSSSIM(scales=3)(y, x)) + (1 - share) * float(L1()(y, x))
    assert float(MSSSIML1(scales=3, share=share)(y, x)) == pytest.approx(expected, rel=1e-6)


def test_the_smallest_side_is_that_of_the_metric() -> None:
    assert (SSIM().smallest, MSSSIM().smallest) == (11, 161)
    for name, loss in LOSS.items():
        small = np.zeros((loss().smallest - 1, 161))
        with pytest.raises(ValueError, match="at least"):
            METRICS[name](small, small)


def test_one_scale_is_ssim_and_three_fit_a_patch() -> None:
    x = photograph(64)
    y = degraded(x, 0.1)
    assert MSSSIM(scales=1)(y, x).item() == pytest.approx(SSIM()(y, x).item(), abs=1e-6)
    assert MSSSIM(scales=3).smallest == 41
    assert 0 < MSSSIM(scales=3)(y, x) < MSSSIM(scales=1)(y, x)
    with pytest.raises(ValueError, match="scales is a whole number from 1 to 5, not 6"):
        MSSSIM(scales=6)

"""Gradients place by place, and DE-G with a slope."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from helpers import gradients, images, noise
from helpers.losses import DEG, GradientL1
from helpers.losses.gradients import BINS, METHODS, cumulated, differences
from helpers.training.patches import as_batch
from tests.losses.pictures import degraded, photograph


def naive(levels: Tensor) -> Tensor:
    """Soft histogram by an N×K matrix of triangles: what `cumulated` must equal, and avoid."""
    bins = torch.arange(-255, 256, dtype=levels.dtype)
    weight = (1 - (levels[..., None] - bins).abs()).clamp(min=0)  # (N, n, 511)
    return weight.mean(dim=1)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_the_soft_histogram_is_that_of_triangles(kind: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    levels = (300 * torch.randn(3, 1000, generator=generator, dtype=kind)).clamp(-255, 255)
    levels[0, :4] = torch.tensor([-255, 255, 0, 0.5])
    torch.testing.assert_close(cumulated(levels), naive(levels).cumsum(dim=1), atol=2e-6, rtol=0)
    assert cumulated(levels).shape == (3, BINS)


def test_its_slope_is_that_of_triangles_too() -> None:
    generator = torch.Generator().manual_seed(0)
    levels = 30 * torch.randn(2, 50, generator=generator, dtype=torch.float64)
    weight = torch.randn(2, BINS, generator=generator, dtype=torch.float64)
    slopes = []
    for histogram in (cumulated, lambda x: naive(x).cumsum(dim=1)):
        x = levels.clone().requires_grad_()
        slopes.append(torch.autograd.grad((weight * histogram(x)).sum(), x)[0])
    torch.testing.assert_close(*slopes)


@pytest.mark.parametrize("method", ["histogram", "sorted"])
@pytest.mark.parametrize("sigma", [5, 25, 100])
@pytest.mark.parametrize("name", ["camera", "astronaut"])
def test_on_8_bits_it_is_the_score(method: str, sigma: int, name: str) -> None:
    x = images.load(name, size=128)  # gray, and colour
    y = noise.Quantize()(noise.Gaussian(sigma / 255)(x, rng=0, clip=True), rng=0)
    value = DEG(method)(as_batch([y]), as_batch([x]))
    assert value.item() == pytest.approx(gradients.deg(x, y), rel=1e-5)


@pytest.mark.parametrize("method", ["histogram", "sorted"])
def test_gradients_are_those_of_the_value(method: str) -> None:
    x = photograph(16).double()
    y = degraded(x.float(), 0.1).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda y: DEG(method)(y, x), [y], eps=1e-7)
    assert torch.autograd.gradcheck(lambda y: GradientL1()(y, x), [y], eps=1e-7)


def test_both_methods_agree_between_the_levels() -> None:
    x = photograph(96)
    y = degraded(x, 0.1)
    assert DEG("sorted")(y, x) == pytest.approx(DEG()(y, x).item(), rel=0.01)


def test_statistics_do_not_know_where_they_are_from() -> None:
    """What makes DE-G a score that can be fooled; `gradient_l1` cannot be, in this way."""
    x = photograph(96)
    turned = x.flip((-2, -1))
    assert DEG()(turned, x) < 0.25 * DEG()(degraded(x, 0.05), x)
    assert GradientL1()(turned, x) > 0.5 * GradientL1()(degraded(x, 0.05), x)


def test_what_lies_beyond_the_bins_counts_in_the_outermost() -> None:
    x = torch.zeros(1, 1, 4, 4)
    near, far = (DEG()(x + height * torch.eye(4), x) for height in (1.0, 7.0))
    assert far == near


@pytest.mark.parametrize("method", ["histogram", "sorted"])
def test_a_window_of_the_whole_picture_is_the_whole_picture(method: str) -> None:
    x = photograph(25)[..., :24, :24]  # (24, 24): both directions lose their last row or column
    y = degraded(x, 0.1)
    value = DEG(method, window=23)(y, x)
    both = [
        METHODS[method](a[..., :23, :23].flatten(1), b[..., :23, :23].flatten(1))
        for a, b in zip(differences(255 * y), differences(255 * x))
    ]
    assert value.item() == pytest.approx(torch.stack(both).norm().item(), rel=1e-5)


def test_in_windows_of_one_difference_it_is_tied_to_each_place() -> None:
    x = photograph(33, channels=3)
    y = degraded(x, 0.05)
    (ax, ay), (bx, by) = (differences(255 * z) for z in (y, x))
    error = torch.stack([(ax - bx)[..., :-1, :], (ay - by)[..., :, :-1]])
    # the three channels of a place are compared as a set, so this holds for gray
    gray = DEG("sorted", window=1)(y[:, :1], x[:, :1])
    assert gray.item() == pytest.approx(error[:, :, :1].norm(dim=0).mean().item(), rel=1e-5)


def test_windows_see_what_moved_from_one_to_another() -> None:
    x = photograph(97)
    turned = x.flip((-2, -1))
    whole, local = (DEG(window=w)(turned, x) for w in (None, 8))
    assert local > 5 * whole


def test_a_picture_below_one_window_is_refused() -> None:
    x = torch.rand(1, 1, 8, 9)
    with pytest.raises(ValueError, match="at least 9×9"):
        DEG(window=8)(x, x)
    with pytest.raises(ValueError, match="window is a whole number, 1 or more, not 0"):
        DEG(window=0)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="method is one of histogram, sorted, not 'exact'"):
        DEG("exact")


@pytest.mark.slow
def test_a_histogram_never_holds_a_matrix_of_pixels_and_bins() -> None:
    """The N×K form of this picture would take 2 GiB; peak memory stays near its own size."""
    from torch.profiler import ProfilerActivity, profile

    x = torch.rand(1, 1, 1024, 1024)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        DEG()(x, x.flip(-1))
    largest = max(event.self_cpu_memory_usage for event in seen.events())
    assert largest <= 2 * x.numel() * x.element_size()


def test_as_sharp_as_numpy_on_a_known_case() -> None:
    x, y = np.zeros((2, 3), np.float32), np.array([[0, 0, 1], [0, 0, 1]], np.float32)
    # in x half of the differences move by 255 levels, in y none
    assert DEG()(as_batch([y]), as_batch([x])).item() == pytest.approx(127.5)

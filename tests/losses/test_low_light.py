"""The losses of Zero-DCE on pictures whose loss can be had by hand."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
from torch import Tensor

from helpers.losses import LowLight
from helpers.losses.low_light import (
    WEIGHTS,
    colour_constancy,
    exposure,
    smoothness,
    spatial_consistency,
)
from tests.losses.pictures import photograph

FORMS = list(WEIGHTS)


def regions(*rows: list[float]) -> Tensor:
    """A gray picture whose regions of 4×4 pixels have these means."""
    return torch.tensor(rows).repeat_interleave(4, 0).repeat_interleave(4, 1)[None, None]


def colour(*means: float) -> Tensor:
    """A picture of one colour, 16×16."""
    return torch.tensor(means).reshape(1, -1, 1, 1).expand(1, len(means), 16, 16)


# ---- spatial consistency --------------------------------------------------------------------


def test_differences_to_neighbours_count_once_from_each_side() -> None:
    dark, bright = regions([0.1, 0.2]), regions([0.1, 0.5])
    # |0.4| − |0.1| = 0.3, seen from both regions: 2 · 0.3² / 2
    assert spatial_consistency(bright, dark).item() == pytest.approx(0.09)


def test_as_released_there_is_black_beyond_the_border() -> None:
    dark, bright = regions([0.1, 0.2]), regions([0.1, 0.5])
    # the left region changes by 0, the right one by 0.3 against three black neighbours
    by_hand = (0.3**2 + (0.3**2 + 3 * 0.3**2)) / 2
    released = spatial_consistency(bright, dark, "released").item()
    assert released == pytest.approx(by_hand, rel=1e-5)


def test_the_paper_forgives_a_swap_of_neighbours_and_the_code_does_not() -> None:
    dark, swapped = regions([0.1, 0.4], [0.1, 0.4]), regions([0.4, 0.1], [0.4, 0.1])
    assert spatial_consistency(swapped, dark).item() == pytest.approx(0, abs=1e-12)
    assert spatial_consistency(swapped, dark, "released") > 0.1


def test_an_added_constant_costs_nothing_but_at_a_black_border() -> None:
    dark = photograph(32)
    assert spatial_consistency(dark + 0.2, dark).item() == pytest.approx(0, abs=1e-10)
    # 8×8 regions, of which 4 · 8 look at a border: 32 · 0.2² / 64
    released = spatial_consistency(dark + 0.2, dark, "released").item()
    assert released == pytest.approx(0.02, rel=1e-4)


# ---- exposure -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "paper", "released"), [(0.6, 0, 0), (0.1, 0.5, 0.25), (1.0, 0.4, 0.16)]
)
def test_exposure_is_the_distance_to_06_and_its_square(level, paper, released) -> None:
    for form, expected in (("paper", paper), ("released", released)):
        assert exposure(colour(level), form).item() == pytest.approx(expected, abs=1e-6)


def test_patches_are_exposed_each_by_itself() -> None:
    halves = torch.cat([colour(0.4, 0.4, 0.4), colour(0.8, 0.8, 0.8)], dim=-1)
    assert exposure(halves).item() == pytest.approx(0.2, rel=1e-5)  # and not 0, as on the average
    assert exposure(colour(0.0, 0.6, 1.2)).item() == pytest.approx(0, abs=1e-6)  # gray counts


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_picture_is_exposed_by_its_mean(form: str) -> None:
    halves = torch.cat([colour(0.3, 0.3, 0.3), colour(0.7, 0.7, 0.7)], dim=-1)
    assert exposure(halves, form, side=None, level=0.5).item() == pytest.approx(0, abs=1e-6)
    expected = {"paper": 0.2, "released": 0.04}[form]
    assert exposure(halves, form, level=0.5).item() == pytest.approx(expected, rel=1e-5)
    # that a dark picture makes up for a bright one does not count
    two = torch.cat([halves - 0.2, halves + 0.2])
    assert exposure(two, form, side=None, level=0.5).item() == pytest.approx(expected, rel=1e-5)


def test_patches_have_the_side_that_is_said() -> None:
    stripes = regions([0.4, 0.8])
    assert exposure(stripes, side=4).item() == pytest.approx(0.2, rel=1e-5)
    with pytest.raises(ValueError, match="a region has 8×8 pixels"):
        exposure(stripes, side=8)


# ---- colour ---------------------------------------------------------------------------------


def test_the_three_pairs_of_channels_are_compared() -> None:
    tinted = colour(0.1, 0.3, 0.6)  # differences 0.2, 0.3, 0.5
    paper, released = (colour_constancy(tinted, form).item() for form in FORMS)
    assert paper == pytest.approx(0.04 + 0.09 + 0.25)
    assert released == pytest.approx((0.2**4 + 0.3**4 + 0.5**4) ** 0.5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("means", [(0.3, 0.3, 0.3), (0.3,), (0.0, 0.0, 0.0)])
def test_gray_costs_nothing_and_has_a_gradient(form: str, means: tuple) -> None:
    picture = colour(*means).clone().requires_grad_()
    value = colour_constancy(picture, form)
    value.backward()
    assert value == 0
    assert torch.equal(picture.grad, torch.zeros_like(picture))


# ---- smoothness -----------------------------------------------------------------------------


def test_slopes_of_both_directions_are_added_and_squared() -> None:
    rows, columns = torch.meshgrid(torch.arange(5.0), torch.arange(4.0), indexing="ij")
    plane = (0.02 * rows - 0.03 * columns).expand(1, 24, 5, 4)
    # inside (0.02 + 0.03)², without a neighbour below 0.03², at the right 0.02²; three channels
    by_hand = 3 * (12 * 0.05**2 + 3 * 0.03**2 + 4 * 0.02**2) / 20
    assert smoothness(plane).item() == pytest.approx(by_hand, rel=1e-4)
    released = 2 * 24 * (0.02**2 + 0.03**2)
    assert smoothness(plane, "released").item() == pytest.approx(released, rel=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_equal_curves_cost_nothing(form: str) -> None:
    assert smoothness(torch.full((2, 24, 6, 5), -0.4), form) == 0
    assert smoothness(torch.ones(1, 24, 1, 1), form).item() == 0


def test_more_iterations_of_the_same_cost_the_same_in_the_paper_only() -> None:
    once = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    eight = once.repeat(1, 8, 1, 1)
    assert smoothness(eight).item() == pytest.approx(smoothness(once).item())
    ratio = smoothness(eight, "released") / smoothness(once, "released")
    assert ratio.item() == pytest.approx(8)


def test_gray_pictures_have_one_map_for_each_iteration() -> None:
    gray = torch.rand(1, 8, 6, 6, generator=torch.Generator().manual_seed(0))
    as_colour = gray.repeat_interleave(3, dim=1) / 3**0.5
    expected = smoothness(as_colour).item()
    assert smoothness(gray, channels=1).item() == pytest.approx(expected, rel=1e-5)


# ---- all of them ----------------------------------------------------------------------------


def scene(side: int = 32) -> tuple[Tensor, Tensor, Tensor]:
    """A brightened picture, the dark one, and curves between them; float64."""
    dark = (0.3 * photograph(side, channels=3)).double()
    curves = torch.rand(1, 24, side, side, generator=torch.Generator().manual_seed(2)).double()
    return dark**0.5, dark, curves - 0.5


@pytest.mark.parametrize(
    ("form", "weights"), [("paper", (1, 1, 0.5, 20)), ("released", (1, 10, 5, 200))]
)
def test_all_four_are_weighed_as_the_paper_or_the_code_weighs_them(form, weights) -> None:
    enhanced, dark, curves = given = scene()
    alone = (
        spatial_consistency(enhanced, dark, form),
        exposure(enhanced, form),
        colour_constancy(enhanced, form),
        smoothness(curves, form),
    )
    expected = sum(weight * part for weight, part in zip(weights, alone))
    torch.testing.assert_close(LowLight(form)(*given), expected)
    assert list(LowLight(form).parts(*given).values()) == list(alone)
    without = LowLight(form, smoothness=0.0)(*given)
    torch.testing.assert_close(without, expected - weights[3] * alone[3])


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_costs_the_mean_of_its_pictures(form: str) -> None:
    loss, first = LowLight(form), scene()
    second = tuple(0.7 * x for x in first)
    together = loss(*(torch.cat(pair) for pair in zip(first, second)))
    torch.testing.assert_close(together, (loss(*first) + loss(*second)) / 2)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["spatial", "exposure", "colour", "smoothness"])
def test_gradients_are_those_of_the_formulas(form: str, name: str) -> None:
    enhanced, dark, curves = scene(16)
    part = {
        "spatial": partial(spatial_consistency, dark=dark, form=form),
        "exposure": partial(exposure, form=form),
        "colour": partial(colour_constancy, form=form),
        "smoothness": partial(smoothness, form=form),
    }[name]
    at = curves[:, :3] if name == "smoothness" else enhanced
    assert torch.autograd.gradcheck(part, at.clone().requires_grad_())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", [0.0, 1.0, 0.6])
def test_no_flat_picture_makes_it_infinite(form: str, level: float) -> None:
    picture = torch.full((1, 3, 32, 32), level, requires_grad=True)
    curves = torch.zeros(1, 24, 32, 32, requires_grad=True)
    value = LowLight(form)(picture, torch.zeros(1, 3, 32, 32), curves)
    value.backward()
    assert value.isfinite()
    assert picture.grad.isfinite().all()
    assert curves.grad.isfinite().all()


def test_the_exposure_of_all_four_is_that_of_the_options() -> None:
    enhanced, *_ = given = scene()
    whole = LowLight("released", side=None, level=0.5)
    expected = exposure(enhanced, "released", None, 0.5)
    torch.testing.assert_close(whole.parts(*given)["exposure"], expected)
    moved = 10 * (expected - exposure(enhanced, "released"))
    torch.testing.assert_close(whole(*given) - LowLight("released")(*given), moved)


def test_the_forms_are_told_apart_in_a_checkpoint() -> None:
    assert repr(LowLight()) == (
        "LowLight(paper, spatial=1, exposure=1, colour=0.5, smoothness=20)"
    )
    assert repr(LowLight(exposure=3)) != repr(LowLight())
    whole = repr(LowLight(side=None, level=0.5))
    assert whole == repr(LowLight())[:-1] + ", side=None, level=0.5)"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: LowLight("keras"), "unknown form 'keras'. Known: paper, released"),
        (lambda: exposure(colour(0.5), "code"), "unknown form 'code'"),
        (lambda: smoothness(torch.zeros(1, 24, 2, 2), "code"), "unknown form 'code'"),
        (lambda: colour_constancy(colour(0.5), "code"), "unknown form 'code'"),
        (lambda: spatial_consistency(colour(1.0), colour(1.0), "code"), "unknown form 'code'"),
        (lambda: LowLight(spatal=1), "there is no 'spatal' to weigh; spatial, exposure, colour"),
        (lambda: LowLight(colour=-1.0), "the weight of colour is a number, 0 or more, not -1.0"),
        (
            lambda: LowLight()(colour(math.nan), colour(0.5), torch.zeros(1, 8, 16, 16)),
            "enhanced holds NaN",
        ),
        (
            lambda: LowLight()(colour(0.5), colour(0.5), torch.full((1, 8, 16, 16), math.inf)),
            "curves holds NaN or infinity",
        ),
        (
            lambda: LowLight()(colour(0.5), colour(0.5), torch.zeros(1, 8, 8, 16)),
            r"curves \(1, 8, 8, 16\) are not those of a picture \(1, 1, 16, 16\)",
        ),
        (lambda: smoothness(torch.zeros(1, 8, 2, 2)), r"curves are \(N, 3·iterations, H, W\)"),
        (lambda: LowLight(side=0), "side is a whole number, 1 or more, not 0"),
        (lambda: LowLight(side=2.5), "side is a whole number, 1 or more, not 2.5"),
        (lambda: exposure(colour(0.5), side=0), "side is a whole number, 1 or more, not 0"),
        (lambda: LowLight(level=1), "level is a gray level between 0 and 1, not 1"),
        (lambda: exposure(colour(0.5), level=math.nan), "level is a gray level between 0 and 1"),
        (lambda: exposure(torch.zeros(1, 3, 15, 40)), r"16×16 pixels, the picture \(15, 40\)"),
        (
            lambda: spatial_consistency(colour(1.0), colour(1.0, 1.0, 1.0)),
            r"enhanced \(1, 1, 16, 16\) and dark \(1, 3, 16, 16\) differ in shape",
        ),
    ],
)
def test_what_cannot_be_weighed_is_refused(call, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        call()

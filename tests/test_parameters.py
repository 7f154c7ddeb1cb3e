"""What a parameter accepts, shows, and moves through; models and filters have tests of theirs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from helpers import noise
from helpers.filters import FILTERS
from helpers.parameters import SIGMA, Parameter, parameter, parameters_of

SIZE = Parameter("size", 5, 1, 15, valid=(1, 99), symbol="size", unit=" px", step=2)
PEAK = Parameter("peak", 30, 1, 1000, valid=(1e-3, 1e9), symbol="peak", log=True)


def test_a_parameter_writes_its_value_as_the_literature_does() -> None:
    assert SIGMA.format(25 / 255) == "σ = 25/255"
    assert (SIGMA.scale, SIGMA.shown_unit) == (255, "of 255")
    assert SIZE.format(3) == "size = 3 px"
    assert (SIZE.scale, SIZE.shown_unit) == (1, "px")


@pytest.mark.parametrize("one", [SIGMA, SIZE, PEAK], ids=lambda one: one.name)
def test_position_is_the_inverse_of_at(one: Parameter) -> None:
    assert one.at(0) == one.low
    assert one.at(1) == pytest.approx(one.high)
    for value in (one.low, one.default, one.high):
        assert one.at(one.position(value)) == pytest.approx(value)


def test_positions_beyond_the_range_end_at_its_ends() -> None:
    assert SIGMA.position(1) == 1
    assert PEAK.position(0) == 0


def test_halfway_on_a_logarithmic_scale_is_the_geometric_mean() -> None:
    assert PEAK.at(0.5) == pytest.approx(1000**0.5)


def test_steps_are_whole_numbers() -> None:
    assert {type(SIZE.at(k / 30)) for k in range(31)} == {int}
    assert {SIZE.at(k / 30) for k in range(31)} == set(range(1, 16, 2))
    assert type(SIZE.check(3.0, "mean")) is int


@pytest.mark.parametrize(
    ("one", "value", "sentence"),
    [
        (SIGMA, 25, r"^mine: sigma is a number from 0 to 1, not 25; .* divide by 255$"),
        (SIGMA, 300, r"^mine: sigma is a number from 0 to 1, not 300$"),
        (SIGMA, float("nan"), r"not nan$"),
        (SIGMA, True, r"not True$"),
        (SIGMA, "0.1", r"not '0\.1'$"),
        (SIZE, 4, r"^mine: size is one of 1, 3, 5, …, not 4$"),
        (SIZE, 101, r"^mine: size is a number from 1 to 99, not 101$"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(one, value, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        one.check(value, "mine")


def test_sigma_is_declared_alike_for_denoisers_and_for_the_noise() -> None:
    assert noise.Gaussian.parameters()["sigma"] == SIGMA
    with pytest.raises(ValueError, match=r"tv: sigma is a number from 0 to 1, not 2"):
        FILTERS["tv"]([[0.5]], 2)


def test_fields_without_a_declaration_are_no_parameters() -> None:
    @dataclass(frozen=True)
    class Lamp:
        light: float = parameter(0.5, 0, 1, valid=(0, 1), symbol="light")
        name: str = "sun"

    @dataclass(frozen=True)
    class Fixed(Lamp):
        light: float = 1.0

    assert parameters_of(Lamp) == {
        "light": Parameter("light", 0.5, 0, 1, valid=(0, 1), symbol="light")
    }
    assert parameters_of(Fixed) == {}
    assert noise.Parameter is Parameter
    assert noise.parameter is parameter

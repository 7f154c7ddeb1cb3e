"""A registry is a dictionary that answers an unknown name with the known ones."""

from __future__ import annotations

import pytest

from helpers import exercises, gradients, images, metrics, noise
from helpers.registry import Registry

FAMILIES = {
    "photograph": images.PHOTOGRAPHS,
    "noise model": noise.MODELS,
    "distance": gradients.DISTANCES,
    "metric": metrics.METRICS,
    "exercise": exercises.CHECKS,
}


def add(a: int, b: int) -> int:
    return a + b


def test_register_returns_the_member_and_keeps_it_under_its_name() -> None:
    sums = Registry("sum")
    assert sums.register(add) is add
    assert dict(sums) == {"add": add}


def test_a_near_name_is_suggested() -> None:
    sums = Registry("sum")
    sums.register(add)
    with pytest.raises(ValueError, match="unknown sum 'ad', did you mean 'add'"):
        sums["ad"]


def test_an_empty_registry_answers_too() -> None:
    with pytest.raises(ValueError, match="unknown sum 'add'"):
        Registry("sum")["add"]


def test_looking_for_a_name_does_not_add_it() -> None:
    sums = Registry("sum")
    assert "add" not in sums
    assert sums.get("add") is None
    with pytest.raises(ValueError, match="unknown"):
        sums["add"]
    assert not sums


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_lists_all_its_names(family: str) -> None:
    registry = FAMILIES[family]
    with pytest.raises(ValueError, match=f"unknown {family} 'no such name'") as caught:
        registry["no such name"]
    assert [name for name in registry if name not in str(caught.value)] == []


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", [None, 3, ("gaussian",), "", ["gaussian"], {"a": 1}, {1}, ...])
def test_a_name_that_is_no_name_is_unknown(family: str, name: object) -> None:
    with pytest.raises(ValueError, match="unknown"):
        FAMILIES[family][name]
    assert name not in FAMILIES[family]
    assert FAMILIES[family].get(name) is None

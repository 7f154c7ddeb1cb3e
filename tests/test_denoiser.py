"""Whether what the course has is a denoiser by its one declaration."""

from __future__ import annotations

import inspect

import pytest

from helpers.denoiser import Denoiser
from helpers.filters import FILTERS
from helpers.networks import TrainedNetwork


@pytest.mark.parametrize("name", FILTERS)
def test_filters_are_called_as_a_denoiser_is(name: str) -> None:
    asked = list(inspect.signature(FILTERS[name]).parameters.values())[:2]
    declared = list(inspect.signature(Denoiser.__call__).parameters.values())[1:]
    assert isinstance(FILTERS[name], Denoiser)
    assert [(p.name, p.default) for p in asked] == [(p.name, p.default) for p in declared]


def test_trained_networks_are_called_as_a_denoiser_is() -> None:
    asked = list(inspect.signature(TrainedNetwork.__call__).parameters.values())[1:3]
    assert [(p.name, p.default) for p in asked] == [
        ("noisy", inspect.Parameter.empty),
        ("sigma", None),
    ]
    assert issubclass(TrainedNetwork, Denoiser)


def test_what_cannot_be_called_is_no_denoiser() -> None:
    assert not isinstance("bm3d", Denoiser)
    assert not isinstance(None, Denoiser)

"""Noise models from what is typed: values in the literature's units, and what is no model."""

from __future__ import annotations

import warnings

import pytest

from helpers import noise
from helpers.noise.parsing import model


def test_values_are_in_the_units_of_the_literature() -> None:
    assert model("gaussian:sigma=25") == noise.Gaussian(25 / 255)
    assert model("poisson:peak=30") == noise.Poisson(30)
    typed = model("poisson_gaussian:gain=0.02,sigma=4")
    assert typed == noise.PoissonGaussian(0.02, 4 / 255)


@pytest.mark.parametrize("key", noise.MODELS)
def test_every_model_can_be_typed_without_its_numbers(key: str) -> None:
    assert model(key) == noise.MODELS[key]()


def test_gray_levels_below_1_are_warned_of_and_pass() -> None:
    with pytest.warns(UserWarning, match=r"sigma is in gray levels here.*units is 25\.5"):
        assert model("gaussian:sigma=0.1").sigma == 0.1 / 255
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model("gaussian:sigma=0").sigma == 0
        assert model("speckle:sigma=0.2").sigma == 0.2  # in no unit: as the literature has it


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gauss", "unknown noise model 'gauss', did you mean 'gaussian'"),
        ("", "unknown noise model ''"),
        ("gaussian:s=3", "gaussian has the parameters sigma, not 's'"),
        ("gaussian:sigma=25,sigma=50", "names sigma twice"),
        ("gaussian:sigma=x", "'x' is no number"),
        ("gaussian:sigma", "'' is no number"),
        ("gaussian:sigma=nan", r"sigma \(in gray levels\) is a number from 0 to 255, not nan"),
        ("gaussian:sigma=300", r"sigma \(in gray levels\) is a number from 0 to 255, not 300"),
        (3, "a noise is a text such as 'gaussian:sigma=25', not 3"),
    ],
)
def test_what_is_no_noise_is_named(text: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        model(text)

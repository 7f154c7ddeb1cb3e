"""Right and wrong answers to the exercises of notebook `noise_models`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from helpers import noise
from helpers.exercises import check

pytestmark = pytest.mark.usefixtures("own_models")


def row_noise(offsets, register: bool = False) -> type[noise.NoiseModel]:
    """A noise model with one parameter σ that adds what `offsets` draws."""

    @dataclass(frozen=True)
    class RowNoise(noise.NoiseModel, register=register):
        """One offset for each row."""

        sigma: float = noise.parameter(0.1, 0, 0.4, valid=(0, 1), symbol="σ", unit="/255")

        def apply(self, image, rng):
            return image + offsets(self.sigma, image, rng)

    return RowNoise


def rows(image: np.ndarray) -> tuple[int, ...]:
    """One number for each row, gray or colour."""
    return (len(image), *[1] * (image.ndim - 1))


RIGHT = {
    "equal-noise": [lambda: 52, lambda: 0.5 / (25 / 255) ** 2, lambda: np.float64(52.02)],
    "row-noise": [
        lambda: row_noise(lambda s, x, rng: rng.normal(0, s, rows(x))),
        lambda: row_noise(lambda s, x, rng: s * rng.standard_normal(rows(x)), register=True),
    ],
}


WRONG = {
    "equal-noise": [
        (lambda: 26, "few"),
        (lambda: 104, "many"),
        (lambda: 25, "few"),
        (lambda: 0, "few"),
        (lambda: float("inf"), "many"),
        (lambda: float("nan"), ""),
    ],
    "row-noise": [
        (lambda: noise.Gaussian, "one number for each row"),
        (lambda: noise.Speckle, "one row"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s, (1, 8))), "each row"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s**2, (len(x), 1))), "instead of"),
        (lambda: row_noise(lambda s, x, rng: x * rng.normal(0, s / 0.95, rows(x))), "instead of"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, 0.1, rows(x))), "instead of 0.05"),
        (
            lambda: row_noise(lambda s, x, rng: np.maximum(x + rng.normal(0, s, rows(x)), 0) - x),
            "clipped",
        ),
        (
            lambda: row_noise(lambda s, x, rng: abs(rng.normal(0, 1.65 * s, (len(x), 1)))),
            "instead of 0",
        ),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s, (len(x), 1))), "(64,5,3)"),
        (lambda: row_noise(lambda s, x, rng: np.minimum(rng.normal(0, s, rows(x)), 1 - x)), ""),
        (lambda: row_noise(lambda s, x, rng: 0 * x), "instead of 0.1"),
        (lambda: row_noise(lambda s, x, rng: rng.normal(0, s, (2, 1, 1))), "shape"),
        # The same rows whatever the seed: noise that does not come from rng.
        (
            lambda: row_noise(
                lambda s, x, rng: np.random.default_rng(0).normal(0, s, (len(x), 1))
            ),
            "rng",
        ),
        # Other rows for the same seed: noise that nobody can repeat.
        (
            lambda: row_noise(lambda s, x, rng: np.random.normal(0, s, (len(x), 1))),  # noqa: NPY002
            "np.random",
        ),
        (lambda: noise.Gaussian(0.1), "class"),
        (lambda: 3, "class"),
    ],
}


@pytest.mark.parametrize("nothing", [None, ...])
def test_a_class_with_an_empty_body_is_not_tried(nothing: object) -> None:
    class Stub(noise.Gaussian):
        """One offset for each row."""

        def apply(self, image, rng):
            return nothing

    assert check("row-noise", Stub).status == "not tried"

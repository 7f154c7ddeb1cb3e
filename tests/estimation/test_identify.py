"""The kind of noise is named, and nothing where nothing explains the picture."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import noise
from helpers.estimation import identify
from tests.estimation.noisy import as_file


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [noise.Gaussian(15 / 255), noise.SaltAndPepper(0.06), noise.Speckle(0.2), noise.Jpeg(40)],
    ids=str,
)
def test_the_kind_of_noise_is_identified(clean: np.ndarray, model: noise.NoiseModel) -> None:
    assert identify(as_file(model, clean), clean)[0].model.key == model.key


@pytest.mark.slow
def test_nothing_explains_a_blur(clean: np.ndarray) -> None:
    kinds = ("gaussian", "poisson", "speckle", "salt_and_pepper")
    assert identify(as_file(noise.MotionBlur(15), clean), clean, kinds) == []

"""Arguments of a wholly wrong type."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from helpers import (
    estimation,
    images,
    metrics,
    networks,
    noise,
    training,
)
from helpers.networks import weights
from helpers.training import sources
from tests.robustness.cases import CLEAN, NOISY, small

WRONG = {
    "fit without reference": lambda: estimation.fit(NOISY, None),
    "weight None": lambda: networks.load(None),
    "weight 5": lambda: networks.load(5),
    "card no dictionary": lambda: weights.save(small(), "x.safetensors", "mine"),
    "sigma of 401 digits": lambda: noise.Gaussian(10**400),
    "names a number": lambda: metrics.score(CLEAN, NOISY, 3.5),
    "share None": lambda: metrics.regions(CLEAN, None),
    "window None": lambda: metrics.texture(CLEAN, NOISY, window=None),
    "reach None": lambda: metrics.residual_whiteness(NOISY, CLEAN, None),
    "size None": lambda: images.xray_phantom(0, None),
    "shape None": lambda: images.dead_leaves(0, None),
    "data None": lambda: sources.source(None),
    "pictures None": lambda: training.train(small(), None, noise=noise.Gaussian(), steps=1),
    "rate None": lambda: training.train(small(), [CLEAN], noise=noise.Gaussian(), rate=None),
}


@pytest.mark.parametrize("what", WRONG)
def test_arguments_of_a_wrong_type_are_refused(what: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError):  # noqa: PT011, any sentence of ours
        WRONG[what]()


def test_arguments_a_tensor_is_a_reference_as_it_is_a_picture() -> None:
    found = estimation.fit(NOISY, torch.from_numpy(CLEAN), "gaussian")
    assert found.model.sigma == pytest.approx(25 / 255, abs=0.01)

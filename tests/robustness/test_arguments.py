"""Arguments of a wholly wrong type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

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
    "lr None": lambda: training.train(small(), [CLEAN], noise=noise.Gaussian(), lr=None),
}


@pytest.mark.parametrize("what", WRONG)
def test_arguments_of_a_wrong_type_are_refused(what: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError):  # noqa: PT011, any sentence of ours
        WRONG[what]()


def test_arguments_a_tensor_is_a_reference_as_it_is_a_picture() -> None:
    fit = estimation.fit(NOISY, torch.from_numpy(CLEAN), "gaussian")
    assert fit.model.sigma == pytest.approx(25 / 255, abs=0.01)


@pytest.mark.slow
def test_arguments_what_is_a_picture_is_a_reference() -> None:
    """In each form that `images.as_image` takes, alone or as one of several."""
    levels = np.rint(255 * CLEAN).astype(np.uint8)
    wanted = estimation.fit(NOISY, CLEAN).model.sigma
    forms = (CLEAN.tolist(), list(CLEAN), Image.fromarray(levels), levels, [CLEAN.tolist()])
    for form in (*forms, [torch.from_numpy(CLEAN)], (one for one in [CLEAN])):
        assert estimation.fit(NOISY, form).model.sigma == pytest.approx(wanted, abs=1e-5)
    rows = images.load("coffee", size=16)
    noisy = noise.Gaussian(0.1)(rows, rng=0)
    both = [estimation.fit(noisy, one, aligned=True).model for one in (rows, rows.tolist())]
    assert both[0] == both[1]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        3,
        "camera",
        b"x",
        {"a": CLEAN},
        {1, 2},
        object(),
        [None],
        [CLEAN, 3],
    ],
    ids=lambda wrong: type(wrong).__name__,  # the same in every worker
)
def test_arguments_what_is_no_reference_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"reference|image"):
        estimation.fit(NOISY, wrong)


@pytest.mark.parametrize(
    "options",
    [
        {"aligned": "no"},
        {"aligned": np.array([1, 2])},
        {"search": np.array([1, 2])},
        {"search": ["scalar"]},
        {"distance": ["l1"]},
        {"model": 3.5},
    ],
    ids=str,
)
def test_arguments_of_a_fit_are_refused_in_a_sentence(options: dict) -> None:
    with pytest.raises(ValueError, match=r"is True or False|unknown|noise model"):
        estimation.fit(NOISY, CLEAN, **options)
    with pytest.raises(ValueError, match="candidates is"):
        estimation.identify(NOISY, CLEAN, None)
    with pytest.raises(ValueError, match="particles is a whole number from 1 to 10000"):
        estimation.published_swarm(NOISY, CLEAN, particles=0.5, rng=0)


@pytest.mark.parametrize(
    "given",
    [torch.from_numpy, np.ndarray.tolist, lambda clean: (one for one in [clean])],
    ids=["tensor", "list", "generator"],
)
def test_arguments_identify_takes_the_references_of_fit(given) -> None:
    (fit,) = estimation.identify(NOISY, given(CLEAN), ["gaussian"])
    assert fit.model.sigma == pytest.approx(25 / 255, abs=0.01)


@pytest.mark.parametrize("value", [None, "x", 3.5, -1, 10**19, float("nan"), [None]], ids=str)
@pytest.mark.parametrize("name", networks.NETWORKS)
def test_arguments_of_a_network_made_by_its_class_are_checked_too(name: str, value) -> None:
    with pytest.raises(ValueError, match="channels"):  # 700 of 1,044 odd options were raw errors
        networks.NETWORKS[name](channels=value)

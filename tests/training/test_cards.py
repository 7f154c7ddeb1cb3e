"""Cards: scores by the protocol, and histories as JSON."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import datasets, images, metrics
from helpers.networks import TrainedNetwork
from helpers.training import History, cards
from helpers.training.sources import Source
from tests.networks.tiny import tiny


@pytest.fixture
def offline(monkeypatch) -> None:
    """No test set is there, and none can be downloaded."""

    def fetch(name: str, **options):
        raise ConnectionError(name)

    monkeypatch.setattr(datasets, "fetch", fetch)


@pytest.mark.parametrize(
    ("sigma", "levels"),
    [
        ((25, 25), ["25"]),
        ((0, 55), ["15", "25", "50"]),
        ((10, 10), ["10"]),
        ((20, 50), ["25", "50"]),
    ],
)
def test_scores_are_told_for_the_published_strengths(offline, sigma, levels: list) -> None:
    held_out = [images.load("coffee", size=24)]
    scores = cards.scores(TrainedNetwork(tiny("rednet", channels=3)), sigma, held_out)
    assert list(scores) == ["photographs", "held out"]  # sets that are not there are left out
    assert [list(rows) for rows in scores.values()] == [levels, levels]


def test_scores_are_means_by_the_protocol(monkeypatch) -> None:
    pictures = [images.load(name, gray=True, size=40) for name in ("camera", "chelsea")]

    def fetch(name: str, **options):
        if name == "set12":
            return SimpleNamespace(images=pictures)
        raise ConnectionError(name)

    monkeypatch.setattr(datasets, "fetch", fetch)
    denoise = TrainedNetwork(tiny("rednet"))
    ((level, row),) = cards.scores(denoise, (25, 25))["set12"].items()
    assert level == "25"
    given = []
    for number, clean in enumerate(pictures):
        rng = np.random.default_rng((cards.SEED, number))
        noisy = clean + np.float32(25 / 255) * rng.standard_normal(clean.shape, np.float32)
        given.append([metrics.score(clean, x, ["psnr", "ssim"]) for x in (noisy, denoise(noisy))])
    for i, kind in enumerate(("noisy", "restored")):
        for metric in ("psnr", "ssim"):
            mean = np.mean([pair[i][metric] for pair in given])
            assert row[f"{kind} {metric}"] == pytest.approx(mean, abs=0.05)


def card_of(history: History) -> dict:
    """The card of a tiny network after a training that went so."""
    source = Source("three pictures", "mine", list)
    return cards.card(tiny("rednet"), source, {"steps": 2}, history, {"set": {}})


def test_a_history_is_json_whatever_its_scores() -> None:
    scores = {"psnr": [math.nan, 20.0]}
    history = History([1, 2], [0.123456789, 0.5], scores, 2.04, ["1a2b3c4", "5d6e7f8"])
    card = json.loads(json.dumps(card_of(history), allow_nan=False))
    assert card["history"]["psnr"] == [None, 20.0]
    assert card["history"]["loss"] == [0.12346, 0.5]
    assert (card["seconds"], card["history"]["seconds"]) == (2, 2.0)
    assert (card["commit"], card["commits"]) == ("5d6e7f8", ["1a2b3c4", "5d6e7f8"])
    assert "torch" in card["machine"]
    assert (card["data"], card["terms"]) == ("three pictures", "mine")
    assert (card["training"], card["scores"]) == ({"steps": 2}, {"set": {}})
    assert card["parameters"] == sum(p.numel() for p in tiny("rednet").parameters())


def test_outside_a_clone_no_commit_is_told() -> None:
    assert card_of(History())["commit"] is None

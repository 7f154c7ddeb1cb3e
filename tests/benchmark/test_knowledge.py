"""What methods are told of the noise, and that all are told the same."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import benchmark, filters, images, networks, noise
from helpers.benchmark import knowledge
from helpers.denoise import told
from helpers.noise import Gaussian
from tests.benchmark.methods import Spy, broken
from tests.benchmark.test_running import NOISES, same


def test_told_the_true_noise_that_is_sigma_where_it_is_white_and_nothing_for_a_blur(
    pictures: dict,
) -> None:
    spy = Spy()
    benchmark.run({"spy": spy}, pictures, {"white": NOISES["weak"], "blur": NOISES["blur"]})
    assert [sigma for _, sigma in spy.calls] == pytest.approx([10 / 255, None] * 2)


def test_strength_is_the_rms_and_nothing_is_nothing(pictures: dict) -> None:
    spy = Spy()
    benchmark.run({"spy": spy}, pictures, NOISES, knows="strength")
    expected = [model.rms(x) for x in pictures.values() for model in NOISES.values()]
    assert [sigma for _, sigma in spy.calls] == expected
    spy = Spy()
    benchmark.run({"spy": spy}, pictures, NOISES, knows="nothing")
    assert [sigma for _, sigma in spy.calls] == [None] * 6


def test_told_is_what_denoise_told_gives(pictures: dict) -> None:
    photons, image = noise.Poisson(20), pictures["camera"]
    task = benchmark.Task("x", "p", 0, "tv", image, photons, filters.tv, ("psnr",))
    restored, _ = task.restore()
    np.testing.assert_array_equal(restored, told(filters.tv, photons)(task.drawn().noisy))


def test_what_is_estimated_is_estimated_once_for_all_methods(monkeypatch) -> None:
    seen = []

    def once(noisy):
        seen.append(noisy)
        return knowledge.Estimate(Gaussian(0.125))

    monkeypatch.setattr(knowledge, "estimate", once)
    monkeypatch.setattr(knowledge, "_FOUND", {})
    shown, first, second = {"camera": images.load("camera", size=32)}, Spy(), Spy()
    models, both = {"g": Gaussian(0.1), "p": noise.Poisson(20)}, {"1": first, "2": second}
    table = benchmark.run(both, shown, models, ["psnr"], draws=2, knows="estimated")
    assert len(seen) == 2 * 2
    assert [sigma for _, sigma in first.calls + second.calls] == [0.125] * 8
    assert set(table["knows"]) == {"estimated"}
    benchmark.run({"3": Spy()}, shown, models, ["psnr"], knows="estimated")
    assert len(seen) == 4  # remembered


def test_where_no_noise_is_found_a_picture_stays_as_it_is(monkeypatch, pictures: dict) -> None:
    monkeypatch.setattr(knowledge, "estimate", lambda noisy: knowledge.Estimate(None))
    monkeypatch.setattr(knowledge, "_FOUND", {})
    table = benchmark.run({"broken": broken}, pictures, {"g": Gaussian(0.1)}, knows="estimated")
    scores = table.pivot(index="image", columns="method", values="psnr")
    assert (scores["broken"] == scores["noisy input"]).all()


def test_each_column_of_knowledge_has_its_baseline_and_all_the_same_noise(pictures: dict) -> None:
    asked = ["told", "nothing", "strength"]
    table = benchmark.run({"mean": filters.mean}, pictures, NOISES, ["psnr"], knows=asked)
    assert len(table) == 2 * 3 * 3 * 2
    start = table[table["method"] == "noisy input"]
    assert list(start["knows"]) == asked * 6
    assert (start.groupby(["image", "noise"])["psnr"].nunique() == 1).all()
    alone = benchmark.run({"mean": filters.mean}, pictures, NOISES, ["psnr"], knows="strength")
    same(table[table["knows"] == "strength"].reset_index(drop=True), alone)


def test_to_know_the_noise_is_worth_decibels() -> None:
    """On photons one σ is wrong everywhere; without any a network for 25/255 takes too little."""
    shown, photons = {"camera": images.load("camera", size=128)}, {"p": noise.Poisson(12)}
    asked = ["told", "strength", "nothing"]
    table = benchmark.run({"dncnn": networks.load("dncnn")}, shown, photons, ["psnr"], knows=asked)
    told_it, one_sigma, untold = table.loc[table["method"] == "dncnn", "psnr"]
    assert told_it > one_sigma + 0.5
    assert one_sigma > untold + 0.5


def test_the_columns_of_knowledge_say_what_they_are() -> None:
    for one in benchmark.KNOWLEDGE:
        assert 10 < len(knowledge.heading(one)) < 80
        assert knowledge.heading(one).endswith(".")

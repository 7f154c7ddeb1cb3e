"""Readers and tasks behind a denoiser: what they are shown, and how they are judged."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers.training import vision

SHIPPED = [name for name, task in vision.TASKS.items() if task.shipped]


@pytest.mark.parametrize("name", SHIPPED)
def test_samples_have_one_shape_and_an_answer_each(name: str) -> None:
    samples = vision.TASKS[name].samples()
    for pictures, targets in (samples[:2], samples[2:]):
        assert len(pictures) == len(targets)
        assert len({x.shape for x in pictures}) == 1
        assert all(x.dtype == np.float32 and x.min() >= 0 and x.max() <= 1 for x in pictures)
        assert set(np.unique(targets)) == {0, 1}


@pytest.mark.parametrize("name", SHIPPED)
def test_no_test_picture_is_learned_from(name: str) -> None:
    samples = vision.TASKS[name].samples()
    learned = {picture.tobytes() for picture in samples.images}
    assert not learned & {picture.tobytes() for picture in samples.tests}


@pytest.mark.parametrize("name", list(vision.TASKS))
def test_both_designs_answer_as_the_task_asks(name: str) -> None:
    task = vision.TASKS[name]
    for design in (task.reader, task.other):
        scores = design()(torch.rand(2, 1, 48, 48))
        assert scores.shape in {(2, 2), (2, 2, 48, 48)}
        assert (scores.ndim == 4) == (task.score == "Dice")


def test_where_there_is_nothing_to_mark_marking_nothing_is_right() -> None:
    nothing, dot = np.zeros((1, 2, 2), int), np.eye(2, dtype=int)[None]
    assert vision.judge(nothing, nothing).tolist() == [1.0]
    assert vision.judge(dot, nothing).tolist() == [0.0]


def test_shots_differ_by_seed_and_by_picture() -> None:
    samples = vision.ribs(count=1, tests=2)
    first, again, other = (vision.shots(samples, seed) for seed in (0, 0, 1))
    added = [y - x for y, x in zip(first, samples.tests)]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert abs(np.corrcoef(added[0].ravel(), added[1].ravel())[0, 1]) < 0.1
    assert np.std(added) == pytest.approx(vision.SIGMA, rel=0.05)


def test_a_reader_learns() -> None:
    samples = vision.faces(light=1.0)
    settings = {"steps": 60, "batch": 16, "lr": 2e-3, "seed": 0}
    reader = vision.train_reader(vision.strided_classifier, samples, **settings)
    assert vision.judge(vision.answers(reader, samples.tests), samples.answers).mean() > 0.7


def test_a_denoiser_that_a_reader_looks_through_stays() -> None:
    samples = vision.ribs(count=4, tests=1, size=32)
    settings = {"steps": 2, "batch": 2, "seed": 0}
    denoiser = vision.train_denoiser(
        vision.LOSSES["joint"], vision.USegmenter(), samples, **settings
    )
    before = [value.clone() for value in denoiser.state_dict().values()]
    settings |= {"lr": 1e-2, "noisy": True, "through": denoiser}
    vision.train_reader(vision.USegmenter, samples, **settings)
    assert all(map(torch.equal, before, denoiser.state_dict().values()))


def test_judging() -> None:
    right = np.array([[[1, 1], [0, 0]], [[0, 0], [0, 1]]])
    assert vision.judge(right, right).tolist() == [1, 1]
    assert vision.judge(1 - right, right).tolist() == [0, 0]
    assert vision.judge(np.array([0, 1]), np.array([1, 1])).tolist() == [0, 1]

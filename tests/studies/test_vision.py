"""Readers and tasks behind a denoiser: what they are shown, and how they are judged."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from helpers.studies import STUDIES, vision

SHIPPED = ["ribs", "faces"]  # the others want a download


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
    task = replace(vision.TASKS["faces"], samples=partial(vision.faces, light=1.0), steps=60)
    samples, reader = task.samples(), vision.train_reader(task, seed=0)
    assert vision.judge(vision.answers(reader, samples.tests), samples.answers).mean() > 0.7


def test_a_denoiser_that_a_reader_looks_through_stays() -> None:
    small = partial(vision.ribs, count=4, tests=1, size=32)
    task = replace(vision.TASKS["ribs"], samples=small, steps=2, denoiser_steps=2, batch=2)
    denoiser = vision.train_denoiser(task, vision.LOSSES["joint"], vision.USegmenter(), seed=0)
    before = [value.clone() for value in denoiser.state_dict().values()]
    vision.train_reader(replace(task, lrs=(1e-2,)), seed=0, noisy=True, through=denoiser)
    assert all(map(torch.equal, before, denoiser.state_dict().values()))


def test_judging() -> None:
    right = np.array([[[1, 1], [0, 0]], [[0, 0], [0, 1]]])
    assert vision.judge(right, right).tolist() == [1, 1]
    assert vision.judge(1 - right, right).tolist() == [0, 0]
    assert vision.judge(np.array([0, 1]), np.array([1, 1])).tolist() == [0, 1]


def test_every_picture_has_its_row_by_every_reader() -> None:
    small = partial(vision.ribs, count=4, tests=3, size=32)
    task = replace(vision.TASKS["ribs"], samples=small, steps=2, denoiser_steps=2, batch=2)
    table = vision.rows("ribs", task, seed=2)
    assert tuple(table["row"].unique()) == vision.ROWS
    assert (table.groupby("row")["picture"].agg(list).map(lambda x: x == [0, 1, 2])).all()
    controls = table["row"].str.startswith("control")
    assert table.loc[controls, ["other_start", "other_design"]].isna().all(axis=None)
    assert table.loc[~controls].notna().all(axis=None)


def test_every_row_is_in_the_table_and_it_begins_with_the_noisy_input() -> None:
    table = STUDIES["vision"].read()[0]
    assert set(table["task"]) == set(vision.TASKS)
    for name, rows in table.groupby("task"):
        assert tuple(rows["row"].unique()) == vision.ROWS
        counts = rows.groupby(["row", "seed"]).size()
        assert len(counts) == len(vision.ROWS) * len(vision.SEEDS)
        assert counts.nunique() == 1
        if name in SHIPPED:
            assert counts.iloc[0] == len(vision.TASKS[name].samples().tests)
    assert table[["psnr", "ssim", "score"]].notna().all().all()
    assert table["score"].between(0, 1).all()

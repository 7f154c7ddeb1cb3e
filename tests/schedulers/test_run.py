"""Any function and any tasks, here and in processes; what tasks share travels once."""

from __future__ import annotations

import os
import pickle

import pytest

from helpers import schedulers
from helpers.schedulers import Shared
from helpers.schedulers.packing import pack, unpack


class Odd(Exception):
    """An exception that cannot be made again from its text."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def half(task: int) -> float:
    if task < 0:
        raise Odd(task, task)
    if task == 13:
        return lambda: None  # type: ignore[return-value]  # cannot travel without cloudpickle
    return 1 / task


class Counted:
    """Counts how often it was unpacked in a process."""

    times = 0

    def __setstate__(self, state: dict) -> None:
        Counted.times += 1

    def __getstate__(self) -> dict:
        return {"some": 1}


def unpacked(task: tuple[int, Shared]) -> tuple[int, int]:
    assert isinstance(task[1].thing, Counted)
    return os.getpid(), Counted.times


@pytest.mark.parametrize("scheduler", [None, 2])
def test_results_and_exceptions_come_with_their_tasks(scheduler: int | None) -> None:
    results = dict(schedulers.run(half, [1, 2, 0, -3, 4], scheduler))
    assert [results[task] for task in (1, 2, 4)] == [1, 0.5, 0.25]
    assert isinstance(results[0], ZeroDivisionError)
    assert "-3 and -3" in str(results[-3])


def test_what_tasks_share_is_unpacked_once_a_process() -> None:
    first, second = Shared(Counted()), Shared(Counted())
    tasks = [(k, first) for k in range(3)] + [(k, second) for k in range(3)]
    results = [result for _, result in schedulers.run(unpacked, iter(tasks), 1)]
    assert len({process for process, _ in results}) == 1
    assert [times for _, times in results] == [1, 1, 1, 2, 2, 2]


def test_a_task_is_packed_without_what_it_shares() -> None:
    large = Shared(b"x" * 10_000)
    packed, shared = pack((1, large, large))
    assert len(packed) < 200
    assert shared == [large, large] or shared == [large]
    number, one, other = unpack(packed, {large.key: large.thing})
    assert (number, one.thing, other.thing) == (1, large.thing, large.thing)


def test_an_executor_gets_all_of_it() -> None:
    assert pickle.loads(pickle.dumps(Shared([1]))).thing == [1]


@pytest.mark.parametrize("scheduler", ["soon", 0, -1, 2.5, [], True])
def test_what_is_no_scheduler_is_refused(scheduler: object) -> None:
    with pytest.raises(ValueError, match="a scheduler is None, 'processes'"):
        list(schedulers.run(half, [1], scheduler))

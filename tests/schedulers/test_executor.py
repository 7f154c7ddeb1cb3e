"""The same table from whatever has a method submit."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from helpers import benchmark
from tests.benchmark.conftest import NOISES
from tests.benchmark.methods import deadly
from tests.benchmark.test_running import same
from tests.schedulers.conftest import METHODS


def test_an_executor_gives_the_same_table(pictures: dict, expected) -> None:
    with ThreadPoolExecutor(2) as pool:
        same(benchmark.run(METHODS, pictures, NOISES, draws=2, scheduler=pool), expected)


class Plain:
    """An executor whose futures know nothing but their result."""

    def submit(self, function, argument):
        return type("Future", (), {"result": staticmethod(lambda: function(argument))})


def test_anything_that_submits_gives_the_same_table(pictures: dict, expected) -> None:
    same(benchmark.run(METHODS, pictures, NOISES, draws=2, scheduler=Plain()), expected)


@pytest.mark.slow
def test_an_executor_that_breaks_leaves_its_reason(pictures: dict) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        some, model = {"camera": pictures["camera"]}, {"weak": NOISES["weak"]}
        table = benchmark.run({"deadly": deadly}, some, model, scheduler=pool)
    assert "BrokenProcessPool" in table["error"][1]

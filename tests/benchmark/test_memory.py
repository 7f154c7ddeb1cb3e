"""How much memory a block adds at its peak, and how long it takes."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from helpers.benchmark.memory import Peak

LINUX = sys.platform == "linux"


@pytest.mark.skipif(not LINUX, reason="only Linux says what a process holds")
def test_the_peak_counts_and_not_what_is_left() -> None:
    with Peak() as taken:
        for _ in range(2):  # 80 MB at once, nothing of it afterwards
            np.ones(10_000_000).sum()
    assert 75 < taken.megabytes < 95
    with Peak() as nothing:
        pass
    assert nothing.megabytes < 2


def test_seconds_are_those_of_the_block() -> None:
    with Peak() as taken:
        time.sleep(0.05)
    assert 0.05 <= taken.seconds < 1


@pytest.mark.skipif(not LINUX, reason="looks into /proc")
def test_a_system_that_does_not_say_gives_nan(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr("helpers.benchmark.memory.STATUS", tmp_path / "none")
    with Peak() as taken:
        pass
    assert np.isnan(taken.megabytes)
    assert taken.seconds >= 0

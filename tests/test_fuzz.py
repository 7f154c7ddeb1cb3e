"""A small part of `make fuzz`: of what is quick, what a seed picks. And the fuzzer itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from helpers import plotting
from tests.fuzz import arguments, callables, verdicts
from tests.fuzz.__main__ import run
from tests.fuzz.trials import Trial, of_arguments, of_pictures

SECONDS = 10.0  # a call that takes longer than this, of what is quick, has no end


@pytest.fixture(autouse=True)
def unseen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Figures are made, and shown nowhere; what an odd path makes stays in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plotting.pictures, "display", lambda *shown, **more: None)


def picked(trials: list[Trial], count: int) -> list[Trial]:
    """Some of them, the same in every run, from all callables alike."""
    order = np.random.default_rng(0).permutation(len(trials))[:count]
    return [trials[i] for i in order]


def faults(trials: list[Trial]) -> dict[str, list[str]]:
    """What was wrong, by verdict."""
    by_verdict: dict[str, list[str]] = {}
    for trial in trials:
        verdict, detail = trial.run()
        if verdict not in (verdicts.RIGHT, verdicts.CLEAR, verdicts.WARNED):
            by_verdict.setdefault(verdict, []).append(f"{trial.name}: {trial.given}: {detail}")
    return by_verdict


@pytest.mark.slow
def test_odd_pictures_are_read_right_or_refused() -> None:
    trials = list(of_pictures(callables.quick(), SECONDS))
    assert len(trials) > 5000
    by_verdict = faults(picked(trials, 700))
    assert len(by_verdict.pop(verdicts.UNCLEAR, [])) <= 1  # of 700; of all, under 20
    assert not by_verdict


@pytest.mark.slow
def test_odd_arguments_are_answered_or_refused(tmp_path: Path) -> None:
    trials = list(of_arguments(arguments.callables(tmp_path), SECONDS))
    by_verdict = faults(picked([t for t in trials if t.name != "training.train"], 700))
    assert len(by_verdict.pop(verdicts.UNCLEAR, [])) <= 30  # of 700
    assert not by_verdict


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        (lambda x: np.float32(1), verdicts.SILENT),  # whatever the picture
        (lambda x: x / 0, verdicts.UNCLEAR),
    ],
)
def test_faults_are_found(call, verdict) -> None:
    one = {"broken": callables.OnPicture(call)}
    counts = Counter(trial.run()[0] for trial in of_pictures(one, SECONDS))
    assert counts[verdict] > 20


def test_a_call_without_end_is_ended() -> None:
    def endless() -> None:
        while True:
            pass

    assert verdicts.attempt(endless, limit=0.2).verdict == verdicts.ENDLESS


def test_writing_into_the_input_is_seen() -> None:
    def darken(x):
        x[0] = 0

    one = {"darken": callables.OnPicture(darken)}
    trials = [t for t in of_pictures(one, SECONDS) if t.given == "gray, float64"]
    assert [trial.run()[0] for trial in trials] == [verdicts.MODIFIED]


def test_the_time_is_bounded() -> None:
    trials = list(of_pictures({"mean": callables.OnPicture(np.mean)}, SECONDS))
    assert len(run(trials, minutes=0)) == 0

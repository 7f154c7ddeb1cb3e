"""Interrupted: Ctrl-C, and a loss that is no number any more, are sentences."""

from __future__ import annotations

import argparse
import runpy

import pytest

# Of runpy, where another test has imported the module.
pytestmark = pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")


def ended(package: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> object:
    """What a command says at its end when something is raised in it."""

    def raises(*args: object) -> None:
        raise error

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", raises)
    with pytest.raises(SystemExit) as end:
        runpy.run_module(package, run_name="__main__")
    return end.value.code


@pytest.mark.parametrize("package", ["training", "studies", "benchmark"])
def test_interrupted_commands_say_how_to_go_on(package: str, monkeypatch) -> None:
    said = ended(f"helpers.{package}", KeyboardInterrupt(), monkeypatch)
    assert said.startswith("stopped; the same command goes on")


def test_interrupted_by_a_loss_that_is_no_number(monkeypatch) -> None:
    said = ended("helpers.training", FloatingPointError("the loss is nan at step 3"), monkeypatch)
    assert said == "python -m helpers.training: the loss is nan at step 3"

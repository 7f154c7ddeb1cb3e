"""Denoisers for tests of the benchmark; other processes find them here."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


def nothing(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    return noisy


def broken(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    raise RuntimeError("no weights")


def deadly(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Kills its process, as running out of memory does."""
    os.kill(os.getpid(), signal.SIGKILL)
    return noisy


@dataclass(frozen=True)
class DeadlyOnce:
    """Kills the first process that calls it."""

    folder: Path

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        try:
            (self.folder / "died").touch(exist_ok=False)
        except FileExistsError:
            return noisy
        return deadly(noisy)


@dataclass(frozen=True)
class Slow:
    """Says who works on a cell, and takes its time."""

    folder: Path
    seconds: float = 0.2

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        (self.folder / f"{os.getpid()}").touch()
        time.sleep(self.seconds)
        return noisy


class Spy:
    """A denoiser that remembers how it was called, and how often."""

    def __init__(self) -> None:
        self.calls: list[tuple[np.ndarray, float | None]] = []
        self.count = 0

    def __call__(self, noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
        self.calls.append((noisy.copy(), sigma))
        self.count += 1
        return noisy


def leaves(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Ends its process without a word to anybody."""
    os._exit(3)


def crashes(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Reads what is not there."""
    ctypes.string_at(0)
    return noisy


def leaves_a_child(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Ends, and its child holds all pipes open for a while."""
    if os.fork():
        os._exit(3)
    time.sleep(5)
    os._exit(0)

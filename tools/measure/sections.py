"""What the measurements share: a command line of sections, and times of two things in turn."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

Section = Callable[..., Iterator[object]]


def print_sections(
    parser: argparse.ArgumentParser,
    sections: Sequence[Section],
    arguments: Callable[[argparse.Namespace], tuple] = lambda options: (),
    usual: Callable[[argparse.Namespace], Sequence[Section]] | None = None,
) -> list[object]:
    """Print each line of the sections that the command line names, or of the usual, as it comes.

    Parameters
    ----------
    parser : ArgumentParser
        With options of its own; the names of the sections are added.
    sections : sequence of callables
        Generators of lines; name and docstring are printed above them.
    arguments : callable, optional
        From the options to what each section is called with.
    usual : callable, optional
        From the options to the sections printed where none is named; all by default.

    Returns
    -------
    list
        All lines.
    """
    by_name = {section.__name__: section for section in sections}
    parser.add_argument("sections", nargs="*", choices=[[], *by_name], default=[])
    options = parser.parse_args()
    lines = []
    named = [by_name[name] for name in options.sections]
    for section in named or (usual(options) if usual else sections):
        print(f"## {section.__name__}: {section.__doc__.splitlines()[0]}", flush=True)
        for line in section(*arguments(options)):
            print(line, flush=True)
            lines.append(line)
    return lines


def milliseconds(function: Callable[[], object], repeats: int = 31) -> np.ndarray:
    """(repeats,) times of one call each, after one call that does not count."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - start))
    return np.array(times)


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int, repeats: int
) -> np.ndarray:
    """Milliseconds of both: the median over the rounds of the best repeat of each."""
    pairs = [[milliseconds(f, repeats).min() for f in (ours, theirs)] for _ in range(rounds)]
    return np.median(pairs, axis=0)

"""Call everything public with odd pictures and odd arguments, and print what came of it.

    make fuzz                                  # ten minutes of each, drawn at random
    make fuzz ARGS="--minutes 60"              # longer: all, if it is enough
    make fuzz ARGS="--only filters. --faults"  # one family, and each fault by name

*Silently wrong* is what returns, without error or warning, something other than for the same
picture as float32 in [0, 1], or a number that is not finite, or anything at all for what is no
picture. *Unclear* is an error that comes from inside NumPy, torch or Python.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from helpers import plotting
from tools.fuzz import arguments, callables, pictures, verdicts
from tools.fuzz.callables import Callable1
from tools.fuzz.verdicts import Outcome, attempt

LIMIT = 20.0  # seconds for a call


@dataclass(frozen=True)
class Trial:
    """One call: `run` makes it and names its verdict, with a detail for the list of faults."""

    kind: str
    name: str
    given: str
    run: Callable[[], tuple[str, str]]


# ---- pictures --------------------------------------------------------------------------------


def of_pictures(calls: dict[str, Callable1], limit: float = LIMIT) -> Iterator[Trial]:
    """Each callable with each odd picture."""
    levels = {"gray": pictures.noisy("camera"), "colour": pictures.noisy("coffee")}
    refused, strange = pictures.refused(), pictures.strange()
    for name, one in calls.items():
        plain: dict[str, Outcome] = {}  # answers to float32, asked once when first needed
        for colour, of in levels.items():
            for dress, (x, rounding) in pictures.disguises(of).items():
                yield Trial(
                    "pictures",
                    name,
                    f"{colour}, {dress}",
                    lambda *, o=one, x=x, r=rounding, c=colour, f=of, p=plain: _same(
                        o, x, r, p, c, f, limit
                    ),
                )
        for what, x in refused.items():
            yield Trial("pictures", name, what, lambda *, o=one, x=x: _refused(o, x, limit))
        for what, x in strange.items():
            yield Trial("pictures", name, what, lambda *, o=one, x=x: _sound(o, x, limit))


def _same(one, x, rounding, plain, colour, levels, limit) -> tuple[str, str]:
    """An answer has to be that of the same picture in float32."""
    if colour not in plain:
        plain[colour] = attempt(lambda: one.call(levels / np.float32(255)), limit)
    expected, before = plain[colour], verdicts.contents(x)
    outcome = attempt(lambda: one.call(x), limit)
    if verdicts.contents(x) != before:
        return verdicts.MODIFIED, "the call wrote into its input"
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if expected.verdict:
        return verdicts.SILENT, f"answered, while float32 is refused: {expected.detail}"
    if verdicts.is_close(outcome.answer, expected.answer, rounding * one.sensitivity):
        return verdicts.RIGHT, ""
    return (verdicts.WARNED, "") if outcome.warned else (verdicts.SILENT, "another answer")


def _refused(one, x, limit) -> tuple[str, str]:
    """An answer without a warning is wrong."""
    outcome = attempt(lambda: one.call(x), limit)
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if outcome.warned:
        return verdicts.WARNED, ""
    return verdicts.SILENT, repr(outcome.answer)[:80].replace("\n", " ")


def _sound(one, x, limit) -> tuple[str, str]:
    """An answer has to be finite (an infinite PSNR is right), a restored picture of its shape."""
    before = verdicts.contents(x)
    outcome = attempt(lambda: one.call(x), limit)
    if verdicts.contents(x) != before:
        return verdicts.MODIFIED, "the call wrote into its input"
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if one.same_shape and np.shape(outcome.answer) != x.shape:
        return verdicts.SILENT, f"shape {np.shape(outcome.answer)} of {x.shape}"
    if verdicts.is_finite(outcome.answer) or outcome.warned:
        return verdicts.RIGHT, ""
    return verdicts.SILENT, f"not finite: {outcome.answer!r}"[:80]


# ---- arguments -------------------------------------------------------------------------------


def of_arguments(calls: dict[str, arguments.Callable2], limit: float = LIMIT) -> Iterator[Trial]:
    """Each callable, each of its arguments, each wrong value."""
    for name, one in calls.items():
        for argument in one.arguments:
            for what, make in arguments.WRONG.items():
                yield Trial(
                    "arguments",
                    name,
                    f"{argument} = {what}",
                    lambda *, o=one, a=argument, m=make: _answered(o, a, m(), limit),
                )


def _answered(one, argument, value, limit) -> tuple[str, str]:
    """Which values are right, no fuzzer knows; but no answer may hold what is not finite."""
    outcome = attempt(lambda: one.call(**{**one.arguments, argument: value}), limit)
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if verdicts.is_finite(outcome.answer) or outcome.warned:
        return verdicts.RIGHT, ""
    return verdicts.SILENT, f"not finite: {outcome.answer!r}"[:80]


# ---- the command line ------------------------------------------------------------------------


def run(trials: Sequence[Trial], minutes: float, seed: int = 0) -> list[tuple[Trial, str, str]]:
    """Make calls in random order until they are done or the time is over."""
    order = np.random.default_rng(seed).permutation(len(trials))
    end, done = time.monotonic() + 60 * minutes, []
    for i in tqdm(order, desc=trials[0].kind if trials else "", unit="call"):
        if time.monotonic() > end:
            break
        done.append((trials[i], *trials[i].run()))
    return done


def table(done: Sequence[tuple[Trial, str, str]], total: int) -> str:
    """Counts by verdict, as a table."""
    counts = Counter(verdict for _, verdict, _ in done)
    rows = [f"{counts[verdict]:8,}  {verdict}" for verdict in verdicts.VERDICTS]
    return "\n".join([f"{len(done):8,}  calls of {total:,}", *rows])


def main(options: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if anything was silently wrong, modified or endless."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=...", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=10, help="for each of the two kinds")
    parser.add_argument("--only", default="", help="beginnings of names, with commas between")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the calls")
    parser.add_argument("--faults", action="store_true", help="list each fault")
    parser.add_argument("kinds", nargs="*", choices=["pictures", "arguments", []], default=[])
    chosen = parser.parse_args(options)
    plotting.display = lambda *shown, **more: None
    torch.set_num_threads(1)
    starts = tuple(chosen.only.split(","))
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        kinds = {
            "pictures": lambda: of_pictures(callables.quick() | callables.slow()),
            "arguments": lambda: of_arguments(arguments.callables(Path(folder))),
        }
        for kind in chosen.kinds or kinds:
            trials = [t for t in kinds[kind]() if t.name.startswith(starts)]
            done = run(trials, chosen.minutes, chosen.seed)
            print(f"\n{kind}\n{table(done, len(trials))}", flush=True)
            good = (verdicts.RIGHT, verdicts.CLEAR, verdicts.WARNED)
            bad = sorted((v, t.name, t.given, d) for t, v, d in done if v not in good)
            faults += sum(verdict != verdicts.UNCLEAR for verdict, *_ in bad)
            if chosen.faults:
                print(*(" | ".join(fault) for fault in bad), sep="\n")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())

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
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from helpers import plotting
from tests.fuzz import arguments, callables, verdicts
from tests.fuzz.trials import Trial, of_arguments, of_pictures

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if anything was silently wrong, modified or endless."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=...", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=10, help="for each of the two kinds")
    parser.add_argument("--only", default="", help="beginnings of names, with commas between")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the calls")
    parser.add_argument("--faults", action="store_true", help="list each fault")
    parser.add_argument("kinds", nargs="*", choices=["pictures", "arguments", []], default=[])
    options = parser.parse_args(argv)
    plotting.pictures.display = lambda *shown, **more: None
    torch.set_num_threads(1)
    starts = tuple(options.only.split(","))
    faults = 0
    # what an odd path makes is made there
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        kinds = {
            "pictures": lambda: of_pictures(callables.quick() | callables.slow()),
            "arguments": lambda: of_arguments(arguments.callables(Path(folder))),
        }
        for kind in options.kinds or kinds:
            trials = [t for t in kinds[kind]() if t.name.startswith(starts)]
            done = run(trials, options.minutes, options.seed)
            print(f"\n{kind}\n{table(done, len(trials))}", flush=True)
            good = (verdicts.RIGHT, verdicts.CLEAR, verdicts.WARNED)
            bad = sorted((v, t.name, t.given, d) for t, v, d in done if v not in good)
            faults += sum(verdict != verdicts.UNCLEAR for verdict, *_ in bad)
            if options.faults:
                print(*(" | ".join(fault) for fault in bad), sep="\n")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())

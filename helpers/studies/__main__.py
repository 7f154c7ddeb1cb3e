"""Make the tables that took long: ``python -m helpers.studies multiscale``.

    python -m helpers.studies                      # every study, and what of it is due
    python -m helpers.studies losses_noise         # makes what is missing or stale; resumes
    python -m helpers.studies frontier --scheduler processes  # or how many, or a Dask address
    python -m helpers.studies vision --only faces  # no other groups; --again: current ones too
    python -m helpers.studies vision --check       # says what is due, and makes nothing
    python -m helpers.studies vision --adopt       # after a change that alters no number

A table is written after each group, whole or not at all: an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import pandas as pd

from helpers.studies import STUDIES
from helpers.studies.base import Study, label


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        "python -m helpers.studies",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", choices=list(STUDIES), help="a study")
    parser.add_argument("--only", metavar="GROUP", help="groups with this label, or part of it")
    parser.add_argument(
        "--scheduler",
        type=lambda text: int(text) if text.isdigit() else text,
        help="processes, how many of them, or tcp://HOST:PORT of a Dask scheduler",
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--again", action="store_true", help="make also what is not due")
    either.add_argument("--check", action="store_true", help="1 if anything is due; makes nothing")
    either.add_argument("--adopt", action="store_true", help="keep it, if the sample agrees")
    options = parser.parse_args(argv)
    if (options.only or options.again) and not options.name:
        parser.error("--only and --again go with the name of a study")
    if options.only and (options.check or options.adopt):
        parser.error("--check and --adopt are for all groups of a study, without --only")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Make a table, or say what is due; 1 where something is, or went wrong."""
    options = arguments(argv)
    studies = [STUDIES[options.name]] if options.name else list(STUDIES.values())
    if options.adopt:
        return max(attempt(adopt, study) for study in studies)
    if options.name and not options.check:
        return attempt(make, studies[0], options.only, options.again, options.scheduler)
    return attempt(list_due, studies, options.check)


def attempt(function: Callable[..., int], *args: object) -> int:
    """What a function returns, or 1 where it says why it could not."""
    try:
        return function(*args)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"python -m helpers.studies: {error}", file=sys.stderr)
        return 1


def list_due(studies: Sequence[Study], check: bool) -> int:
    """Print what of studies is due, of a single one by name; for a check 1 where anything is."""
    due = [study.due() for study in studies]
    columns = {
        "study": [study.name for study in studies],
        "rows": [len(study.read()[0]) for study in studies],
        "due": list(map(len, due)),
        "minutes": [f"{study.minutes:g}" for study in studies],
        "notebook": [study.notebook for study in studies],
        "what": [study.summary for study in studies],
    }
    print(pd.DataFrame(columns).to_string(index=False))
    for key, why in due[0].items() if len(due) == 1 else ():
        print(f"{why}: {label(key)}")
    return int(check and any(due))


def adopt(study: Study) -> int:
    """Adopt a table that is stale, if its sample agrees."""
    if "stale" in study.due().values():
        made = ", ".join(label(key) for key in study.adopt())
        print(f"{study.name}: {made} came out as in the table; all of it is adopted", flush=True)
    return 0


def make(study: Study, only: str | None, again: bool, scheduler: str | int | None) -> int:
    """Make what is due, and print the means of each group."""
    begun = time.perf_counter()
    for key, rows in study.run(only, again, scheduler):
        numbers = rows.drop(columns=list(study.key)).mean(numeric_only=True)
        means = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        print(f"{time.perf_counter() - begun:6.0f} s  {label(key)}: {means}", flush=True)
    print(f"{study.path}: {len(study.read()[0])} rows, {len(study.due())} groups due")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on where it was")

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
from collections.abc import Sequence

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


def listing(studies: Sequence[Study]) -> tuple[str, int]:
    """Studies with table, rows, groups that are due, and minutes; how many are due in all."""
    lines, total = [], 0
    for study in studies:
        due = study.due()
        total += len(due)
        lines.append(
            {
                "study": study.name,
                "rows": len(study.read()[0]),
                "due": len(due),
                "minutes": f"{study.minutes:g}",
                "notebook": study.notebook,
                "what": study.summary,
            }
        )
    return pd.DataFrame(lines).to_string(index=False), total


def main(argv: Sequence[str] | None = None) -> int:
    """Make a table, or say what is due; 1 where something is, or went wrong."""
    options = arguments(argv)
    studies = [STUDIES[options.name]] if options.name else list(STUDIES.values())
    try:
        if options.adopt:
            stale = [study for study in studies if "stale" in study.due().values()]
            return max(map(adopt, stale), default=0)
        if options.name and not options.check:
            make(studies[0], options.only, options.again, options.scheduler)
        else:
            text, total = listing(studies)
            print(text)
            for study in studies if options.name else []:
                for key, why in study.due().items():
                    print(f"{why}: {label(key)}")
            return int(options.check and total > 0)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"python -m helpers.studies: {error}", file=sys.stderr)
        return 1
    return 0


def adopt(study: Study) -> int:
    """Adopt a table whose sample agrees, and say why another one is not: 1."""
    try:
        made = ", ".join(label(key) for key in study.adopt())
    except (ValueError, OSError) as error:
        print(f"python -m helpers.studies: {error}", file=sys.stderr)
        return 1
    print(f"{study.name}: {made} came out as in the table; all of it is adopted", flush=True)
    return 0


def make(study: Study, only: str | None, again: bool, scheduler: str | int | None) -> None:
    """Make what is due, and print the means of each group."""
    begun = time.perf_counter()
    for key, rows in study.run(only, again, scheduler):
        numbers = rows.drop(columns=list(study.key)).mean(numeric_only=True)
        means = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        print(f"{time.perf_counter() - begun:6.0f} s  {label(key)}: {means}", flush=True)
    print(f"{study.path}: {len(study.read()[0])} rows, {len(study.due())} groups due")


if __name__ == "__main__":
    sys.exit(main())

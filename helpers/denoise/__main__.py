"""Restore picture files: ``python -m helpers.denoise photo.jpg restored.png``.

    python -m helpers.denoise photos/ restored/ --report report.html
    python -m helpers.denoise cells.tif restored.tif --noise poisson_gaussian:gain=0.01,sigma=2
    python -m helpers.denoise a.png b.png restored/ --method bm3d --scheduler processes
    python -m helpers.denoise photos/ restored/ --scheduler tcp://10.0.0.1:8786

What the noise is, is estimated from each picture, unless --noise says it. A stack (a TIFF of
several pages) is restored page by page and becomes a stack again. Results that are there already
are kept: after an interruption the same command goes on where it was. Where one still looks
noisy, --strength 1.5 takes more.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from helpers import checks, schedulers
from helpers.denoise import files, report
from helpers.denoise.files import Job, Outcome, Page, Settings
from helpers.denoise.restoring import methods
from helpers.files import write_whole
from helpers.noise.parsing import model

FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
STOPPED = 130  # what a shell makes of Ctrl-C


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        "python -m helpers.denoise",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("inputs", nargs="+", metavar="IN", help="pictures, and folders of pictures")
    add("out", metavar="OUT", help="a .png, .tif or .jpg for one picture; a folder for several")
    add(
        "--noise",
        metavar="MODEL",
        help="as gaussian:sigma=25 or poisson:peak=30; σ in gray levels; estimated if not given",
    )
    add("--method", default="auto", metavar="NAME", help=", ".join(methods()))
    add("--strength", type=float, default=1.0, help="of the noise that is told; 0.5 leaves some")
    add("--bits", type=int, choices=(8, 16), help="of the results; by default as the files have")
    add(
        "--white",
        type=float,
        metavar="LEVEL",
        help="that is white, such as 4095 for 12 bits; levels of 16 bits stay on this scale",
    )
    add(
        "--scheduler",
        type=lambda text: int(text) if text.isdigit() else text,
        help="processes, how many of them, or tcp://HOST:PORT of a Dask scheduler whose workers "
        "see the same files",
    )
    add("--report", metavar="FILE.html", help="before, after, removed, estimated")
    add("--overwrite", action="store_true", help="make results again that are there already")
    return parser.parse_intermixed_args(argv)


def settings_of(options: argparse.Namespace) -> Settings:
    """How pictures are to be restored; what is strange about it is said on stderr.

    Raises
    ------
    ValueError
        For what is no noise or method, and numbers out of range.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        noise = None if options.noise is None else model(options.noise)
    for one in caught:
        print(f"--noise: {one.message}", file=sys.stderr)
    return Settings(noise, options.method, options.strength, options.bits, options.white)


def report_at(name: str) -> Path:
    """Where a report is written: it replaces nothing but another report.

    Raises
    ------
    ValueError
        Where something else is, a folder for it is missing or may not be written into, or its
        name has another ending.
    """
    path = checks.path(name, "--report")
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--report is the name of a page, FILE.html, not {str(path)!r}")
    if not path.parent.is_dir():
        raise ValueError(f"--report: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"--report: you may not write into {path.parent}")
    if path.exists() and not (
        path.is_file() and report.MARK in path.read_text("utf-8", "replace")
    ):
        raise ValueError(f"--report: {path} is there already, and is no report")
    return path


class Run:
    """One run: what became of which file, said as it becomes so.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.told = settings.noise is not None
        self.rows: dict[Job, report.Row] = {}
        self.kept: list[Job] = []
        self.failed: list[Job] = []

    def pages(self, jobs: list[Job], overwrite: bool, shown: bool) -> list[Page]:
        """What is to be done; what is there already, or is no picture, is noted."""
        pages: list[Page] = []
        room = report.MOST if shown else 0
        for job in jobs:
            if job.out.is_file() and not overwrite:
                self.kept.append(job)
                self.rows[job] = report.Row(
                    job.name, f"{at(job.out)} was there already, and is kept"
                )
                continue
            try:
                pages += files.pages_of(job, self.settings.bits, self.settings.white, room > 0)
                room -= 1
            except (ValueError, OSError) as error:
                self._fails(job, error)
        some = self.kept[: 3 if len(self.kept) > 4 else 4]
        say(*(f"{job.name}: {at(job.out)} is there already, and is kept" for job in some))
        if len(self.kept) > len(some):
            say(f"... and so are {len(self.kept) - len(some)} others")
        for job in self.kept[: max(room, 0)]:  # behind those that are made now
            panels = files.shown_again(job, self.settings.white)
            self.rows[job] = replace(self.rows[job], panels=panels)
        return pages

    def work(self, pages: list[Page], scheduler: object) -> None:
        """Restore all pages, with a bar where somebody looks.

        Raises
        ------
        OSError
            Where the disk is full: nothing else could be saved either.
        """
        with tqdm(total=len(pages), unit="page", disable=None, dynamic_ncols=True) as bar:

            def named() -> Iterator[Page]:
                for page in pages:
                    bar.set_description(page.job.source.name[-30:])
                    yield page

            restore = partial(files.restore, self.settings)
            # Closed at once, whatever ends this: processes end with it.
            with closing(schedulers.run(restore, named(), scheduler)) as results:
                for page, outcome in files.gathered(results):
                    bar.update()
                    if outcome is not None:
                        with tqdm.external_write_mode():
                            self._ends(page.job, outcome)

    def _ends(self, job: Job, outcome: Outcome) -> None:
        if isinstance(outcome, Exception):
            if is_full(outcome):
                raise outcome
            self._fails(job, outcome)
            return
        what = f"{files.sentence(outcome, self.told)}, saved as {at(job.out)}"
        cautions = files.cautions(outcome)
        self.rows[job] = report.Row(job.name, what, cautions, outcome[0].panels)
        seconds = sum(page.seconds for page in outcome)
        say(f"{job.name}: {what} ({seconds:.1f} s)", *(f"  with care: {one}" for one in cautions))

    def _fails(self, job: Job, error: Exception) -> None:
        self.failed.append(job)
        self.rows[job] = report.Row(job.name, files.reason(error), failed=True)

    def tell(self) -> None:
        """Say what failed, and how many pictures went which way."""
        for job in self.failed:
            what = self.rows[job].what
            say(what if str(job.source) in what else f"{job.name}: {what}", file=sys.stderr)
        say(self.counts())

    def counts(self) -> str:
        """How many pictures went which way."""
        done = len(self.rows) - len(self.kept) - len(self.failed)
        kept = f", {len(self.kept)} kept (--overwrite makes them again)" if self.kept else ""
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"{done} of {len(self.rows)} restored{kept}{failed}"


def is_full(error: Exception) -> bool:
    """Whether an error says that there is no room left."""
    return isinstance(error, OSError) and error.errno in FULL


def at(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if here in path.parents else path)


def say(*lines: str, file: TextIO | None = None) -> None:
    """Print lines; a name that is no Unicode is shown with backslashes."""
    for line in lines:
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"), file=file, flush=True)


def write_report(path: Path, run: Run, jobs: list[Job]) -> None:
    """Write the page, and say where."""
    settings = run.settings
    noise = f"{settings.noise}, told" if run.told else "estimated from each picture"
    notes = [
        f"Noise: {noise}. Method: {settings.method}. Strength: {settings.strength:g}.",
        f"{run.counts()}.",
    ]
    if len(jobs) > report.MOST:
        notes.append(f"Of at most {report.MOST} pictures it is shown what was done.")
    page = report.page([run.rows[job] for job in jobs], "Restored pictures", notes)
    write_whole({path: page.encode()})
    say(f"report: {path}")


def main(argv: Sequence[str] | None = None) -> int:
    """Restore what is asked for; 1 where something of it went wrong."""
    options = arguments(argv)
    try:
        run, jobs = Run(settings_of(options)), files.plan(options.inputs, options.out)
        page = None if options.report is None else report_at(options.report)
        pages = run.pages(jobs, options.overwrite, shown=page is not None)
        run.work(pages, options.scheduler)
        run.tell()
        if page is not None:
            write_report(page, run, jobs)
    except (ValueError, OSError, RuntimeError, ModuleNotFoundError) as error:
        again = is_full(error) * "; with more room the same command goes on where it was"
        say(f"python -m helpers.denoise: {files.reason(error)}{again}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped; the same command goes on where it was", file=sys.stderr)
        return STOPPED
    return int(bool(run.failed))


if __name__ == "__main__":
    # What this process has half written goes, as after Ctrl-C; of others, with the next result.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())

"""Compare denoisers: ``python -m helpers.benchmark --methods mean bm3d --images camera``.

    python -m helpers.benchmark --list
    python -m helpers.benchmark --methods mean dncnn --noises gaussian:sigma=25 poisson:peak=30
    python -m helpers.benchmark --images my.png pictures/ set12 --draws 3 --scheduler processes
    python -m helpers.benchmark --scheduler tcp://10.0.0.1:8786 --out t.csv t.parquet t.md
    python -m helpers.benchmark --suite kinds       # a table that ships, or what is missing in it

The leaderboard is printed. Finished cells are kept in the folder --cache: after an interruption
the same command goes on, and after a change only what the change touches is computed again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import benchmark, datasets, images, metrics, noise
from helpers.benchmark import suites, tables
from helpers.training.sources import SUFFIXES, UNNATURAL

NATURAL = [name for name in images.PHOTOGRAPHS if name not in UNNATURAL]
CACHE = Path.home() / ".cache" / "seeing-through-noise" / "benchmark"


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        "python -m helpers.benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--methods", nargs="+", metavar="NAME", help="filters and weights; by default all")
    add(
        "--images",
        nargs="+",
        metavar="WHAT",
        default=NATURAL,
        help="photographs of the course, files, folders, image sets; by default photographs",
    )
    add(
        "--noises",
        nargs="+",
        metavar="MODEL",
        default=["gaussian:sigma=25"],
        help="as gaussian:sigma=25 or camera:gain=0.01,quality=80; σ in gray levels",
    )
    add("--metrics", nargs="+", metavar="NAME", default=list(suites.METRICS))
    add("--draws", type=int, default=1, help="of each noise on each image")
    add("--size", type=int, default=256, help="centre crop of this side; 0 takes all")
    add("--suite", choices=list(suites.SUITES), help="a comparison that ships, instead of these")
    add("--cache", type=Path, default=CACHE, help=f"finished cells; by default {CACHE}")
    add("--scheduler", help="processes, how many of them, or tcp://HOST:PORT of a Dask scheduler")
    add("--out", nargs="+", type=Path, default=[], help=".csv, .parquet, .md")
    add("--finished", action="store_true", help="only what is in the cache: compute nothing")
    add("--list", action="store_true", help="print what there is to choose from")
    return parser.parse_args(words)


def model(text: str) -> noise.NoiseModel:
    """A noise model from ``key:name=value,name=value``; values as the literature shows them.

    Examples
    --------
    >>> print(model("gaussian:sigma=25"))
    Gaussian, σ = 25/255
    """
    key, _, rest = text.partition(":")
    kind = noise.MODELS[key]
    known, given = kind.parameters(), {}
    for pair in filter(None, rest.split(",")):
        name, _, value = pair.partition("=")
        if name not in known:
            raise ValueError(f"{key} has the parameters {', '.join(known)}, not {name!r}")
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"{text!r}: {value!r} is no number") from None
        given[name] = number / known[name].scale if known[name].step is None else int(number)
    return kind(**given)


def pictures(what: str, size: int) -> dict[str, np.ndarray]:
    """Gray pictures by name: a photograph, a file, a folder, or an image set."""
    if what in datasets.SETS:
        test = datasets.fetch(what)
        found = {f"{what}/{name}": image for name, image in zip(test.names, test.images)}
    elif Path(what).is_dir():
        files = sorted(path for path in Path(what).iterdir() if path.suffix.lower() in SUFFIXES)
        if not files:
            raise ValueError(f"no picture in {what}: {', '.join(SUFFIXES)} are read")
        found = {path.name: images.load(path) for path in files}
    else:
        found = {Path(what).name: images.load(what)}
    gray = {name: np.clip(images.to_gray(image), 0, 1) for name, image in found.items()}
    return {n: images.centre_crop(x, min(size, *x.shape)) if size else x for n, x in gray.items()}


def tasks(asked: argparse.Namespace) -> list[benchmark.Task]:
    """The cells asked for."""
    known = suites.course_methods()
    if unknown := [name for name in asked.methods or () if name not in known]:
        raise ValueError(f"no method {', '.join(unknown)}; there are {', '.join(known)}")
    methods = {name: known[name] for name in asked.methods or known}
    if asked.suite:
        return suites.cells(asked.suite, methods)
    shown = {name: x for what in asked.images for name, x in pictures(what, asked.size).items()}
    noises = {str(made): made for made in map(model, asked.noises)}
    return benchmark.product(methods, shown, noises, asked.metrics, asked.draws)


def scheduler(text: str | None) -> str | int | None:
    """What `run` takes, from a word."""
    return int(text) if text and text.isdigit() else text


def listing() -> str:
    """Everything there is to choose from."""
    families = {
        "methods": suites.course_methods(),
        "images": [*images.PHOTOGRAPHS, *datasets.SETS],
        "noises": noise.MODELS,
        "metrics": metrics.METRICS,
    }
    lines = [f"{family}: {', '.join(names)}" for family, names in families.items()]
    return "\n".join(lines + [f"suite {name}: {one.what}" for name, one in suites.SUITES.items()])


def compute(asked: argparse.Namespace) -> pd.DataFrame:
    """The table, or what is finished of it."""
    cells = tasks(asked)
    if asked.finished:
        store = benchmark.Cache(asked.cache)
        cells = [task for task in cells if store.read(task)]
        if not cells:
            raise ValueError(f"nothing of it is finished in {asked.cache}")
    return benchmark.compute(cells, asked.cache, scheduler(asked.scheduler))


def main(words: list[str] | None = None) -> int:
    """Compute, write and print; 1 where something went wrong."""
    asked = arguments(words)
    if asked.list:
        print(listing())
        return 0
    out, command = list(asked.out), ""
    if asked.suite and not out:
        out, command = (
            [suites.results(asked.suite)],
            f"python -m helpers.benchmark --suite {asked.suite}",
        )
    try:
        for path in out:
            tables.encoder(path)  # before an hour has passed
        table = compute(asked)
        print(tables.leaderboard(table))
        for path in out:
            tables.write(table, path, command)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"python -m helpers.benchmark: {error}", file=sys.stderr)
        return 1
    failed = table[table["error"] != ""]
    for row in failed.drop_duplicates(["method", "error"]).itertuples():
        print(f"{row.method} on {row.image}, {row.noise}: {row.error}", file=sys.stderr)
    print(f"{len(table)} cells, {len(failed)} of them failed; kept in {asked.cache}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

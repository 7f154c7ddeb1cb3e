"""Compare denoisers: ``python -m helpers.benchmark --methods mean bm3d --images camera``.

    python -m helpers.benchmark --list
    python -m helpers.benchmark --methods mean dncnn --noises gaussian:sigma=25 poisson:peak=30
    python -m helpers.benchmark --images my.png pictures/ set12 --draws 3 --scheduler processes
    python -m helpers.benchmark --methods bm3d drunet --knows told estimated
    python -m helpers.benchmark --scheduler tcp://10.0.0.1:8786 --out t.csv t.parquet t.md
    python -m helpers.benchmark --suite kinds       # a table that ships, or what is missing in it

The leaderboard is printed. Finished cells are kept in the folder --cache: after an interruption
the same command goes on, and after a change only what the change touches is computed again.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import benchmark, checks, datasets, images, metrics, noise, paths
from helpers.benchmark import suites, tables
from helpers.benchmark.knowledge import KNOWLEDGE, heading
from helpers.noise.parsing import model
from helpers.picture_files import SUFFIXES, is_picture


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line."""
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
        default=suites.NATURAL,
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
    add(
        "--knows",
        nargs="+",
        choices=list(KNOWLEDGE),
        default=["told"],
        help="what methods are told of the noise; each is compared by itself",
    )
    add("--size", type=int, default=256, help="centre crop of this side; 0 takes all")
    add("--suite", choices=list(suites.SUITES), help="a comparison that ships, instead of these")
    cells = paths.cache() / "benchmark"
    add("--cache", type=Path, default=cells, help="finished cells; by default %(default)s")
    add(
        "--scheduler",
        type=lambda text: int(text) if text.isdigit() else text,
        help="processes, how many of them, or tcp://HOST:PORT of a Dask scheduler",
    )
    add("--out", nargs="+", type=Path, default=[], help=".csv, .parquet, .md")
    add("--finished", action="store_true", help="only what is in the cache: compute nothing")
    add("--list", action="store_true", help="print what there is to choose from")
    return parser.parse_args(argv)


def pictures(names: str | Iterable[str], size: int) -> dict[str, np.ndarray]:
    """Gray pictures by name: photographs, files, folders and image sets, each picture once.

    A file is called by its name, with as many of its folders as tell it apart from the others.

    Raises
    ------
    ValueError
        For a folder without pictures, and for what is no picture.
    FileNotFoundError
        For what is neither a photograph nor a file.
    """
    sources: dict[object, tuple[list[str], Callable[[], np.ndarray]]] = {}
    for name in [names] if isinstance(names, str) else names:
        for key, ends, read in _sources(name):
            sources.setdefault(key, (ends, read))
    counts = Counter(end for ends, _ in sources.values() for end in ends)
    shown = {}
    for ends, read in sources.values():
        name = next((end for end in ends if counts[end] == 1), ends[-1])
        gray = np.clip(images.to_gray(read()), 0, 1)
        shown[name] = images.centre_crop(gray, min(size, *gray.shape)) if size else gray
    return shown


def _sources(name: str) -> Iterator[tuple[object, list[str], Callable[[], np.ndarray]]]:
    """A key of each picture, what it may be called, the shortest first, and what reads it."""
    if name in datasets.SETS:
        test = datasets.fetch(name)
        for number, own in enumerate(test.names):
            yield (name, number), [f"{name}/{own}"], partial(test.images.__getitem__, number)
        return
    if name in images.PHOTOGRAPHS and not Path(name).is_dir():
        yield name, [name], partial(images.load, name)
        return
    path = checks.path(name, "a picture")
    files = [path]
    if path.is_dir():
        files = [one for one in path.iterdir() if is_picture(Path(one.name)) and one.is_file()]
        if not files:
            raise ValueError(f"no picture in {path}: {', '.join(SUFFIXES)} are read")
    for file in sorted(files):
        parts = file.absolute().parts
        ends = [Path(*parts[-n:]).as_posix() for n in range(1, len(parts) + 1)]
        yield file.resolve(), ends, partial(images.load, file)


def models(texts: Iterable[str]) -> dict[str, noise.NoiseModel]:
    """Noise models by what a reader sees, or by what was typed where two look the same."""
    made: dict[noise.NoiseModel, str] = {}
    for text in texts:
        made.setdefault(model(text), text)
    seen = Counter(map(str, made))
    return {str(one) if seen[str(one)] == 1 else text: one for one, text in made.items()}


def listing() -> str:
    """Everything there is to choose from."""
    families = {
        "methods": suites.course_methods(),
        "images": [*images.PHOTOGRAPHS, *datasets.SETS],
        "noises": noise.MODELS,
        "metrics": metrics.METRICS,
        "knows": [f"{one} ({heading(one)[:-1]})" for one in KNOWLEDGE],
    }
    lines = [f"{family}: {', '.join(names)}" for family, names in families.items()]
    return "\n".join(lines + [f"suite {name}: {one.what}" for name, one in suites.SUITES.items()])


def compute(options: argparse.Namespace) -> pd.DataFrame:
    """The table, or what is finished of it."""
    methods = suites.course_methods()
    if unknown := [name for name in options.methods or () if name not in methods]:
        raise ValueError(f"no method {', '.join(unknown)}; there are {', '.join(methods)}")
    methods = {name: methods[name] for name in options.methods or methods}
    if options.suite:
        cells = suites.cells(options.suite, methods)
    else:
        shown = pictures(options.images, checks.whole(options.size, "size", 0))
        noises = models(options.noises)
        asked = options.metrics, options.draws, options.knows
        cells = benchmark.product(methods, shown, noises, *asked)
    if options.finished:
        store = benchmark.Cache(options.cache)
        cells = [task for task in cells if store.read(task)]
        if not cells:
            raise ValueError(f"nothing of it is finished in {options.cache}")
    return benchmark.compute(cells, options.cache, options.scheduler)


def main(argv: list[str] | None = None) -> int:
    """Compute, write and print; 1 where something went wrong."""
    options = arguments(argv)
    if options.list:
        print(listing())
        return 0
    out, command = list(options.out), ""
    if options.suite and not (out or options.methods or options.finished):
        out = [suites.results(options.suite)]
        command = f"python -m helpers.benchmark --suite {options.suite}"
    try:
        for path in out:
            tables.encoder(path)  # before an hour has passed
        table = compute(options)
        print(tables.leaderboard(table))
        for path in out:
            tables.write(table, path, command)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"python -m helpers.benchmark: {error}", file=sys.stderr)
        return 1
    failed = table[table["error"] != ""]
    for row in failed.drop_duplicates(["method", "error"]).itertuples():
        print(f"{row.method} on {row.image}, {row.noise}: {row.error}", file=sys.stderr)
    print(f"{len(table)} cells, {len(failed)} of them failed; kept in {options.cache}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on where it was")

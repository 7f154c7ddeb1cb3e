"""A table of results: written whole, read back, summed up, ranked among those told the same.

>>> import pandas as pd
>>> rows = {"noise": "σ 25", "image": ["a", "a", "b", "b"], "psnr": [20.0, 25, 21, 27]}
>>> methods = {"knows": "told", "method": 2 * ["noisy input", "mean"], "seconds": 0.5}
>>> table = pd.DataFrame({**rows, **methods})
>>> print(leaderboard(table))
| method, told | σ 25 | seconds |
|---|---|---|
| noisy input | 20.50 ± 0.71 | 0.500 |
| mean | **26.00** ± 1.41 | 0.500 |
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd

from helpers import checks
from helpers.benchmark.tasks import BASELINE, KEYS
from helpers.files import write_whole
from helpers.images import Seed
from helpers.metrics import mean_interval

NAMES = ("image", "noise", "knows", "method", "error")  # columns of text, whatever it looks like
NO_NUMBER = ("", "nan", "NaN", "NA", "<NA>", "None")  # what a cell without a number may hold


def write(table: pd.DataFrame, path: str | Path, command: str = "") -> None:
    """Write a table by the ending of its path: .csv, .parquet, or .md for the leaderboard.

    What was there before is replaced in one step, or stays.

    Parameters
    ----------
    table : pandas.DataFrame
        As `run` gives it.
    path : str or Path
    command : str
        Goes into the first line of a CSV, so that the table says how it was made.

    Raises
    ------
    ValueError
        For another ending, what is no table, and a command of several lines.
    ModuleNotFoundError
        For Parquet, where pyarrow is not installed.
    OSError
        With the file's name, where there is no room for it.
    """
    path = checks.path(path, "path")
    if not isinstance(table, pd.DataFrame):
        raise checks.refusal("table", "a pandas.DataFrame, as `run` gives it", table)
    if not isinstance(command, str) or len(command.splitlines()) > 1:
        raise checks.refusal("command", "one line of text", command)
    write_whole({path: encoder(path)(table, command)})


def encoder(path: Path) -> Callable[[pd.DataFrame, str], bytes]:
    """What makes the bytes of a file with this ending; who cannot be had is named at once."""
    if path.suffix not in _ENCODERS:
        raise ValueError(f"a table is written to {', '.join(_ENCODERS)}, not to {path.name!r}")
    if path.suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401, pandas asks for it later
        except ImportError as error:
            raise ModuleNotFoundError(
                "Parquet needs pyarrow: pip install 'seeing-through-noise[cluster]', or write .csv"
            ) from error
    return _ENCODERS[path.suffix]


def _csv(table: pd.DataFrame, command: str) -> bytes:
    first = f"# {command}\n" if command else ""
    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    if "\r" in text:  # which `csv` leaves as it is, and which readers take for the end of a line
        text = table.to_csv(index=False, float_format="%.6g", quoting=csv.QUOTE_ALL)
    return (first + text).encode("utf-8", "surrogateescape")


_ENCODERS = {
    ".csv": _csv,
    ".parquet": lambda table, command: table.to_parquet(index=False),
    ".md": lambda table, command: (leaderboard(table) + "\n").encode(),
}


def read(path: str | Path) -> pd.DataFrame:
    """A table that `write` wrote as CSV or Parquet.

    Names are read as they were written, with what else is a comment (``#``), a number or no
    value at all; of the lines the first alone may be a comment, the command.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that is no such table.
    """
    path = checks.path(path, "path")
    if not path.is_file():
        raise FileNotFoundError(f"no table {path}; `write` makes one")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
        if text.startswith("# "):
            text = text.partition("\n")[2]
        columns = pd.read_csv(StringIO(text), nrows=0).columns
        return pd.read_csv(
            StringIO(text),
            dtype={name: str for name in NAMES if name in columns},
            keep_default_na=False,
            na_values={name: NO_NUMBER for name in columns if name not in NAMES},
        )
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"{path} is no table that `write` wrote: {error}") from error


def columns_of(table: pd.DataFrame) -> list[str]:
    """What methods of a table are told, in its order; nothing for a table that does not say."""
    return list(table["knows"].unique()) if "knows" in table else []


def within(table: pd.DataFrame, knows: str | None = None) -> pd.DataFrame:
    """The rows of methods that are told the same.

    Parameters
    ----------
    table : pandas.DataFrame
        As `run` gives it.
    knows : str, optional
        What they are told; may be left out where all rows are told the same.

    Raises
    ------
    ValueError
        Where the table has other columns of knowledge, or several and none is named.
    """
    there = columns_of(table)
    if knows is None and len(there) < 2:
        return table
    if knows not in there:
        raise checks.refusal("knows", f"one of {', '.join(there)}, which the table has", knows)
    return table[table["knows"] == knows]


def means(table: pd.DataFrame, metric: str = "psnr", knows: str | None = None) -> pd.DataFrame:
    """Mean over images and draws: a row for each method, a column for each noise.

    NaN where a method has not seen every image and draw that the noisy input has: means over
    other pictures cannot be compared. Nor can methods that are told different things: see
    `within` for `knows`.
    """
    table = within(table, knows)
    _check_metric(table, metric)
    grouped = table.groupby(["method", "noise"], sort=False)[metric]
    order = {"index": table["method"].unique(), "columns": table["noise"].unique()}
    # not unstack(sort=False), under which pandas 2.2 puts values into wrong rows
    seen, mean = (each.unstack().reindex(**order) for each in (grouped.count(), grouped.mean()))
    return mean.where(seen.eq(seen.loc[BASELINE]) if BASELINE in seen.index else seen.gt(0))


def gains(table: pd.DataFrame, metric: str = "psnr", knows: str | None = None) -> pd.DataFrame:
    """How far the mean of each method lies above that of the noisy input.

    A row for each method but the noisy input, a column for each noise; NaN where `means` has it.

    Raises
    ------
    ValueError
        As `within`, and where the table has no such metric or no noisy input.
    """
    mean = means(table, metric, knows)
    _check_method(mean.index, BASELINE)
    return (mean - mean.loc[BASELINE]).drop(index=BASELINE)


def lead(
    table: pd.DataFrame,
    first: str,
    second: str,
    rng: Seed,
    metric: str = "psnr",
    knows: str | None = None,
) -> tuple[float, float, float]:
    """How far one method is ahead of another on the same images, with a 95 % interval.

    Parameters
    ----------
    table : pandas.DataFrame
        As `run` gives it, with one noise; of several draws of an image their mean counts.
    first, second : str
        Two methods of the table.
    rng : int or numpy.random.Generator
        Images are drawn again for the interval: see `metrics.mean_interval`.
    metric : str
    knows : str, optional
        As for `within`.

    Returns
    -------
    (float, float, float)
        Mean of first − second, low and high end.

    Raises
    ------
    ValueError
        As `within`, for several kinds of noise, an unknown metric or method, and fewer than two
        images that both have seen.
    """
    table = within(table, knows)
    _check_metric(table, metric)
    if table["noise"].nunique() > 1:
        kinds = ", ".join(map(str, table["noise"].unique()))
        raise ValueError(f"a lead is that at one noise, and the table has several: {kinds}")
    scores = table.groupby(["method", "image"])[metric].mean().unstack("method")
    for method in (first, second):
        _check_method(scores.columns, method)
    return mean_interval((scores[first] - scores[second]).dropna(), rng)


def spreads(table: pd.DataFrame, metric: str = "psnr", knows: str | None = None) -> pd.DataFrame:
    """Standard deviation over images of the mean over draws, where `means` has the mean.

    NaN where there is one image.
    """
    mean, table = means(table, metric, knows), within(table, knows)
    each = table.groupby(["method", "noise", "image"], sort=False)[metric].mean()
    return each.groupby(["method", "noise"]).std().unstack().reindex_like(mean).where(mean.notna())


def price(
    table: pd.DataFrame,
    metric: str = "psnr",
    knows: str = "estimated",
    instead_of: str = "told",
) -> pd.DataFrame:
    """What it costs to know less: the mean difference on the same pictures and draws.

    Parameters
    ----------
    table : pandas.DataFrame
        As `run` gives it, with both columns of knowledge.
    metric : str
    knows, instead_of : str
        What is known, and what it is compared with.

    Returns
    -------
    pandas.DataFrame
        A row for each method that has both, a column for each noise; below 0 where PSNR is lost.

    Examples
    --------
    >>> from helpers import benchmark, filters, images, noise
    >>> table = benchmark.run(
    ...     {"bm3d": filters.bm3d},
    ...     {"camera": images.load("camera", size=96)},
    ...     {"photons": noise.Poisson(20)},
    ...     ["psnr"],
    ...     knows=["told", "strength"],
    ... )
    >>> bool(price(table, knows="strength").loc["bm3d", "photons"] < -0.5)
    True
    """
    _check_metric(table, metric)
    keys = [name for name in KEYS if name != "knows"]
    less, more = (within(table, one).set_index(keys)[metric] for one in (knows, instead_of))
    difference = (less - more).dropna()
    mean = difference.groupby(["method", "noise"]).mean().unstack()
    order = (table[name].unique() for name in ("method", "noise"))
    rows, columns = ([one for one in names if one != BASELINE] for names in order)
    return mean.reindex(index=[one for one in rows if one in mean.index], columns=columns)


def _check_metric(table: pd.DataFrame, metric: str) -> None:
    if metric not in table:
        raise ValueError(f"the table has no column {metric!r}; it has {', '.join(table)}")


def _check_method(methods: pd.Index, name: str) -> None:
    if name not in methods:
        raise ValueError(f"the table has no method {name!r}; it has {', '.join(methods)}")


def leaderboard(table: pd.DataFrame, metric: str = "psnr", digits: int = 2) -> str:
    """A table in Markdown: the noisy input, then methods, the best mean of all columns first.

    Methods that lack a column come last: their means are of other columns.

    Mean ± standard deviation over images, where there are several; the best mean is bold, but
    where all methods have the same. Where methods are told several things, there is a board for
    each, one below the other.
    """
    boards = [_board(table, metric, digits, knows) for knows in columns_of(table) or [None]]
    return "\n\n".join(boards)


def _board(table: pd.DataFrame, metric: str, digits: int, knows: str | None) -> str:
    """The board of methods that are told the same."""
    mean, spread = (each(table, metric, knows) for each in (means, spreads))
    order = pd.DataFrame({"whole": mean.notna().all(axis=1), "mean": mean.mean(axis=1)})
    ranked = order.sort_values(["whole", "mean"], ascending=False, kind="stable").index
    seconds = within(table, knows).groupby("method")["seconds"].mean()
    others = mean.drop(index=BASELINE, errors="ignore")
    contest = (others.nunique() > 1) | (
        others.count() < 2
    )  # told of impulses, all fill them alike
    best = mean.max().where(contest)
    first = "method" if knows is None else f"method, {_plain(knows)}"
    lines = [
        f"| {first} | {' | '.join(map(_plain, mean.columns))} | seconds |",
        "|---" * (len(mean.columns) + 2) + "|",
    ]
    for name in sorted(ranked, key=BASELINE.__ne__):
        cells = [_plain(name)]
        for kind in mean.columns:
            value, deviation = mean.loc[name, kind], spread.loc[name, kind]
            cell = "–" if pd.isna(value) else f"{value:.{digits}f}"
            cell = f"**{cell}**" if value == best[kind] else cell
            cells.append(cell if pd.isna(deviation) else f"{cell} ± {deviation:.{digits}f}")
        lines.append(f"| {' | '.join(cells)} | {seconds[name]:.3f} |")
    return "\n".join(lines)


def _plain(name: str) -> str:
    """A name as one cell of a table in Markdown, whatever is in it."""
    return " ".join(str(name).split()).replace("|", "\\|")

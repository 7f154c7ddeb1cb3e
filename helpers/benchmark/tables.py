"""A table of results: written whole, read back, summed up, ranked.

>>> import pandas as pd
>>> rows = {"noise": "σ 25", "image": ["a", "a", "b", "b"], "psnr": [20.0, 25, 20, 27]}
>>> table = pd.DataFrame({**rows, "method": 2 * ["noisy input", "mean"], "seconds": 0.5})
>>> print(leaderboard(table))
| method | σ 25 | seconds |
|---|---|---|
| noisy input | 20.00 | 0.500 |
| mean | **26.00** | 0.500 |
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd

from helpers import checks
from helpers.benchmark.tasks import BASELINE
from helpers.files import write_whole

NAMES = ("image", "noise", "method", "error")  # columns of text, whatever the text looks like
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


def means(table: pd.DataFrame, metric: str = "psnr") -> pd.DataFrame:
    """Mean over images and draws: a row for each method, a column for each noise.

    NaN where a method has not seen every image and draw that the noisy input has: means over
    other pictures cannot be compared.
    """
    if metric not in table:
        raise ValueError(f"the table has no column {metric!r}; it has {', '.join(table)}")
    grouped = table.groupby(["method", "noise"], sort=False)[metric]
    order = {"index": table["method"].unique(), "columns": table["noise"].unique()}
    # not unstack(sort=False), under which pandas 2.2 puts values into wrong rows
    seen, mean = (each.unstack().reindex(**order) for each in (grouped.count(), grouped.mean()))
    return mean.where(seen.eq(seen.loc[BASELINE]) if BASELINE in seen.index else seen.gt(0))


def leaderboard(table: pd.DataFrame, metric: str = "psnr", digits: int = 2) -> str:
    """A table in Markdown: the noisy input, then methods, the best mean of all columns first."""
    mean = means(table, metric)
    ranked = mean.mean(axis=1).sort_values(ascending=False, kind="stable").index
    seconds = table.groupby("method")["seconds"].mean()
    lines = [
        f"| method | {' | '.join(map(_plain, mean.columns))} | seconds |",
        "|---" * (len(mean.columns) + 2) + "|",
    ]
    for name in sorted(ranked, key=BASELINE.__ne__):
        cells = [_plain(name)]
        for kind in mean.columns:
            value = mean.loc[name, kind]
            cell = "–" if pd.isna(value) else f"{value:.{digits}f}"
            cells.append(f"**{cell}**" if value == mean[kind].max() else cell)
        lines.append(f"| {' | '.join(cells)} | {seconds[name]:.3f} |")
    return "\n".join(lines)


def _plain(name: str) -> str:
    """A name as one cell of a table in Markdown, whatever is in it."""
    return " ".join(str(name).split()).replace("|", "\\|")

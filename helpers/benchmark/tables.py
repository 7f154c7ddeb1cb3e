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

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from helpers.benchmark.tasks import BASELINE
from helpers.files import write_whole


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
        For another ending.
    ModuleNotFoundError
        For Parquet, where pyarrow is not installed.
    """
    path = Path(path)
    data = encoder(path)(table, command)
    write_whole({path: data})


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
    return (first + table.to_csv(index=False, float_format="%.6g")).encode()


_ENCODERS = {
    ".csv": _csv,
    ".parquet": lambda table, command: table.to_parquet(index=False),
    ".md": lambda table, command: (leaderboard(table) + "\n").encode(),
}


def read(path: str | Path) -> pd.DataFrame:
    """A table that `write` wrote as CSV or Parquet."""
    if Path(path).suffix == ".parquet":
        return pd.read_parquet(path)
    table = pd.read_csv(path, comment="#", dtype={"error": str})
    return table.assign(error=table["error"].fillna(""))


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
    order = (
        mean.drop(index=BASELINE, errors="ignore").mean(axis=1).sort_values(ascending=False).index
    )
    rows = [name for name in (BASELINE, *order) if name in mean.index]
    seconds = table.groupby("method")["seconds"].mean()
    lines = [
        f"| method | {' | '.join(mean.columns)} | seconds |",
        "|---" * (len(mean.columns) + 2) + "|",
    ]
    for name in rows:
        shown = [_cell(mean.loc[name, k], mean[k].max(), digits) for k in mean.columns]
        lines.append(f"| {name} | {' | '.join(shown)} | {seconds[name]:.3f} |")
    return "\n".join(lines)


def _cell(value: float, best: float, digits: int) -> str:
    if pd.isna(value):
        return "–"
    return f"**{value:.{digits}f}**" if value == best else f"{value:.{digits}f}"

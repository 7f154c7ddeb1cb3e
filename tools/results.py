"""Tables that take long to make, in `data/results`: CSV, with the command that makes it on top."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers import paths
from helpers.files import write_whole

FOLDER = paths.results()


def known(path: Path) -> pd.DataFrame:
    """What is in a file already; an empty table where there is none."""
    return pd.read_csv(path, comment="#") if path.exists() else pd.DataFrame()


def keep(path: Path, table: pd.DataFrame, command: str, **form: object) -> None:
    """Write a table with its command, whole or not at all; `form` is for `DataFrame.to_csv`."""
    text = f"# python -m tools.{command}\n{table.to_csv(index=False, **form)}"
    write_whole({path: text.encode()})

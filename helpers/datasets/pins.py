"""Which bytes a file must have: the table ``pins.csv``, one row for each file of each set.

Paths are those of the mirror folder, and of the cache. ``pixels`` is the SHA-256 of the decoded
array (little-endian), only where files were rebuilt and an encoder may write other bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

TABLE = Path(__file__).with_name("pins.csv")


class Pin(NamedTuple):
    """One file of a set, and how to know that it is the right one."""

    path: str  # in the mirror folder and in the cache, "BSD68/test001.png"
    bytes: int
    sha256: str
    pixels: str = ""  # SHA-256 of the decoded pixels, where the bytes depend on an encoder
    url: str = ""  # empty: not published as a file

    def under(self, folder: Path) -> Path:
        """Its place in a folder; never outside it.

        Examples
        --------
        >>> Pin("../passwords", 1, "").under(Path("cache"))
        Traceback (most recent call last):
        ...
        ValueError: '../passwords' leads out of its folder
        """
        parts = PurePosixPath(self.path).parts
        if not parts or parts[0] == "/" or ".." in parts or set(self.path) & set("\\:"):
            raise ValueError(f"{self.path!r} leads out of its folder")
        return folder.joinpath(*parts)


@cache
def table() -> tuple[Pin, ...]:
    """All rows of ``pins.csv``, in its order, which is the order of the pictures."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(Pin(r["path"], int(r["bytes"]), r["sha256"], r["pixels"]) for r in rows)


def pinned(sources: Sequence[tuple[str, str]]) -> tuple[Pin, ...]:
    """The files whose path starts so, each ``(start, address of its folder)``; first match wins.

    Examples
    --------
    >>> pinned([("Set12/0", "https://host/commit/")])[1].url
    'https://host/commit/02.png'
    """
    pins = []
    for pin in table():
        base = next((url for start, url in sources if pin.path.startswith(start)), None)
        if base is not None:
            name = pin.path.rpartition("/")[2]
            pins.append(pin._replace(url=base and base + quote(name)))
    return tuple(pins)

"""How long a call takes, and how much memory it adds to its process at the most."""

from __future__ import annotations

import ctypes
import time
from contextlib import suppress
from pathlib import Path

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Peak:
    """Seconds and megabytes of what runs inside of the ``with``.

    The megabytes are what the process holds at its peak beyond what it held before. Linux alone
    says so; elsewhere they are NaN. Freed memory is given back first, where the C library can
    (glibc), or a call that needs no more than the last one would seem to need nothing. Whatever
    else the process does meanwhile, in other threads, is counted as well.

    Examples
    --------
    >>> import numpy as np
    >>> with Peak() as taken:
    ...     large = np.ones((1000, 1000))
    >>> bool(np.isnan(taken.megabytes) or 7 < taken.megabytes < 20)
    True
    """

    def __enter__(self) -> Peak:
        with suppress(AttributeError, OSError, TypeError):  # no glibc
            ctypes.CDLL(None).malloc_trim(0)
        self._before = _held("VmRSS", reset=True)
        self.seconds, self.megabytes = float("nan"), float("nan")
        self._begin = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = time.perf_counter() - self._begin
        self.megabytes = max(_held("VmHWM") - self._before, 0.0)


def _held(line: str, reset: bool = False) -> float:
    """Megabytes of the process: VmRSS now, VmHWM at its peak since the last reset."""
    try:
        if reset:
            RESET.write_text("5")  # what the kernel takes as: forget the peak
        (entry,) = (text for text in STATUS.read_text().splitlines() if text.startswith(line))
        return int(entry.split()[1]) * 1024 / 1e6
    except (OSError, ValueError):
        return float("nan")

"""What the reader has chosen and answered: one JSON file in the cache, if there is a reader.

Tests and the runs whose outputs are committed have none: they neither read the file nor write it.

>>> is_there()  # no kernel runs this example
False
>>> keep("predictions", "which is best", {"prediction": "median"})  # hence nothing is kept
>>> recall("predictions")
{}
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from helpers import checks, paths
from helpers.files import write_whole


def is_there() -> bool:
    """Whether somebody may answer: in a kernel, unless ``$COURSE_READER`` is ``none``.

    The tools that execute notebooks set the variable; a script, a test, or an example in a
    docstring has no kernel.
    """
    ipython = sys.modules.get("IPython")  # where a kernel runs, it has been imported
    in_kernel = ipython is not None and hasattr(ipython.get_ipython(), "kernel")
    return in_kernel and os.environ.get("COURSE_READER") != "none"


def file() -> Path:
    """Where it is kept; a reader who wants to begin anew deletes it."""
    return paths.cache() / "reader.json"


def recall(section: str) -> dict[str, object]:
    """All that was kept in a section, by key; nothing where there is no reader.

    Warns
    -----
    UserWarning
        Where the file is damaged. It is set aside, under the name that the warning says.

    Raises
    ------
    OSError
        When the file is there and cannot be read.
    """
    if not is_there():
        return {}
    try:
        return _read(file()).get(section, {})
    except ValueError:
        with _alone(file()):
            return _read_or_set_aside(file()).get(section, {})


def keep(section: str, key: str, value: object) -> None:
    """Keep a value under a key; what other notebooks keep meanwhile stays.

    Parameters
    ----------
    section, key : str
        Such as ``"predictions"`` and the question.
    value : object
        What JSON can hold.

    Raises
    ------
    ValueError
        For what JSON cannot hold, NaN and infinity among it; the file stays as it was.
    OSError
        When the file cannot be written.
    """
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise checks.refusal("value", "what JSON can hold", value) from None
    if not is_there():
        return
    with _alone(file()):
        kept = _read_or_set_aside(file())
        kept.setdefault(section, {})[key] = value
        text = json.dumps(kept, ensure_ascii=False, indent=1, allow_nan=False)
        write_whole({file(): text.encode()})


def _read(path: Path) -> dict[str, dict[str, object]]:
    """Section to key to value; ValueError where the file holds anything else."""
    try:
        kept = json.loads(path.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError:
        return {}
    except RecursionError:
        raise ValueError("brackets without end") from None
    if isinstance(kept, dict) and all(isinstance(section, dict) for section in kept.values()):
        return kept
    raise ValueError("it holds no sections")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _read_or_set_aside(path: Path) -> dict[str, dict[str, object]]:
    """What the file holds; a damaged one gets another name, and nothing of it is lost."""
    try:
        return _read(path)
    except ValueError as error:
        aside = path.with_stem(f"{path.stem}-damaged-{time.time_ns()}")
        os.replace(path, aside)
        warnings.warn(
            f"{path} is damaged ({error}): it is called {aside.name} now, and what you answer "
            "goes into a new one",
            stacklevel=4,
        )
        return {}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time read and write the file; a killed one lets go of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        with suppress(
            OSError
        ):  # a disk without locks: two who write within a millisecond are rare
            _lock(lock.fileno())
        yield  # closing the file unlocks it


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)

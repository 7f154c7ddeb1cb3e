"""Where the course keeps its files: in a clone, in an installed package, from any folder.

What ships lies in `data/` of a clone; a wheel has it inside the package.

>>> sorted(path.name for path in (weights(), results()))
['results', 'weights']
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_DATA = _PACKAGE.parent / "data"  # of a clone


def weights() -> Path:
    """The folder of the trained weights that ship."""
    return _shipped("weights")


def results() -> Path:
    """The folder of the tables that ship, as CSV."""
    return _shipped("results")


def checkpoints() -> Path:
    """The folder of trainings under way: in a clone, or in the cache, where one may write."""
    return _DATA / "checkpoints" if _is_clone() else cache() / "checkpoints"


def cache() -> Path:
    """The folder of what can be had again: ``$COURSE_CACHE``, or the system's cache folder.

    Raises
    ------
    ValueError
        Where ``$COURSE_CACHE`` begins with the home of a user who is not there.
    """
    if named := os.environ.get("COURSE_CACHE"):
        folder = os.path.expanduser(named)
        if folder.startswith("~"):
            raise ValueError(f"$COURSE_CACHE names {named}, and there is no such user")
        return Path(folder)
    import pooch

    return Path(pooch.os_cache("seeing-through-noise"))


def mirror() -> Path | None:
    """The folder that ``$COURSE_DATA`` names, with ``BSD68/test001.png`` and so on, if any."""
    named = os.environ.get("COURSE_DATA")
    return Path(os.path.expanduser(named)) if named else None


def _shipped(name: str) -> Path:
    return (_DATA if _is_clone() else _PACKAGE) / name


def _is_clone() -> bool:
    return (_DATA / "weights").is_dir()

"""Finished cells on disk: one small file each, there whole or not at all."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from helpers import checks, versions
from helpers.benchmark.tasks import Task
from helpers.files import part_of, remove_parts
from helpers.metrics import METRICS


class Cache:
    """A folder of finished cells; several runs may use one at the same time.

    Parameters
    ----------
    folder : str or Path, optional
        None keeps nothing.

    Raises
    ------
    ValueError
        For what is no path, and when the folder cannot be made.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else checks.path(folder, "cache")
        self._full = False
        self._fingerprints: dict[int, tuple[Any, str]] = {}  # an id is good while its thing lives
        if self.folder:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                remove_parts(self.folder)  # of a run that was killed
            except OSError as error:
                raise ValueError(f"cache is a folder that can be made; {error}") from error

    def read(self, task: Task) -> dict[str, Any] | None:
        """A finished row under the names of this table; a damaged file counts as none."""
        try:
            row = json.loads(self._file(task).read_text("utf-8")) if self.folder else None
        except (OSError, ValueError):
            return None
        if not isinstance(row, dict) or not {*task.metrics, "seconds", "error"} <= row.keys():
            return None
        return {**row, "image": task.image, "noise": task.noise, "knows": task.knows}

    def keep(self, task: Task, row: dict[str, Any]) -> None:
        """Write a row; failures are not kept, they may be mended.

        Where there is no room for it (a full disk), a warning says so once: the row is in the
        table all the same, and what was kept before still is.
        """
        if self.folder is None or row["error"]:
            return
        path = self._file(task)
        part = part_of(path)
        try:  # not `write_whole`: what a power cut takes is computed again, no disk is waited for
            part.write_text(json.dumps(row), "utf-8")
            part.replace(path)
        except OSError as error:
            if not self._full:
                reason = error.strerror or error
                warnings.warn(
                    f"not all finished cells are kept in {self.folder}: {reason}", stacklevel=2
                )
            self._full = True
        finally:
            part.unlink(missing_ok=True)

    def _file(self, task: Task) -> Path:
        """By all that the row depends on.

        Pixels, noise, draw, metrics, method, weights, code, and how the method is told. One that
        is told nothing, as the baseline is, has one file for all columns of knowledge.
        """
        depends = task.model, task.denoise, Task, task.tell, *map(METRICS.get, task.metrics)
        for one in depends:
            if id(one) not in self._fingerprints:  # a network's weights take a while
                self._fingerprints[id(one)] = one, versions.fingerprint(one)
        prints = [self._fingerprints[id(one)][1] for one in depends]
        key = task.digest(task.method, *task.metrics, *prints, versions.libraries())
        return self.folder / f"{key.hex()}.json"

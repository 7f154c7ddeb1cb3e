"""An executor of the reader's: whatever has ``submit`` and gives something with ``result``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from typing import Any


class Executor(AbstractContextManager):
    """Tasks in, results out, as they get ready.

    Parameters
    ----------
    submit : callable
        A task to something with a method ``result``.
    limit : int
        How many tasks may be under way at the same time.
    """

    def __init__(self, submit: Callable[[Any], Any], limit: int = 10**9) -> None:
        self._submit, self._limit = submit, limit

    def __exit__(self, *error: object) -> None:
        """Nothing is left to close."""

    def run(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each task with its result, in the order in which they are done."""
        under_way: dict[Any, Any] = {}
        for task in tasks:
            try:
                under_way[self._submit(task)] = task
            except Exception as problem:  # it cannot travel, or the executor is broken
                yield task, problem
            while len(under_way) >= self._limit:
                yield from self._ready(under_way)
        while under_way:
            yield from self._ready(under_way)

    def _ready(self, under_way: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
        """Results of all that is done; of what cannot be waited for, the oldest."""
        futures = list(under_way)
        is_known = all(isinstance(one, Future) for one in futures)
        for future in self._wait(futures) if is_known else futures[:1]:
            task = under_way.pop(future)
            try:
                yield task, self._result(future)
            except Exception as problem:  # the function's, or its worker died again and again
                yield task, problem

    def _wait(self, futures: list[Future]) -> Iterable[Future]:
        return wait(futures, return_when=FIRST_COMPLETED).done

    def _result(self, future: Any) -> Any:
        return future.result()

"""Where cells are computed: here, on the cores of this machine, or on a Dask cluster."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from helpers import checks
from helpers.benchmark.processes import Numbered, Processes, Row, cores
from helpers.benchmark.tasks import Task
from helpers.benchmark.versions import package
from helpers.denoiser import Denoiser

HELP = (
    "None, 'processes', a number of them, an address such as 'tcp://127.0.0.1:8786', or an object "
    "with a method submit"
)
PATIENCE = 10  # seconds for a scheduler to answer; twice that for workers to come back
PULSE = 2  # seconds without a row after which a cluster is asked whether it is still there
GONE = "the scheduler of the cluster is gone"
GREETING = 1 << 20  # bytes: a scheduler's first message has a few hundred


def workers(scheduler: Any) -> Workers | Processes:
    """Those who do the work; used as ``with workers(scheduler) as crew``.

    Raises
    ------
    ValueError
        For what is no scheduler.
    ConnectionError
        When none answers at the address, or it has no workers.
    """
    if scheduler is None:
        return Workers(_Later, limit=1)
    if isinstance(scheduler, str) and scheduler == "processes":
        return Processes(cores())
    if checks.is_whole(scheduler) and scheduler > 0:
        return Processes(int(scheduler))
    if isinstance(scheduler, str) and "://" in scheduler:
        return Cluster(_connect(scheduler), own=True)
    if callable(getattr(scheduler, "get_executor", None)):
        return Cluster(scheduler)  # a client of Dask that is connected already
    if callable(getattr(scheduler, "submit", None)):
        return Workers(lambda task: scheduler.submit(Task.row, task))
    raise checks.refusal("a scheduler", HELP, scheduler)


# ---- here, or in any executor --------------------------------------------------------------


class Workers(AbstractContextManager):
    """Cells in, rows out, as they get ready.

    Parameters
    ----------
    submit : callable
        A task to something with a method ``result``.
    limit : int
        How many cells may be under way at the same time.
    """

    def __init__(self, submit: Any, limit: int = 10**9) -> None:
        self.submit, self.limit = submit, limit
        self.under_way: dict[Any, Numbered] = {}

    def __exit__(self, *error: object) -> None:
        """Nothing is left to close."""

    def rows(self, tasks: Iterable[Numbered]) -> Iterator[tuple[int, Row]]:
        """The number of each task with its row, in the order in which they are done."""
        for number, task in tasks:
            try:
                self.under_way[self.submit(task)] = number, task
            except Exception as problem:  # it cannot travel, or the executor is broken
                yield number, task.failed(problem)
            if len(self.under_way) >= self.limit:
                yield from self._ready()
        while self.under_way:
            yield from self._ready()

    def _ready(self) -> Iterator[tuple[int, Row]]:
        """Rows of all that is done; of what cannot be waited for, the oldest."""
        futures = list(self.under_way)
        if all(isinstance(one, Future) for one in futures):
            futures = self._wait(futures)
        else:
            futures = futures[:1]
        for future in futures:
            number, task = self.under_way.pop(future)
            yield number, self._row(task, future)

    def _wait(self, futures: list[Future]) -> Iterable[Future]:
        return wait(futures, return_when=FIRST_COMPLETED).done

    def _row(self, task: Task, future: Any) -> Row:
        """The row, or the reason why there is none."""
        try:
            return future.result()
        except Exception as problem:  # it could not travel, or its worker died again and again
            return task.failed(problem)


class _Later:
    """What an executor gives, without one: computed when its result is asked for."""

    def __init__(self, task: Task) -> None:
        self.result = task.row


# ---- a Dask cluster ------------------------------------------------------------------------


class Cluster(Workers):
    """The workers of a Dask cluster; each image and each method travels to a worker once.

    Both are results of tasks, which the scheduler can have made again: what was only on a worker
    that died is not lost.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    own : bool
        Close it at the end.
    """

    def __init__(self, client: Any, own: bool = False) -> None:
        super().__init__(self._submit, limit=1000)
        self.client, self._own = client, own
        self._executor = client.get_executor(pure=False)
        self._methods: dict[int, Any] = {}
        self._image: tuple[np.ndarray | None, Any] = (None, None)
        self._lost = ""  # why nothing will come any more

    def __exit__(self, *error: object) -> None:
        self._methods, self._image = {}, (None, None)
        if self._own:
            self.client.close()

    def _wait(self, futures: list[Future]) -> Iterable[Future]:
        """Those that are done; all of them once there is nobody who would do them."""
        while not (done := wait(futures, PULSE, FIRST_COMPLETED).done):
            if self._is_lost():
                return futures
        return done

    def _is_lost(self) -> bool:
        """Whether the scheduler is gone, or has had no workers for a while."""
        end = time.monotonic() + 2 * PATIENCE
        while self.client.status == "running":  # a client that reconnects has lost all its tasks
            try:
                self.client.wait_for_workers(1, timeout=PULSE)
                return False
            except TimeoutError:
                if time.monotonic() > end:
                    self._lost = "the cluster has no workers any more"
                    return True
            except Exception:  # as different as the ways in which a scheduler goes
                break
        self._lost = GONE
        return True

    def _row(self, task: Task, future: Future) -> Row:
        cancelled = not future.done() or future.cancelled()
        if cancelled or isinstance(future.exception(), (CancelledError, asyncio.CancelledError)):
            self._lost = self._lost or GONE
            return task.failed(f"ConnectionError: {self._lost}")
        return super()._row(task, future)

    def _submit(self, task: Task) -> Future:
        if self._lost:
            raise ConnectionError(self._lost)
        small = replace(task, reference=None, denoise=None)
        image, method = self._sent(task)
        return self._executor.submit(_joined, small, image, method, package())

    def _sent(self, task: Task) -> tuple[Any, Any]:
        """The image and the method, as futures."""
        if id(task.denoise) not in self._methods:
            self._methods[id(task.denoise)] = self.client.submit(_same, task.denoise, pure=False)
        if self._image[0] is not task.reference:  # cells come image by image
            self._image = task.reference, self.client.submit(_same, task.reference, pure=False)
        return self._image[1], self._methods[id(task.denoise)]


def _same(thing: Any) -> Any:
    return thing


def _joined(task: Task, reference: np.ndarray, denoise: Denoiser, expected: str) -> Row:
    """On a worker: one row."""
    if package() != expected:
        raise RuntimeError("this worker has another version of the course")
    return replace(task, reference=reference, denoise=denoise).row()


def _connect(address: str) -> Any:
    """A client of Dask; who does not answer is told of at once."""
    place = _place(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise ModuleNotFoundError(
            "a cluster needs Dask: pip install 'seeing-through-noise[cluster]'"
        ) from error
    try:
        if place:  # Dask itself would knock again and again
            _knock(place, speaks=address.startswith("tcp:"))
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # as different as what may answer there
        if not (place or isinstance(error, OSError)):
            raise ValueError(f"{_ADDRESS}, not {address!r} ({error})") from error
        start = "`dask scheduler` starts one, and `dask worker ADDRESS` its workers"
        silent = f"no Dask scheduler answers at {address}"
        raise ConnectionError(f"{silent} ({error or 'it is silent'}); {start}") from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        client.close()
        raise ConnectionError(f"the scheduler at {address} has no workers") from error
    return client


def _knock(place: tuple[str, int], speaks: bool) -> None:
    """See who is there: a scheduler speaks first, and begins with the length of what it says."""
    with socket.create_connection(place, timeout=PATIENCE) as door:
        if not speaks:
            return
        with door.makefile("rb") as heard:
            head = heard.read(8)
    if len(head) < 8:
        raise ConnectionError("it hangs up")
    if struct.unpack("Q", head)[0] > GREETING:
        raise ConnectionError(f"something else is there, it says {head!r}")


_ADDRESS = "the address of a scheduler is tcp://HOST:PORT"


def _place(address: str) -> tuple[str, int] | None:
    """Host and port; None for what is no plain address, which Dask may know."""
    parts = urlsplit(address)
    if parts.scheme not in ("", "tcp", "tls"):
        return None
    try:
        place = parts.hostname or "", parts.port or 0
    except ValueError:  # a port that is no number
        place = "", 0
    if not all(place):
        raise ValueError(f"{_ADDRESS}, not {address!r}")
    return place

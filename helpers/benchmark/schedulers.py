"""Where cells are computed: here, on the cores of this machine, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import socket
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from helpers.benchmark.tasks import Denoiser, Task
from helpers.benchmark.versions import package

Numbered = tuple[int, Task]
Row = dict[str, Any]
HELP = (
    "None, 'processes', a number of them, an address such as 'tcp://127.0.0.1:8786', or an object "
    "with a method submit"
)
PATIENCE = 10  # seconds for a scheduler to answer
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def workers(scheduler: Any) -> Workers:
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
    if scheduler == "processes":
        return Processes(cores())
    if isinstance(scheduler, int) and not isinstance(scheduler, bool) and scheduler > 0:
        return Processes(scheduler)
    if isinstance(scheduler, str) and "://" in scheduler:
        return Cluster(_connect(scheduler), own=True)
    if callable(getattr(scheduler, "get_executor", None)):
        return Cluster(scheduler)  # a client of Dask that is connected already
    if callable(getattr(scheduler, "submit", None)):
        return Workers(lambda task: scheduler.submit(Task.row, task))
    raise ValueError(f"a scheduler is {HELP}, not {scheduler!r}")


def cores() -> int:
    """How many cores this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


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
            self.under_way[self.submit(task)] = number, task
            if len(self.under_way) >= self.limit:
                yield from self._ready()
        while self.under_way:
            yield from self._ready()

    def _ready(self) -> Iterator[tuple[int, Row]]:
        """Rows of all that is done; of what cannot be waited for, the oldest."""
        futures = list(self.under_way)
        if all(isinstance(one, Future) for one in futures):
            futures = wait(futures, return_when=FIRST_COMPLETED).done
        else:
            futures = futures[:1]
        for future in futures:
            number, task = self.under_way[future]
            row = outcome(task, future)  # a broken pool leaves the task under way
            del self.under_way[future]
            yield number, row


def outcome(task: Task, future: Any) -> Row:
    """The row, or the reason why there is none; a broken pool is raised."""
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as problem:  # it could not travel, or its worker died again and again
        return task.failed(problem)


class _Later:
    """What an executor gives, without one: computed when its result is asked for."""

    def __init__(self, task: Task) -> None:
        self.result = task.row


# ---- processes on this machine -------------------------------------------------------------


class Processes(Workers):
    """Processes of this machine, each with its share of the threads.

    Each method is read by each process once. When a process dies, the pool is replaced, and the
    cells that were under way are done again one by one: the one that dies alone is to blame.

    Parameters
    ----------
    count : int
        How many.
    """

    def __init__(self, count: int) -> None:
        super().__init__(self._submit, limit=2 * count)
        self.count, self._pool = count, None
        self._folder = tempfile.TemporaryDirectory()
        self._sent: dict[int, Path] = {}  # where each method is written down
        self._before = {name: os.environ.get(name) for name in THREADS}

    def __enter__(self) -> Processes:
        for name in THREADS:  # processes that start from now on read it
            os.environ.setdefault(name, str(max(1, cores() // self.count)))
        return self

    def __exit__(self, *error: object) -> None:
        self._close()
        self._folder.cleanup()
        for name in [name for name, value in self._before.items() if value is None]:
            os.environ.pop(name, None)

    def rows(self, tasks: Iterable[Numbered]) -> Iterator[tuple[int, Row]]:
        """As `Workers.rows`, whoever dies."""
        todo = iter(tasks)  # goes on where it was
        while True:
            try:
                yield from super().rows(todo)
                return
            except BrokenExecutor:
                suspects, self.under_way = list(self.under_way.values()), {}
                self._close()
            for number, task in suspects:
                yield number, self._alone(task)

    def _alone(self, task: Task) -> Row:
        try:
            return outcome(task, self._submit(task))
        except BrokenExecutor as problem:
            self._close()
            return task.failed(problem)

    def _submit(self, task: Task) -> Future:
        try:
            told = _dumps(replace(task, denoise=None))
            return self._open().submit(_row, told, self._written(task.denoise))
        except Exception as problem:  # it cannot travel, or the pool is broken already
            future: Future = Future()
            future.set_exception(problem)
            return future

    def _written(self, denoise: Denoiser) -> Path:
        if id(denoise) not in self._sent:
            path = Path(self._folder.name) / str(len(self._sent))
            path.write_bytes(_dumps(denoise))
            self._sent[id(denoise)] = path
        return self._sent[id(denoise)]

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:  # a fork would inherit locks that other threads hold
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.count, mp_context=context)
        return self._pool

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


def _dumps(thing: Any) -> bytes:
    """Pickled for a process of ours; functions of a notebook need cloudpickle, as Dask has it."""
    try:
        import cloudpickle as pickler
    except ImportError:
        pickler = pickle
    return pickler.dumps(thing)


def _row(told: bytes, method: Path) -> Row:
    """In a process: one row."""
    return replace(pickle.loads(told), denoise=_read(method)).row()


@cache
def _read(method: Path) -> Denoiser:
    return pickle.loads(method.read_bytes())


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

    def __exit__(self, *error: object) -> None:
        self._methods, self._image = {}, (None, None)
        if self._own:
            self.client.close()

    def _submit(self, task: Task) -> Future:
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
    silent = f"no Dask scheduler answers at {address}"
    try:
        if place:  # Dask itself would knock again and again
            with socket.create_connection(place, timeout=PATIENCE) as door:
                if address.startswith("tcp:") and not door.recv(1):  # a scheduler speaks first
                    raise ConnectionError("it hangs up")
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError) as error:
        start = "`dask scheduler` starts one, and `dask worker ADDRESS` its workers"
        raise ConnectionError(f"{silent} ({error or 'it is silent'}); {start}") from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        client.close()
        raise ConnectionError(f"the scheduler at {address} has no workers") from error
    return client


def _place(address: str) -> tuple[str, int] | None:
    """Host and port; None for what is no plain address, which Dask may know."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls"):
        return None
    try:
        place = parts.hostname or "", parts.port or 0
    except ValueError:  # a port that is no number
        place = "", 0
    if not all(place):
        raise ValueError(f"the address of a scheduler is tcp://HOST:PORT, not {address!r}")
    return place

"""A Dask cluster as a scheduler: whoever dies there, and whoever is not there at all."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from helpers import versions
from helpers.schedulers.executor import Executor
from helpers.schedulers.packing import Shared, pack, unpack

PATIENCE = 10  # seconds for a scheduler to answer; twice that for workers to come back
PULSE = 2  # seconds without a result after which a cluster is asked whether it is still there
AHEAD = 1000  # tasks under way: enough for any cluster, and not all of a long list in memory
GONE = "the scheduler of the cluster is gone"
GREETING = 1 << 20  # bytes: a scheduler's first message has a few hundred
ADDRESS = "the address of a scheduler is tcp://HOST:PORT"


class Cluster(Executor):
    """A Dask cluster. What tasks share, and the function, go to a worker once.

    They are results of tasks, which the scheduler can have made again: what was only on a worker
    that died is not lost.

    Parameters
    ----------
    function : callable
        What is done to each task.
    scheduler : str or distributed.Client
        An address, or a client, which stays connected.

    Raises
    ------
    ValueError
        For what is no address.
    ConnectionError
        When no scheduler answers there, or it has no workers.
    ModuleNotFoundError
        When Dask is not installed.
    """

    def __init__(self, function: Callable[[Any], Any], scheduler: Any) -> None:
        super().__init__(self._send, limit=AHEAD)
        self._is_own = isinstance(scheduler, str)
        self._client = _connect(scheduler) if self._is_own else scheduler
        self._executor = self._client.get_executor(pure=False)
        self._function = Shared(function)
        self._sent: WeakKeyDictionary[Shared, Any] = WeakKeyDictionary()
        self._lost = ""  # why nothing will come any more

    def __exit__(self, *error: object) -> None:
        self._sent.clear()
        if self._is_own:
            self._client.close()

    def _send(self, task: Any) -> Future:
        if self._lost:
            raise ConnectionError(self._lost)
        packed, shared = pack((self._function, task))
        for one in shared:
            if one not in self._sent:
                self._sent[one] = self._client.submit(_same, one.thing, pure=False)
        keys, things = [one.key for one in shared], [self._sent[one] for one in shared]
        return self._executor.submit(_call, versions.package(), packed, keys, *things)

    def _wait(self, futures: list[Future]) -> Iterable[Future]:
        """Those that are done; all of them once there is nobody who would do them."""
        while not (done := wait(futures, PULSE, FIRST_COMPLETED).done):
            if self._is_lost():
                return futures
        return done

    def _is_lost(self) -> bool:
        """Whether the scheduler is gone, or has had no workers for a while."""
        end = time.monotonic() + 2 * PATIENCE
        while self._client.status == "running":  # one that reconnects has lost all its tasks
            try:
                self._client.wait_for_workers(1, timeout=PULSE)
                return False
            except TimeoutError:
                if time.monotonic() > end:
                    self._lost = "the cluster has no workers any more"
                    return True
            except Exception:  # as different as the ways in which a scheduler goes
                break
        self._lost = GONE
        return True

    def _result(self, future: Future) -> Any:
        cancelled = not future.done() or future.cancelled()
        if cancelled or isinstance(future.exception(), (CancelledError, asyncio.CancelledError)):
            self._lost = self._lost or GONE
            raise ConnectionError(self._lost)
        return future.result()


def _same(thing: Any) -> Any:
    return thing


def _call(expected: str, packed: bytes, keys: list[int], *things: Any) -> Any:
    """On a worker: one result."""
    if versions.package() != expected:
        raise RuntimeError("this worker has another version of the course")
    function, task = unpack(packed, dict(zip(keys, things)))
    return function.thing(task)


def _connect(address: str) -> Any:
    """A client of Dask; that nobody answers is said at once."""
    place = _place(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise ModuleNotFoundError(
            "a cluster needs Dask: pip install 'seeing-through-noise[cluster]'"
        ) from error
    try:
        if place:  # Dask itself would try again and again
            _check_greeting(place, speaks=address.startswith("tcp:"))
        # A client that failed to start may still be garbage. Collected while another one starts,
        # it would wait for ever for a lock that the other holds (distributed 2026.8).
        gc.collect()
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # as different as what may answer there
        if not (place or isinstance(error, OSError)):
            raise ValueError(f"{ADDRESS}, not {address!r} ({error})") from error
        start = "`dask scheduler` starts one, and `dask worker ADDRESS` its workers"
        silent = f"no Dask scheduler answers at {address}"
        raise ConnectionError(f"{silent} ({error or 'it is silent'}); {start}") from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        client.close()
        raise ConnectionError(f"the scheduler at {address} has no workers") from error
    return client


def _check_greeting(place: tuple[str, int], speaks: bool) -> None:
    """A scheduler speaks first, and begins with the length of what it says."""
    with socket.create_connection(place, timeout=PATIENCE) as connection:
        if not speaks:
            return
        with connection.makefile("rb") as stream:
            head = stream.read(8)
    if len(head) < 8:
        raise ConnectionError("the connection was closed")
    if struct.unpack("Q", head)[0] > GREETING:
        raise ConnectionError(f"another server is there, it says {head!r}")


def _place(address: str) -> tuple[str, int] | None:
    """Host and port; None for what is no plain address, which Dask may know."""
    parts = urlsplit(address)
    if parts.scheme not in ("", "tcp", "tls"):
        return None
    with suppress(ValueError):  # a port that is no number
        if parts.hostname and parts.port:
            return parts.hostname, parts.port
    raise ValueError(f"{ADDRESS}, not {address!r}")

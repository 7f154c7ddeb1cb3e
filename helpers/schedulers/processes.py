"""Processes of this machine that compute tasks, and that end when nobody wants them any more.

A pipe leads to each of them. A closed pipe tells either side that the other is gone, however it
went, and nothing lies on the disk or is shared that somebody would have to clean up.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any
from weakref import WeakKeyDictionary

from helpers.schedulers.executor import Executor
from helpers.schedulers.packing import Shared, pack, unpack

SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit locks that other threads hold
READY = b"ready"  # what a process says before it is given anything
GOODBYE = 5  # seconds in which a process without work ends by itself
PULSE = 1  # seconds after which it is felt: a child of a dead process may hold its pipe open
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


class ProcessDied(RuntimeError):
    """A process that ended in the middle of a task."""

    def __init__(self, code: int | None) -> None:
        names = {-one: f"by signal {one.name}" for one in signal.Signals}
        how = names.get(code, f"with exit code {code}")
        hint = ", for want of memory?" if how.endswith("SIGKILL") else ""
        super().__init__(f"the process that ran it was terminated abruptly, {how}{hint}")


class Processes(Executor):
    """Processes of this machine, each with its share of the threads.

    A task whose process dies is done again at the end, alone: what has died with it twice, the
    second time without company, is to blame.

    Parameters
    ----------
    function : callable
        What is done to each task.
    count : int
        How many processes there are.
    """

    def __init__(self, function: Callable[[Any], Any], count: int) -> None:
        super().__init__(self._begin, limit=count)
        self._function = Shared(function)
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._packed: WeakKeyDictionary[Shared, bytes] = WeakKeyDictionary()
        share = str(max(1, cores() // count))
        self._threads = {name: share for name in THREADS if name not in os.environ}

    def __enter__(self) -> Processes:
        os.environ.update(self._threads)  # processes that start from now on read it
        return self

    def __exit__(self, kind: type | None, *error: object) -> None:
        for worker in self._workers:
            worker.close(at_once=kind is not None)
        for worker in self._workers:
            worker.join()
        for name in self._threads:
            os.environ.pop(name, None)

    def run(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each task with its result, in the order in which they are done.

        Raises
        ------
        RuntimeError
            When a process ends before it has begun.
        """
        suspects = []
        for task, result in super().run(self._with_worker(tasks)):
            if isinstance(result, ProcessDied):
                suspects.append(task)
            else:
                yield task, result
        self._limit = 1
        yield from super().run(self._with_worker(suspects))

    def _with_worker(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """Each task once somebody is idle: a process that cannot start is no matter of a task."""
        for task in tasks:
            if not self._idle:
                self._idle = [_Worker()]
                self._workers += self._idle
            yield task

    def _begin(self, task: Any) -> _Worker:
        packed, shared = pack((self._function, task))
        for one in shared:
            if one not in self._packed:
                self._packed[one] = pack(one.thing)[0]
        kept = {one.key: thing for one, thing in self._packed.items()}
        worker = self._idle.pop()
        worker.begin(packed, [one.key for one in shared], kept)
        return worker

    def _ready(self, under_way: dict[_Worker, Any]) -> Iterator[tuple[Any, Any]]:
        ready = wait([worker.pipe for worker in under_way], timeout=PULSE)
        for worker in list(under_way):
            if worker.pipe not in ready and worker.process.is_alive():
                continue
            if (result := worker.answer()) is READY:
                continue
            if not isinstance(result, ProcessDied):
                self._idle.append(worker)
            yield under_way.pop(worker), result


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self._is_ready = False
        self._message: tuple = ()  # waits until it is ready
        self._has: set[int] = set()
        self.process = SPAWN.Process(target=_serve, args=(theirs,))
        self.process.start()
        theirs.close()

    def begin(self, task: bytes, needs: list[int], kept: dict[int, bytes]) -> None:
        """Give it a task, with what it needs and has not got; what nobody holds, it may forget."""
        new = {key: kept[key] for key in needs if key not in self._has}
        gone = self._has - kept.keys()
        self._message = task, new, gone
        self._has = self._has - gone | new.keys()
        if self._is_ready:
            self._send()

    def _send(self) -> None:
        with suppress(OSError):  # it is gone, as the next `answer` finds
            self.pipe.send(self._message)

    def answer(self) -> Any:
        """The result of its task, or its death; `READY` where it has just become so."""
        try:
            packed = self.pipe.recv_bytes() if self.pipe.poll() else b""
        except (EOFError, OSError):  # closed, or cut in the middle of a result
            packed = b""
        if packed == READY:
            self._is_ready = True
            self._send()
            return READY
        if packed:
            return pickle.loads(packed)
        self.close(at_once=False)
        self.join()
        if not self._is_ready:
            raise RuntimeError(
                f"a process ended before it began (exit code {self.process.exitcode}); in a "
                "script, processes need that run is called under if __name__ == '__main__'"
            )
        return ProcessDied(self.process.exitcode)

    def close(self, at_once: bool) -> None:
        """Tell it to end, or end it."""
        self.pipe.close()
        if at_once:
            self.process.kill()

    def join(self) -> None:
        """Wait until it has ended."""
        self.process.join(GOODBYE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


# ---- on the other side ---------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """In a process: results, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    shared = _Things()
    try:
        pipe.send_bytes(READY)
        while True:
            task, new, gone = pipe.recv()
            shared.packed |= new
            for held in (shared, shared.packed):
                for key in gone & held.keys():
                    del held[key]
            pipe.send_bytes(_answer(task, shared))
    except (EOFError, OSError):  # the parent is gone, or has what it wanted
        return


class _Things(dict[int, Any]):
    """What tasks share, unpacked when the first of them needs it."""

    def __init__(self) -> None:
        super().__init__()
        self.packed: dict[int, bytes] = {}

    def __missing__(self, key: int) -> Any:
        self[key] = pickle.loads(self.packed[key])
        del self.packed[key]
        return self[key]


def _answer(task: bytes, shared: _Things) -> bytes:
    """The result of a task, or the exception, as bytes that can be read on the other side."""
    try:
        function, argument = unpack(task, shared)
        return pack(function.thing(argument))[0]
    except Exception as error:
        try:
            packed = pickle.dumps(error)
            pickle.loads(packed)
        except Exception:  # an exception of a kind that cannot travel
            packed = pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
        return packed


def _end_with_parent() -> None:
    """Whatever the parent dies of, and whatever is computed at that moment."""
    multiprocessing.parent_process().join()
    os._exit(1)

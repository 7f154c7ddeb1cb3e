"""Processes of this machine that compute cells, and that end when nobody wants them any more.

A pipe leads to each of them. A closed pipe tells either side that the other is gone, however it
went, and nothing lies on the disk or is shared that somebody would have to clean up.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from helpers.benchmark.tasks import Task
from helpers.denoiser import Denoiser

Numbered = tuple[int, Task]
Row = dict[str, Any]
SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit locks that other threads hold
READY = "ready"  # what a process says before it is given anything
GOODBYE = 5  # seconds in which a process without work ends by itself
PULSE = 1  # seconds after which it is felt: a child of a dead process may hold its pipe open
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


class Processes(AbstractContextManager):
    """Processes of this machine, each with its share of the threads.

    Each method is read by each process once. A cell whose process dies is done again at the end,
    alone: what has died with it twice, the second time without company, is to blame.

    Parameters
    ----------
    count : int
        How many.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._crew: list[_Process] = []
        self._suspects: list[Numbered] = []
        self._told: dict[int, tuple[Denoiser, bytes]] = {}  # an id is good while its thing lives
        self._before = {name: os.environ.get(name) for name in THREADS}

    def __enter__(self) -> Processes:
        for name in THREADS:  # processes that start from now on read it
            os.environ.setdefault(name, str(max(1, cores() // self.count)))
        return self

    def __exit__(self, kind: type | None, *error: object) -> None:
        for one in self._crew:
            one.dismiss(at_once=kind is not None)
        for one in self._crew:
            one.leave()
        self._crew = []
        for name in [name for name, value in self._before.items() if value is None]:
            os.environ.pop(name, None)

    def rows(self, tasks: Iterable[Numbered]) -> Iterator[tuple[int, Row]]:
        """The number of each task with its row, in the order in which they are done.

        Raises
        ------
        RuntimeError
            When a process ends before it has begun.
        """
        for number, row in self._done(tasks, self.count):
            if isinstance(row, ProcessDied):
                self._suspects.append((number, row.task))
            else:
                yield number, row
        for number, row in self._done(self._suspects, 1):
            yield number, row.task.failed(row) if isinstance(row, ProcessDied) else row

    def _done(
        self, tasks: Iterable[Numbered], at_once: int
    ) -> Iterator[tuple[int, Row | ProcessDied]]:
        """Rows, and the deaths of those who should have given one."""
        todo = iter(tasks)
        while True:
            while len(busy := [one for one in self._crew if one.job]) < at_once:
                if (job := next(todo, None)) is None:
                    break
                try:
                    told = self._written(job[1])
                except Exception as problem:  # it cannot travel
                    yield job[0], job[1].failed(problem)
                else:
                    self._idle().begin(job, *told)
            if not busy:
                return
            heard = wait([one.pipe for one in busy], timeout=PULSE)
            for one in busy:
                if one.pipe in heard or not one.lives():
                    number, row = one.job[0], one.answer()
                    if isinstance(row, ProcessDied):
                        self._crew.remove(one)
                    if row is not None:
                        yield number, row

    def _idle(self) -> _Process:
        if not any(one.job is None for one in self._crew):
            self._crew.append(_Process())
        return next(one for one in self._crew if one.job is None)

    def _written(self, task: Task) -> tuple[bytes, int, bytes]:
        """A task without its method, the number of the method, and the method."""
        key = id(task.denoise)
        if key not in self._told:
            self._told[key] = task.denoise, _dumps(task.denoise)
        return _dumps(replace(task, denoise=None)), key, self._told[key][1]


class ProcessDied(RuntimeError):
    """A process that ended in the middle of a task."""

    def __init__(self, task: Task, code: int | None) -> None:
        names = {-one: f"by signal {one.name}" for one in signal.Signals}
        how = names.get(code, f"with exit code {code}")
        hint = ", for want of memory?" if how.endswith("SIGKILL") else ""
        super().__init__(f"the process that ran it was terminated abruptly, {how}{hint}")
        self.task = task


class _Process:
    """One process, the pipe to it, and what it is busy with."""

    def __init__(self) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.job: Numbered | None = None
        self._has: set[int] = set()
        self._waiting: tuple[bytes, int, bytes] | None = None  # until it is ready
        self._ready = False
        self._process = SPAWN.Process(target=_serve, args=(theirs,))
        self._process.start()
        theirs.close()

    def begin(self, job: Numbered, task: bytes, key: int, method: bytes) -> None:
        """Give it a task, and its method where it has not got it."""
        self.job, self._waiting = job, (task, key, method)
        if self._ready:
            self._send()

    def _send(self) -> None:
        task, key, method = self._waiting
        try:
            self.pipe.send((task, key, None if key in self._has else method))
        except OSError:
            return  # it is gone, as the next `answer` finds
        self._has.add(key)

    def answer(self) -> Row | ProcessDied | None:
        """What it has to say: its row, or its death; None where it has just become ready."""
        _, task = self.job
        try:
            said = self.pipe.recv() if self.pipe.poll() else None
        except Exception:  # closed, or cut in the middle of a row
            said = None
        if said is None:
            return self._death(task)
        if not self._ready:
            self._ready = True
            self._send()
            return None
        self.job = None
        row, problem = said
        return task.failed(problem) if row is None else row

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.is_alive()

    def _death(self, task: Task) -> ProcessDied:
        self.job = None
        self.dismiss(at_once=False)
        self.leave()
        if not self._ready:
            raise RuntimeError(
                f"a process ended before it began (exit code {self._process.exitcode}); in a "
                "script, processes need that run is called under if __name__ == '__main__'"
            )
        return ProcessDied(task, self._process.exitcode)

    def dismiss(self, at_once: bool) -> None:
        """Nobody wants it any more; one that is busy is not waited for."""
        self.pipe.close()
        if at_once or self.job:
            self._process.kill()

    def leave(self) -> None:
        """Wait until it is gone."""
        self._process.join(GOODBYE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _dumps(thing: Any) -> bytes:
    """Pickled for a process of ours; functions of a notebook need cloudpickle, as Dask has it."""
    try:
        import cloudpickle as pickler
    except ImportError:
        pickler = pickle
    return pickler.dumps(thing)


# ---- on the other side ---------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """In a process: rows, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    methods: dict[int, Denoiser] = {}
    try:
        pipe.send(READY)
        while True:
            pipe.send(_row(*pipe.recv(), methods))
    except (EOFError, OSError):  # the parent is gone, or has what it wanted
        return


def _end_with_parent() -> None:
    """Whatever the parent dies of, and whatever is computed at that moment."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _row(
    task: bytes, key: int, method: bytes | None, methods: dict[int, Denoiser]
) -> tuple[Row | None, str]:
    """A row, or None and the reason: what cannot be read here."""
    try:
        if method is not None:
            methods[key] = pickle.loads(method)
        return replace(pickle.loads(task), denoise=methods[key]).row(), ""
    except Exception as problem:
        return None, f"{type(problem).__name__}: {problem}"

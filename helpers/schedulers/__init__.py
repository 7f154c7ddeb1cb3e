"""Tasks computed here, on the cores of this machine, or on a Dask cluster: one ``scheduler=``.

Everything long takes it: `run` calls a function with each task and gives what comes out, in the
order in which it is ready. `processes` has the workers of this machine, `cluster` those of Dask,
`executor` whatever else has a ``submit``; `packing` sends what tasks share once.

>>> [result for task, result in run(abs, [-1, 2, "a"])][:2]
[1, 2]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from helpers import checks
from helpers.schedulers.executor import Executor
from helpers.schedulers.packing import Shared
from helpers.schedulers.processes import Processes, cores

__all__ = ["Shared", "cores", "run"]

Function = Callable[[Any], Any]
HELP = (
    "None, 'processes', a number of them, an address such as 'tcp://127.0.0.1:8786', or an object "
    "with a method submit"
)


def run(
    function: Function, tasks: Iterable[Any], scheduler: Any = None
) -> Iterator[tuple[Any, Any]]:
    """Call a function with each task, wherever it is computed.

    Parameters
    ----------
    function : callable
        Of one argument. It travels to other processes, as its tasks do: a function at the top of
        a module can; those of a notebook can where cloudpickle is installed, as it is with Dask.
    tasks : iterable
        Taken one by one, as workers become free. What several of them hold is sent to each
        worker once where it is wrapped in `Shared`.
    scheduler : optional
        Where it is computed. None: here, one after the other. "processes", or how many of them:
        on the cores of this machine, under ``if __name__ == "__main__"`` in a script.
        "tcp://HOST:PORT": on the Dask cluster whose scheduler is there. Or anything with
        ``submit(function, argument)`` that gives something with ``result()``.

    Yields
    ------
    tuple
        A task, and what the function returned for it, in the order in which they are ready. What
        went wrong with one task is no matter of the others: an exception is given as the result.
        It is the function's own, or says that the task could not travel, that its process died
        (`processes.ProcessDied`), or that nobody is left to compute it (ConnectionError).

    Raises
    ------
    ValueError
        For what is no scheduler.
    ConnectionError
        When none answers at the address, or it has no workers.
    RuntimeError
        When processes of this machine end before they begin, as those of a script do that
        starts its run without ``if __name__ == "__main__"``.
    ModuleNotFoundError
        When Dask is needed and not installed.
    """
    if scheduler is not None:
        with _workers(function, scheduler) as workers:
            yield from workers.run(tasks)
        return
    for task in tasks:
        try:
            result = function(task)
        except Exception as problem:
            result = problem
        yield task, result


def _workers(function: Function, scheduler: Any) -> Executor | Processes:
    if isinstance(scheduler, str) and scheduler == "processes":
        return Processes(function, cores())
    if checks.is_whole(scheduler) and scheduler > 0:
        return Processes(function, int(scheduler))
    is_address = isinstance(scheduler, str) and "://" in scheduler
    if is_address or callable(getattr(scheduler, "get_executor", None)):  # a client of Dask
        from helpers.schedulers.cluster import Cluster

        return Cluster(function, scheduler)
    if callable(getattr(scheduler, "submit", None)):
        return Executor(lambda task: scheduler.submit(function, task))
    raise checks.refusal("a scheduler", HELP, scheduler)

"""The same table from here and from a Dask cluster, whoever dies there meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from helpers import benchmark, filters
from helpers.schedulers import cluster as dask
from tests.benchmark.conftest import NOISES
from tests.benchmark.methods import Slow, deadly, nothing
from tests.benchmark.test_running import same
from tests.schedulers.conftest import METHODS


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is an optional extra")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


@pytest.mark.slow
def test_a_cluster_gives_the_same_table(cluster, pictures: dict, expected) -> None:
    address = cluster.scheduler_address
    same(benchmark.run(METHODS, pictures, NOISES, draws=2, scheduler=address), expected)
    with cluster.get_client() as client:
        same(benchmark.run(METHODS, pictures, NOISES, draws=2, scheduler=client), expected)
        assert client.status == "running"  # whose it is closes it


def test_functions_of_a_notebook_reach_a_cluster(cluster, pictures: dict) -> None:
    strength = 0.5
    methods = {"mine": lambda noisy, sigma: noisy * strength}
    table = benchmark.run(methods, pictures, NOISES, scheduler=cluster.scheduler_address)
    same(table, benchmark.run(methods, pictures, NOISES))


@pytest.mark.slow
def test_a_killed_worker_costs_time_and_nothing_else(
    cluster, tmp_path: Path, pictures: dict
) -> None:
    """Two workers, SIGKILL for one of them in the middle of a cell."""
    methods = {"slow": Slow(tmp_path), "mean": filters.mean}
    killed = []

    def kill_one() -> None:
        for _ in range(3000):
            if working := [int(path.name) for path in tmp_path.iterdir()]:
                killed.append(working[0])
                os.kill(working[0], signal.SIGKILL)
                return
            time.sleep(0.02)

    killer = threading.Thread(target=kill_one)
    killer.start()
    table = benchmark.run(methods, pictures, NOISES, draws=3, scheduler=cluster.scheduler_address)
    killer.join()
    assert killed
    with pytest.raises(ProcessLookupError):
        os.kill(killed[0], 0)
    assert (table["error"] == "").all()
    same(table, benchmark.run({"slow": nothing, "mean": filters.mean}, pictures, NOISES, draws=3))


@pytest.mark.slow
def test_a_method_that_kills_every_worker_marks_its_own_cells(cluster, pictures: dict) -> None:
    some, model = {"camera": pictures["camera"]}, {"weak": NOISES["weak"]}
    methods = {"deadly": deadly, "mean": filters.mean}
    table = benchmark.run(methods, some, model, scheduler=cluster.scheduler_address)
    errors = table.set_index("method")["error"]
    assert "died" in errors["deadly"]
    assert errors["mean"] == errors["noisy input"] == ""


def test_another_version_of_the_course_on_a_worker_is_found_out(
    cluster, pictures: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask.versions, "package", lambda: "another")
    table = benchmark.run({"a": nothing}, pictures, NOISES, scheduler=cluster.scheduler_address)
    assert table["error"].str.contains("another version of the course").all()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "PATIENCE", 1)
    monkeypatch.setattr(dask, "PULSE", 0.2)


def once_somebody_works(folder: Path, then: Callable[[], object]) -> threading.Thread:
    """Do something as soon as a cell is under way."""

    def wait() -> None:
        for _ in range(3000):
            if list(folder.iterdir()):
                then()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.slow
def test_a_cluster_that_loses_all_workers_is_not_waited_for(
    short, tmp_path: Path, pictures: dict
) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is an optional extra")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as lonely:
        thread = once_somebody_works(tmp_path, lambda: lonely.scale(0))
        slow = {"slow": Slow(tmp_path, 5)}
        table = benchmark.run(slow, pictures, NOISES, scheduler=lonely.scheduler_address)
        thread.join()
    assert len(table) == 2 * len(pictures) * len(NOISES)
    slow_ones = table.loc[table["method"] == "slow", "error"]
    assert (slow_ones == "ConnectionError: the cluster has no workers any more").all()


@pytest.mark.slow
def test_a_cluster_whose_scheduler_dies_says_so(
    short, tmp_path: Path, pictures: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="Dask is an optional extra")
    known, seen = tmp_path / "scheduler.json", tmp_path / "seen"
    seen.mkdir()
    start = [sys.executable, "-m"]
    place = ["--scheduler-file", str(known), "--no-dashboard"]
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    quiet = {"env": path, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*start, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *place],
        **quiet,
    )
    worker = subprocess.Popen(
        [*start, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *place], **quiet
    )
    try:
        while not known.exists():
            time.sleep(0.1)
        time.sleep(0.2)  # until all of it is written
        address = json.loads(known.read_text())["address"]
        thread = once_somebody_works(seen, scheduler.kill)
        slow = {"slow": Slow(seen, 0.3)}
        monkeypatch.setattr(dask, "PATIENCE", 20)  # until the worker is there
        table = benchmark.run(slow, pictures, NOISES, draws=5, scheduler=address)
        thread.join()
    finally:
        scheduler.kill()
        worker.kill()
    gone = "ConnectionError: the scheduler of the cluster is gone"
    assert set(table["error"]) <= {"", gone}
    assert (table["error"] == gone).sum() > 10


# ---- nobody there ----------------------------------------------------------------------------


def closed_port() -> int:
    with closing(socket.socket()) as port:
        port.bind(("127.0.0.1", 0))
        return port.getsockname()[1]


def refused(address: str, reason: str, kind: type = ConnectionError) -> None:
    """Before anything is computed, and soon."""
    calls = []
    start = time.monotonic()
    with pytest.raises(kind, match=reason):
        benchmark.run(
            {"a": lambda noisy, sigma: calls.append(1)},
            {"x": np.eye(32)},
            NOISES,
            scheduler=address,
        )
    assert time.monotonic() - start < 30
    assert not calls


def test_an_unreachable_scheduler_says_so_at_once() -> None:
    pytest.importorskip("distributed", reason="Dask is an optional extra")
    port = closed_port()
    refused(f"tcp://127.0.0.1:{port}", f"no Dask scheduler answers at tcp://127.0.0.1:{port}")
    refused("tcp://nowhere.invalid:8786", "no Dask scheduler answers")


def test_somebody_else_at_the_address_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask is an optional extra")
    monkeypatch.setattr(dask, "PATIENCE", 2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        refused(f"tcp://127.0.0.1:{silent.getsockname()[1]}", "no Dask scheduler answers")


@pytest.mark.parametrize("says", [b"SSH-2.0-OpenSSH_9.6\r\n", b"220 mail\r\n", b"hi", b""])
def test_somebody_else_who_speaks_first_is_found_out(says: bytes) -> None:
    pytest.importorskip("distributed", reason="Dask is an optional extra")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def speak() -> None:
            visitor, _ = server.accept()
            with visitor:
                visitor.sendall(says)

        threading.Thread(target=speak, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        refused(address, f"no Dask scheduler answers at {address}")


@pytest.mark.parametrize("address", ["inproc://x", "inproc://a/1/2", "abc://x:1", "://", "tcp://"])
def test_an_address_of_no_scheduler_is_refused(address: str) -> None:
    pytest.importorskip("distributed", reason="Dask is an optional extra")
    refused(address, r"the address of a scheduler is tcp://HOST:PORT, not", ValueError)


@pytest.mark.slow
def test_a_scheduler_without_workers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is an optional extra")
    monkeypatch.setattr(dask, "PATIENCE", 2)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty:
        refused(empty.scheduler_address, "has no workers")


@pytest.mark.slow
def test_without_dask_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused("tcp://127.0.0.1:8786", r"pip install '.*\[cluster\]'", ModuleNotFoundError)

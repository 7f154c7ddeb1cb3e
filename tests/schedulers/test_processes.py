"""Processes end with their parent, and what ends one of them is told in its row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from helpers import benchmark, filters, noise
from helpers.schedulers import processes
from tests.benchmark.conftest import NOISES
from tests.benchmark.methods import (
    DeadlyOnce,
    crashes,
    deadly,
    leaves,
    leaves_a_child,
    nothing,
)
from tests.benchmark.test_running import same
from tests.schedulers.conftest import METHODS

GAUSSIAN = {"g": noise.Gaussian(0.1)}
LINUX = Path("/proc/self/stat").exists()


@pytest.mark.slow
def test_processes_give_the_same_table(pictures: dict, expected) -> None:
    before = dict(os.environ)
    same(benchmark.run(METHODS, pictures, NOISES, draws=2, scheduler=2), expected)
    assert dict(os.environ) == before  # the share of the threads was told to the processes alone


@pytest.mark.slow
def test_a_process_that_dies_costs_time_and_nothing_else(tmp_path: Path, pictures: dict) -> None:
    methods = {"once": DeadlyOnce(tmp_path), "mean": filters.mean}
    table = benchmark.run(methods, pictures, NOISES, scheduler=2)
    assert (tmp_path / "died").exists()
    same(table, benchmark.run({"once": nothing, "mean": filters.mean}, pictures, NOISES))


@pytest.mark.slow
def test_a_method_that_kills_its_process_marks_its_own_cells(pictures: dict) -> None:
    some = {"camera": pictures["camera"]}
    methods = {"deadly": deadly, "mean": filters.mean}
    table = benchmark.run(methods, some, NOISES, scheduler=2)
    died = table["method"] == "deadly"
    assert table.loc[died, "error"].str.contains("terminated abruptly").all()
    fine = benchmark.run({"mean": filters.mean}, some, NOISES)
    same(table[~died].reset_index(drop=True), fine)


@pytest.mark.slow
def test_what_cannot_travel_marks_its_own_cells(pictures: dict) -> None:
    lock = threading.Lock()
    methods = {"held": lambda noisy, sigma: noisy if lock else None, "mean": filters.mean}
    table = benchmark.run(methods, pictures, NOISES, scheduler=1).set_index("method")
    assert table.loc["held", "error"].str.contains("pickle").all()
    assert (table.loc["mean", "error"] == "").all()


# ---- a process that dies -------------------------------------------------------------------


@pytest.mark.slow
def test_how_a_process_died_is_in_its_row(pictures: dict) -> None:
    some = {"camera": pictures["camera"]}
    methods = {"leaves": leaves, "crashes": crashes, "mean": filters.mean}
    table = benchmark.run(methods, some, GAUSSIAN, scheduler=2)
    errors = table.set_index("method")["error"]
    died = "ProcessDied: the process that ran it was terminated abruptly, "
    assert errors["leaves"] == died + "with exit code 3"
    if sys.platform != "win32":
        assert errors["crashes"] == died + "by signal SIGSEGV"
    fine = table[table["error"] == ""].reset_index(drop=True)
    same(fine, benchmark.run({"mean": filters.mean}, some, GAUSSIAN))


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="forks")
def test_a_child_that_holds_the_pipe_is_not_waited_for(pictures: dict, monkeypatch) -> None:
    monkeypatch.setattr(processes, "PULSE", 0.1)
    some = {"camera": pictures["camera"]}
    begin = time.monotonic()
    table = benchmark.run({"a": leaves_a_child}, some, GAUSSIAN, scheduler=1)
    assert "exit code 3" in table.set_index("method")["error"]["a"]
    assert table["error"][0] == ""
    assert time.monotonic() - begin < 30  # three processes start; measured 5 to 8 s


# ---- a parent that ends --------------------------------------------------------------------

SCRIPT = """
import signal
import sys
from pathlib import Path
from helpers import benchmark, images, noise
from tests.benchmark.methods import Slow

def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell's `&`
    some = {"a": images.load("camera", size=32)}
    slow = {"slow": Slow(Path(sys.argv[1]), 60)}
    benchmark.run(slow, some, {"g": noise.Gaussian(0.1)}, draws=4, scheduler=2, progress=False)
"""
GUARD = "\nif __name__ == '__main__':\n    main()\n"


def begin(tmp_path: Path, script: str) -> subprocess.Popen:
    """A script in a session of its own, which says who belongs to it."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(script))
    for folder in ("seen", "tmp"):
        (tmp_path / folder).mkdir()
    root = Path(__file__).parents[2]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "TMPDIR": f"{tmp_path}/tmp"}
    return subprocess.Popen(
        [sys.executable, str(path), str(tmp_path / "seen")],
        env={**environment, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def alive(session: int) -> list[int]:
    """Processes of a session; those that ended and are only not yet buried do not count."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def left_of(session: int) -> list[int]:
    """Who is still alive two seconds later; the resource tracker is the last to hear of it."""
    end = time.monotonic() + 2
    while (left := alive(session)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nobody_outlives_the_parent(tmp_path: Path, how: signal.Signals) -> None:
    """Two workers in the middle of a cell of 60 s; the resource tracker; no temporary file."""
    script = begin(tmp_path, SCRIPT + GUARD)
    try:
        end = time.monotonic() + 60
        while len(list((tmp_path / "seen").iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(alive(script.pid)) >= 3
        script.send_signal(how)
        script.communicate(timeout=10)
        assert left_of(script.pid) == []
        assert list((tmp_path / "tmp").iterdir()) == []
    finally:
        script.kill()


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="looks into /proc")
def test_a_script_without_a_guard_is_told_of_it(tmp_path: Path) -> None:
    script = begin(tmp_path, SCRIPT + "\nmain()\n")
    _, told = script.communicate(timeout=60)
    assert script.returncode == 1
    assert "under if __name__ == '__main__'" in told
    assert left_of(script.pid) == []

"""Files are there whole or not at all, and nothing is left of those that were not finished."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import files
from helpers.files import write_whole
from tests.full_disk import full_disk

DEAD = 2**22 + 1  # above Linux's largest process number


@pytest.fixture(autouse=True)
def looked_at_once(monkeypatch) -> None:
    """Every test looks into its folder anew."""
    monkeypatch.setattr(files, "_next_look", {})


def part(folder: Path, pid: object, host: str | None = None, age: float = 0) -> Path:
    """An unfinished file of a process."""
    path = folder / f".{host or files._host()}-{pid}-01234567.part"
    path.write_bytes(b"half of it")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_several_files_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_whole({tmp_path / "a" / "x": b"1", tmp_path / "y": b"2"})
    content = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert content == {"x": b"1", "y": b"2"}


def test_a_name_as_long_as_the_disk_allows_can_be_written(tmp_path: Path) -> None:
    write_whole({tmp_path / ("x" * 255): b"1"})
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_names_the_file_and_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"before")
    with full_disk(), pytest.raises(OSError, match=r"table\.csv") as error:
        write_whole({tmp_path / "first": b"short", path: bytes(5000)})
    assert error.value.filename == str(path)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"table.csv": b"before"}


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError, match="/x'"):
        write_whole({tmp_path / "x": b"1"})
    assert [one.name for one in tmp_path.iterdir()] == ["x"]


# ---- what a kill leaves ---------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from helpers.files import write_whole
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
write_whole({Path(sys.argv[1], "x"): bytes(1000)})
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_process_had_begun_is_removed_by_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode < 0
    assert len(list(tmp_path.glob(".*.part"))) == 1
    write_whole({tmp_path / "y": b"2"})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "x": b"before",
        "y": b"2",
    }


def test_what_a_living_process_writes_stays(tmp_path: Path) -> None:
    mine, others = part(tmp_path, os.getpid()), part(tmp_path, os.getppid())
    write_whole({tmp_path / "x": b"1"})
    assert mine.exists()
    assert others.exists()


def test_of_another_machine_the_age_decides(tmp_path: Path) -> None:
    young = part(tmp_path, DEAD, "otherone")
    old = part(tmp_path, 1, "otherold", files.STALE + 9)
    write_whole({tmp_path / "x": b"1"})
    assert (young.exists(), old.exists()) == (True, False)


def test_files_of_others_that_end_so_stay(tmp_path: Path) -> None:
    """Old as they may be: the folder is the reader's."""
    theirs = [part(tmp_path, "odd", age=files.STALE + 9), tmp_path / ".thesis.part"]
    theirs[1].write_text("a year's work")
    os.utime(theirs[1], (0, 0))
    write_whole({tmp_path / "x": b"1"})
    assert [path.exists() for path in theirs] == [True, True]


def test_a_folder_of_many_files_is_not_looked_through_for_each(
    tmp_path: Path, monkeypatch
) -> None:
    looks = []
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda *given: looks.append(1) or glob(*given))
    # a look from 0 to 1 s; none at 100 and 100.9, before 100 times as long has passed; the next
    clock = iter([0.0, 1.0, 100.0, 100.9, 101.1, 101.2]).__next__
    monkeypatch.setattr(time, "monotonic", clock)
    for _ in range(4):
        write_whole({tmp_path / "x": b"1"})
    assert len(looks) == 2

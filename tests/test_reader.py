"""What the reader answered: kept whole, by two notebooks at once, and only where there is one."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers import paths, reader


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A reader, and the file that holds what he answers."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(reader, "is_there", lambda: True)
    return tmp_path / "reader.json"


# ---- is there a reader? ---------------------------------------------------------------------


def kernel(monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_a_kernel_has_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_READER", raising=False)
    kernel(monkeypatch, SimpleNamespace(kernel="ipykernel"))
    assert reader.is_there()


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_scripts_and_terminals_have_none(monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
    monkeypatch.delenv("COURSE_READER", raising=False)
    kernel(monkeypatch, shell)
    assert not reader.is_there()


def test_a_kernel_that_a_tool_started_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.notebooks import execution

    monkeypatch.setenv("COURSE_READER", execution.environment()["COURSE_READER"])
    kernel(monkeypatch, SimpleNamespace(kernel="ipykernel"))
    assert not reader.is_there()


def test_nothing_is_read_or_written_without_a_reader(
    somebody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody.write_text('{"predictions": {"q": 1}}')
    before = somebody.stat()
    monkeypatch.setattr(reader, "is_there", lambda: False)
    reader.keep("predictions", "q", 2)
    assert reader.recall("predictions") == {}
    assert os.listdir(somebody.parent) == [somebody.name]
    assert (somebody.stat().st_mtime_ns, somebody.stat().st_ino) == (
        before.st_mtime_ns,
        before.st_ino,
    )


# ---- the file -------------------------------------------------------------------------------


def test_what_was_kept_is_there_again(somebody: Path) -> None:
    assert reader.recall("predictions") == {}  # not even a file
    reader.keep("predictions", "σ?", {"prediction": [1.5, 2], "right": True})
    reader.keep("picture", "running", "face")
    reader.keep("predictions", "other", 3)
    assert reader.file() == somebody == paths.cache() / "reader.json"
    assert reader.recall("predictions") == {
        "σ?": {"prediction": [1.5, 2], "right": True},
        "other": 3,
    }
    assert reader.recall("picture") == {"running": "face"}
    assert "σ?" in somebody.read_text("utf-8")  # a reader may look into it


def test_a_new_value_takes_the_place_of_the_old_one(somebody: Path) -> None:
    reader.keep("picture", "running", "face")
    reader.keep("picture", "running", "cells")
    assert reader.recall("picture") == {"running": "cells"}


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {1, 2}, object()])
def test_what_json_cannot_hold_is_refused_and_nothing_is_lost(
    somebody: Path, value: object
) -> None:
    reader.keep("predictions", "before", 1)
    with pytest.raises(ValueError, match="JSON"):
        reader.keep("predictions", "bad", value)
    assert reader.recall("predictions") == {"before": 1}


DAMAGED = [
    b"",
    b"\xff\xfe\x00",
    b'{"predictions": {"a"',
    b"[1, 2]",
    b'{"predictions": 3}',
    b'{"predictions": {"a": NaN}}',
    b"[" * 100_000,
    b"\x80\x04K\x01.",  # a pickle: it is never opened as one
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
@pytest.mark.parametrize(
    "first",
    [
        lambda: reader.recall("predictions"),
        lambda: reader.keep("predictions", "q", 1),
    ],
    ids=["recall", "keep"],
)
def test_a_damaged_file_is_set_aside_and_said(somebody: Path, content: bytes, first) -> None:
    somebody.write_bytes(content)
    with pytest.warns(UserWarning, match=r"reader-damaged-\d+\.json") as said:
        first()
    (aside,) = somebody.parent.glob("reader-damaged-*")
    assert aside.read_bytes() == content
    assert aside.name in str(said[0].message)
    reader.keep("predictions", "new", 2)
    assert reader.recall("predictions")["new"] == 2


def keep_many(folder: str, name: str, count: int) -> None:
    """What a notebook does: a process of its own."""
    os.environ["COURSE_CACHE"] = folder
    reader.is_there = lambda: True
    for k in range(count):
        reader.keep("predictions", f"{name} {k}", k)


@pytest.mark.slow
def test_two_notebooks_at_once_lose_nothing(somebody: Path) -> None:
    spawn = multiprocessing.get_context("fork" if os.name != "nt" else "spawn")
    notebooks = [
        spawn.Process(target=keep_many, args=(str(somebody.parent), name, 40)) for name in "ab"
    ]
    for one in notebooks:
        one.start()
    for one in notebooks:
        one.join()
    assert [one.exitcode for one in notebooks] == [0, 0]
    assert len(reader.recall("predictions")) == 80


def test_a_file_of_whatever_hour_is_whole(somebody: Path, monkeypatch) -> None:
    reader.keep("predictions", "q", 1)
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match=r"full"):
        reader.keep("predictions", "r", 2)
    assert json.loads(somebody.read_text()) == {"predictions": {"q": 1}}


@pytest.mark.slow
def test_a_terminal_that_uses_the_course_loads_no_ipython() -> None:
    code = "import sys; from helpers import reader; reader.is_there(), reader.recall('picture')"
    code += "; print('IPython' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

"""A cache, a mirror and a server for each test; the real sets where they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.datasets import SETS, ImageSet
from tests.datasets.toy import SHARED, Server, fill, toy


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, no mirror, and no waiting between two tries."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))
    return tmp_path / "cache"


@pytest.fixture
def declared(cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> ImageSet:
    """The toy set, declared as ``SETS["toy"]``."""
    monkeypatch.setitem(SETS, "toy", toy(server.url))
    return SETS["toy"]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror folder that holds the toy set."""
    folder = tmp_path / "mirror"
    fill(folder)
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    if not SHARED.is_dir():
        pytest.skip("the image sets are not part of the repository")
    monkeypatch.setenv("COURSE_DATA", str(SHARED))
    return SHARED

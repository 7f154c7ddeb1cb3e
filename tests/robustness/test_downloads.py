"""Downloads."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import os
import re
import threading
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from helpers import (
    datasets,
)
from helpers.benchmark import tables
from helpers.datasets import pins, sets


def test_downloads_an_endless_answer_is_cut(tmp_path: Path, monkeypatch) -> None:
    sent = []

    class Endless(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(40):
                    self.wfile.write(bytes(1 << 20))
                    sent.append(1)

        def log_message(self, *args: object) -> None:
            """Silent."""

    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/x.png"
        pin = pins.Pin("toy/x.png", 1000, hashlib.sha256(b"x").hexdigest(), "", address)
        monkeypatch.setitem(sets.SETS, "toy", sets.ImageSet("toy", "CC0", "nobody", (pin,)))
        with pytest.raises((ValueError, ConnectionError)):
            datasets.fetch("toy", progress=False)
        server.shutdown()
    assert len(sent) < 20  # megabytes of a file of 1000 bytes; now 120


@pytest.mark.parametrize("folder", ["/no/such/folder", "~no_such_user/data", "/" + "a" * 300])
def test_downloads_a_wrong_course_data_is_named(tmp_path: Path, monkeypatch, folder: str) -> None:
    import requests

    def offline(*args: object, **more: object) -> None:
        raise requests.ConnectionError("no network")

    monkeypatch.setattr(requests.Session, "request", offline)
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("COURSE_DATA", folder)
    with pytest.raises((ValueError, FileNotFoundError, ConnectionError), match=folder[:14]):
        datasets.fetch("set12", progress=False)


def test_downloads_and_tables_name_the_file_when_the_disk_is_full(tmp_path, monkeypatch) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=re.escape("results.csv")):
        tables.write(pd.DataFrame({"a": [1]}), tmp_path / "results.csv")

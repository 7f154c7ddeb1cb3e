"""A reader for the widgets that ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import reader
from helpers.widgets import calibration


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A reader in a kernel that has just started, and the file that holds what he answers."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(reader, "is_there", lambda: True)
    restart(monkeypatch)
    return tmp_path / "reader.json"


def restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new kernel knows: nothing."""
    monkeypatch.setattr(calibration, "_here", {})
    monkeypatch.setattr(calibration, "_records", [])

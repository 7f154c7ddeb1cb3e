"""What a test sees of what would be displayed."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from helpers.plotting import pictures


def decode(picture: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(picture))
    return np.asarray(image.convert("RGB") if image.mode == "P" else image)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, dict]]:
    """What would be displayed: data and metadata."""
    shown: list[tuple[dict, dict]] = []
    monkeypatch.setattr(
        pictures, "display", lambda data, raw, metadata=None: shown.append((data, metadata or {}))
    )
    return shown


def only_picture(published: list[tuple[dict, dict]]) -> np.ndarray:
    ((data, _),) = published
    return decode(base64.b64decode(data["image/png"]))

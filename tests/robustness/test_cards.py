"""Cards."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from helpers import (
    networks,
)
from helpers.networks import weights
from tests.robustness.cases import small


def test_cards_that_ask_for_a_million_layers_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    weights.save(small(), path, {})
    card = path.with_suffix(".json")
    card.write_text(card.read_text().replace('"depth": 4', '"depth": 1000000'))
    before = signal.signal(signal.SIGALRM, lambda *frame: pytest.fail("5 seconds have passed"))
    signal.alarm(5)
    try:
        with pytest.raises(ValueError, match="safetensors"):
            networks.load(path)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

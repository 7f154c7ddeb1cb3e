"""Integrity."""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

import pytest
import torch

from helpers import (
    networks,
    noise,
    training,
)
from helpers.networks import weights
from tests.robustness.cases import CLEAN, silent, small


def test_integrity_a_flipped_bit_in_a_weight_is_noticed(tmp_path: Path) -> None:
    shipped = weights.folder() / "dncnn.safetensors"
    data = bytearray(shipped.read_bytes())
    data[-1] ^= 0x40  # one bit: 71 dB are lost
    (tmp_path / "dncnn.safetensors").write_bytes(data)
    (tmp_path / "dncnn.json").write_bytes(shipped.with_suffix(".json").read_bytes())
    with pytest.raises(ValueError, match="dncnn"):
        networks.load(tmp_path / "dncnn.safetensors")


def test_integrity_a_flipped_bit_in_a_checkpoint_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    go = lambda: training.train(  # noqa: E731
        small(), [CLEAN], noise=noise.Gaussian(), steps=2, batch=1, patch=16, progress=False,
        checkpoint=path,
    )  # fmt: skip
    go()
    data = bytearray(path.read_bytes())
    data[8 + int.from_bytes(data[:8], "little") + 403] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(ValueError, match="state"):
        go()


def test_integrity_weights_and_card_belong_together(tmp_path: Path, monkeypatch) -> None:
    path, replace, calls = tmp_path / "x.safetensors", os.replace, itertools.count()
    weights.save(small(0), path, {"seed": 0})

    def stopped_after_one(*names: object) -> None:
        if next(calls):
            raise OSError("the power is gone")
        replace(*names)

    monkeypatch.setattr(os, "replace", stopped_after_one)
    with contextlib.suppress(OSError):
        weights.save(small(1), path, {"seed": 1})
    monkeypatch.undo()
    found = silent(lambda: weights.read(path))
    if found is not None:
        made, right = found[0], small(found[1]["seed"])
        assert torch.equal(next(made.parameters()), next(right.parameters()).half().float())


@pytest.mark.parametrize("name", ["model.json", "model"])
def test_integrity_what_is_saved_can_be_loaded(tmp_path: Path, name: str) -> None:
    if silent(lambda: weights.save(small(), tmp_path / name, {}) or "saved"):
        networks.load(tmp_path / name)

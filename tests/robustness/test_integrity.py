"""Integrity."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from helpers import (
    losses,
    networks,
    noise,
    paths,
    training,
)
from helpers.networks import weights
from helpers.training import checkpoint
from tests.robustness.cases import CLEAN, silent, small


def test_integrity_a_flipped_bit_in_a_weight_is_noticed(tmp_path: Path) -> None:
    shipped = paths.weights() / "dncnn.safetensors"
    data = bytearray(shipped.read_bytes())
    data[-1] ^= 0x40  # one bit: 71 dB are lost
    (tmp_path / "dncnn.safetensors").write_bytes(data)
    (tmp_path / "dncnn.json").write_bytes(shipped.with_suffix(".json").read_bytes())
    with pytest.raises(ValueError, match="dncnn"):
        networks.load(tmp_path / "dncnn.safetensors")


@pytest.mark.slow
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
    result = silent(lambda: weights.read(path))
    if result is not None:
        made, right = result[0], small(result[1]["seed"])
        assert torch.equal(next(made.parameters()), next(right.parameters()).half().float())


@pytest.mark.parametrize("name", ["model.json", "model"])
def test_integrity_what_is_saved_can_be_loaded(tmp_path: Path, name: str) -> None:
    if silent(lambda: weights.save(small(), tmp_path / name, {}) or "saved"):
        networks.load(tmp_path / name)


# ---- any bit ------------------------------------------------------------------------------------


def places(data: bytes, count: int = 30) -> Iterator[int]:
    """Numbers of bits: as many in the header of a safetensors file as anywhere."""
    rng = np.random.default_rng(0)
    header = 8 + int.from_bytes(data[:8], "little")
    for length in (header, len(data)):
        yield from rng.integers(8 * length, size=count)


def unnoticed(path: Path, call: Callable[[], object]) -> list[int]:
    """The bits that nobody notices when they are flipped, one at a time."""
    data, missed = path.read_bytes(), []
    for bit in places(data):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(flipped)
        if silent(lambda: call() or "taken"):
            missed.append(bit)
    path.write_bytes(data)
    call()
    return missed


@pytest.mark.parametrize("name", ["vincent", "losses/noise_ssim", "losses/mdf_jpeg"])
def test_integrity_no_bit_of_a_weight_is_flipped_unnoticed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weight.safetensors"
    for suffix in (".safetensors", ".json"):
        shutil.copy(paths.weights() / f"{name}{suffix}", path.with_suffix(suffix))
    read = losses.MDF if "mdf" in name else weights.read
    assert unnoticed(path, lambda: read(path)) == []


def test_integrity_no_bit_of_a_checkpoint_is_flipped_unnoticed(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    checkpoint.save(path, {"network": small()}, {"done": 3})
    assert unnoticed(path, lambda: checkpoint.read(path)) == []


def test_integrity_a_checkpoint_without_a_seal_is_no_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_file({"network/x": torch.zeros(2)}, path, {"notes": '{"done": 3}'})
    with pytest.raises(ValueError, match=r"is not a whole checkpoint .*SHA-256"):
        checkpoint.read(path)


# ---- a weight and its card ----------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["", "losses"])
def test_integrity_the_cards_that_ship_name_their_files(folder: str) -> None:
    files = sorted((paths.weights() / folder).glob("*.safetensors"))
    assert len(files) > 15
    for path in files:
        card = weights.read_card(path)
        assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest(), path.name


def test_integrity_the_weights_of_another_training_are_refused(tmp_path: Path) -> None:
    for seed in (0, 1):
        weights.save(small(seed), tmp_path / f"{seed}.safetensors", {"seed": seed})
    shutil.copy(tmp_path / "1.safetensors", tmp_path / "0.safetensors")
    with pytest.raises(
        ValueError, match=r"0\.safetensors is damaged, or not the file of its card"
    ):
        networks.load(tmp_path / "0.safetensors")


def test_integrity_a_card_without_a_hash_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    weights.save(small(), path, {})
    card = json.loads(path.with_suffix(".json").read_text())
    del card["sha256"]
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.warns(UserWarning, match=r"card of x\.safetensors names no SHA-256"):
        network, card = weights.read(path)
    weights.save(network, path, card)  # writes one
    weights.read(path)


def test_integrity_a_card_that_was_read_is_not_mixed_into_another_weight(tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    weights.save(small(), first, {"seed": 0})
    other = networks.build("rednet", depth=6, width=4)
    weights.save(other, second, weights.read(first)[1])
    network, card = weights.read(second)
    assert network.architecture["depth"] == card["architecture"]["depth"] == 6
    assert (card["seed"], list(card)[:2]) == (0, ["architecture", "sha256"])


@pytest.mark.parametrize("name", ["x.json", "x", "x.safetensors.bak", "x.pt"])
def test_integrity_a_weight_is_saved_under_its_own_suffix_only(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"path of a weight is one that ends in \.safetensors"):
        weights.save(small(), tmp_path / name, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("card", [None, "mine", [], 5])
def test_integrity_a_card_is_a_dictionary(card: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="card is a dictionary, not"):
        weights.save(small(), tmp_path / "x.safetensors", card)


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}, np.float32(1)])
def test_integrity_a_card_that_no_file_can_hold_is_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"card of x\.safetensors cannot be written as JSON"):
        weights.save(small(), tmp_path / "x.safetensors", {"value": value})
    assert list(tmp_path.iterdir()) == []

"""The state of a training in one safetensors file: written whole or not at all, never pickled."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as as_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from helpers.files import write_whole

SEPARATOR = "/"


def save(path: str | Path, parts: Mapping[str, nn.Module | Optimizer], notes: dict) -> None:
    """Write modules and optimisers, and notes as JSON, to a file beside, then put it in place.

    Raises
    ------
    OSError
        When the file cannot be written, for instance because the disk is full. What was at
        `path` before is still there.
    """
    path = Path(path)
    tensors = {
        f"{part}{SEPARATOR}{key}": value.detach().contiguous().cpu()
        for part, owner in parts.items()
        for key, value in _tensors(owner).items()
    }
    try:
        write_whole({path: as_bytes(tensors, {"notes": json.dumps(notes)})})
    except OSError as error:
        kept = f"the checkpoint before it is still in {path}" if path.exists() else "none is kept"
        raise OSError(f"a checkpoint could not be written ({error}); {kept}") from error


def read_notes(path: str | Path) -> dict:
    """The notes of a checkpoint.

    Raises
    ------
    ValueError
        When the file is truncated, or is no checkpoint of ours.
    """
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {})["notes"])
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is not a whole checkpoint ({error}); delete it to begin anew"
        ) from error


def restore(path: str | Path, parts: Mapping[str, nn.Module | Optimizer]) -> None:
    """Put the tensors of a checkpoint back where `save` found them."""
    with safe_open(path, "pt") as file:
        for part, owner in parts.items():
            start = part + SEPARATOR
            keys = [key for key in file.keys() if key.startswith(start)]  # noqa: SIM118
            _load(owner, {key.removeprefix(start): file.get_tensor(key) for key in keys})


def resume(path: str | Path, parts: Mapping[str, nn.Module | Optimizer], about: dict) -> dict:
    """Go on where a checkpoint was written; its notes.

    Raises
    ------
    ValueError
        When what it was written `about` is not what goes on here.
    """
    notes = read_notes(path)
    here = {key: value for key, value in about.items() if notes["about"].get(key) != value}
    if here:
        there = {key: notes["about"].get(key) for key in here}
        raise ValueError(f"{path} belongs to another training: there {there}, here {here}")
    restore(path, parts)
    return notes


def fingerprint(arrays: Sequence[np.ndarray]) -> str:
    """SHA-256 of all values: whether two trainings see the same pictures."""
    found = hashlib.sha256()
    for array in map(np.asarray, arrays):
        found.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def described(thing: object) -> str:
    """How a checkpoint remembers a noise or a loss: not by its place in memory."""
    return re.sub(r" at 0x\w+", "", thing if isinstance(thing, str) else repr(thing))


def _tensors(owner: nn.Module | Optimizer) -> dict[str, Tensor]:
    if isinstance(owner, nn.Module):
        return owner.state_dict()
    state = owner.state_dict()["state"]  # parameter number -> name -> tensor
    return {
        f"{number}{SEPARATOR}{name}": torch.as_tensor(value)
        for number, values in state.items()
        for name, value in values.items()
    }


def _load(owner: nn.Module | Optimizer, tensors: dict[str, Tensor]) -> None:
    if isinstance(owner, nn.Module):
        owner.load_state_dict(tensors)
        return
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(SEPARATOR)
        state.setdefault(int(number), {})[name] = value
    owner.load_state_dict({"state": state, "param_groups": owner.state_dict()["param_groups"]})

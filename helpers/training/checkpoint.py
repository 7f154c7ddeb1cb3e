"""The state of a training in one safetensors file: written whole or not at all, never pickled.

It is sealed: among its notes is the SHA-256 of the whole file, taken while zeros stood in its
place. A single bit that is another one, wherever it is, breaks the seal.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as as_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from helpers import checks, versions
from helpers.files import write_whole

SEPARATOR = "/"
UNSEALED = b"0" * 64


def save(path: str | Path, parts: Mapping[str, nn.Module | Optimizer], notes: dict) -> None:
    """Write modules and optimisers, and notes as JSON, to a file beside, then put it in place.

    Raises
    ------
    OSError
        When the file cannot be written, for instance because the disk is full. What was at
        `path` before is still there.
    """
    path = checks.path(path, "checkpoint")
    tensors = {
        f"{part}{SEPARATOR}{key}": value.detach().contiguous().cpu()
        for part, owner in parts.items()
        for key, value in _tensors(owner).items()
    }
    metadata = {"notes": json.dumps(notes), "sha256": UNSEALED.decode()}
    try:
        write_whole({path: _sealed(as_bytes(tensors, metadata))})
    except OSError as error:
        kept = f"the checkpoint before it is still in {path}" if path.exists() else "none is kept"
        raise OSError(f"a checkpoint could not be written ({error}); {kept}") from error


def read(path: str | Path) -> tuple[dict, dict[str, Tensor]]:
    """The notes of a checkpoint, what it depends on and how it went so far; and its tensors.

    Raises
    ------
    ValueError
        When the file is truncated, when a bit of it is no longer what was written, or when it
        is no checkpoint of ours.
    """
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder, and no checkpoint")
    data = Path(path).read_bytes()
    try:
        length = int.from_bytes(data[:8], "little")  # of the header, which is JSON
        tensors, header = from_bytes(data), json.loads(data[8 : 8 + length])
        metadata = header.get("__metadata__", {})
        seal = metadata.get("sha256", "").encode()
        if not seal or _sealed(data.replace(seal, UNSEALED, 1)) != data:
            raise ValueError("its SHA-256 is not that of its content")
        return json.loads(metadata["notes"]), tensors
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"{path} is not a whole checkpoint ({error}); delete it to begin anew"
        ) from error


def resume(path: str | Path, parts: Mapping[str, nn.Module | Optimizer], depends: dict) -> dict:
    """Go on where a checkpoint was written; its notes.

    Raises
    ------
    ValueError
        As `read`, and when what its result depends on, as its notes say, is not what the
        result does here.
    """
    notes, tensors = read(path)
    written = notes.get("depends", {})
    here = json.loads(json.dumps(depends))  # tuples come back as lists
    here = {key: value for key, value in here.items() if written.get(key) != value}
    if here:
        there = {key: written.get(key) for key in here}
        raise ValueError(f"{path} belongs to another training: there {there}, here {here}")
    for part, owner in parts.items():
        start = part + SEPARATOR
        _load(owner, {k.removeprefix(start): x for k, x in tensors.items() if k.startswith(start)})
    return notes


def described(thing: object) -> object:
    """How a checkpoint remembers what a training depends on, as JSON.

    Names, numbers and dictionaries as they are; lists of pictures, or of other arrays, by the
    SHA-256 of all values; a noise or a loss by what it holds and by code that is not ours, and
    not by its place in memory.

    Examples
    --------
    >>> described("l2"), described(np.mean) == described(np.sum)
    ('l2', False)
    >>> described([np.zeros(3)]) == described([np.zeros(4)])
    False
    """
    if thing is None or isinstance(thing, (str, int, float, dict)):
        return thing
    if isinstance(thing, list):
        digest = hashlib.sha256()
        for array in map(np.asarray, thing):
            digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
    return f"{re.sub(r' at 0x[0-9a-f]+', '', repr(thing))} {versions.of_values(thing)[:8]}"


def _sealed(data: bytes) -> bytes:
    """The bytes of a safetensors file with their SHA-256 in place of the zeros."""
    return data.replace(UNSEALED, hashlib.sha256(data).hexdigest().encode(), 1)


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

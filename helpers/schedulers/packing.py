"""Tasks as bytes; what several of them hold is sent to each worker once."""

from __future__ import annotations

import io
import itertools
import pickle
from collections.abc import Mapping
from typing import Any

try:  # functions of a notebook need it, as Dask has it
    from cloudpickle import Pickler
except ImportError:
    from pickle import Pickler


class Shared:
    """A thing that several tasks hold, such as a network that all of them call.

    Workers keep it as long as anybody holds this.

    Attributes
    ----------
    thing : object
        The thing itself.
    key : int
        No other's in this process.
    """

    _keys = itertools.count()

    def __init__(self, thing: Any) -> None:
        self.thing, self.key = thing, next(self._keys)


class _Packer(Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.shared: list[Shared] = []

    def persistent_id(self, value: Any) -> int | None:
        if not isinstance(value, Shared):
            return None
        self.shared.append(value)
        return value.key


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: Mapping[int, Any]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, key: int) -> Shared:
        return Shared(self._shared[key])


def pack(task: Any) -> tuple[bytes, list[Shared]]:
    """The bytes of a task, and what it shares with others, which they do not hold."""
    file = io.BytesIO()
    packer = _Packer(file)
    packer.dump(task)
    return file.getvalue(), packer.shared


def unpack(packed: bytes, shared: Mapping[int, Any]) -> Any:
    """The task again; `shared` has the things by their keys."""
    return _Unpacker(io.BytesIO(packed), shared).load()

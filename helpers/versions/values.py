"""What a thing holds beside its code: arguments, defaults, closures, weights, arrays."""

from __future__ import annotations

import dis
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from helpers.versions.definitions import Code

PACKAGE = __name__.partition(".")[0]  # whose definitions are followed by name
HOOKS = ("_forward_pre_hooks", "_forward_hooks")  # of a torch module: run when it is called
# Whose `repr` says all.
PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes, range, slice, Path)
PLAIN += (np.generic, np.dtype)
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # in a `repr`: another one in each process


class Content:
    """Everything that a thing holds: definitions of the course by name, values by their bytes."""

    def __init__(self, code: Code) -> None:
        self.names: set[str] = set()
        self.values = hashlib.blake2b(digest_size=16)
        self._code, self._digests = code, {}

    def add(self, thing: Any) -> None:
        """Take in a thing, beside those that were taken in before."""
        self.values.update(self._digest(thing))

    def _digest(self, thing: Any) -> bytes:
        """16 bytes of a thing: its kind, and those of each of its parts.

        So it counts where a part ends, and not whether two equal parts are one and the same.
        """
        if (value := _value(thing)) is not None:
            return _hashed(b"value", *value)
        if id(thing) not in self._digests:
            # What leads back to a thing meets this. The thing is kept alive: else its id would
            # soon be another thing's.
            self._digests[id(thing)] = thing, _hashed(b"itself")
            has_order = not isinstance(thing, (Mapping, set, frozenset))
            parts = [self._digest(part) for part in self._held(thing)]
            own = _hashed(_kind(thing), *(parts if has_order else sorted(parts)))
            self._digests[id(thing)] = thing, own
        return self._digests[id(thing)][1]

    def _held(self, thing: Any) -> Iterable[Any]:
        if isinstance(thing, Mapping):
            return thing.items()
        if isinstance(thing, (tuple, list, set, frozenset)):
            return thing
        if isinstance(thing, np.ndarray):  # of objects
            return thing.shape, thing.tolist()
        if isinstance(thing, functools.partial):
            return thing.func, thing.args, thing.keywords
        if isinstance(thing, MethodType):
            return thing.__func__, thing.__self__
        if isinstance(thing, ModuleType):
            self._uses(thing.__name__, "*")
            return (thing.__name__,)
        if isinstance(thing, FunctionType):
            return self._of_function(thing)
        return self._of_class(thing) if isinstance(thing, type) else _of_object(thing)

    def _uses(self, module: str | None, name: str, line: int = 0) -> bool:
        """Whether a definition is the course's, which is noted; one without a name by its line."""
        if ours := _is_ours(module):
            own = f"{module}:{name.partition('.')[0]}"
            self.names |= {own} if own in self._code else self._code.at(module, line)
        return ours

    def _of_function(self, function: FunctionType) -> Iterator[Any]:
        code = function.__code__
        yield function.__qualname__
        yield function.__defaults__
        yield function.__kwdefaults__
        written = _assigned(code)
        cells = zip(code.co_freevars, function.__closure__ or ())
        held = [cell.cell_contents for name, cell in cells if name not in written]
        if self._uses(function.__module__, function.__qualname__, code.co_firstlineno):
            yield from held
            return
        yield from (value for value in held if not _is_record(value, code))
        yield _of_code(code)
        names = function.__globals__
        for one in (names.get(name) for name in _names(code) if name not in written):
            is_library = isinstance(one, ModuleType) and not _is_ours(one.__name__)
            if not (one is None or is_library or _is_record(one, code)):
                yield one

    def _of_class(self, kind: type) -> Iterator[Any]:
        yield kind.__qualname__
        is_ours = self._uses(kind.__module__, kind.__qualname__)
        if not is_ours and kind.__module__ != "builtins":
            yield from (base for base in kind.__bases__ if _is_ours(base.__module__))
            yield from (one for one in vars(kind).values() if isinstance(one, FunctionType))


def _of_object(thing: Any) -> Iterator[Any]:
    yield type(thing)
    if hasattr(thing, "state_dict"):  # a network, or a loss
        own = vars(thing).items()
        yield {name: value for name, value in own if name[0] != "_" and name != "training"}
        yield thing.state_dict()
        yield ADDRESS.sub("", repr(thing))  # options of its parts, which no state tells
        yield from (list(getattr(thing, hooks, {}).values()) for hooks in HOOKS)
        return
    call = vars(type(thing)).get("__call__")
    code = call.__code__ if isinstance(call, FunctionType) else None
    attributes = _attributes(thing)
    for name, value in sorted(attributes.items()):
        if name not in (*_assigned(code), "card") and not _is_record(value, code):
            yield name
            yield value
    if not attributes:  # a library's, written in C: a fraction, a pattern, a built-in function
        yield ADDRESS.sub("", repr(thing))


def _attributes(thing: Any) -> dict[str, Any]:
    """Those in its dictionary, and those in slots."""
    slots = []
    for kind in type(thing).__mro__:
        names = vars(kind).get("__slots__", ())
        slots += [names] if isinstance(names, str) else names
    in_slots = {name: getattr(thing, name) for name in slots if hasattr(thing, name)}
    return in_slots | getattr(thing, "__dict__", {})


def _value(thing: Any) -> tuple[bytes, ...] | None:
    """What is told of a value; None for what holds others."""
    if isinstance(thing, PLAIN):
        return type(thing).__name__.encode(), repr(thing).encode()
    if hasattr(thing, "detach"):  # a tensor
        tensor, dtype = thing.detach().cpu(), str(thing.dtype)
        array = (
            tensor.float() if "bfloat16" in dtype else tensor
        ).numpy()  # NumPy has no bfloat16
        return dtype.encode(), *_value(array)
    if isinstance(thing, np.ndarray) and not thing.dtype.hasobject:
        return f"{thing.dtype} {thing.shape}".encode(), thing.tobytes()
    return None


def _kind(thing: Any) -> bytes:
    """A name; JSON makes lists of tuples, and a network's state is an ordered dictionary."""
    if isinstance(thing, Mapping):
        return b"mapping"
    return b"sequence" if isinstance(thing, (tuple, list)) else type(thing).__name__.encode()


def _hashed(kind: bytes, *parts: bytes) -> bytes:
    """16 bytes of all of these, each with its length before it."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (kind, *parts):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def _of_code(code: CodeType) -> tuple:
    nested = [_of_code(c) if isinstance(c, CodeType) else c for c in code.co_consts]
    return code.co_code, code.co_names, *nested


def _names(code: CodeType) -> list[str]:
    """Names that a function looks up, those of the functions in it among them, sorted."""
    inner = (c for c in code.co_consts if isinstance(c, CodeType))
    return sorted(set(code.co_names).union(*map(_names, inner)))


def _assigned(code: CodeType | None) -> set[str]:
    """Names of variables and attributes that running the code itself assigns."""
    stores = ("STORE_DEREF", "STORE_ATTR", "STORE_GLOBAL")
    return {step.argval for step in _steps(code) if step.opname in stores}


def _is_record(value: Any, code: CodeType | None) -> bool:
    """Whether a call may write into it: a list, a set, or a dictionary when it sets items."""
    if isinstance(value, dict):
        return any(step.opname == "STORE_SUBSCR" for step in _steps(code))
    return isinstance(value, (list, set))


def _steps(code: CodeType | None) -> Iterator[dis.Instruction]:
    return dis.get_instructions(code) if code else iter(())


def _is_ours(module: str | None) -> bool:
    return f"{module}.".startswith(f"{PACKAGE}.")

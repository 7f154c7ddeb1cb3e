"""What a result depends on: the code that made it, its weights, its parameters.

>>> from functools import partial
>>> from helpers import filters
>>> version(filters.mean) == version(filters.mean) != version(partial(filters.mean, size=3))
True
"""

from __future__ import annotations

import ast
import dis
import functools
import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "scikit-image", "torch")
_DESCRIBED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, Path, np.generic)


def version(thing: Any) -> str:
    """Name of what the results of a denoiser or a noise model depend on.

    It changes with the code (comments and docstrings do not count), with the weights of a
    network, with the arguments of a `functools.partial`, with defaults, and with numbers, texts,
    arrays and functions that a function or an object holds. What a call itself assigns is taken
    for a record and not for a setting, and so are the lists that a function or an object holds.

    Parameters
    ----------
    thing : object
        A function, a partial, a network, or another object that can be called.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(thing, {}):
        digest.update(part)
    return digest.hexdigest()


@functools.lru_cache
def libraries() -> str:
    """The versions of what computes below the course."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {installed(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


@functools.lru_cache
def package() -> str:
    """Hash of all of the course's code, as it lies here."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(ROOT.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


# ---- the course's own code -----------------------------------------------------------------


@functools.lru_cache
def code_of(module: str) -> str:
    """Hash of a module of the course, and of all of the course that it imports."""
    todo, sources = {module}, {}
    while todo:
        name = todo.pop()
        if name not in sources:
            tree = ast.parse(_file(name).read_text("utf-8"))
            sources[name] = _bare(tree)
            todo |= set(_imported(tree))
    told = "".join(f"{name}:{sources[name]}" for name in sorted(sources))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _file(module: str) -> Path | None:
    """The file of a module of the course; None for what is no module."""
    path = ROOT.joinpath(*module.split(".")[1:])
    files = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((file for file in files if file.is_file()), None)


def _imported(tree: ast.AST) -> Iterator[str]:
    """Modules of the course that a source imports: the module asked for, not its parents."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [one if _is_ours(one) and _file(one) else node.module for one in below]
        else:
            continue
        yield from (name for name in names if _is_ours(name))


def _is_ours(module: str) -> bool:
    return module.startswith("helpers.")


def _bare(tree: ast.AST) -> str:
    """A source without comments, layout and docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, _DESCRIBED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


# ---- what else a thing holds ---------------------------------------------------------------


def _parts(thing: Any, seen: dict[int, Any]) -> Iterator[bytes]:
    """Everything that counts, in an order that does not change."""
    if isinstance(thing, _PLAIN):
        yield repr(thing).encode()
    elif hasattr(thing, "detach"):  # a tensor
        yield from _parts(thing.detach().cpu().float().numpy(), seen)
    elif isinstance(thing, np.ndarray):
        yield f"{thing.dtype} {thing.shape}".encode() + thing.tobytes()
    elif id(thing) not in seen:
        seen[id(thing)] = thing  # alive, or its id would soon be another thing's
        yield from _inside(thing, seen)


def _inside(thing: Any, seen: dict[int, Any]) -> Iterator[bytes]:
    if isinstance(thing, Mapping):
        held: Any = [x for pair in sorted(thing.items(), key=lambda p: str(p[0])) for x in pair]
    elif isinstance(thing, (tuple, list)):
        held = thing
    elif isinstance(thing, functools.partial):
        held = (thing.func, thing.args, thing.keywords)
    elif isinstance(thing, MethodType):
        held = (thing.__func__, thing.__self__)
    elif isinstance(thing, ModuleType):
        held = (code_of(thing.__name__) if _is_ours(thing.__name__) else thing.__name__,)
    elif isinstance(thing, FunctionType):
        held = _of_function(thing)
    elif isinstance(thing, type):
        held = _of_class(thing)
    else:
        held = _of_object(thing)
    for one in held:
        yield from _parts(one, seen)


def _of_function(function: FunctionType) -> Iterator[Any]:
    yield function.__qualname__
    yield function.__defaults__
    yield function.__kwdefaults__
    written = _assigned(function.__code__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    held = [cell.cell_contents for name, cell in cells if name not in written]
    if _is_ours(function.__module__ or ""):
        yield from held
        yield code_of(function.__module__)
        return
    yield from (value for value in held if not _is_record(value, function.__code__))
    yield _of_code(function.__code__)
    known = function.__globals__
    used = [known.get(name) for name in _names(function.__code__) if name not in written]
    yield from (one for one in used if _counts(one) and not _is_record(one, function.__code__))


def _of_class(kind: type) -> Iterator[Any]:
    yield kind.__qualname__
    if _is_ours(kind.__module__):
        yield code_of(kind.__module__)
    elif kind.__module__ == "builtins" or not hasattr(kind, "__dict__"):
        return
    else:
        yield from (one for one in vars(kind).values() if isinstance(one, FunctionType))


def _of_object(thing: Any) -> Iterator[Any]:
    yield type(thing)
    if hasattr(thing, "state_dict"):  # a network
        yield getattr(thing, "architecture", None)
        yield thing.state_dict()
        return
    call = vars(type(thing)).get("__call__")
    code = call.__code__ if isinstance(call, FunctionType) else None
    for name, value in sorted(getattr(thing, "__dict__", {}).items()):
        if name not in (*_assigned(code), "card") and not _is_record(value, code):
            yield name
            yield value


def _of_code(code: CodeType) -> tuple:
    nested = [_of_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
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


def _counts(value: Any) -> bool:
    """Whether a global that a function uses is a setting or code, and no large library."""
    if isinstance(value, ModuleType):
        return _is_ours(value.__name__)
    return value is not None

"""What a result depends on: the code that made it, its weights, its parameters.

Benchmark cells, the stamps of notebooks, studies and trainings all ask here whether what they
kept is still what the course would compute. Of the course's own code those definitions count
that are used, name by name (see `definitions`), without comments, layout and docstrings.

>>> from functools import partial
>>> from helpers import filters
>>> fingerprint(filters.mean) == fingerprint(partial(filters.mean, size=3))
False
>>> "helpers.noise.chance:Poisson" in uses("from helpers import noise; noise.Gaussian(0.1)")
False
"""

from __future__ import annotations

import functools
import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.versions.definitions import Code
from helpers.versions.values import Content

ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "scikit-image", "torch")
# A notebook names the exercises and studies that it asks for: those of the others do not count.
BY_KEY = ("helpers.exercises.checking:_CHECKS", "helpers.studies.base:STUDIES")


def fingerprint(thing: Any) -> str:
    """Name of what the results of a function, a class, an object or a module depend on.

    It changes with the code (comments and docstrings do not count), with the weights of a
    network, with the arguments of a `functools.partial`, with defaults, and with numbers, texts,
    arrays and functions that a function or an object holds. What a call itself assigns is taken
    for a record and not for a setting, and so are the lists that a function or an object holds.

    Parameters
    ----------
    thing : object
        A function, a class, a partial, a network, another object, a module of the course or the
        name of one.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    code = here()
    inside = Content(code)
    if isinstance(thing, str) and thing in code.lines:
        inside.names.add(f"{thing}:*")
    else:
        inside.add(thing)
    inside.values.update(code.digest(code.closure(inside.names)))
    return inside.values.hexdigest()


def of_values(thing: Any) -> str:
    """As `fingerprint`, without the course's own code: what a thing holds, and others' functions.

    It tells two trainings apart, and stays while the course's code changes under one of them.
    """
    inside = Content(here())
    inside.add(thing)
    return inside.values.hexdigest()


def of_source(source: str, also: Iterable[str] = ()) -> str:
    """As `fingerprint`, for a text such as all code cells of a notebook.

    Tables and weights that ship count with their bytes where the text or what it uses names
    them: a string of the code is the file's name, or its path in its folder, with or without
    its ending; an f-string counts for all that it may name. Fingerprints of a table do not count:
    they say which code made it, and change where its numbers stay.

    Parameters
    ----------
    source : str
        Python code.
    also : iterable of str
        Further modules that it depends on.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    code = here()
    names = _closure(code, source, also)
    hashed, is_spelled = hashlib.blake2b(code.digest(names), digest_size=16), code.spells(names)
    for folder in (paths.results(), paths.weights()):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            if file.name.endswith(".fingerprints.json"):
                continue
            place = file.relative_to(folder)
            spellings = place.as_posix(), place.with_suffix("").as_posix(), place.name, place.stem
            if any(map(is_spelled, spellings)):
                hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()


def uses(thing: Any) -> list[str]:
    """The definitions that a thing or a source depends on, as "helpers.noise.chance:Gaussian"."""
    return sorted(name for name in _closure(here(), thing) if not name.endswith(":text"))


def commit(thing: Any) -> str | None:
    """The commit of the code that a thing or a source depends on, such as "1a2b3c4".

    It ends in "-dirty" where that code is not the commit's; other code does not count. None
    outside a clone.
    """
    try:
        head = _git("rev-parse", "--short", "HEAD").decode().strip()
        before, now = _committed(head), here()
    except (OSError, subprocess.CalledProcessError):
        return None
    digests = [code.digest(_closure(code, thing)) for code in (before, now)]
    return head + "-dirty" * (digests[0] != digests[1])


def changes(thing: Any, commit: str) -> list[str]:
    """The definitions that a thing or a source depends on and that a commit had otherwise."""
    before, now = _committed(commit), here()
    names = _closure(before, thing) | _closure(now, thing)
    return sorted(name for name in names if before.digest({name}) != now.digest({name}))


@functools.lru_cache
def libraries() -> str:
    """The versions of what computes below the course."""
    versions = []
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {installed(name)}")
        except PackageNotFoundError:
            versions.append(f"no {name}")
    return ", ".join(versions)


# ---- the course's own code -----------------------------------------------------------------


def here() -> Code:
    """The course's code as its files are now; read again when one of them has changed."""
    stats = ((path, path.stat()) for path in sorted(ROOT.rglob("*.py")))
    return _read(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats))


@functools.lru_cache(maxsize=2)
def _read(stamps: tuple[tuple[Path, int, int], ...]) -> Code:
    top = ROOT.parent
    return Code({_module(p.relative_to(top)): p.read_text("utf-8") for p, *_ in stamps})


@functools.lru_cache(maxsize=2)
def _committed(head: str) -> Code:
    """The code of a commit."""
    with tarfile.open(fileobj=io.BytesIO(_git("archive", head, ROOT.name))) as tar:
        files = [one for one in tar if one.isfile() and one.name.endswith(".py")]
        texts = {_module(Path(one.name)): tar.extractfile(one).read().decode() for one in files}
    return Code(texts)


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _git(*argv: str) -> bytes:
    command = ["git", "-C", str(ROOT.parent), *argv]
    return subprocess.run(command, capture_output=True, check=True).stdout


@functools.lru_cache
def package() -> str:
    """Hash of all of the course's code, comments and all, as this process found it."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(ROOT.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _closure(code: Code, thing: Any, also: Iterable[str] = ()) -> set[str]:
    """Definitions that a thing or a source depends on, in the code here or in that of a commit."""
    if not isinstance(thing, str):
        inside = Content(here())
        inside.add(thing)
        return code.closure(inside.names)
    if thing in code.lines:
        return code.closure({f"{thing}:*"})
    text = code.enter(thing)
    return code.closure({text, *(f"{module}:*" for module in also)}, BY_KEY)

"""Where the files of a set come from: the mirror folder, the cache, or a download.

A file gets its name only when all of it is there and its SHA-256 is the pinned one. So an
interrupted download leaves nothing half-written, complete files are kept, and two processes
that fetch the same set replace whole files by identical ones.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from helpers import paths
from helpers.datasets.pins import Pin
from helpers.files import remove_parts, write_whole

if TYPE_CHECKING:
    from helpers.datasets.sets import ImageSet

TRIES = 3
PAUSE = 0.5  # seconds before the second try, doubled before the third
TIMEOUT = 15  # seconds without a byte
SLOWEST = 10_000  # bytes a second: a file of 5 MB, the largest, may take nine minutes
CHUNK = 1 << 14  # bytes read at once
AT_ONCE = 4  # files downloaded side by side

_verified: set[tuple] = set()  # what was hashed in this process is not hashed again


def collect(name: str, chosen: ImageSet, pins: Iterable[Pin], progress: bool) -> dict[str, Path]:
    """Have all files of a set on this machine: path in the set to path on the disk."""
    if lost := _lost_mirror():
        warnings.warn(f"{lost}: image sets come from the cache, or a download", stacklevel=3)
    places = {pin: _find(pin) for pin in pins}
    for folder in {pin.under(paths.cache()).parent for pin in places}:
        if os.path.isdir(folder):
            remove_parts(folder)  # of a download that was killed
    missing = [pin for pin, place in places.items() if place is None]
    if any(not pin.url for pin in missing):
        raise FileNotFoundError(_unpublished(name, chosen, missing))
    if missing:
        print(_announcement(chosen, missing), flush=True)
        _download_all(name, missing, progress)
    return {pin.path: place or pin.under(paths.cache()) for pin, place in places.items()}


def _lost_mirror() -> str:
    """What is wrong with the mirror folder; empty where nothing is."""
    mirror = paths.mirror()
    if mirror is None or os.path.isdir(mirror):  # not Path.is_dir, which raises for long names
        return ""
    return f"$COURSE_DATA names {os.environ['COURSE_DATA']}, and there is no such folder"


def _find(pin: Pin) -> Path | None:
    """The file in the mirror or in the cache, verified; a damaged one in the cache is removed."""
    mirror = paths.mirror()
    if mirror and os.path.isfile(path := pin.under(mirror)):
        if not is_intact(path, pin):
            raise ValueError(
                f"{path} in the mirror folder $COURSE_DATA is not the pinned file (another size "
                "or SHA-256): replace or delete it, then it is downloaded"
            )
        return path
    path = pin.under(paths.cache())
    if not os.path.isfile(path):
        return None
    if not is_intact(path, pin):
        path.unlink(missing_ok=True)
        return None
    return path


def is_intact(path: Path, pin: Pin) -> bool:
    """Whether a file is the pinned one. Size each time, hash once in a process."""
    state = path.stat()
    key = (str(path), state.st_size, state.st_mtime_ns, pin.sha256)
    if key in _verified:
        return True
    same = state.st_size == pin.bytes and _sha256(path.read_bytes()) == pin.sha256
    if same or (pin.pixels and _has_pixels(path, pin.pixels)):
        _verified.add(key)
        return True
    return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pixel_digest(array: np.ndarray) -> str:
    """SHA-256 of an array's values, whatever file they came from: little-endian, row by row."""
    return _sha256(array.astype(array.dtype.newbyteorder("<")).tobytes())


def _has_pixels(path: Path, digest: str) -> bool:
    from PIL import Image

    try:
        with Image.open(path) as file:
            return pixel_digest(np.asarray(file)) == digest
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for a damaged file
        return False


# ---- download ------------------------------------------------------------------------------


def _download_all(name: str, missing: Sequence[Pin], progress: bool) -> None:
    """Threads that read and a main thread that writes: it alone has to be stopped.

    The threads are daemons, since who waits for them waits for a server: neither Ctrl-C nor an
    answer that never ends may hang on that.
    """
    from tqdm import tqdm

    todo, done = deque(missing), SimpleQueue()
    begun: dict[Pin, float] = {}
    stop = threading.Event()
    total = sum(pin.bytes for pin in missing)
    with tqdm(total=total, desc=name, unit="B", unit_scale=True, disable=not progress) as bar:
        for _ in range(min(AT_ONCE, len(missing))):
            threading.Thread(target=_work, args=(todo, begun, done, stop), daemon=True).start()
        try:
            for pin, got in _finished(name, len(missing), begun, done):
                if isinstance(got, Exception):
                    raise _told(name, pin, got) from None
                write_whole({pin.under(paths.cache()): got})
                bar.update(pin.bytes)
        finally:
            stop.set()


def _work(todo: deque[Pin], begun: dict[Pin, float], done: SimpleQueue, stop: Event) -> None:
    """In a thread: one file after the other, each put into `done` with its bytes or the error."""
    while not stop.is_set():
        try:
            pin = todo.popleft()
        except IndexError:
            return
        begun[pin] = time.monotonic()
        try:
            got: bytes | Exception = _retrieve(pin)
        except Exception as problem:
            got = problem
        done.put((pin, got))
        del begun[pin]


def _finished(
    name: str, count: int, begun: dict[Pin, float], done: SimpleQueue
) -> Iterator[tuple[Pin, bytes | Exception]]:
    """What comes out of `done`, as long as none takes longer than it may."""
    while count:
        with suppress(Empty):  # a short wait: Windows hears Ctrl-C only between two of them
            yield done.get(timeout=0.1)
            count -= 1
            continue
        now = time.monotonic()
        for pin, begin in list(begun.items()):
            if now - begin > (limit := _limit(pin)):
                late = f"{pin.url} has not come within {limit:.0f} s"
                raise ConnectionError(_offline(name, late))


def _limit(pin: Pin) -> float:
    """Seconds after which a file is given up, all tries together."""
    return 2 * TIMEOUT + pin.bytes / SLOWEST


def _told(name: str, pin: Pin, error: Exception) -> Exception:
    """A sentence in place of what went wrong with a file."""
    from requests.exceptions import HTTPError, RequestException

    if isinstance(error, HTTPError):
        answer = f"the server answers {error.response.status_code} for {pin.url}"
        return ConnectionError(_offline(name, answer))
    if isinstance(error, RequestException):
        host = urlsplit(pin.url).netloc
        return ConnectionError(_offline(name, f"no connection to {host}, or it broke"))
    return ValueError(_offline(name, str(error))) if isinstance(error, ValueError) else error


def _retrieve(pin: Pin) -> bytes:
    """The bytes behind an address, tried again when the connection breaks."""
    from requests.exceptions import RequestException

    for attempt in range(TRIES):
        try:
            return _checked(_answer(pin), pin)
        except (RequestException, ValueError) as error:
            if attempt == TRIES - 1 or _is_final(error):
                raise
        time.sleep(PAUSE * 2**attempt)
    raise AssertionError("TRIES is at least 1")


def _answer(pin: Pin) -> bytes:
    """What the server sends, and not much more than the pinned size of it."""
    import requests

    end = time.monotonic() + _limit(pin)  # nobody waits for more, see `_finished`
    with requests.get(pin.url, stream=True, timeout=TIMEOUT) as answer:
        answer.raise_for_status()
        data = bytearray()  # the largest pinned file has 5 MB
        for chunk in answer.iter_content(CHUNK):
            data += chunk
            if len(data) > pin.bytes:
                raise _TooLong(f"{pin.url} sends more than the pinned {pin.bytes} bytes")
            if time.monotonic() > end:
                break
    return bytes(data)


class _TooLong(ValueError):
    """An answer that goes on after the last byte."""


def _checked(data: bytes, pin: Pin) -> bytes:
    if len(data) != pin.bytes or _sha256(data) != pin.sha256:
        raise ValueError(
            f"{pin.url} sent other bytes than the pinned ones ({len(data)} bytes with SHA-256 "
            f"{_sha256(data)[:12]}…, not {pin.bytes} with {pin.sha256[:12]}…), nothing was kept"
        )
    return data


def _is_final(error: Exception) -> bool:
    """Whether asking again is no use: the server refuses the request, or has another file."""
    code = getattr(getattr(error, "response", None), "status_code", None)
    refused = code is not None and 400 <= code < 500 and code not in (408, 429)
    return refused or isinstance(error, _TooLong)


# ---- sentences -----------------------------------------------------------------------------


def _announcement(chosen: ImageSet, missing: Sequence[Pin]) -> str:
    size = sum(pin.bytes for pin in missing) / 1e6
    hosts = ", ".join(sorted({urlsplit(pin.url).netloc for pin in missing}))
    return "\n".join(
        [
            f"Downloading {chosen.title}: {len(missing)} files, {size:.1f} MB, from {hosts}",
            f"Terms: {chosen.terms}",
            *chosen.warnings,
            f"Cite: {chosen.citation}",
        ]
    )


def _offline(name: str, reason: str) -> str:
    lost = _lost_mirror()
    return (
        f"set {name!r} cannot be downloaded: {reason}; {lost}{lost and '; '}"
        "without a network, name a folder that holds the set in the environment variable "
        "COURSE_DATA, or use the photographs shipped with scikit-image "
        "(helpers.images.PHOTOGRAPHS)"
    )


def _unpublished(name: str, chosen: ImageSet, missing: Sequence[Pin]) -> str:
    lost = next(pin.path for pin in missing if not pin.url)
    return (
        f"{lost} is neither in the mirror folder $COURSE_DATA ({paths.mirror()}) nor in the "
        f"cache ({paths.cache()}), and set {name!r} has no address to download it from: "
        f"{chosen.rebuild}"
    )

"""Where the files of a set come from: the mirror folder, the cache, or a download.

A file gets its name only when all of it is there and its SHA-256 is the pinned one. So an
interrupted download leaves nothing half-written, complete files are kept, and two processes
that fetch the same set replace whole files by identical ones.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from helpers import paths
from helpers.datasets.pins import Pin, decoded
from helpers.files import remove_parts, write_whole

if TYPE_CHECKING:
    from helpers.datasets.sets import ImageSet

RETRIES = 2  # after a second, and after two more
TIMEOUT = 15  # seconds without a byte
SLOWEST = 10_000  # bytes a second: a file of 5 MB, the largest, may take nine minutes
CHUNK = 1 << 14  # bytes read at once: less than most files, so that an endless answer ends soon
AT_ONCE = 4  # files side by side: small ones wait for the server, and more would burden it

_verified: set[tuple] = set()  # what was hashed in this process is not hashed again


def collect(
    name: str, image_set: ImageSet, pins: Iterable[Pin], progress: bool
) -> dict[str, Path]:
    """Have all files of a set on this machine: path in the set to path on the disk.

    What a set may be used for is printed before anything of it is downloaded.
    """
    if fault := _mirror_fault():
        warnings.warn(f"{fault}: image sets come from the cache, or a download", stacklevel=3)
    places = {pin: _find(pin) for pin in pins}
    for folder in {pin.under(paths.cache()).parent for pin in places}:
        if os.path.isdir(folder):
            remove_parts(folder)  # of a download that was killed
    missing = [pin for pin, place in places.items() if place is None]
    if unpublished := [pin.path for pin in missing if not pin.url]:
        raise FileNotFoundError(
            f"{unpublished[0]} is neither in the mirror folder $COURSE_DATA ({paths.mirror()}) "
            f"nor in the cache ({paths.cache()}), and set {name!r} has no address to download it "
            f"from: {image_set.rebuild}"
        )
    if missing:
        size = sum(pin.bytes for pin in missing) / 1e6
        hosts = ", ".join(sorted({urlsplit(pin.url).netloc for pin in missing}))
        print(
            f"Downloading {image_set.title}: {len(missing)} files, {size:.1f} MB, from {hosts}",
            f"Terms: {image_set.terms}",
            *image_set.warnings,
            f"Cite: {image_set.citation}",
            sep="\n",
            flush=True,
        )
        _download(name, missing, progress)
    return {pin.path: place or pin.under(paths.cache()) for pin, place in places.items()}


def _mirror_fault() -> str:
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
    if os.path.isfile(path):
        if is_intact(path, pin):
            return path
        path.unlink(missing_ok=True)
    return None


def is_intact(path: Path, pin: Pin) -> bool:
    """Whether a file is the pinned one. Size each time, hash once in a process."""
    state = path.stat()
    key = (str(path), state.st_size, state.st_mtime_ns, pin.sha256)
    if key in _verified:
        return True
    same = state.st_size == pin.bytes and sha256(path.read_bytes()).hexdigest() == pin.sha256
    if same or (pin.pixels and _has_pixels(path, pin.pixels)):
        _verified.add(key)
        return True
    return False


def pixel_digest(array: np.ndarray) -> str:
    """SHA-256 of an array's values, whatever file they came from: little-endian, row by row."""
    return sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def _has_pixels(path: Path, digest: str) -> bool:
    try:
        return pixel_digest(decoded(path)) == digest
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for a damaged file
        return False


# ---- download ------------------------------------------------------------------------------


def _download(name: str, missing: Sequence[Pin], progress: bool) -> None:
    """Read some files side by side in threads; write each here, when all of it has come.

    The threads are daemons, since who waits for them waits for a server: neither Ctrl-C nor an
    answer that never ends may hang on that.
    """
    from tqdm import tqdm

    waiting, done = deque(missing), SimpleQueue()
    begun: dict[Pin, float] = {}
    total = sum(pin.bytes for pin in missing)
    with tqdm(total=total, desc=name, unit="B", unit_scale=True, disable=not progress) as bar:
        while waiting or begun:
            while waiting and len(begun) < AT_ONCE:
                pin = waiting.popleft()
                begun[pin] = time.monotonic()
                threading.Thread(target=_work, args=(pin, done), daemon=True).start()
            try:  # a short wait: Windows hears Ctrl-C only between two of them
                pin, result = done.get(timeout=0.1)
            except Empty:
                for pin, begin in begun.items():
                    if time.monotonic() - begin > (limit := _limit(pin)):
                        late = f"{pin.url} has not come within {limit:.0f} s"
                        raise ConnectionError(_offline(name, late)) from None
                continue
            del begun[pin]
            if isinstance(result, Exception):
                raise _in_words(name, pin, result) from None
            write_whole({pin.under(paths.cache()): result})
            bar.update(pin.bytes)


def _work(pin: Pin, done: SimpleQueue) -> None:
    """In a thread: put a file into `done`, with its bytes or the error."""
    try:
        done.put((pin, _retrieve(pin)))
    except Exception as error:
        done.put((pin, error))


def _limit(pin: Pin) -> float:
    """Seconds after which a file is given up, all tries together."""
    return 2 * TIMEOUT + pin.bytes / SLOWEST


def _retrieve(pin: Pin) -> bytes:
    """The bytes behind an address; pooch compares hashes, and tries again what may pass.

    It verifies files on the disk: in a folder of their own, so that the cache never holds a name
    whose bytes are not all there.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # `collect` has said what is downloaded
    with TemporaryDirectory(prefix="seeing-through-noise-", ignore_cleanup_errors=True) as folder:
        source = pooch.create(
            folder,
            "",
            registry={pin.path: pin.sha256},
            urls={pin.path: pin.url},
            retry_if_failed=RETRIES,
        )
        return Path(source.fetch(pin.path, downloader=partial(_stream, pin))).read_bytes()


def _stream(pin: Pin, url: str, output: str, _: object) -> None:
    """A downloader for pooch: what asking again cannot cure is final, and no answer is endless."""
    import requests

    end = time.monotonic() + _limit(pin)  # nobody waits for more, see `_download`
    with requests.get(url, stream=True, timeout=TIMEOUT) as answer, open(output, "wb") as file:
        code = answer.status_code
        if 400 <= code < 500 and code not in (408, 429):  # a timeout, too many requests
            raise _Final(ConnectionError, f"the server answers {code} for {url}")
        answer.raise_for_status()
        for chunk in answer.iter_content(CHUNK):
            file.write(chunk)
            if file.tell() > pin.bytes:
                raise _Final(ValueError, f"{url} sends more than the pinned {pin.bytes} bytes")
            if time.monotonic() > end:
                break


class _Final(Exception):
    """What pooch shall not try again: the kind of error, and its sentence."""


def _in_words(name: str, pin: Pin, error: Exception) -> Exception:
    """A sentence in place of what went wrong with a file."""
    from requests.exceptions import HTTPError, RequestException

    kind = ConnectionError
    if isinstance(error, _Final):
        kind, reason = error.args
    elif isinstance(error, HTTPError):
        reason = f"the server answers {error.response.status_code} for {pin.url}"
    elif isinstance(error, RequestException):
        reason = f"no connection to {urlsplit(pin.url).netloc}, or it broke"
    elif isinstance(error, ValueError):
        kind = ValueError
        reason = f"{pin.url} sent other bytes than the pinned ones, and nothing was kept"
    elif isinstance(error, OSError) and error.errno:  # of the disk where pooch looks at files
        return OSError(error.errno, error.strerror, f"{pin.path}, in {gettempdir()}")
    else:
        return error
    return kind(_offline(name, reason))


def _offline(name: str, reason: str) -> str:
    """Why a set cannot be downloaded, and what to do instead."""
    fault = _mirror_fault()
    return (
        f"set {name!r} cannot be downloaded: {reason}; {fault}{fault and '; '}"
        "without a network, name a folder that holds the set in the environment variable "
        "COURSE_DATA, or use the photographs shipped with scikit-image "
        "(helpers.images.PHOTOGRAPHS)"
    )

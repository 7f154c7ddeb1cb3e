"""Where the files of a set come from: the mirror folder, the cache, or a download.

A file gets its name only when all of it is there and its SHA-256 is the pinned one. So an
interrupted download leaves nothing half-written, complete files are kept, and two processes
that fetch the same set replace whole files by identical ones.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from helpers.datasets.pins import Pin
from helpers.files import write_whole

if TYPE_CHECKING:
    from helpers.datasets.sets import ImageSet

TRIES = 3
PAUSE = 0.5  # seconds before the second try, doubled before the third
TIMEOUT = 30  # seconds without a byte
AT_ONCE = 4  # files downloaded side by side

_verified: set[tuple] = set()  # what was hashed in this process is not hashed again


def mirror_folder() -> Path | None:
    """The folder that ``$COURSE_DATA`` names, which holds ``BSD68/test001.png`` and so on."""
    named = os.environ.get("COURSE_DATA")
    return Path(named).expanduser() if named else None


def cache_folder() -> Path:
    """Where downloads are kept: ``$COURSE_CACHE``, or the cache folder of the system."""
    if named := os.environ.get("COURSE_CACHE"):
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("seeing-through-noise"))


def collect(name: str, chosen: ImageSet, pins: Iterable[Pin], progress: bool) -> dict[str, Path]:
    """Have all files of a set on this machine: path in the set to path on the disk."""
    places = {pin: _find(pin) for pin in pins}
    missing = [pin for pin, place in places.items() if place is None]
    if any(not pin.url for pin in missing):
        raise FileNotFoundError(_unpublished(name, chosen, missing))
    if missing:
        print(_announcement(chosen, missing), flush=True)
        _download_all(name, missing, progress)
    return {pin.path: place or pin.under(cache_folder()) for pin, place in places.items()}


def _find(pin: Pin) -> Path | None:
    """The file in the mirror or in the cache, verified; a damaged one in the cache is removed."""
    mirror = mirror_folder()
    if mirror and (path := pin.under(mirror)).is_file():
        if not is_intact(path, pin):
            raise ValueError(
                f"{path} in the mirror folder $COURSE_DATA is not the pinned file (another size "
                "or SHA-256): replace or delete it, then it is downloaded"
            )
        return path
    path = pin.under(cache_folder())
    if not path.is_file():
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
    from tqdm import tqdm

    total = sum(pin.bytes for pin in missing)
    bar = tqdm(total=total, desc=name, unit="B", unit_scale=True, disable=not progress)
    with bar, ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_download, name, pin) for pin in missing]
        try:
            for job in as_completed(jobs):
                bar.update(job.result())
        except BaseException:  # also Ctrl-C: files on their way are finished, others not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _download(name: str, pin: Pin) -> int:
    """One file, whole and verified, or nothing and a sentence why; its size in bytes."""
    from requests.exceptions import HTTPError, RequestException

    try:
        data = _retrieve(pin)
    except HTTPError as error:
        answer = f"the server answers {error.response.status_code} for {pin.url}"
        raise ConnectionError(_offline(name, answer)) from None
    except RequestException:
        host = urlsplit(pin.url).netloc
        raise ConnectionError(_offline(name, f"no connection to {host}, or it broke")) from None
    except ValueError as error:
        raise ValueError(_offline(name, str(error))) from None
    write_whole({pin.under(cache_folder()): data})
    return pin.bytes


def _retrieve(pin: Pin) -> bytes:
    """The bytes behind an address, tried again when the connection breaks."""
    import pooch
    from requests.exceptions import RequestException

    get = pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=1 << 16)
    for attempt in range(TRIES):
        buffer = io.BytesIO()  # the largest pinned file has 5 MB
        try:
            get(pin.url, buffer, None)
            return _checked(buffer.getvalue(), pin)
        except (RequestException, ValueError) as error:
            if attempt == TRIES - 1 or _is_final(error):
                raise
        time.sleep(PAUSE * 2**attempt)
    raise AssertionError("TRIES is at least 1")


def _checked(data: bytes, pin: Pin) -> bytes:
    if len(data) != pin.bytes or _sha256(data) != pin.sha256:
        raise ValueError(
            f"{pin.url} sent other bytes than the pinned ones ({len(data)} bytes with SHA-256 "
            f"{_sha256(data)[:12]}…, not {pin.bytes} with {pin.sha256[:12]}…), nothing was kept"
        )
    return data


def _is_final(error: Exception) -> bool:
    """Whether asking again is no use: the server knows the request and refuses it."""
    code = getattr(getattr(error, "response", None), "status_code", None)
    return code is not None and 400 <= code < 500 and code not in (408, 429)


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
    return (
        f"set {name!r} cannot be downloaded: {reason}; without a network, name a folder that "
        "holds the set in the environment variable COURSE_DATA, or use the photographs shipped "
        "with scikit-image (helpers.images.PHOTOGRAPHS)"
    )


def _unpublished(name: str, chosen: ImageSet, missing: Sequence[Pin]) -> str:
    lost = next(pin.path for pin in missing if not pin.url)
    return (
        f"{lost} is neither in the mirror folder $COURSE_DATA ({mirror_folder()}) nor in the "
        f"cache ({cache_folder()}), and set {name!r} has no address to download it from: "
        f"{chosen.rebuild}"
    )

"""Files that are there whole or not at all, whatever interrupts their writing."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4
from zlib import crc32

PART = re.compile(r"\.(?P<host>\w{8})-(?P<pid>\d+)-\w{8}\.part")
STALE = 24 * 3600  # seconds; a part that old belongs to nobody, wherever it was written
REST = 100  # times as long as looking for parts took: it takes a hundredth of the time at most

_next_look: dict[Path, float] = {}  # folder to the time from which on it is looked into again


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write files under names of their own, then rename them: others see all of it or nothing.

    Several files are renamed one after the other. What must not be mixed, such as weights and
    their card, therefore names the hash of its companion, and whoever reads them compares.

    Parameters
    ----------
    files : mapping
        Path to content. Folders are made; files that were there are replaced. What a killed
        process had begun to write there is removed; what a living one writes is not.

    Raises
    ------
    OSError
        With the file's name, when one cannot be written, for instance because the disk is full:
        then all files are as they were. What may still fail is a renaming, where a folder is in
        a file's place: the files before it are the new ones by then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "deep", "note.txt")
    ...     write_whole({path: b"clean"})
    ...     path.read_text(), len(list(path.parent.iterdir()))
    ('clean', 1)
    """
    parts = {path: part_of(path) for path in files}
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_parts(path.parent)
            with _named(path), part.open("wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave a name without its bytes
        for path, part in parts.items():
            with _named(path):
                os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """A name beside a file, under which it is written first; it says by which process.

    Examples
    --------
    >>> bool(PART.fullmatch(part_of(Path("table.csv")).name))
    True
    """
    return path.with_name(f".{_host()}-{os.getpid()}-{uuid4().hex[:8]}.part")


def remove_parts(folder: Path) -> None:
    """Remove what killed processes had begun to write into a folder.

    A process of another machine is taken for dead when its part is a day old. Other files that
    end so are somebody else's, and stay. A folder is not looked into again before a hundred times
    the time that this took has passed: of 100,000 finished cells each is written without a search.
    """
    begun = time.monotonic()
    if begun < _next_look.get(folder, 0):
        return
    for part in folder.glob(".*.part"):
        writer = PART.fullmatch(part.name)
        with suppress(OSError):  # another process removed it, or it is not ours to remove
            if writer and not _may_be_written(part, writer):
                part.unlink(missing_ok=True)
    end = time.monotonic()
    _next_look[folder] = end + REST * (end - begun)


def _may_be_written(part: Path, writer: re.Match[str]) -> bool:
    """Whether a part may still grow: it is young, and who writes it may still run."""
    if time.time() - part.stat().st_mtime > STALE:
        return False
    if writer["host"] != _host() or os.name == "nt":
        return True  # nobody can be asked: on Windows signal 0 is Ctrl-C
    try:
        os.kill(int(writer["pid"]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's; a number that is none
        pass
    return True


def _host() -> str:
    """Which machine this is, in eight letters."""
    return f"{crc32(socket.gethostname().encode()):08x}"


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error of the disk name the file that was meant, not its part."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None

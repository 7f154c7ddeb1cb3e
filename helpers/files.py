"""Files that are there whole or not at all, whatever interrupts their writing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write files under names of their own, then rename them: others see all of it or nothing.

    Parameters
    ----------
    files : mapping
        Path to content. Folders are made; files that were there are replaced.

    Raises
    ------
    OSError
        When one cannot be written, for instance because the disk is full: then all files are as
        they were. What may still fail is a renaming, where a folder is in a file's place: the
        files before it are the new ones by then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "deep", "note.txt")
    ...     write_whole({path: b"clean"})
    ...     path.read_text(), len(list(path.parent.iterdir()))
    ('clean', 1)
    """
    parts = {path: path.with_name(f".{path.name}.{uuid4().hex}.part") for path in files}
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave a name without its bytes
        for path, part in parts.items():
            os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)

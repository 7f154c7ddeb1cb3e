"""A small image set, a server that misbehaves on request, and what a cache holds."""

from __future__ import annotations

import hashlib
import http.server
import io
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.datasets import ImageSet, Lazy, Pin

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def png(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "png")
    return buffer.getvalue()


PICTURES = {
    f"toy/{i}.png": png(np.random.default_rng(i).integers(0, 256, (40, 50), np.uint8))
    for i in range(6)
}


class Server(http.server.ThreadingHTTPServer):
    """Serves `PICTURES`; `moods` says for which paths it misbehaves, and how."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.moods: dict[str, list[str]] = {}
        self.sent = 0  # bytes of endless answers
        self.asked: Counter[str] = Counter()

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up in the middle of an answer is right to."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.server.asked[path] += 1
        moods = self.server.moods.get(path, [])
        mood = moods.pop(0) if len(moods) > 1 else "".join(moods)
        body = PICTURES[path]
        if mood.isdigit():
            return self.send_error(int(mood))
        self.send_response(200)
        if mood == "slow head":
            self.send_header("X-Long", "a" * 1000)
            self._drip(b"".join(self._headers_buffer))
        if mood != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mood == "endless":
            return self._endless()
        if mood == "slow":
            return self._drip(body)
        if mood == "wrong":
            body = bytes(len(body))
        self.wfile.write(body[: len(body) // 2])
        if mood == "stall":
            self.wfile.flush()
            time.sleep(20)
        if mood not in ("half", "stall"):
            self.wfile.write(body[len(body) // 2 :])
        return None

    def _endless(self) -> None:
        with suppress(OSError):
            while True:
                self.wfile.write(bytes(1 << 16))
                self.server.sent += 1 << 16

    def _drip(self, data: bytes) -> None:
        """Byte after byte, never silent for long."""
        with suppress(OSError):
            for k in range(len(data)):
                self.wfile.write(data[k : k + 1])
                self.wfile.flush()
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        pass


def toy(url: str, **about: object) -> ImageSet:
    """A set of six small pictures behind an address."""
    files = tuple(
        Pin(path, len(data), hashlib.sha256(data).hexdigest(), url=url and url + path)
        for path, data in PICTURES.items()
    )
    about = {"title": "Toy", "terms": "Non-commercial: to play.", "citation": "Nobody", **about}
    return ImageSet(files=files, **about)


def fill(folder: Path) -> None:
    for path, data in PICTURES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def kept(cache: Path) -> dict[str, bytes]:
    """All files under the cache, hidden ones too."""
    files = (path for path in cache.rglob("*") if path.is_file())
    return {path.relative_to(cache).as_posix(): path.read_bytes() for path in files}


def sizes(pictures: Lazy) -> dict[tuple, int]:
    """How many pictures have which shape, all of them decoded."""
    shapes = Counter()
    for picture in pictures:
        assert picture.dtype == np.float32
        shapes[picture.shape] += 1
    return shapes


def psnr(noisy: np.ndarray, clean: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(noisy.astype(float) - clean).mean()))

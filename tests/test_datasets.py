"""Sets from a mirror, a cache, and a server that cuts, lies and vanishes; then the real ones."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers import datasets, files, images, paths
from helpers.datasets import SETS, ImageSet, Lazy, Pin, fetch, opening, pins, store
from helpers.files import part_of
from tests.full_disk import full_disk

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


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


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, no mirror, and no waiting between two tries."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))
    return tmp_path / "cache"


@pytest.fixture
def declared(cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> ImageSet:
    """The toy set, declared as ``SETS["toy"]``."""
    monkeypatch.setitem(SETS, "toy", toy(server.url))
    return SETS["toy"]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror folder that holds the toy set."""
    folder = tmp_path / "mirror"
    fill(folder)
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


def fill(folder: Path) -> None:
    for path, data in PICTURES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def kept(cache: Path) -> dict[str, bytes]:
    """All files under the cache, hidden ones too."""
    files = (path for path in cache.rglob("*") if path.is_file())
    return {path.relative_to(cache).as_posix(): path.read_bytes() for path in files}


# ---- download ------------------------------------------------------------------------------


def test_a_set_is_downloaded_once_and_opened_in_order(declared, server, cache):
    first = fetch("toy", progress=False)
    again = fetch("toy", progress=False)
    assert first.names == again.names == tuple("012345")
    assert set(server.asked.values()) == {1}
    assert kept(cache) == PICTURES
    for image, data in zip(again.images, PICTURES.values()):
        np.testing.assert_array_equal(
            image, images.as_image(np.asarray(Image.open(io.BytesIO(data))))
        )
    assert again.references is again.labels is again.table is None


def test_terms_are_printed_once_and_before_the_first_byte(declared, server, capsys, monkeypatch):
    seen = []
    retrieve = store._retrieve
    monkeypatch.setattr(
        store, "_retrieve", lambda *a: seen.append(capsys.readouterr().out) or retrieve(*a)
    )
    monkeypatch.setattr(store, "AT_ONCE", 1)
    fetch("toy", progress=False)
    fetch("toy", progress=False)
    assert "Terms: Non-commercial: to play.\n" in seen[0]
    assert "6 files" in seen[0]
    assert "".join(seen[1:]) + capsys.readouterr().out == ""


@pytest.mark.parametrize("progress", [True, False])
def test_one_bar_on_stderr_for_the_set(declared, capfd, progress):
    fetch("toy", progress=progress)
    shown = capfd.readouterr().err
    assert (shown.count("toy:") > 0) == progress
    assert shown.count("\n") <= 1
    assert ("100%" in shown) == progress


@pytest.mark.parametrize("mood", ["half", "wrong", "503"])
def test_a_passing_fault_is_tried_again(declared, server, cache, mood):
    server.moods["toy/3.png"] = [mood, "fine"]
    fetch("toy", progress=False)
    assert server.asked["toy/3.png"] == 2
    assert kept(cache) == PICTURES


def test_wrong_bytes_are_refused_and_not_kept(declared, server, cache):
    server.moods["toy/3.png"] = ["wrong"]
    with pytest.raises(ValueError, match=r"'toy'.*3\.png sent other bytes than the pinned"):
        fetch("toy", progress=False)
    assert "toy/3.png" not in kept(cache)
    assert kept(cache).items() <= PICTURES.items()


def test_an_interrupted_download_is_taken_up_again(declared, server, cache, monkeypatch):
    monkeypatch.setattr(store, "AT_ONCE", 1)
    server.moods["toy/3.png"] = ["half"]
    with pytest.raises(ConnectionError, match="'toy'"):
        fetch("toy", progress=False)
    whole = kept(cache)
    assert {"toy/0.png", "toy/1.png", "toy/2.png"} <= whole.keys()
    assert "toy/3.png" not in whole
    assert whole.items() <= PICTURES.items()
    server.moods.clear()
    server.asked.clear()
    fetch("toy", progress=False)
    assert set(server.asked) == PICTURES.keys() - whole.keys()
    assert kept(cache) == PICTURES


def test_a_missing_page_is_one_sentence_and_asked_for_once(declared, server):
    server.moods["toy/3.png"] = ["404"]
    with pytest.raises(ConnectionError, match=r"answers 404 for http://.*3\.png.*COURSE_DATA"):
        fetch("toy", progress=False)
    assert server.asked["toy/3.png"] == 1


def test_no_network_is_one_sentence_with_the_offline_alternative(declared, server, cache):
    server.shutdown()
    server.server_close()
    with pytest.raises(ConnectionError) as caught:
        fetch("toy", progress=False)
    for word in ("'toy'", "no connection", "COURSE_DATA", "scikit-image"):
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert not kept(cache)


def test_what_is_in_the_cache_needs_no_network(declared, server):
    fetch("toy", progress=False)
    server.shutdown()
    server.server_close()
    store._verified.clear()
    assert len(fetch("toy")) == 6


def test_a_damaged_file_of_the_cache_is_downloaded_again(declared, server, cache):
    fetch("toy", progress=False)
    damaged = cache / "toy/3.png"
    damaged.write_bytes(bytes(len(damaged.read_bytes())))
    fetch("toy", progress=False)
    assert server.asked["toy/3.png"] == 2
    assert kept(cache) == PICTURES


def test_a_damaged_file_of_the_cache_is_removed_where_nothing_replaces_it(declared, server, cache):
    fetch("toy", progress=False)
    (cache / "toy/3.png").write_bytes(b"half")
    server.moods["toy/3.png"] = ["404"]
    with pytest.raises(ConnectionError):
        fetch("toy", progress=False)
    assert "toy/3.png" not in kept(cache)


def test_a_full_disk_is_named_and_left_as_it_was(declared, cache, monkeypatch):
    write_whole = store.write_whole

    def written_to_a_full_disk(files):
        with full_disk(space=20):  # for these files alone: what is printed goes to a file, too
            write_whole(files)

    monkeypatch.setattr(store, "write_whole", written_to_a_full_disk)
    with pytest.raises(OSError, match=r"too large: .*toy.\d\.png"):
        fetch("toy", progress=False)
    assert not kept(cache)


def test_an_endless_answer_is_cut_and_asked_for_once(declared, server, cache):
    server.moods["toy/3.png"] = ["endless"]
    with pytest.raises(ValueError, match=r"3\.png sends more than the pinned \d+ bytes"):
        fetch("toy", progress=False)
    assert server.asked["toy/3.png"] == 1
    assert server.sent < 16e6  # what a socket holds, twice; the picture has 2 kB
    assert kept(cache).items() <= PICTURES.items()


@pytest.mark.parametrize("mood", ["slow", "slow head"])
def test_an_answer_without_end_in_time_is_given_up(declared, server, cache, monkeypatch, mood):
    """One byte each 0.05 s, so that no single wait is long; the whole would take 100 s."""
    monkeypatch.setattr(store, "TIMEOUT", 0.5)
    server.moods["toy/3.png"] = [mood]
    begin = time.monotonic()
    with pytest.raises(ConnectionError, match=r"3\.png has not come within 1 s.*COURSE_DATA"):
        fetch("toy", progress=False)
    assert time.monotonic() - begin < 4
    assert "toy/3.png" not in kept(cache)


def test_what_a_killed_download_left_is_removed_and_what_is_written_now_is_not(declared, cache):
    fetch("toy", progress=False)
    killed, mine = (part_of(cache / "toy/3.png") for _ in range(2))
    elsewhere = subprocess.Popen([sys.executable, "-c", ""])
    elsewhere.wait()  # its number belongs to nobody now
    killed = killed.with_name(killed.name.replace(f"-{os.getpid()}-", f"-{elsewhere.pid}-"))
    for part in (killed, mine):
        part.write_bytes(b"half")
    files._next_look.clear()
    fetch("toy", progress=False)  # nothing is missing
    assert mine.exists()
    assert not killed.exists()


# ---- several processes ---------------------------------------------------------------------

FETCH = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell's `&`
from helpers.datasets import SETS, ImageSet, Pin, fetch
import json
files = tuple(Pin(*pin) for pin in json.loads(sys.argv[1]))
SETS["toy"] = ImageSet("Toy", "CC0", "Nobody", files)
print(len(list(fetch("toy", progress=False).images)))
"""


def fetch_elsewhere(declared: ImageSet) -> subprocess.Popen:
    command = [sys.executable, "-c", FETCH, json.dumps(declared.files)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_do_no_harm(declared, cache):
    both = [fetch_elsewhere(declared), fetch_elsewhere(declared)]
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert [output.splitlines()[-1] for output in outputs] == ["6", "6"]
    assert kept(cache) == PICTURES


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot kill like this")
def test_a_killed_process_leaves_whole_files_only(declared, server, cache):
    server.moods["toy/3.png"] = ["stall", "fine"]
    process = fetch_elsewhere(declared)
    end = time.monotonic() + 30
    while len(PICTURES.keys() & kept(cache)) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert kept(cache) == {k: v for k, v in PICTURES.items() if k != "toy/3.png"}
    fetch("toy", progress=False)
    assert server.asked == {path: 1 + (path == "toy/3.png") for path in PICTURES}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for one process")
def test_the_first_interruption_ends_a_download_at_once(declared, server, cache):
    for path in list(PICTURES)[2:]:
        server.moods[path] = ["stall"]  # all four threads wait for 20 s
    process = fetch_elsewhere(declared)
    end = time.monotonic() + 60
    while sum(server.asked[path] for path in list(PICTURES)[2:]) < 4 and time.monotonic() < end:
        time.sleep(0.02)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert time.monotonic() - begin < 2
    assert process.returncode != 0
    assert kept(cache).items() <= PICTURES.items()


# ---- mirror --------------------------------------------------------------------------------


def test_the_mirror_comes_before_cache_and_network(declared, mirror, server, cache, capsys):
    assert len(list(fetch("toy").images)) == 6
    assert not server.asked
    assert not kept(cache)
    assert capsys.readouterr() == ("", "")


def test_what_the_mirror_lacks_is_downloaded(declared, mirror, server, cache):
    (mirror / "toy/3.png").unlink()
    assert len(fetch("toy", progress=False)) == 6
    assert list(kept(cache)) == ["toy/3.png"]


@pytest.mark.parametrize("same_size", [True, False])
def test_a_damaged_file_of_the_mirror_is_refused_and_left_alone(declared, mirror, same_size):
    damaged = mirror / "toy/3.png"
    data = bytes(damaged.stat().st_size if same_size else 5)
    damaged.write_bytes(data)
    with pytest.raises(ValueError, match=r"3\.png in the mirror folder \$COURSE_DATA is not the"):
        fetch("toy")
    assert damaged.read_bytes() == data


def test_files_are_hashed_once_in_a_process(declared, mirror, monkeypatch):
    fetch("toy")
    monkeypatch.setattr(store, "_sha256", lambda data: pytest.fail("hashed again"))
    fetch("toy")


@pytest.mark.parametrize("name", ["nowhere", "a" * 300, "~no_such_user"])
def test_a_mirror_that_is_no_folder_is_said_and_passed_over(
    declared, server, monkeypatch, tmp_path, name
):
    lost = name if name.startswith("~") else str(tmp_path / name)
    monkeypatch.setenv("COURSE_DATA", lost)
    with pytest.warns(UserWarning, match=re.escape(lost)):
        assert len(fetch("toy", progress=False)) == 6
    server.moods["toy/3.png"] = ["404"]
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "another"))
    with (
        pytest.warns(UserWarning, match="no such folder"),
        pytest.raises(ConnectionError, match=re.escape(lost)),
    ):
        fetch("toy", progress=False)


def test_a_cache_of_nobody_is_refused(declared, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", "~no_such_user/x")
    with pytest.raises(ValueError, match=r"COURSE_CACHE names ~no_such_user/x"):
        fetch("toy", progress=False)


def test_the_default_cache_is_that_of_the_system(monkeypatch):
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    assert "seeing-through-noise" in str(paths.cache())


# ---- safety --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["../out.png", "a/../../out.png", "/etc/out.png", "..\\out.png", "C:/out.png", ""]
)
def test_no_file_leaves_its_folder(path, server, cache, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="leads out of its folder"):
        Pin(path, 1, "").under(tmp_path)
    evil = Pin(path, *toy("").files[0][1:4], url=server.url + "toy/0.png")
    monkeypatch.setitem(SETS, "evil", ImageSet("Evil", "CC0", "Nobody", (evil,)))
    with pytest.raises(ValueError, match="leads out of its folder"):
        fetch("evil")
    assert not server.asked


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_nothing_is_ever_unpickled(cache, monkeypatch, tmp_path):
    array = np.empty(1, dtype=object)
    array[0] = Bomb()
    path = tmp_path / "bomb.npz"
    np.savez(path, train_labels=array)
    data = path.read_bytes()
    assert pickle.dumps(Bomb())[:20] in data or b"pytest" in data
    pin = Pin("bomb.npz", len(data), hashlib.sha256(data).hexdigest())
    one = ImageSet("Bomb", "CC0", "Nobody", (pin,), open=opening.pneumonia_mnist)
    monkeypatch.setitem(SETS, "bomb", one)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        fetch("bomb")


def test_the_source_neither_unpickles_nor_unpacks():
    source = "".join(path.read_text() for path in Path(datasets.__file__).parent.glob("*.py"))
    assert not re.search(r"allow_pickle=True|import pickle|torch\.load|zipfile|tarfile", source)


# ---- laziness, parts of a set --------------------------------------------------------------


def test_opening_decodes_nothing(declared, mirror, monkeypatch):
    decoded = []
    monkeypatch.setattr(images, "load", lambda path: decoded.append(path) or np.zeros((2, 2)))
    dataset = fetch("toy")
    assert repr(dataset) == "<toy: 6 images>"
    part = dataset.images[2:]
    assert not decoded
    part[np.int64(-1)]
    assert [path.name for path in decoded] == ["5.png"]


def test_a_dataset_travels_to_another_process(declared, mirror):
    dataset = pickle.loads(pickle.dumps(fetch("toy")))
    assert dataset.images[1].shape == (40, 50)


def test_where_keeps_all_parts_aligned():
    table = pd.DataFrame({"name": list("abcd"), "scene": [1, 2, 1, 3], "iso": [8, 8, 9, 9]})
    numbers = Lazy(range(4), float)
    whole = datasets.Dataset("toy", "", "", tuple("abcd"), numbers, numbers, np.arange(4), table)
    part = whole.where(scene=[1, 3], iso=9)
    assert part.names == ("c", "d")
    assert list(part.images) == list(part.references) == list(part.labels) == [2, 3]
    assert part.table["name"].tolist() == ["c", "d"]
    assert part.table.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "reason"), [({"light": 1}, "no column 'light'"), ({"scene": 9}, "no image of")]
)
def test_where_says_why_nothing_is_left(columns, reason):
    table = pd.DataFrame({"scene": [1]})
    with pytest.raises(ValueError, match=reason):
        datasets.Dataset("toy", "", "", ("a",), Lazy([1], float), table=table).where(**columns)


def test_where_needs_one_row_for_each_image():
    with pytest.raises(ValueError, match="no table with one row for each image"):
        datasets.Dataset("toy", "", "", ("a",), Lazy([1], float)).where(scene=1)


def test_leaks_are_left_out_unless_asked_for(cache, server, monkeypatch):
    monkeypatch.setitem(SETS, "toy", toy(server.url, leaks={"toy/3.png": "is in the test"}))
    assert fetch("toy", progress=False).names == tuple("01245")
    assert "toy/3.png" not in server.asked
    assert fetch("toy", progress=False, exclude_leaks=False).names == tuple("012345")


# ---- declarations --------------------------------------------------------------------------

KNOWN = """set12 bsd68 train400 bsds500 kodak24 mcmaster polyu sidd dsb2018 chest_xray
pneumonia_mnist exposure_stacks dicm"""
COUNTS = dict(
    zip(KNOWN.split(), [12, 68, 400, 400, 24, 18, 112, 16, 401, 25, 1, 210, 64], strict=True)
)


def test_all_sets_are_declared():
    assert {name: len(one.files) for name, one in SETS.items()} == COUNTS
    assert datasets.overview()["files"].to_dict() == COUNTS


def test_an_unknown_set_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'bsd86', did you mean 'bsd68'\? Known: set12, bsd68"):
        fetch("bsd86")


@pytest.mark.parametrize("name", COUNTS)
def test_each_file_has_a_hash_and_an_address_at_a_commit(name):
    for pin in SETS[name].files:
        assert re.fullmatch("[0-9a-f]{64}", pin.sha256)
        assert pin.bytes > 0
        assert bool(pin.url) != bool(SETS[name].rebuild)
        if pin.url:
            pattern = r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/\S+"
            assert re.fullmatch(pattern, pin.url)


@pytest.mark.parametrize("name", COUNTS)
def test_terms_begin_with_what_matters(name):
    assert re.match(r"Non-commercial: |Not stated: |CC0 |CC BY 4\.0 |MIT ", SETS[name].terms)
    assert re.search(r"(19|20)\d\d", SETS[name].citation)
    assert SETS[name].leaks.keys() <= {pin.path for pin in SETS[name].files}


def test_every_pin_belongs_to_one_set_and_none_to_bsds500_val():
    used = [pin.path for one in SETS.values() for pin in one.files]
    assert sorted(used) == sorted(pin.path for pin in pins.table())
    assert not [path for path in used if "/val/" in path]


def test_a_set_without_addresses_says_what_to_do(cache):
    with pytest.raises(FileNotFoundError, match=r"'dsb2018' has no address.*COURSE_DATA.*rebuild"):
        fetch("dsb2018")


# ---- rebuilding ----------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An upstream repository with one image and two nuclei, and the set made of it."""
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    labels = np.zeros((16, 16), dtype=np.uint16)
    labels[2:5, 2:5], labels[8:12, 9:15] = 1, 2
    source = tmp_path / "clone/stage1_train/cell"
    (source / "images").mkdir(parents=True)
    (source / "masks").mkdir()
    rgba = np.dstack([gray, gray, gray, np.full_like(gray, 255)])
    (source / "images/cell.png").write_bytes(png(rgba))
    for number, name in enumerate("ab", 1):
        mask = (labels == number).astype(np.uint8) * 255
        (source / f"masks/{name}.png").write_bytes(png(mask))
    index = b"id,width,height,kind,n_nuclei,mask_fraction,mean_intensity\r\n"
    index += b"cell,16,16,gray,2,0.1289,127.5\r\n"
    files = (
        Pin("DSB2018/index.csv", len(index), hashlib.sha256(index).hexdigest()),
        Pin("DSB2018/images/cell.png", 1, "", store.pixel_digest(gray)),
        Pin("DSB2018/labels/cell.png", 1, "", store.pixel_digest(labels)),
    )
    one = ImageSet("Cells", "CC0", "Nobody", files, open=opening.dsb2018, rebuild="rebuild it")
    monkeypatch.setitem(SETS, "dsb2018", one)
    return tmp_path / "clone"


def test_a_set_is_rebuilt_from_its_repository(clone, cache):
    assert datasets.rebuild_dsb2018(clone) == cache / "DSB2018"
    cells = fetch("dsb2018")
    assert cells.names == ("cell",)
    assert cells.labels[0].dtype == np.uint16
    assert np.unique(cells.labels[0]).tolist() == [0, 1, 2]


def test_other_pixels_are_not_rebuilt(clone, cache):
    (clone / "stage1_train/cell/masks/b.png").unlink()
    with pytest.raises(ValueError, match=r"labels/cell\.png differs"):
        datasets.rebuild_dsb2018(clone)
    assert "DSB2018/labels/cell.png" not in kept(cache)


def test_a_damaged_rebuilt_picture_is_removed(clone, cache):
    datasets.rebuild_dsb2018(clone)
    (cache / "DSB2018/images/cell.png").write_bytes(b"\x89PNG half")
    with pytest.raises(FileNotFoundError, match="rebuild it"):
        fetch("dsb2018")
    assert "DSB2018/images/cell.png" not in kept(cache)


# ---- the real sets, where they are ---------------------------------------------------------


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    if not SHARED.is_dir():
        pytest.skip("the image sets are not part of the repository")
    monkeypatch.setenv("COURSE_DATA", str(SHARED))
    return SHARED


def sizes(pictures: Lazy) -> dict[tuple, int]:
    """How many pictures have which shape, all of them decoded."""
    shapes = Counter()
    for picture in pictures:
        assert picture.dtype == np.float32
        shapes[picture.shape] += 1
    return shapes


def psnr(noisy: np.ndarray, clean: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(noisy.astype(float) - clean).mean()))


def test_pins_agree_with_the_published_tables(shared):
    public = pd.read_csv(shared / "PUBLIC_SETS.csv")
    folder = public["set"].where(public["set"] != "PolyU", "PolyU_Canon")
    public = public.set_index(folder + "/" + public["file"])
    manifest = pd.read_csv(shared / "MANIFEST.csv").set_index("path")
    seen = 0
    for pin in (pin for one in SETS.values() for pin in one.files):
        if pin.path in public.index:
            row = public.loc[pin.path]
            assert (pin.url, pin.bytes, pin.sha256) == (row["url"], row["bytes"], row["sha256"])
            seen += 1
        if pin.path in manifest.index:
            row = manifest.loc[pin.path]
            assert (pin.bytes, pin.sha256) == (row["bytes"], row["sha256"])
    assert seen == 12 + 68 + 400 + 400 + 24 + 18 + 110


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("set12", {(256, 256): 7, (512, 512): 5}),
        ("bsd68", {(321, 481): 53, (481, 321): 15}),
        ("train400", {(180, 180): 400}),
        ("bsds500", {(321, 481, 3): 137 + 134, (481, 321, 3): 63 + 66}),
        ("dsb2018", {(256, 256): 200}),
        ("exposure_stacks", {(512, 512, 3): 210}),
    ],
)
def test_all_pictures_of_a_set(shared, name, shapes):
    dataset = fetch(name, exclude_leaks=False)
    assert len(dataset) == len(dataset.names) == len(set(dataset.names))
    assert sizes(dataset.images) == shapes


def test_dicm(shared):
    dataset = fetch("dicm")
    assert len(dataset) == 64
    assert "23" not in dataset.names
    assert all(480 <= side <= 960 for shape in sizes(dataset.images) for side in shape[:2])


@pytest.mark.parametrize("name", ["kodak24", "mcmaster"])
def test_a_set_that_the_mirror_lacks_says_so(shared, name, monkeypatch):
    if (shared / SETS[name].files[0].path).exists():
        pytest.skip("the mirror has it")
    monkeypatch.setattr(store, "_retrieve", _unplugged)
    with pytest.raises(ConnectionError, match=f"'{name}' cannot be downloaded: no connection"):
        fetch(name, progress=False)


def _unplugged(pin: Pin, folder: str) -> bytes:
    import requests

    raise requests.exceptions.ConnectionError


def test_the_starfish_is_left_out_of_training(shared):
    starfish = fetch("set12").images[3]
    bsds500, train400 = fetch("bsds500"), fetch("train400")
    assert len(bsds500) == len(train400) == 399
    assert "train/12003" not in bsds500.names
    assert "test_020" not in train400.names
    whole = fetch("bsds500", exclude_leaks=False)
    photograph = whole.images[whole.names.index("train/12003")]
    photograph = photograph @ np.float32([0.299, 0.587, 0.114])  # the luminance of BT.601
    crop = photograph[7:263, 109:365]
    assert np.corrcoef(crop.ravel(), starfish.ravel())[0, 1] > 0.9999
    assert Counter(bsds500.table["split"]) == {"train": 199, "test": 200}
    assert len(bsds500.where(split="test")) == 200


def test_polyu_pairs_are_aligned(shared):
    polyu = fetch("polyu")
    scores = [psnr(*pair) for pair in zip(polyu.images, polyu.references)]
    assert len(scores) == 55
    assert np.mean(scores) == pytest.approx(36.19, abs=0.01)
    assert (min(scores), max(scores)) == pytest.approx((31.99, 41.00), abs=0.01)
    table = polyu.table
    assert table["scene"].nunique() == 15
    assert table["camera"].value_counts().to_dict() == {
        "Canon5D2": 29,
        "Canon80D": 15,
        "Canon600D": 11,
    }
    desk = polyu.where(scene="5D2 desk")
    assert len(desk) == 4
    row = desk.table.loc[0, ["aperture", "shutter_denominator", "iso"]]
    assert row.tolist() == [5.0, 160, 6400]
    assert table.groupby("scene")["iso"].nunique().eq(1).all()


def test_sidd_crops_pair_and_tables(shared):
    sidd = fetch("sidd")
    scores = {name: psnr(*pair) for name, *pair in zip(sidd.names, sidd.images, sidd.references)}
    expected = dict(enumerate([24.34, 23.58, 27.59, 27.35, 17.96, 18.07]))
    expected = {f"crop_{i}": score for i, score in expected.items()} | {"pair_010": 17.47}
    assert scores == pytest.approx(expected, abs=0.01)
    assert sizes(sidd.references) == {(512, 512, 3): 5, (1024, 1024, 3): 1, (600, 1700, 3): 1}
    medium = sidd.table.query("subset == 'medium'")
    phones = {"IP": 54, "S6": 35, "GP": 33, "N6": 22, "G4": 16}
    assert medium["phone"].value_counts().to_dict() == phones
    assert (len(sidd.table), len(medium)) == (200, 160)
    assert medium.notna().all(axis=None)
    assert (medium["beta2_g"] == 0).sum() == 47


def test_the_shipped_names_give_the_derived_table(shared):
    derived = pd.read_csv(shared / "SIDD/sidd_scene_instances.csv")
    ours = datasets.sidd_instances()
    pd.testing.assert_frame_equal(ours, derived, check_dtype=False)


def test_dsb2018_labels_count_the_nuclei(shared):
    cells = fetch("dsb2018")
    assert cells.table["name"].tolist() == list(cells.names)
    counts = [int(labels.max()) for labels in cells.labels]
    assert counts == cells.table["n_nuclei"].tolist()
    assert sum(counts) == 5685
    levels = [round(float(image.mean() * 255), 2) for image in cells.images]
    np.testing.assert_allclose(levels, cells.table["mean_intensity"], atol=0.011)


def test_chest_radiographs_and_their_kinds(shared):
    chest = fetch("chest_xray")
    assert Counter(chest.labels.tolist()) == {"normal": 7, "bacteria": 12, "virus": 6}
    colour = [name for name, image in zip(chest.names, chest.images) if image.ndim == 3]
    assert colour == ["person525_bacteria_2216", "person934_virus_1595"]
    assert len(chest.where(kind="virus").images) == 6


def test_pneumonia_mnist(shared):
    small = fetch("pneumonia_mnist")
    assert len(small) == 3882 + 524 + 624
    table = small.table.assign(label=small.labels)
    counts = table.groupby("split")["label"].agg(["size", "sum"])
    assert counts.loc["train"].tolist() == [3882, 3494]
    assert counts.loc["test"].tolist() == [624, 390]
    with np.load(shared / "ChestXray/pneumoniamnist.npz", allow_pickle=False) as file:
        last = file["test_images"][-1]
    np.testing.assert_array_equal(small.images[-1], images.as_image(last))
    assert sizes(small.where(split="test").images) == {(28, 28): 624}


def test_stacks_know_their_scene_and_order(shared):
    stacks = fetch("exposure_stacks")
    table = stacks.table.assign(level=[image.mean() for image in stacks.images])
    assert table["scene"].nunique() == 26
    assert table["scene"].value_counts().loc[[1, 13, 18, 19, 26]].tolist() == [7, 19, 5, 14, 4]
    assert table["place"].nunique() == 24
    assert stacks.where(scene=13).names == ("1", *map(str, range(96, 114)))
    rises = table.groupby("scene")["level"].apply(lambda levels: levels.is_monotonic_increasing)
    assert rises.to_dict() == table.groupby("scene")["ordered"].first().to_dict()


def test_the_mirror_may_be_a_link(shared, tmp_path, monkeypatch):
    if not hasattr(os, "symlink"):
        pytest.skip("no links here")
    (tmp_path / "Set12").symlink_to(shared / "Set12")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert len(fetch("set12")) == 12


def test_noise_levels_that_ship_are_those_of_the_scene_instances() -> None:
    levels, instances = datasets.sidd_noise_levels(), datasets.sidd_instances()
    medium = instances[instances["subset"] == "medium"]
    counted = levels.groupby(["phone", "iso"])["scene_instances"].sum()
    pd.testing.assert_series_equal(
        counted, medium.groupby(["phone", "iso"]).size(), check_names=False
    )


def test_noise_levels_that_ship_are_those_of_the_downloaded_table(shared):
    published = datasets.fetch("sidd").table
    columns = [c for c in published if c.startswith("beta")]
    ours = datasets.sidd_noise_levels()[["phone", "iso", *columns]]
    theirs = published.loc[published["subset"] == "medium", ours.columns].drop_duplicates()
    both = [table.sort_values([*ours.columns]).reset_index(drop=True) for table in (ours, theirs)]
    pd.testing.assert_frame_equal(*both, rtol=1e-12)

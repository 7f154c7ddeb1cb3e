"""Files from a mirror, a cache, and a server that cuts, lies and vanishes."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from helpers import files, images, paths
from helpers.datasets import SETS, ImageSet, Pin, fetch, store
from helpers.files import part_of
from tests.datasets.toy import PICTURES, kept
from tests.full_disk import full_disk

# ---- download ---------------------------------------------------------------------------------


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
        store, "_retrieve", lambda pin: seen.append(capsys.readouterr().out) or retrieve(pin)
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


def test_a_full_disk_of_the_temporary_folder_is_named(declared, cache, monkeypatch):
    def full(pin: Pin, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_stream", full)
    with pytest.raises(OSError, match=r"No space left on device: 'toy/\d\.png, in "):
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


# ---- several processes ------------------------------------------------------------------------


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


@pytest.mark.slow
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


# ---- mirror and cache -------------------------------------------------------------------------


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
    monkeypatch.setattr(store, "sha256", lambda data: pytest.fail("hashed again"))
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


def test_the_mirror_may_be_a_link(shared, tmp_path, monkeypatch):
    if not hasattr(os, "symlink"):
        pytest.skip("no links here")
    (tmp_path / "Set12").symlink_to(shared / "Set12")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert len(fetch("set12")) == 12


def test_a_set_without_addresses_says_what_to_do(cache):
    with pytest.raises(FileNotFoundError, match=r"'dsb2018' has no address.*COURSE_DATA.*rebuild"):
        fetch("dsb2018")


def _unplugged(pin: Pin) -> bytes:
    import requests

    raise requests.exceptions.ConnectionError


@pytest.mark.parametrize("name", ["kodak24", "mcmaster"])
def test_a_set_that_the_mirror_lacks_says_so(shared, name, monkeypatch):
    if (shared / SETS[name].files[0].path).exists():
        pytest.skip("the mirror has it")
    monkeypatch.setattr(store, "_retrieve", _unplugged)
    with pytest.raises(ConnectionError, match=f"'{name}' cannot be downloaded: no connection"):
        fetch(name, progress=False)

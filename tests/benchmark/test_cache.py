"""What is finished stays, and is not computed twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import benchmark, files, filters, networks, noise
from helpers.files import part_of
from tests.benchmark.conftest import NOISES
from tests.benchmark.methods import Slow, Spy, broken, nothing
from tests.benchmark.test_running import same
from tests.full_disk import full_disk

GAUSSIAN = {"g": noise.Gaussian(25 / 255)}


def test_finished_cells_are_not_computed_again(tmp_path: Path, pictures: dict) -> None:
    spy, cache = Spy(), tmp_path / "new" / "folder"
    run = lambda **more: benchmark.run(  # noqa: E731
        **{"denoisers": {"spy": spy}, "images": pictures, "noises": NOISES, "cache": cache, **more}
    )
    first = run()
    assert spy.count == 4
    pd.testing.assert_frame_equal(run(), first)  # with the seconds
    assert spy.count == 4
    renamed = {name.upper(): picture for name, picture in pictures.items()}
    assert list(run(images=renamed)["image"].unique()) == ["CAMERA", "COFFEE"]
    assert spy.count == 4
    for more, calls in (
        ({"draws": 2}, 8),
        ({"metrics": ["psnr"]}, 12),
        ({"denoisers": {"other": spy}}, 16),
        ({"images": {name: x * 0.9 for name, x in pictures.items()}}, 20),
        ({"noises": {"weak": noise.Gaussian(11 / 255)}}, 22),
        ({"knows": "nothing"}, 26),
        ({"knows": ["nothing", "told"]}, 26),
        ({"knows": "strength"}, 30),
    ):
        run(**more)
        assert spy.count == calls
    assert not list(cache.glob("*.part"))


def test_other_weights_or_parameters_under_the_same_name_are_computed(
    tmp_path: Path, pictures: dict
) -> None:
    found = []
    for method in (
        partial(filters.mean, size=3),
        partial(filters.mean, size=5),
        networks.load("dncnn"),
        networks.load("dncnn_blind"),
    ):
        table = benchmark.run({"x": method}, pictures, GAUSSIAN, cache=tmp_path)
        found.append(table["psnr"][1])
    assert len(set(found)) == 4


def test_infinite_scores_are_kept_and_failures_are_not(tmp_path: Path) -> None:
    black, clean = {"black": np.zeros((16, 16), np.float32)}, {"g": noise.Gaussian(0)}
    run = partial(benchmark.run, images=black, noises=clean, cache=tmp_path, knows="nothing")
    first = run({"fine": nothing, "broken": broken})
    assert first["psnr"].tolist()[:2] == [np.inf, np.inf]
    spy = Spy()
    again = run({"fine": nothing, "broken": spy})
    assert again["psnr"].tolist() == [np.inf] * 3
    assert spy.count == 1


@pytest.mark.parametrize("damage", ["", '{"image": "cam', "\0", "[]", "{}", "3"])
def test_a_damaged_file_is_computed_anew(tmp_path: Path, pictures: dict, damage: str) -> None:
    first = benchmark.run({"a": nothing}, pictures, NOISES, cache=tmp_path)
    for path in tmp_path.iterdir():
        path.write_text(damage)
    same(benchmark.run({"a": nothing}, pictures, NOISES, cache=tmp_path), first)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, pictures: dict) -> None:
    calls = []

    def stopped(noisy, sigma):
        calls.append(sigma)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return noisy

    with pytest.raises(KeyboardInterrupt):
        benchmark.run({"x": stopped}, pictures, NOISES, cache=tmp_path)
    table = benchmark.run({"x": stopped}, pictures, NOISES, cache=tmp_path)
    assert len(calls) == 3 + 2  # the two before the interruption were there
    same(table, benchmark.run({"x": nothing}, pictures, NOISES))


KILLED = """
import sys
from pathlib import Path
from helpers import benchmark, images, noise
from tests.benchmark.methods import Slow

cache, seen = map(Path, sys.argv[1:])
some = {"camera": images.load("camera", size=48), "coffee": images.load("coffee", size=40)}
slow, model = {"slow": Slow(seen, 0.1)}, {"g": noise.Gaussian(25 / 255)}
benchmark.run(slow, some, model, draws=99, cache=cache)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot kill like this")
def test_a_killed_run_leaves_nothing_and_goes_on(tmp_path: Path, pictures: dict) -> None:
    cache, seen = tmp_path / "cache", tmp_path / "seen"
    seen.mkdir()
    script = subprocess.Popen([sys.executable, "-c", KILLED, str(cache), str(seen)])
    end = time.monotonic() + 60
    while len(list(cache.glob("*.json"))) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    script.kill()
    script.wait()
    half = part_of(cache / "x.json")  # as if it had been in the middle of writing
    half = half.with_name(half.name.replace(f"-{os.getpid()}-", f"-{script.pid}-"))
    half.write_text('{"image": "cam')
    files._next_look.clear()
    finished = {path: path.stat().st_mtime_ns for path in cache.glob("*.json")}
    assert len(finished) >= 3
    run = partial(benchmark.run, {"slow": Slow(seen, 0.1)}, pictures, GAUSSIAN, draws=3)
    same(run(cache=cache), run())
    assert len(list(cache.glob("*.json"))) < len(finished) + 2 * 2 * 3  # some were there
    assert not [path for path in cache.iterdir() if path.suffix != ".json"]
    assert all(path.stat().st_mtime_ns == when for path, when in finished.items())


def test_a_cell_is_kept_as_soon_as_it_is_done(tmp_path: Path, pictures: dict) -> None:
    """Whatever is still under way before it."""
    seen = []

    def waits(noisy, sigma):
        for _ in range(500):
            if kept := [json.loads(p.read_text())["method"] for p in tmp_path.glob("*.json")]:
                seen.extend(kept)
                return noisy
            threading.Event().wait(0.02)
        return noisy

    with ThreadPoolExecutor(2) as pool:
        tasks = benchmark.product({"w": waits, "n": nothing}, pictures, GAUSSIAN)
        order = [next(t for t in tasks if t.method == m) for m in ("w", "n")]
        table = benchmark.compute(order, cache=tmp_path, scheduler=pool)
    assert list(table["method"]) == ["w", "n"]
    assert seen == ["n"]


def test_a_full_disk_loses_no_finished_cell(tmp_path: Path, pictures: dict) -> None:
    before = benchmark.run({"a": nothing}, pictures, NOISES, cache=tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    kept = f"not all finished cells are kept in {re.escape(str(tmp_path))}: File too large"
    with full_disk(20), pytest.warns(UserWarning, match=kept):
        whole = benchmark.run(
            {"a": nothing, "mean": filters.mean}, pictures, NOISES, cache=tmp_path
        )
    same(whole, benchmark.run({"a": nothing, "mean": filters.mean}, pictures, NOISES))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files
    pd.testing.assert_frame_equal(
        benchmark.run({"a": nothing}, pictures, NOISES, cache=tmp_path), before
    )


@pytest.mark.slow
def test_two_runs_in_one_folder_do_not_disturb_each_other(tmp_path: Path, pictures: dict) -> None:
    methods = {"nothing": nothing, "mean": filters.mean, "wiener": filters.wiener}
    run = partial(benchmark.run, methods, pictures, NOISES, draws=3, cache=tmp_path)
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(run) for _ in range(4)]:
            same(one.result(), benchmark.run(methods, pictures, NOISES, draws=3))
    kept = list(tmp_path.iterdir())
    assert len(kept) == 4 * 4 * 3
    assert all(json.loads(path.read_text())["error"] == "" for path in kept)

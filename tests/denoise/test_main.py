"""The command: what is asked for is done, nothing is lost, and what is wrong is named."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from helpers import denoise, images, schedulers
from helpers.denoise import files, report
from helpers.denoise.__main__ import main
from helpers.noise import Gaussian
from tests.full_disk import full_disk

ROOT = Path(__file__).parents[2]
NOISE = Gaussian(20 / 255)
QUICK = ["--method", "gaussian", "--noise", "gaussian:sigma=20"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(*names: str, side: int = 40) -> None:
    for seed, name in enumerate(names):
        images.save(name, NOISE(images.load("coffee", size=side), seed))


def tree(folder: str = ".") -> dict[str, bytes]:
    """All files, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


# ---- one picture, many, a stack -------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_nothing_is_told_and_a_picture_is_restored(capsys) -> None:
    clean = images.load("camera", size=128)
    images.save("photo.png", NOISE(clean, 0))
    assert main(["photo.png", "restored.png"]) == 0
    noisy, restored = images.load("photo.png"), images.load("restored.png")
    gain = np.mean((noisy - clean) ** 2) / np.mean((restored - clean) ** 2)
    assert 10 * np.log10(gain) > 6  # 8.5 to 8.7 dB, of four draws
    printed = capsys.readouterr().out
    assert printed.startswith("photo.png: 128×128, gray: ")
    assert "found" in printed
    assert "restored by drunet, saved as restored.png" in printed
    assert printed.endswith("1 of 1 restored\n")


@pytest.mark.usefixtures("here")
def test_a_folder_is_restored_one_bad_file_is_named_and_a_report_is_written(capsys) -> None:
    made("in/a.png", "in/deep/b.jpg")
    images.save_stack("in/c.tif", [NOISE(images.load("camera", size=40), k) for k in range(3)], 16)
    Path("in/bad.png").write_text("Dear reader,")
    Path("in/half.png").write_bytes(Path("in/a.png").read_bytes()[:900])
    before = tree("in")
    assert main([*QUICK, "in", "out", "--report", "page.html"]) == 1
    assert tree("in") == before
    assert sorted(tree("out")) == ["a.png", "c.tif", "deep/b.jpg"]
    for name in ("a.png", "deep/b.jpg"):
        alone = denoise.denoise(images.load(f"in/{name}"), NOISE, "gaussian").image
        assert (
            np.abs(images.load(f"out/{name}") - alone).mean() < 4 / 255
        )  # 0.23 of 255, as a JPEG 2.5
    printed = capsys.readouterr()
    assert "c.tif: 3 pages of 40×40, gray; in the first Gaussian, σ = 20/255 told" in printed.out
    assert printed.out.endswith("3 of 5 restored, 2 failed\nreport: page.html\n")
    told = printed.err.splitlines()
    assert any("bad.png is no picture; accepted are" in line for line in told)
    assert any("half.png cannot be read as a picture" in line for line in told)
    page = Path("page.html").read_text("utf-8")
    assert page.count("<img ") == 9
    for said in (
        "bad.png is no picture",
        "Gaussian, σ = 20/255 told",
        "3 of 5 restored, 2 failed",
    ):
        assert said in page


@pytest.mark.usefixtures("here")
def test_what_is_there_is_kept_unless_told(capsys) -> None:
    made("a.png", "b.png", "out/a.png")
    before = tree("out")
    assert main([*QUICK, "a.png", "b.png", "out"]) == 0
    assert tree("out")["a.png"] == before["a.png"]
    printed = capsys.readouterr().out
    assert f"a.png: {Path('out/a.png')} is there already, and is kept" in printed
    assert "1 of 2 restored, 1 kept (--overwrite makes them again)" in printed
    assert main([*QUICK, "a.png", "b.png", "out", "--overwrite"]) == 0
    assert tree("out")["a.png"] != before["a.png"]
    assert "2 of 2 restored\n" in capsys.readouterr().out


@pytest.mark.usefixtures("here")
def test_of_many_kept_ones_a_few_are_named(capsys) -> None:
    made(*(f"in/{k}.png" for k in range(6)))
    main([*QUICK, "in", "out"])
    capsys.readouterr()
    assert main([*QUICK, "in", "out"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 5
    assert printed[-2] == "... and so are 3 others"


@pytest.mark.usefixtures("here")
def test_options_reach_what_they_are_for() -> None:
    made("a.png")
    assert main(["--strength", "0", *QUICK, "a.png", "b.tif", "--bits", "16"]) == 0
    assert np.array_equal(images.load("b.tif"), images.load("a.png"))
    assert main(["a.png", *QUICK, "c.png", "--strength", "1"]) == 0
    assert not np.array_equal(images.load("c.png"), images.load("a.png"))


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are Unicode there")
def test_a_name_that_is_no_unicode_is_shown(capsys) -> None:
    made("a.png")
    name = os.fsdecode(b"caf\xe9.png")
    os.rename("a.png", name)
    assert main([*QUICK, name, "out", "--report", "page.html"]) == 0
    assert r"caf\udce9.png: 40×40" in capsys.readouterr().out
    assert r"caf\udce9.png" in Path("page.html").read_text("utf-8")


# ---- what is wrong --------------------------------------------------------------------------

WRONG = {
    "a picture that is not there": (["nowhere.png", "b.png"], "no file or folder nowhere.png"),
    "no picture in a folder": (["empty", "out"], "no picture in empty"),
    "onto itself": (["a.png", "a.png"], "is an input, and would be replaced"),
    "several into a file": (["a.png", "in", "b.png"], "2 inputs need a folder as OUT"),
    "another ending": (["a.png", "b.gif"], "ends in .png"),
    "an unknown method": (["a.png", "b.png", "--method", "bm4d"], "method is one of auto, best"),
    "an unknown noise": (["a.png", "b.png", "--noise", "gauss"], "did you mean 'gaussian'"),
    "a blur for a noise": (["a.png", "b.png", "--noise", "gaussian_blur"], "is no noise"),
    "a strength below 0": (["a.png", "b.png", "--strength", "-1"], "strength is a number"),
    "no scheduler": (["a.png", "b.png", "--scheduler", "soon"], "a scheduler is"),
    "no page": (["a.png", "b.png", "--report", "r.pdf"], "FILE.html, not 'r.pdf'"),
    "no folder for a page": (["a.png", "b.png", "--report", "no/r.html"], "there is no folder no"),
    "a page of others": (["a.png", "b.png", "--report", "mine.html"], "is no report"),
    "too many bits": (["a.png", "b.jpg", "--bits", "16"], "JPEG files have 8 bits, not 16"),
    "a text": (["notes.png", "b.png"], "notes.png is no picture"),
    "colour alone": (["gray.png", "b.png", "--method", "drunet_colour"], "this one is gray"),
    "too small to estimate": (["tiny.png", "b.png"], "16"),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_and_nothing_is_made(case: str, capsys) -> None:
    made("a.png", "in/a.png")
    images.save("gray.png", images.load("camera", size=40))
    images.save("tiny.png", images.load("camera", size=8))
    Path("empty").mkdir()
    Path("mine.html").write_text("<p>mine</p>")
    Path("notes.png").write_text("Dear reader,")
    before = tree()
    asked, told = WRONG[case]
    assert main(asked) == 1
    errors = capsys.readouterr().err
    assert told in errors
    assert "Traceback" not in errors
    assert tree() == before


def test_a_command_without_a_result_says_how_it_goes(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["a.png"])
    assert ended.value.code == 2
    assert "OUT" in capsys.readouterr().err


def test_the_help_has_every_option(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for option in ("noise", "method", "strength", "bits", "scheduler", "report", "overwrite"):
        assert f"--{option}" in told
    assert "bm3d" in told


@pytest.mark.usefixtures("here")
def test_gray_levels_below_1_are_said_to_be_few(capsys) -> None:
    made("a.png")
    assert main(["a.png", "b.png", "--method", "gaussian", "--noise", "gaussian:sigma=0.1"]) == 0
    assert "--noise: 'gaussian:sigma=0.1': sigma is in gray levels here" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_a_report_replaces_another_one() -> None:
    made("a.png", "b.png")
    assert main([*QUICK, "a.png", "out", "--report", "r.html"]) == 0
    first = Path("r.html").read_text("utf-8")
    assert main([*QUICK, "a.png", "b.png", "out", "--report", "r.html"]) == 0
    second = Path("r.html").read_text("utf-8")
    assert first != second
    assert "was there already, and is kept" in second
    assert second.count("<img ") == 6  # what was made before is shown again


@pytest.mark.usefixtures("here")
def test_a_report_shows_first_what_is_made_now_and_nothing_that_does_not_fit(monkeypatch) -> None:
    made("in/a.png", "in/b.png")
    assert main([*QUICK, "in", "out"]) == 0
    made("in/c.png")
    monkeypatch.setattr(report, "MOST", 2)
    assert main([*QUICK, "in", "out", "--report", "r.html"]) == 0
    text = Path("r.html").read_text("utf-8")
    assert text.count("<img ") == 6
    assert "After: c.png" in text
    made("out/a.png", "out/b.png", "out/c.png", side=50)
    assert main([*QUICK, "in", "out", "--report", "r.html"]) == 0
    assert "<img " not in Path("r.html").read_text("utf-8")


@pytest.mark.usefixtures("here")
def test_a_report_is_refused_at_once_where_one_may_not_write(capsys, monkeypatch) -> None:
    made("a.png")
    Path("locked").mkdir()
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path).name != "locked" and access(path, mode)
    )
    assert main([*QUICK, "a.png", "b.png", "--report", "locked/r.html"]) == 1
    assert "--report: you may not write into locked" in capsys.readouterr().err
    assert not Path("b.png").exists()


@pytest.mark.usefixtures("here")
def test_failures_are_named_also_where_the_report_fails(capsys, monkeypatch) -> None:
    made("in/a.png")
    Path("in/bad.png").write_text("Dear reader,")

    def fails(*given: object) -> None:
        raise OSError(5, "Input/output error", "r.html")

    monkeypatch.setattr("helpers.denoise.__main__.write_report", fails)
    assert main([*QUICK, "in", "out", "--report", "r.html"]) == 1
    printed = capsys.readouterr()
    assert "bad.png is no picture" in printed.err
    assert "Input/output error: r.html" in printed.err
    assert "1 of 2 restored, 1 failed" in printed.out


@pytest.mark.usefixtures("here")
def test_a_report_shows_no_more_pictures_than_open_quickly(monkeypatch) -> None:
    made(*(f"in/{k}.png" for k in range(4)))
    monkeypatch.setattr(report, "MOST", 2)
    assert main([*QUICK, "in", "out", "--report", "r.html"]) == 0
    text = Path("r.html").read_text("utf-8")
    assert text.count("<img ") == 6
    assert "Of at most 2 pictures" in text
    assert text.count("<section ") == 4


# ---- what interrupts ------------------------------------------------------------------------


TERMINATED = """
import os, runpy, signal, sys
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGTERM)  # a result is half written
sys.argv = ["denoise", *sys.argv[1:]]
runpy.run_module("helpers.denoise", run_name="__main__")
"""


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_who_is_terminated_while_writing_leaves_nothing_half_written() -> None:
    made("a.png")
    asked = [sys.executable, "-c", TERMINATED, *QUICK, "a.png", "out/"]
    assert subprocess.run(asked, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode == 143
    assert tree("out") == {}


@pytest.mark.usefixtures("here")
def test_a_full_disk_ends_the_run_with_a_sentence(capsys) -> None:
    made("in/a.png", "in/b.png", side=100)
    before = tree()
    with full_disk():
        assert main([*QUICK, "in", "out"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("python -m helpers.denoise: File too large: ")
    assert told.endswith("a.png; with more room the same command goes on where it was\n")
    assert tree() == before
    assert main([*QUICK, "in", "out"]) == 0
    assert len(tree("out")) == 2


@pytest.mark.usefixtures("here")
def test_a_full_disk_ends_processes_too(capsys, monkeypatch) -> None:
    made("in/a.png", "in/b.png", side=60)

    def run(function, tasks, scheduler):
        for task in tasks:
            yield task, OSError(28, "No space left on device", str(task.job.out))

    monkeypatch.setattr(schedulers, "run", run)
    assert main([*QUICK, "in", "out"]) == 1
    assert "No space left on device: " in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_ctrl_c_is_a_sentence_and_the_next_run_goes_on(capsys, monkeypatch) -> None:
    made("in/a.png", "in/b.png")
    restore, calls = files.restore, []

    def interrupted(settings, page):
        calls.append(page)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return restore(settings, page)

    monkeypatch.setattr(files, "restore", interrupted)
    assert main([*QUICK, "in", "out"]) == 130
    assert "stopped; the same command goes on" in capsys.readouterr().err
    assert sorted(tree("out")) == ["a.png"]
    assert main([*QUICK, "in", "out"]) == 0
    assert sorted(tree("out")) == ["a.png", "b.png"]
    assert len(calls) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("more", [[], ["--scheduler", "2"]])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_after_a_kill_nothing_is_partial_and_the_next_run_goes_on(more: list[str], capsys) -> None:
    made(*(f"in/{k:02}.png" for k in range(12)), side=96)
    asked = ["--method", "bm3d", "--noise", "gaussian:sigma=20", "in", "out", *more]
    path = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    running = subprocess.Popen([sys.executable, "-m", "helpers.denoise", *asked], env=path)
    end = time.monotonic() + 120
    while len(list(Path().glob("out/*.png"))) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    first = {name: data for name, data in tree("out").items() if not name.endswith(".part")}
    assert 2 <= len(first) < 12
    for name in first:
        assert images.load(f"out/{name}").shape == (96, 96, 3)
    assert main(asked) == 0
    then = tree("out")
    assert sorted(then) == [f"{k:02}.png" for k in range(12)]  # and nothing that was half written
    assert {name: then[name] for name in first} == first
    kept = re.search(r"(\d+) kept", capsys.readouterr().out)
    assert int(kept[1]) >= len(first)  # a worker may have finished one more in that moment


# ---- elsewhere ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("scheduler", ["2", "processes", "cluster"])
def test_processes_and_a_cluster_give_the_same_files(scheduler: str, capsys) -> None:
    made("in/a.png", "in/deep/b.jpg", "in/c.png")
    images.save_stack("in/d.tif", [NOISE(images.load("camera", size=40), k) for k in range(4)], 16)
    Path("in/bad.png").write_text("Dear reader,")
    images.save("in/e.png", images.load("camera", size=40))
    method = ["--method", "drunet_colour", "--noise", "gaussian:sigma=20"]  # refuses gray ones
    assert main([*method, "in", "here"]) == 1
    capsys.readouterr()
    if scheduler == "cluster":
        distributed = pytest.importorskip("distributed", reason="Dask is an optional extra")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster:
            asked = [*method, "in", "there", "--scheduler", cluster.scheduler_address]
            assert main([*asked, "--report", "r.html"]) == 1
    else:
        assert main([*method, "in", "there", "--scheduler", scheduler, "--report", "r.html"]) == 1
    assert sorted(tree("here")) == ["a.png", "c.png", "deep/b.jpg"]
    assert tree("there") == tree("here")
    told = capsys.readouterr()
    assert "3 of 6 restored, 3 failed" in told.out
    for said in ("bad.png is no picture", "d.tif: ", "(page 1 of 4)", "e.png: "):
        assert said in told.err
    assert Path("r.html").read_text("utf-8").count("<img ") == 9


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_the_pages_of_a_stack_are_shared_by_processes() -> None:
    pages = [NOISE(images.load("camera", size=40), k) for k in range(6)]
    images.save_stack("stack.tif", pages, 16)
    assert main([*QUICK, "stack.tif", "here.tif"]) == 0
    assert main([*QUICK, "stack.tif", "there.tif", "--scheduler", "2"]) == 0
    assert Path("here.tif").read_bytes() == Path("there.tif").read_bytes()


@pytest.mark.usefixtures("here")
def test_a_scheduler_that_is_not_there_is_said(capsys) -> None:
    pytest.importorskip("distributed", reason="Dask is an optional extra")
    made("a.png")
    assert main([*QUICK, "a.png", "b.png", "--scheduler", "tcp://127.0.0.1:1"]) == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err

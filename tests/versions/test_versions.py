"""What a result depends on changes its version; what it does not depend on, does not."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import estimation, filters, images, metrics, networks, noise, versions
from helpers.losses import LOSSES
from helpers.versions import fingerprint
from helpers.versions.definitions import Code
from tests.benchmark.methods import Slow, Spy
from tests.stopwatch import processor_time

STRENGTH = 1.0


def scaled(noisy, sigma=None):
    return noisy * STRENGTH


def doubled(noisy, sigma=None):
    return noisy * 2


def with_default(noisy, sigma=None, k=1):
    return noisy * k


def closure(value):
    return lambda noisy, sigma=None: noisy * value


def changed_network():
    denoise = networks.load("dncnn")
    with torch.no_grad():
        next(denoise.network.parameters()).mul_(1.001)
    return denoise


def test_all_of_these_differ() -> None:
    things = [
        *filters.FILTERS.values(),
        *(networks.load(name) for name in ("dncnn", "dncnn_blind", "gondara")),
        networks.load("dncnn", tile=256),
        changed_network(),
        partial(filters.mean, size=3),
        partial(filters.mean, size=5),
        scaled,
        doubled,
        with_default,
        closure(1),
        closure(2),
        closure(np.ones(3)),
        closure(np.zeros(3)),
        closure(filters.mean),
        Slow("a"),
        Slow("b"),
        noise.Gaussian(0.1),
        noise.Gaussian(0.2),
        noise.Speckle(0.1),
        noise.Chain([noise.Gaussian(0.1), noise.Quantize(256)]),
        noise.Chain([noise.Gaussian(0.1), noise.Quantize(16)]),
    ]
    assert len({fingerprint(thing) for thing in things}) == len(things)


class Slotted:
    __slots__ = ("strength",)

    def __init__(self, strength: float) -> None:
        self.strength = strength


def one_of(kinds: Sequence[str]):
    """A denoiser of no module of the course, with a set among its constants."""
    text = f"lambda noisy, sigma=None: noisy if 'a' in {{{', '.join(map(repr, kinds))}}} else None"
    return eval(text)


def loop() -> list:
    """A list that holds itself."""
    itself = [1]
    itself.append(itself)
    return itself


PAIR = [1.0, 2.0]
VALUES = {
    "where a list ends": ([[1, 2], 3], [[1], 2, 3], [1, [2, 3]], [1, 2, 3], [1, 2, 3, []]),
    "where a text ends": (["ab", "c"], ["a", "bc"], ["abc"], [b"abc"]),
    "which value is whose": ({"a": 1, "b": 2}, {"a": 2, "b": 1}, ["a", 1, "b", 2]),
    "how often": ([PAIR, PAIR], [PAIR], [PAIR, PAIR, PAIR]),
    "ranges": (range(3), range(4), range(0, 3, 2), slice(3), slice(None, 4), [0, 1, 2]),
    "sets": ([{1, 2}], [{1, 3}], [frozenset({1, 2})], [set()], [[1, 2]]),
    "slots": (Slotted(1), Slotted(2)),
    "values of libraries": (Fraction(1, 2), Fraction(1, 3), re.compile("a"), re.compile("b")),
    "built-in functions": (min, max, np.add, np.multiply, torch.relu, torch.sigmoid),
    "dtypes": (np.dtype("f4"), np.dtype("f8"), torch.float32, torch.float64, np.float32, "f4"),
    "numbers": (1, 1.0, True, "1", np.float32(1), np.float64(1), np.ones(()), torch.ones(())),
    "tensors": (
        torch.tensor(1 / 3, dtype=torch.float64),
        torch.tensor(np.float32(1 / 3)).double(),
    ),
    "arrays of objects": (np.array([None, 1], object), np.array([None, 2], object)),
    "parts of a network": (torch.nn.MaxPool2d(2), torch.nn.MaxPool2d(3)),
    "a list in itself": (loop(), [1, [1]], [1]),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_count(case: str) -> None:
    found = [fingerprint(partial(scaled, sigma=value)) for value in VALUES[case]]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([PAIR, PAIR], [[1.0, 2.0], [1.0, 2.0]]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ((1, (2, 3)), [1, [2, 3]]),  # as JSON gives them back
        ({"abc", "d", "ef"}, {"ef", "d", "abc"}),
        (loop(), loop()),
    ],
)
def test_equal_values_have_one_fingerprint(one: object, other: object) -> None:
    """Whether they are one and the same, and in which order they came, does not count."""
    assert fingerprint(partial(scaled, sigma=one)) == fingerprint(partial(scaled, sigma=other))


def test_another_process_has_the_same_fingerprint() -> None:
    """Texts have another hash in each process, and sets another order."""
    found = []
    for seed in ("1", "2", "3"):
        command = (
            "from tests.versions.test_versions import *; print(fingerprint(one_of('abcdef')), "
        )
        command += "fingerprint(partial(scaled, sigma=(torch.relu, set('abcdef')))))"
        done = subprocess.run(
            [sys.executable, "-c", command],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=versions.ROOT.parent,
        )
        found.append(done.stdout)
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: networks.load("dncnn"),
        lambda: filters.bm3d,
        lambda: partial(filters.mean, size=3),
        lambda: closure(np.ones(3)),
        lambda: noise.Gaussian(0.1),
        Spy,
    ],
)
def test_the_same_thing_made_twice_has_one_fingerprint(make) -> None:
    assert fingerprint(make()) == fingerprint(make())


def test_a_call_does_not_change_a_version() -> None:
    spy, calls = Spy(), 0

    def counted(noisy, sigma=None):
        nonlocal calls
        calls += 1
        return noisy

    listed, told = [], {"calls": 0}

    def noted(noisy, sigma=None):
        listed.append(sigma)
        told["calls"] += 1
        return noisy

    methods = (spy, counted, noted)
    before = [fingerprint(method) for method in methods]
    for method in methods:
        method(np.eye(3))
    assert [fingerprint(method) for method in methods] == before
    assert calls == spy.count == told["calls"] == len(listed) == 1


def test_a_global_that_a_method_reads_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(scaled)
    monkeypatch.setitem(globals(), "STRENGTH", 0.5)
    assert fingerprint(scaled) != before


# ---- the course's own code, after an edit ----------------------------------------------------


def source(path: Path) -> str:
    """All code cells of a notebook; magics become empty lines."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    lines = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code").splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


NOTEBOOKS = {
    path.stem[3:]: source(path)
    for path in sorted(versions.ROOT.parent.glob("notebooks/[0-9][0-9]_*.ipynb"))
}


@pytest.fixture(scope="module")
def before() -> tuple[dict[str, str], dict[str, str]]:
    """The texts of all modules, and the stamp of each notebook."""
    sources = {module: "\n".join(lines) for module, lines in versions.here().lines.items()}
    return sources, {name: versions.of_source(text) for name, text in NOTEBOOKS.items()}


@pytest.fixture
def edit(before, monkeypatch: pytest.MonkeyPatch):
    """Replaces a text wherever it stands in some modules, for `versions` alone."""

    def make(modules: Sequence[str], old: str, new: str) -> None:
        edited = {module: before[0][module].replace(old, new) for module in modules}
        assert all(edited[module] != before[0][module] for module in modules)
        code = Code(before[0] | edited)
        monkeypatch.setattr(versions, "here", lambda: code)

    return make


def stale(before, names: Iterable[str] = NOTEBOOKS) -> set[str]:
    """Notebooks whose stamp is another now."""
    return {name for name in names if versions.of_source(NOTEBOOKS[name]) != before[1][name]}


@pytest.mark.slow
def test_comments_and_docstrings_make_no_notebook_stale(edit, before) -> None:
    modules = [f"helpers.exercises.{name}" for name in NOTEBOOKS]
    edit(
        [*modules, "helpers.datasets.rebuild", "helpers.estimation.published"],
        ":\n    ",
        ":\n    # why\n    ",
    )
    assert stale(before) == set()


@pytest.mark.slow
def test_code_makes_those_notebooks_stale_that_use_it(edit, before) -> None:
    speckle = "helpers.noise.chance:Speckle"
    users = {name for name, text in NOTEBOOKS.items() if speckle in versions.uses(text)}
    assert "noise_models" in users
    assert len(users) < len(NOTEBOOKS)
    edit(["helpers.noise.chance"], "class Speckle(", "class Speckle(object, ")
    assert stale(before) == users


@pytest.mark.slow
def test_an_exercise_and_what_is_shown_make_their_own_notebook_stale(edit, before) -> None:
    edit(["helpers.exercises.gradient_statistics"], "    return", "    print()\n    return")
    assert stale(before) == {"gradient_statistics"}
    edit(["helpers.networks.mwcnn"], "def dwt(", "def dwt(  # a comment\n    ")
    few = ("gradient_statistics", "multiscale_denoisers", "residual_denoisers")
    assert stale(before, few) == {"multiscale_denoisers"}


@pytest.mark.slow
def test_all_stamps_are_made_soon() -> None:
    """In a few times what it takes to parse the package: 17 measured."""
    sources = [path.read_text() for path in Path(images.__file__).parent.rglob("*.py")]

    def parse_all() -> None:
        for source in sources:
            ast.parse(source)

    def stamp_all() -> None:
        versions._read.cache_clear()
        for text in NOTEBOOKS.values():
            versions.of_source(text)

    assert processor_time(stamp_all) < 50 * processor_time(parse_all)


@pytest.mark.slow
def test_a_filter_depends_on_no_other(edit) -> None:
    edit([], "", "")
    was = {name: fingerprint(one) for name, one in filters.FILTERS.items()}
    edit(["helpers.filters.local"], "def mean(noisy: np.ndarray", "def mean(noisy: object")
    moved = {name for name, one in filters.FILTERS.items() if fingerprint(one) != was[name]}
    assert moved == {"mean"}


def executed(call: Callable[[], object]) -> set[tuple[str, int]]:
    """Modules of the course and first lines of all functions that run."""
    seen = set()

    def note(frame, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(versions.ROOT)):
            seen.add((frame.f_globals["__name__"], frame.f_code.co_firstlineno))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.slow
def test_whatever_runs_counts() -> None:
    """Nothing is forgotten: all functions of the course that a call executes are in `uses`."""
    clean = images.load("camera", size=64)
    noisy = noise.Gaussian(25 / 255)(clean, 0)
    restore = {**filters.FILTERS, "dncnn": networks.load("dncnn")}
    calls = {one: partial(one, noisy, 25 / 255) for one in restore.values()}
    calls |= {model(): partial(model(), clean, 0) for model in noise.MODELS.values()}
    calls[metrics.score] = partial(metrics.score, clean, noisy)
    calls[estimation.fit] = partial(estimation.fit, noisy, clean)
    calls[estimation.blind_fit] = partial(estimation.blind_fit, noisy)
    code = versions.here()
    for thing, call in calls.items():
        used = set(versions.uses(thing))
        call()  # once before, so that nothing is imported while it is watched
        ran = executed(call)
        assert len(ran) > 3
        assert [place for place in ran if not code.at(*place) & used] == []


def test_only_exercises_import_modules_by_a_computed_name() -> None:
    lines = {module: "\n".join(lines) for module, lines in versions.here().lines.items()}
    computed = {module for module, text in lines.items() if re.search(r"import_module\(f", text)}
    assert computed == {"helpers.exercises.checking"}  # and check's key says which one is used


def test_options_of_a_loss_count() -> None:
    losses = [LOSSES["texture"](left=left) for left in (1.0, 0.25)]
    assert fingerprint(losses[0]) != fingerprint(losses[1])


def test_a_module_can_be_asked_for_by_name() -> None:
    assert fingerprint("helpers.gradients") != fingerprint("helpers.images")
    assert fingerprint("helpers.gradients") == fingerprint("helpers.gradients")
    assert "helpers.gradients:deg" in versions.uses("helpers.gradients")


def test_further_modules_count() -> None:
    text = "print(1)"
    assert versions.of_source(text, ["helpers.gradients"]) != versions.of_source(text)


def test_tables_and_weights_that_a_text_names_count(tmp_path, monkeypatch) -> None:
    for folder in ("results", "weights/losses"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(versions.paths, "results", lambda: tmp_path / "results")
    monkeypatch.setattr(versions.paths, "weights", lambda: tmp_path / "weights")
    texts = {
        "results/vision.csv": "read('vision')",
        "results/losses_noise.csv": "f'losses_{task}.csv', f'losses_{task}'",
        "weights/a.json": "load('a')",
        "weights/losses/b.safetensors": "load('losses/b')",
    }
    for file in texts:
        (tmp_path / file).write_text("1")
    (tmp_path / "results/losses_noise.fingerprints.json").write_text("1")
    before = {text: versions.of_source(text) for text in texts.values()}
    (tmp_path / "results/losses_noise.fingerprints.json").write_text("2")  # of the same table
    assert {text: versions.of_source(text) for text in texts.values()} == before
    for file, text in texts.items():
        (tmp_path / file).write_text("2")
        moved = {one for one in before if versions.of_source(one) != before[one]}
        assert moved == {text}
        (tmp_path / file).write_text("1")


# ---- commits -----------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of a small package."""
    package = tmp_path / "helpers"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("def f(): return g()\ndef g(): return 1\n")
    (package / "b.py").write_text("def h(): return 2\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@y"]
    for argv in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "First"]):
        subprocess.run([*git, *argv], check=True)
    monkeypatch.setattr(versions, "ROOT", package)
    return package


def test_a_commit_is_dirty_for_those_who_use_what_changed(clone: Path) -> None:
    first = versions.commit("helpers.a")
    assert first == versions.commit("helpers.b")
    assert first.isalnum()
    assert versions.changes("helpers.a", first) == []
    (clone / "a.py").write_text("def f(): return g()  # a comment\ndef g(): return 3\n")
    assert versions.commit("helpers.a") == f"{first}-dirty"
    assert versions.changes("helpers.a", first) == ["helpers.a:g"]
    assert versions.commit("from helpers.a import g\ng()") == f"{first}-dirty"
    assert versions.commit("helpers.b") == first
    (clone / "c.py").write_text("")
    assert versions.commit("helpers.c") == f"{first}-dirty"


def test_outside_a_clone_there_is_no_commit(clone: Path) -> None:
    shutil.rmtree(clone.parent / ".git")
    assert versions.commit("helpers.a") is None

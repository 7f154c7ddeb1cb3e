"""What a result depends on changes its version; what it does not depend on, does not."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from helpers import filters, networks, noise
from helpers.benchmark import versions
from helpers.benchmark.versions import code_of, version
from tests.benchmark.methods import Slow, Spy

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
    assert len({version(thing) for thing in things}) == len(things)


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
def test_the_same_thing_made_twice_has_one_version(make) -> None:
    assert version(make()) == version(make())


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
    before = [version(method) for method in methods]
    for method in methods:
        method(np.eye(3))
    assert [version(method) for method in methods] == before
    assert calls == spy.count == told["calls"] == len(listed) == 1


def test_a_global_that_a_method_reads_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = version(scaled)
    monkeypatch.setitem(globals(), "STRENGTH", 0.5)
    assert version(scaled) != before


def test_code_counts_and_comments_do_not(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(source: str, name: str = "a") -> str:
        (tmp_path / "a.py").write_text(source)
        (tmp_path / "b.py").write_text("from helpers import a\nfrom helpers.c import x\n")
        (tmp_path / "c.py").write_text("x = 1\n")
        code_of.cache_clear()
        return code_of(f"helpers.{name}")

    monkeypatch.setattr(versions, "ROOT", tmp_path)
    first = '"""About."""\ndef f():\n    """It."""\n    return 1\n'
    same = '"""More."""\n# why\ndef f():\n\n    """That."""\n    return 1\n'
    other = first.replace("1", "2")
    assert of(first) == of(same) != of(other)
    assert of(first, "b") == of(same, "b") != of(other, "b")  # through an import
    assert of(first, "c") == of(other, "c")
    code_of.cache_clear()

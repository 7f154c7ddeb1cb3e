"""What the tests of all helpers share: test pictures, the golden files, a clean registry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings

from helpers import images, noise
from tests.jitter import jitter  # noqa: F401, a fixture of all tests

SHARED = Path(__file__).parents[2] / "shared"

# The same examples in every run (a failure in CI can be repeated), and no deadline: a loaded
# machine is no bug.
settings.register_profile(
    "course", deadline=None, max_examples=40, derandomize=True, database=None
)
settings.load_profile("course")


# What belongs together runs in one of pytest-xdist's workers: both tests of a notebook share one
# run of it, those of the browser one server. (Its own `--dist loadgroup` groups nothing under
# pytest 9.2: the names it gives to tests are no longer read.)
GROUPS = [
    re.compile(r"tests/notebooks/test_ex\w+\.py::.*\[(\d\d_\w+)\]$"),
    re.compile(r"tests/(browser)/"),
]


# The marker of all tests in a folder; schedulers start processes and wait for them.
FOLDERS = {name: name for name in ("notebooks", "browser", "training", "studies")}
FOLDERS["schedulers"] = "slow"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of some folders, so that `make check` can leave them out."""
    for item in items:
        if item.path.parent.name in FOLDERS:
            item.add_marker(FOLDERS[item.path.parent.name])


def group_of(nodeid: str) -> str:
    """The name of a test's group; its own where it has none."""
    matches = (group.search(nodeid) for group in GROUPS)
    return next((match[1] for match in matches if match), nodeid)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Larger groups first, so that the notebooks are not waited for at the end."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log)


@pytest.fixture(scope="session")
def clean() -> np.ndarray:
    """A gray photograph of 8 bits with dark, bright, flat and textured parts, (256, 256)."""
    return images.load("camera", gray=True, size=256)


@pytest.fixture(scope="session")
def colour() -> np.ndarray:
    """A colour photograph of 8 bits, (128, 128, 3)."""
    return images.load("astronaut", size=128)


class Golden(NamedTuple):
    """What the published code of DE-G computed, see ../shared/reference/README.md."""

    arrays: dict[str, np.ndarray]
    scores: dict[str, float]


@pytest.fixture(scope="session")
def golden() -> Golden:
    """The golden files. Only without ../shared is there nothing to test; a missing file fails."""
    if not SHARED.is_dir():
        pytest.skip("the reference values are not part of the repository")
    with np.load(SHARED / "reference" / "deg_reference.npz") as file:
        arrays = dict(file)
    scores = json.loads((SHARED / "reference" / "deg_expected.json").read_text())
    return Golden(arrays, {name: row["canberra_seed"] for name, row in scores.items()})


@pytest.fixture
def image_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sets of ../shared instead of downloads: BSD68, Set12, cameras, FMD."""
    if not SHARED.is_dir():
        pytest.skip("the image sets are not part of the repository")
    monkeypatch.setenv("COURSE_DATA", str(SHARED / "data"))


@pytest.fixture
def own_models() -> Iterator[None]:
    """Models that a test declares leave the registry when it ends."""
    declared = dict(noise.MODELS)
    yield
    noise.MODELS.clear()
    noise.MODELS.update(declared)

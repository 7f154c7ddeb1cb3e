"""Where files are: in a clone and in an installed package, from any folder, as asked for."""

from __future__ import annotations

import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from helpers import paths
from helpers.benchmark import __main__ as benchmarking
from helpers.training import __main__ as training

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def installed(tmp_path: Path) -> ModuleType:
    """The module as it lies in an installed package, beside somebody else's folder `data`."""
    package = tmp_path / "site-packages" / "helpers"
    package.mkdir(parents=True)
    (package.parent / "data").mkdir()
    file = shutil.copy(paths.__file__, package)
    spec = spec_from_file_location("installed_paths", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_in_a_clone_all_is_in_data_whatever_the_working_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("weights", "results", "checkpoints"):
        assert getattr(paths, name)() == ROOT / "data" / name
    assert (paths.weights() / "dncnn.safetensors").is_file()
    assert list(paths.results().glob("*.csv"))


def test_an_installed_package_has_weights_and_results_within(installed) -> None:
    package = Path(installed.__file__).parent
    assert installed.weights() == package / "weights"
    assert installed.results() == package / "results"


def test_an_installed_package_trains_into_the_cache(installed, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "kept"))
    assert installed.checkpoints() == tmp_path / "kept" / "checkpoints"


def test_the_cache_is_where_the_variable_says(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert paths.cache() == tmp_path
    monkeypatch.setenv("COURSE_CACHE", "~/kept")
    assert paths.cache() == Path.home() / "kept"
    monkeypatch.setenv("COURSE_CACHE", "~no_such_user/x")
    with pytest.raises(ValueError, match=r"COURSE_CACHE names ~no_such_user/x"):
        paths.cache()


@pytest.mark.parametrize("unset", ["", None])
def test_the_default_cache_is_that_of_the_system(unset, monkeypatch) -> None:
    if unset is None:
        monkeypatch.delenv("COURSE_CACHE", raising=False)
    else:
        monkeypatch.setenv("COURSE_CACHE", unset)
    assert paths.cache().is_absolute()
    assert paths.cache().name == "seeing-through-noise"


def test_the_mirror_is_the_folder_that_was_named_or_none(monkeypatch) -> None:
    monkeypatch.delenv("COURSE_DATA", raising=False)
    assert paths.mirror() is None
    monkeypatch.setenv("COURSE_DATA", "")
    assert paths.mirror() is None
    monkeypatch.setenv("COURSE_DATA", "~/sets")
    assert paths.mirror() == Path.home() / "sets"


def test_commands_keep_what_they_make_where_paths_says(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "kept"))
    assert benchmarking.arguments([]).cache == tmp_path / "kept" / "benchmark"
    assert training.arguments(["dncnn"]).checkpoints == ROOT / "data" / "checkpoints"
    assert training.arguments(["dncnn"]).out == ROOT / "data" / "weights"

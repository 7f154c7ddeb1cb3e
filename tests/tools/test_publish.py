"""One command gives the course another address, and leaves no trace of the old one."""

from __future__ import annotations

import datetime
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.sample import sample
from tools.notebooks import course, stamps
from tools.notebooks.skeleton import badges
from tools.release import publish

ROOT = Path(__file__).resolve().parents[2]
NEW = "https://github.com/somebody/noise"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The documents of the course, its helpers, and two notebooks: a fresh and a stale one."""
    for name in ("pyproject.toml", "CITATION.cff", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "changelog.md").write_text("# News\n\n## Next version\n\nA notebook.\n")
    (tmp_path / "helpers").mkdir()
    shutil.copy(ROOT / "helpers" / "__init__.py", tmp_path / "helpers")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(course, "ROOT", tmp_path)
    nbformat.write(sample(), tmp_path / "notebooks" / "00_fresh.ipynb")
    stale = sample()
    stale.metadata["course"]["stamp"] = "of another source"
    nbformat.write(stale, tmp_path / "notebooks" / "01_stale.ipynb")
    return tmp_path


def test_everything_follows_the_one_value(copy: Path) -> None:
    present = course.address()
    assert publish.main([NEW, "v9.8.7"]) == 0
    assert course.address() == {"repository": NEW, "tag": "v9.8.7"}
    place = present["repository"].removeprefix("https://github.com/")
    for path in publish.files():
        assert place not in path.read_text("utf-8"), path.name
        assert f"{NEW}@{present['tag']}" not in path.read_text("utf-8"), path.name
    notebook = nbformat.read(copy / "notebooks" / "00_fresh.ipynb", as_version=4)
    assert notebook.cells[1].source == course.bootstrap()
    assert all("somebody/noise" in url and "v9.8.7" in url for url in badges("00_fresh.ipynb"))
    assert "somebody/noise/blob/v9.8.7/notebooks" in notebook.cells[0].source
    assert "gh/somebody/noise/v9.8.7?labpath" in notebook.cells[0].source
    assert '__version__ = "9.8.7"' in (copy / "helpers" / "__init__.py").read_text("utf-8")
    assert "\nversion: 9.8.7\n" in (copy / "CITATION.cff").read_text("utf-8")


def test_a_new_version_gets_its_day_and_its_news(copy: Path) -> None:
    publish.date("v9.8.7", datetime.date(2031, 5, 4))
    news = (copy / "docs" / "changelog.md").read_text("utf-8")
    assert "## v9.8.7\n\nReleased on 4 May 2031.\n\nA notebook." in news
    assert "\ndate-released: 2031-05-04\n" in (copy / "CITATION.cff").read_text("utf-8")
    with pytest.raises(ValueError, match="what a reader will notice"):
        publish.date("v9.8.8", datetime.date(2031, 5, 5))


def test_another_address_is_no_new_version(copy: Path) -> None:
    publish.publish(NEW, course.address()["tag"])
    assert publish.NEXT in (copy / "docs" / "changelog.md").read_text("utf-8")


def test_the_changelog_ends_in_the_version_that_stands() -> None:
    news = (ROOT / publish.CHANGELOG).read_text("utf-8").replace(publish.NEXT, "")
    assert news.split("\n## ")[1].startswith(course.address()["tag"] + "\n")


def test_no_dependency_changes_its_version(copy: Path) -> None:
    before = tomllib.loads((copy / "pyproject.toml").read_text("utf-8"))["project"]
    publish.publish(NEW, "v9.8.7")
    assert tomllib.loads((copy / "pyproject.toml").read_text("utf-8"))["project"] == before


def test_fresh_stays_fresh_and_stale_stays_stale(copy: Path) -> None:
    fresh, stale = course.notebooks()
    assert not stamps.is_stale(fresh)
    publish.publish(NEW, "v9.8.7")
    assert not stamps.is_stale(fresh)
    assert stamps.is_stale(stale)


def test_there_and_back_changes_nothing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "date", lambda tag, day: None)  # there is no way back from a day
    before = {path: path.read_text("utf-8") for path in publish.files()}
    present = course.address()
    publish.publish(NEW, "v9.8.7")
    publish.publish(present["repository"], present["tag"])
    assert {path: path.read_text("utf-8") for path in publish.files()} == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["github.com/me/noise"], "a repository is https://github.com/OWNER/NAME"),
        (["https://github.com/me"], "a repository is https://github.com/OWNER/NAME"),
        ([NEW, "main"], "a tag is a version such as v0.1.0, not 'main'"),
    ],
)
def test_what_is_no_address_is_refused(
    copy: Path, capsys: pytest.CaptureFixture, arguments: list[str], reason: str
) -> None:
    before = (copy / "pyproject.toml").read_bytes()
    with pytest.raises(SystemExit):
        publish.main(arguments)
    assert reason in capsys.readouterr().err
    assert (copy / "pyproject.toml").read_bytes() == before

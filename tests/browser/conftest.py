"""What the tests of the site share: the documents and two notebooks, built once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.notebooks import course
from tools.site import browser, pages

SPHINX = course.ROOT / ".venv-site" / "bin" / "python"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents and two notebooks, built as `make site` builds everything."""
    if not SPHINX.exists() or browser.find_browser() is None:
        absent = "no browser, or no tools of the site: make .venv-site/ready"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    out = tmp_path_factory.mktemp("site")
    return pages.build(course.notebooks(["00", "01"]), out, str(SPHINX))

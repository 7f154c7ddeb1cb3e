"""Give the course another public address or version, everywhere at once.

Both stand in ``pyproject.toml`` under ``[tool.course]``; badges, bootstrap cells, citation and
documents repeat them. No stamp of a notebook depends on them, so fresh ones stay fresh. A new
version gets a date in the citation and in the changelog, where what was next becomes its news.

    python -m tools.release.publish                                        # where they stand
    python -m tools.release.publish https://github.com/me/noise-course
    python -m tools.release.publish https://github.com/me/noise-course v0.2.0
"""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.notebooks import course

HOST = "https://github.com/"
ADDRESS = re.compile(re.escape(HOST) + r"[\w.-]+/[\w.-]+")
TAG = re.compile(r"v\d+\.\d+\.\d+\w*")
VERSIONED = {"helpers/__init__.py": '__version__ = "{}"', "CITATION.cff": "version: {}"}
CHANGELOG, NEXT = "docs/changelog.md", "## Next version\n"
PLACES = ("pyproject.toml", "CITATION.cff", "README.md", "CONTRIBUTING.md", "docs/*.md")


def files() -> list[Path]:
    """Return the files that may repeat the address: documents and notebooks."""
    documents = [path for pattern in PLACES for path in sorted(course.ROOT.glob(pattern))]
    return documents + course.notebooks()


def replacer(repository: str, tag: str) -> Callable[[str], str]:
    """Return what puts a new address and tag into a text in place of the present ones.

    Raises
    ------
    ValueError
        If the address is none of a GitHub repository, or the tag no version.
    """
    if not ADDRESS.fullmatch(repository):
        raise ValueError(f"a repository is https://github.com/OWNER/NAME, not {repository!r}")
    if not TAG.fullmatch(tag):
        raise ValueError(f"a tag is a version such as v0.1.0, not {tag!r}")
    present = course.address()
    old = present["repository"].removeprefix(HOST)
    new = repository.removeprefix(HOST)
    tagged = re.compile(  # only where it is the course's own
        rf"({re.escape(new)}(?:/blob/|/|\.git@|@)|^tag = \"){re.escape(present['tag'])}\b",
        re.MULTILINE,
    )
    return lambda text: tagged.sub(rf"\g<1>{tag}", text.replace(old, new))


def date(tag: str, day: datetime.date) -> None:
    """Give the next version its name and its day, in changelog and citation.

    Raises
    ------
    ValueError
        If the changelog has no news under "Next version".
    """
    changelog, citation = (course.ROOT / name for name in (CHANGELOG, "CITATION.cff"))
    news = changelog.read_text("utf-8")
    if NEXT not in news:
        raise ValueError(
            f'{CHANGELOG} has no "{NEXT.strip()}": say there what a reader will notice'
        )
    heading = f"## {tag}\n\nReleased on {day.day} {day:%B %Y}.\n"
    changelog.write_text(news.replace(NEXT, heading), "utf-8")
    dated = re.sub(
        r"(?m)^date-released: .*$", f"date-released: {day}", citation.read_text("utf-8")
    )
    citation.write_text(dated, "utf-8")


def publish(repository: str, tag: str) -> list[Path]:
    """Put address and tag everywhere, also as a version, and return the files that changed."""
    replace = replacer(repository, tag)
    if tag != course.address()["tag"]:
        date(tag, datetime.date.today())
    before, after = course.address()["tag"].removeprefix("v"), tag.removeprefix("v")
    changed = []
    for path in files():
        text = path.read_text("utf-8")
        if (new := replace(text)) != text:
            path.write_text(new, "utf-8")
            changed.append(path)
    for name, line in VERSIONED.items():
        path = course.ROOT / name
        text = path.read_text("utf-8")
        path.write_text(text.replace(line.format(before), line.format(after)), "utf-8")
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.release.publish", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("repository", nargs="?", help="https://github.com/OWNER/NAME")
    parser.add_argument("tag", nargs="?", help="a version, such as v0.2.0")
    options = parser.parse_args(arguments)
    present = course.address()
    if options.repository is None:
        place = present["repository"].removeprefix(HOST)
        changed = [path for path in files() if place in path.read_text("utf-8")]
        print(f"{present['repository']} at {present['tag']}, repeated in {len(changed)} files")
        return 0
    try:
        changed = publish(options.repository, options.tag or present["tag"])
    except ValueError as error:
        parser.error(str(error))
    print(*(path.relative_to(course.ROOT) for path in changed), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Give the course another public address or version, everywhere at once.

Both stand in ``pyproject.toml`` under ``[course.address]``; badges, bootstrap cells, citation and
documents repeat them. No stamp of a notebook depends on them, so fresh ones stay fresh.

    python -m tools.release.publish                                        # where they stand
    python -m tools.release.publish https://github.com/me/noise-course
    python -m tools.release.publish https://github.com/me/noise-course v0.2.0
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.notebooks import course

HOST = "https://github.com/"
ADDRESS = re.compile(re.escape(HOST) + r"[\w.-]+/[\w.-]+")
TAG = re.compile(r"v\d+\.\d+\.\d+\w*")
VERSIONED = {"helpers/__init__.py": '__version__ = "{}"', "CITATION.cff": "version: {}"}
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


def publish(repository: str, tag: str) -> list[Path]:
    """Put address and tag everywhere, also as a version, and return the files that changed."""
    replace = replacer(repository, tag)
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

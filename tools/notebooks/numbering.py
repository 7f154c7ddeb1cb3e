"""The order of the notebooks lives in their file names; numbers in prose follow these.

A number of a notebook stands in one of five forms, which `renumbered` knows:

- a file name, wherever it is: ``08_denoising_autoencoders``;
- the head of a link's text: ``[notebook 7](07_….ipynb)``, ``[7](…)``, ``[7 · A question?](…)``;
- the first cell of a table's row that links to it: ``| 7 | [Title](…) |``;
- the title in its first cell: ``# 7 · Title``;
- a node of the README's map, which is called as the notebook is: ``low_light["11 low light"]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat

from tools.notebooks import course
from tools.notebooks.skeleton import MINUTES, skeleton, title_of

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "data/README.md", "docs/*.md", "Makefile")
TITLE = re.compile(r"\A# \d+ · ")
LINK = re.compile(r"\[((?:[Nn]otebook\s+)?)\d+(?=[\] ])([^\]]*\]\([^)]*?\d\d_(\w+)\.ipynb[^)]*\))")
ROW = re.compile(r"^\| \d+ \| (?=\[[^\]]*\]\([^)]*\d\d_(\w+)\.ipynb)", re.MULTILINE)
CLOSING = re.compile(r"^\*\*(?:Next:|Back to)\*\* .*$", re.MULTILINE)
MAP = re.compile(r'^flowchart \w\w\n +\w+\["0 .*?^```', re.MULTILINE | re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
BARE = re.compile(r"\bnotebooks?\s+\d+\b", re.IGNORECASE)


def numbers() -> dict[str, int]:
    """The number of each notebook by its name, as the file names have it."""
    return {path.stem[3:]: int(path.stem[:2]) for path in course.notebooks()}


def renumbered(text: str, number: dict[str, int]) -> str:
    """A text, with the numbers of notebooks as they should be; names not in `number` stay.

    Examples
    --------
    >>> renumbered("see [notebook 6](06_low_light.ipynb) and 06_low_light", {"low_light": 11})
    'see [notebook 11](11_low_light.ipynb) and 11_low_light'
    """
    names = "|".join(map(re.escape, number))
    text = re.sub(rf"(?<!\d)\d\d_({names})(?!\w)", lambda m: f"{number[m[1]]:02d}_{m[1]}", text)
    text = re.sub(rf'\b({names})\["\d+ ', lambda m: f'{m[1]}["{number[m[1]]} ', text)
    text = ROW.sub(lambda m: f"| {number[m[1]]} | " if m[1] in number else m[0], text)
    return LINK.sub(lambda m: f"[{m[1]}{number[m[3]]}{m[2]}" if m[3] in number else m[0], text)


def misfits(text: str, number: dict[str, int]) -> list[str]:
    """Lines whose numbers do not fit the file names, and numbers that are no link at all.

    Examples
    --------
    >>> misfits("as in notebook 6, or [6](11_low_light.ipynb)", {"low_light": 11})
    ['notebook 6', 'as in notebook 6, or [6](11_low_light.ipynb)']
    """
    lines = zip(text.splitlines(), renumbered(text, number).splitlines())
    bare = BARE.findall(CODE.sub("", LINK.sub("", text)))
    return bare + [line for line, wanted in lines if line != wanted]


# Every text that names notebooks ----------------------------------------------------------------


def documents() -> list[Path]:
    """The documents beside the notebooks that may name one."""
    return [path for pattern in DOCUMENTS for path in sorted(course.ROOT.glob(pattern))]


def edit_texts(edit: Callable[[str, Path], str]) -> None:
    """Change the documents and the cells of all notebooks, each file only where it differs."""
    for path in documents():
        text = path.read_text("utf-8")
        if (new := edit(text, path)) != text:
            path.write_text(new, "utf-8")
    for path in course.notebooks():
        notebook = nbformat.read(path, as_version=4)
        before = [cell.source for cell in notebook.cells]
        for cell in notebook.cells:
            cell.source = edit(cell.source, path)
        if [cell.source for cell in notebook.cells] != before:
            course.write(notebook, path)


def texts() -> Iterator[tuple[str, str]]:
    """Every document and every cell, as (where it is, its text)."""
    for path in documents():
        yield str(path.relative_to(course.ROOT)), path.read_text("utf-8")
    for path in course.notebooks():
        for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
            yield f"{path.name}, cell {index + 1}", cell.source


def renumber() -> None:
    """Make every number fit the file names."""
    number = numbers()

    def follow(text: str, path: Path) -> str:
        own = number.get(path.stem[3:])  # of a document, none
        return renumbered(text if own is None else TITLE.sub(f"# {own} · ", text), number)

    edit_texts(follow)


# Insert and remove ------------------------------------------------------------------------------


def move(first: int, by: int) -> None:
    """Rename the notebooks from number `first` on, so that they come later or earlier."""
    for path in sorted(course.notebooks(), reverse=by > 0):
        number = int(path.stem[:2])
        if number >= first:
            path.rename(path.with_name(f"{number + by:02d}{path.name[2:]}"))


def closing(path: Path, line: str | None = None) -> str:
    """The line that leads on at the end of a notebook; put `line` into its place."""
    notebook = nbformat.read(path, as_version=4)
    last = notebook.cells[-1]
    (present,) = CLOSING.findall(last.source)
    if line is not None:
        last.source = last.source.replace(present, line)
        course.write(notebook, path)
    return present


def entries(name: str) -> re.Pattern[str]:
    """Lines that list a notebook: rows of tables (with the folder they link to), and contents."""
    row = rf"\| \d+ \| \[[^\]]*\]\((?P<folder>[^)]*)\d\d_{name}\.ipynb\) \|.*"
    return re.compile(rf"^(?:{row}|notebooks/\d\d_{name}\.ipynb)\n", re.MULTILINE)


def listed(text: str, before: str, new: Path, question: str) -> str:
    """A text with an entry for a notebook after that of the one before it, where it lists them."""
    number, name, title = int(new.stem[:2]), new.stem[3:], title_of(new)

    def with_next(entry: re.Match) -> str:
        if entry["folder"] is None:
            return f"{entry[0]}notebooks/{new.name}\n"
        teachers = f" | {MINUTES} | 1 |" if entry[0].count("|") == 7 else ""  # comes after nothing
        link = f"[{title}]({entry['folder']}{new.name})"
        return f"{entry[0]}| {number} | {link} |{teachers} {question} |\n"

    text = entries(before).sub(with_next, text)
    node = re.compile(rf'^.*\b{before}\["\d+ .*\n', re.MULTILINE)
    arrow = f'    {before} --> {name}["{number} {title.lower()}"]\n'
    return MAP.sub(lambda nodes: node.sub(lambda line: line[0] + arrow, nodes[0]), text)


def unlisted(text: str, name: str) -> str:
    """A text without the entries of a notebook, and without lines of an arrow from or to it.

    Lines of several arrows say more than this; `remove` names them.
    """
    arrows = re.compile(rf"^(?!.*-->.*-->)(?!.*&).*\b{name}\b.*\n", re.MULTILINE)
    text = entries(name).sub("", text)
    return MAP.sub(lambda nodes: arrows.sub("", nodes[0]), text)


def insert(number: int, name: str, question: str) -> Path:
    """Make a notebook from the skeleton, move later ones up, and let every number follow.

    Raises
    ------
    ValueError
        If the number leaves a gap or stands before the first, or the name is taken or is none.
    """
    present = course.notebooks()
    if not 1 <= number <= len(present):
        raise ValueError(f"a new notebook gets a number from 1 to {len(present)}, not {number}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in numbers():
        raise ValueError(f"a name is new and in small letters such as low_light, not {name!r}")
    move(number, by=1)
    before = present[number - 1]
    path = course.ROOT / "notebooks" / f"{number:02d}_{name}.ipynb"
    lead = closing(before, f"**Next:** [{number} · {question}]({path.name})")
    course.write(skeleton(path, question, lead), path)
    edit_texts(lambda text, _: listed(text, before.stem[3:], path, question))
    renumber()
    return path


def remove(number: int) -> list[str]:
    """Delete a notebook, move later ones down, and say where something still names it.

    Raises
    ------
    ValueError
        If there is no such notebook, or it is the first.
    """
    present = course.notebooks()
    if not 1 <= number < len(present):
        raise ValueError(f"a notebook from 1 to {len(present) - 1} can go, not {number}")
    path, name = present[number], present[number].stem[3:]
    closing(present[number - 1], closing(path))
    path.unlink()
    move(number + 1, by=-1)
    edit_texts(lambda text, _: unlisted(text, name))
    renumber()
    named = re.compile(rf"(?<!\d)\d\d_{name}(?!\w)")
    in_map = re.compile(rf"\b{name}\b")
    return [
        where
        for where, text in texts()
        if named.search(text) or any(map(in_map.search, MAP.findall(text)))
    ]

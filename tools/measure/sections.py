"""What the measurements share: sections of lines, printed as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Section = Callable[..., Iterator[object]]


def print_sections(sections: Iterable[Section], *arguments: object) -> list[object]:
    """Print what each section is called, what it is, and its lines as they come; return these."""
    lines = []
    for section in sections:
        print(f"## {section.__name__}: {section.__doc__.splitlines()[0]}", flush=True)
        for line in section(*arguments):
            print(line, flush=True)
            lines.append(line)
    return lines

"""Execute the notebooks whose outputs are stale; insert, remove, renumber and copy notebooks.

A notebook is committed with its outputs. A stamp in its metadata says which code made them: its
own cells, and whatever of ``helpers`` these use. When either changes, the outputs are stale.

    python -m tools.notebooks             # execute what is stale, in place
    python -m tools.notebooks 03 07       # the same, among these notebooks
    python -m tools.notebooks --all       # execute, stale or not
    python -m tools.notebooks --check     # name what is stale; change nothing
    python -m tools.notebooks --why       # the same, and the definitions that have changed
    python -m tools.notebooks --uses helpers.noise.chance    # name what uses it: a module, or
    python -m tools.notebooks --uses helpers.noise.Gaussian  # what is defined in one

    python -m tools.notebooks insert 06 telling_the_denoiser "What if the denoiser knew the noise?"
    python -m tools.notebooks remove 06   # both: files, numbers, links and lists of all others
    python -m tools.notebooks renumber    # make every number fit the file names
    python -m tools.notebooks bootstrap   # write the first code cell anew, everywhere
    python -m tools.notebooks copy        # renew the reader's copy, which `make lab` opens
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat

from tools.notebooks import copying, course, execution, numbering, stamps

TO_WRITE = """\
{name}: made from the skeleton, and later notebooks moved up. What is left to write:
  its cells; helpers/exercises/{module}.py with the check of its exercise;
  its rows in README.md, docs/teaching.md and notebook 0, and its arrows in the README's map."""


def succeeds(path: Path) -> bool:
    """Execute one notebook, print how it went, and return whether it ran through."""
    try:
        print(f"{path.name}: executed in {execution.execute(path)} s", flush=True)
    except execution.NotebookError as error:
        print(f"{path.name}, {error}\n{path.name} was left as it was.", file=sys.stderr)
        return False
    return True


def insert(number: str, name: str, question: str = "What is the question?") -> None:
    """Insert a notebook, and say what is left to write."""
    path = numbering.insert(int(number), name, question)
    print(TO_WRITE.format(name=path.name, module=name))


def remove(number: str) -> int:
    """Remove a notebook; 1 if something still names it."""
    left = numbering.remove(int(number))
    print(*(f"still names it: {where}" for where in left), sep="\n")
    return int(bool(left))


def bootstrap() -> None:
    """Write the first code cell of every notebook anew."""
    for path in course.notebooks():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[1].source = course.bootstrap()
        course.write(notebook, path)


def copy() -> None:
    """Renew the reader's copy, and say what is kept."""
    for sentence in copying.copy():
        print(sentence)


COMMANDS = {
    function.__name__: function
    for function in (insert, remove, numbering.renumber, bootstrap, copy)
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if all went well (with ``--check``: if nothing is stale)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 03")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--all", action="store_true", help="execute, stale or not")
    mode.add_argument("--check", action="store_true", help="name what is stale, change nothing")
    mode.add_argument("--why", action="store_true", help="as --check, and what has changed")
    mode.add_argument("--uses", metavar="NAME", help="a module of helpers, or what it defines")
    try:
        if argv and argv[0] in COMMANDS:
            return COMMANDS[argv[0]](*argv[1:]) or 0
        options = parser.parse_args(argv)
        selected = course.notebooks(options.names)
        if options.uses:
            users = stamps.users(selected, options.uses)
            print("\n".join(path.name for path in users) or f"no notebook uses {options.uses}")
            return 0
    except (ValueError, TypeError) as error:  # TypeError: too few or too many words
        parser.error(str(error))
    todo = [path for path in selected if options.all or stamps.is_stale(path)]
    if options.check or options.why:
        for path in todo:
            changes = stamps.reasons(path) if options.why else []
            print(f"stale: {path.name}", *changes, sep="\n  ")
        if not todo:
            print("nothing is stale")
        return int(bool(todo))
    failures = [path for path in todo if not succeeds(path)]
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())

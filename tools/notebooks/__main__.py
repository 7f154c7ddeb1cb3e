"""Execute the course's notebooks, and know which of them are stale.

A notebook is committed with its outputs. A stamp in its metadata says which source made them: its
own cells and every module of ``helpers`` that it imports. When either changes, the stamp is stale.

    python -m tools.notebooks             # execute what is stale, in place
    python -m tools.notebooks 03 07       # the same, among these notebooks
    python -m tools.notebooks --all       # execute, stale or not
    python -m tools.notebooks --check     # name what is stale, change nothing
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.notebooks import course, execution, stamps


def succeeds(path: Path) -> bool:
    """Execute one notebook, print how it went, and return whether it ran through."""
    try:
        print(f"{path.name}: executed in {execution.execute(path)} s", flush=True)
    except execution.NotebookError as error:
        print(f"{path.name}, {error}\n{path.name} was left as it was.", file=sys.stderr)
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if all went well (with ``--check``: if nothing is stale)."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 03")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--all", action="store_true", help="execute, stale or not")
    mode.add_argument("--check", action="store_true", help="name what is stale, change nothing")
    options = parser.parse_args(arguments)
    try:
        chosen = course.notebooks(options.names)
    except ValueError as error:
        parser.error(str(error))
    todo = [path for path in chosen if options.all or stamps.is_stale(path)]
    if options.check:
        print("\n".join(f"stale: {path.name}" for path in todo) or "nothing is stale")
        return int(bool(todo))
    failures = [path for path in todo if not succeeds(path)]
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())

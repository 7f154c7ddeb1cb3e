"""Build the course as a site of static pages that needs neither a kernel nor a network.

The pages are the committed notebooks with the outputs they carry, and the documents of ``docs/``.
Explorers get frames for their sliders (`tools.site.frames`), drawn once for each version of a
notebook and kept in ``build/frames``. Sphinx runs in an environment of its own.

    make site                     # everything, into build/site/html
    make site ARGS="00 01"        # these notebooks only
    make site ARGS=--check        # and try the result in a browser
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tools.notebooks import course
from tools.site import check, pages


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if the check finds something wrong."""
    parser = argparse.ArgumentParser(prog="make site", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="beginnings of file names, such as 03")
    parser.add_argument("--check", action="store_true", help="try every page in a browser")
    parser.add_argument("--sphinx", default=os.environ.get("SPHINX_PYTHON", sys.executable))
    options = parser.parse_args(argv)
    site = pages.build(course.notebooks(options.names), pages.BUILD / "site", options.sphinx)
    print(site / "index.html")
    if not options.check:
        return 0
    problems = check.problems(site, check.axe(options.sphinx))
    print("\n".join(problems) or "nothing wrong")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())

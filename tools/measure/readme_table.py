"""Put the leaderboard into the README, from the table that ships.

python -m tools.measure.readme_table            # rewrite what stands between the two marks
python -m tools.measure.readme_table --check    # say whether it is up to date, change nothing
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from helpers.benchmark import suites, tables

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- python -m tools.measure.readme_table -->\n", "<!-- end of the table -->\n"


def leaderboard() -> str:
    """PSNR of every method on the photographs, by kind of noise, in Markdown."""
    table = tables.read(suites.results("kinds"))
    photographs = table[table["image"].str.startswith("photograph/")]
    count = photographs["image"].nunique()
    board = tables.leaderboard(photographs).splitlines()
    board = [line.rsplit("|", 2)[0] + "|" for line in board]  # seconds: of one machine, one day
    first = (
        f"PSNR in dB, mean over {count} photographs of 256×256. First the noisy input, then the "
        "methods in order of\ntheir mean over all columns; the best of each column in bold."
    )
    return "\n".join([first, "", *board, ""])


def updated(text: str) -> str:
    """The README with the table as it should be.

    Raises
    ------
    ValueError
        Where the two marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md lacks {BEGIN.strip()} or {END.strip()}")
    return f"{before}{BEGIN}\n{leaderboard()}\n{END}{after}"


def main() -> int:
    """Rewrite the README, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    text = README.read_text("utf-8")
    new = updated(text)
    if parser.parse_args().check:
        print("up to date" if new == text else "stale: run python -m tools.measure.readme_table")
        return int(new != text)
    README.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

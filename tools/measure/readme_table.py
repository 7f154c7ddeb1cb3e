"""Put the leaderboards into the README, from the table that ships.

python -m tools.measure.readme_table            # rewrite what stands between the two marks
python -m tools.measure.readme_table --check    # say whether it is up to date, change nothing
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from helpers.benchmark import BASELINE, suites, tables
from helpers.benchmark.knowledge import heading

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- python -m tools.measure.readme_table -->\n", "<!-- end of the table -->\n"
CLASSIC = "bm3d"  # its price stands beside that of the best


def section() -> str:
    """PSNR of every method on the photographs, by kind of noise and by what it is told."""
    table = tables.read(suites.results("kinds"))
    photographs = table[table["image"].str.startswith("photograph/")]
    count = photographs["image"].nunique()
    first = (
        f"PSNR in dB, mean ± standard deviation over {count} photographs of 256×256. First the "
        "noisy input, then the\nmethods in order of their mean over all columns; the best of each "
        "column in bold, but where all are\nthe same: told of impulses, each fills them and has "
        "nothing left to do."
    )
    told, *others = tables.columns_of(photographs)
    parts = [first, f"**Told: {_lower(told)}**", board(photographs, told), price(photographs)]
    parts += [_folded(f"Told: {_lower(one)}", board(photographs, one)) for one in others]
    return "\n\n".join(parts)


def _lower(knows: str) -> str:
    """What is told, within a sentence."""
    words = heading(knows)[:-1]
    return words[0].lower() + words[1:]


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def board(table: pd.DataFrame, knows: str) -> str:
    """The leaderboard of one column of knowledge, without seconds: of one machine, one day."""
    lines = tables.leaderboard(tables.within(table, knows)).splitlines()
    return "\n".join(line.rsplit("|", 2)[0] + "|" for line in lines)


def price(table: pd.DataFrame) -> str:
    """What it costs to estimate the noise instead of knowing it, in a sentence and a table."""
    best = tables.means(table, knows="told").mean(axis=1).drop(BASELINE).idxmax()
    every = tables.price(table)
    shown = every.loc[list(dict.fromkeys([best, CLASSIC]))]
    shown.loc["all methods, mean"] = every.mean()
    shown["mean"] = shown.mean(axis=1)
    names = " | ".join(shown.columns)
    lines = [f"| estimated − told | {names} |", "|---" * (shown.shape[1] + 1) + "|"]
    for name, row in shown.iterrows():
        lines.append(f"| {name} | {' | '.join(f'{value:+z.2f}' for value in row)} |")
    first = (
        "What it costs to estimate the noise from the noisy picture instead of knowing it, in dB:"
    )
    return "\n".join([first, "", *lines])


def updated(text: str) -> str:
    """The README with the tables as they should be.

    Raises
    ------
    ValueError
        Where the two marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md lacks {BEGIN.strip()} or {END.strip()}")
    return f"{before}{BEGIN}\n{section()}\n\n{END}{after}"


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

"""Put the results into the README, six rows, and into docs/results.md, all methods.

python -m tools.measure.readme_table            # rewrite what stands between the two marks
python -m tools.measure.readme_table --check    # say whether both are up to date, change nothing
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from helpers.benchmark import BASELINE, suites, tables
from helpers.benchmark.knowledge import heading

ROOT = Path(__file__).resolve().parents[2]
README, RESULTS = ROOT / "README.md", ROOT / "docs" / "results.md"
BEGIN, END = "<!-- python -m tools.measure.readme_table -->\n", "<!-- end of the table -->\n"
CLASSIC, BEST = "bm3d", "drunet"  # the best filter, and the network that `denoise` chooses
TOLD = {CLASSIC: "BM3D", BEST: "best network (`drunet`)"}
UNTOLD = {
    "gaussian": "blur",
    "median": "median",
    CLASSIC: "BM3D with its own estimate",
    BEST: "the course's choice (`denoise`)",
}


def photographs() -> pd.DataFrame:
    """The cells of the eight photographs."""
    table = tables.read(suites.results("kinds"))
    return table[table["image"].str.startswith("photograph/")]


# ---- the README -----------------------------------------------------------------------------


def summary() -> str:
    """Gains in two groups that know different things, and are not ranked together."""
    table = photographs()
    kinds = list(dict.fromkeys(table["noise"]))
    inputs = tables.means(table, knows="told").loc[BASELINE]
    heads = [kind.replace("gaussian ", "gaussian σ ") for kind in kinds]
    blank = "| " * len(kinds) + "|"
    lines = [
        f"| gain in dB | {' | '.join(heads)} |",
        "|---" * (len(kinds) + 1) + "|",
        f"| noisy input (PSNR) | {' | '.join(f'{inputs[kind]:.1f}' for kind in kinds)} |",
        f"| **told the noise** {blank}",
        *(_row(table, "told", method, name, kinds) for method, name in TOLD.items()),
        f"| **estimated from the picture** {blank}",
        *(_row(table, "estimated", method, name, kinds) for method, name in UNTOLD.items()),
    ]
    return "\n".join(lines)


def _row(table: pd.DataFrame, knows: str, method: str, name: str, kinds: list[str]) -> str:
    """Mean gain and its standard deviation over photographs, for each kind of noise."""
    rows = tables.within(table, knows)
    psnr = rows.pivot(index=["noise", "image"], columns="method", values="psnr")
    gain = (psnr[method] - psnr[BASELINE]).groupby("noise")
    mean, spread = gain.mean(), gain.std()
    return f"| {name} | {' | '.join(f'{mean[k]:+.1f} ± {spread[k]:.1f}' for k in kinds)} |"


# ---- docs/results.md ------------------------------------------------------------------------


def section() -> str:
    """PSNR of every method on the photographs, by kind of noise and by what it is told."""
    table = photographs()
    count = table["image"].nunique()
    first = (
        f"PSNR in dB, mean ± standard deviation over {count} photographs of 256×256. First the "
        "noisy input, then the\nmethods in order of their mean over all columns; the best of each "
        "column in bold, but where all are\nthe same: told of impulses, each fills them and "
        "has nothing left to do."
    )
    boards = [f"## {heading(one)}\n\n{board(table, one)}" for one in tables.columns_of(table)]
    return "\n\n".join([first, *boards, price(table)])


def board(table: pd.DataFrame, knows: str) -> str:
    """The leaderboard of one column of knowledge, without seconds: of one machine, one day."""
    lines = tables.leaderboard(tables.within(table, knows)).splitlines()
    return "\n".join(line.rsplit("|", 2)[0] + "|" for line in lines)


def price(table: pd.DataFrame) -> str:
    """What it costs to estimate the noise instead of knowing it, as a table."""
    every = tables.price(table)
    shown = every.loc[[BEST, CLASSIC]]
    shown.loc["all methods, mean"] = every.mean()
    shown["mean"] = shown.mean(axis=1)
    names = " | ".join(shown.columns)
    lines = [f"| estimated − told | {names} |", "|---" * (shown.shape[1] + 1) + "|"]
    for name, row in shown.iterrows():
        lines.append(f"| {name} | {' | '.join(f'{value:+z.2f}' for value in row)} |")
    title = "## What it costs to estimate the noise instead of knowing it, in dB"
    return "\n".join([title, "", *lines])


def updated(text: str, content: str) -> str:
    """A document with the tables as they should be.

    Raises
    ------
    ValueError
        Where the two marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the document lacks {BEGIN.strip()} or {END.strip()}")
    return f"{before}{BEGIN}\n{content}\n\n{END}{after}"


def main() -> int:
    """Rewrite both documents, or check them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    checks_only, stale = parser.parse_args().check, False
    for path, content in ((README, summary()), (RESULTS, section())):
        text = path.read_text("utf-8")
        new = updated(text, content)
        stale |= new != text
        if not checks_only:
            path.write_text(new, "utf-8")
    if checks_only:
        print("stale: run python -m tools.measure.readme_table" if stale else "up to date")
    return int(checks_only and stale)


if __name__ == "__main__":
    sys.exit(main())

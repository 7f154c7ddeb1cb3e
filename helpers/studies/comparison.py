"""The comparisons of `benchmark.suites`, a group for each method and what it is told.

A new filter or weight is missing in each table, a changed one stale: only its own cells are
computed, and those that ``python -m helpers.benchmark`` left in its cache are read there. A
change in how noise is estimated leaves those alone that were told it.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from helpers import benchmark, paths
from helpers.benchmark import BASELINE, suites
from helpers.benchmark.knowledge import KNOWLEDGE, Tell
from helpers.benchmark.tasks import noisy_input
from helpers.denoiser import Denoiser
from helpers.studies.base import STUDIES, Key, Make, Study


def rows(suite: str, method: str, denoise: Denoiser, knows: str, tell: Tell) -> pd.DataFrame:
    """All cells of one method that knows one thing."""
    cells = suites.cells_of(suite, {method: denoise}, {knows: tell})
    return benchmark.compute(cells, paths.cache() / "benchmark")


def groups(suite: str, table: pd.DataFrame) -> dict[Key, Make]:
    """What is told; then the baseline and every method of the course."""
    methods = {BASELINE: noisy_input} | suites.course_methods()
    return {
        (name, knows): partial(rows, suite, name, one, knows, KNOWLEDGE[knows])
        for knows in suites.SUITES[suite].knows
        for name, one in methods.items()
        if suites.stands_in(knows, name, one)
    }


def study(suite: str, minutes: float) -> Study:
    """The study that makes the table of a suite."""
    return Study(
        f"benchmark_{suite}",
        suites.SUITES[suite].what,
        notebook="results_comparison",
        key=("method", "knows"),
        groups=partial(groups, suite),
        minutes=minutes,
        sample=[(BASELINE, "told"), ("mean", "told")],
        spread={"psnr": 0.001, "ssim": 1e-5, "ms_ssim": 1e-5, "mse": 1e-6, "deg": 0.01},
        measured=("seconds", "megabytes"),
        form={"float_format": "%.6g"},
    )


for _suite, _minutes in {"chest": 5, "kinds": 40, "published": 55}.items():
    STUDIES[f"benchmark_{_suite}"] = study(_suite, _minutes)

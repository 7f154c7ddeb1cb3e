"""The comparisons of `benchmark.suites`, a group for each method.

A new filter or weight is missing in each table, a changed one stale: only its own cells are
computed, and those that ``python -m helpers.benchmark`` left in its cache are read there.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from helpers import benchmark, paths
from helpers.benchmark import BASELINE, suites
from helpers.benchmark.tasks import noisy_input
from helpers.denoiser import Denoiser
from helpers.studies.base import STUDIES, Key, Make, Study


def rows(suite: str, method: str, denoise: Denoiser) -> pd.DataFrame:
    """All cells of one method."""
    cells = [cell for cell in suites.cells(suite, {method: denoise}) if cell.method == method]
    return benchmark.compute(cells, paths.cache() / "benchmark")


def groups(suite: str, table: pd.DataFrame) -> dict[Key, Make]:
    """The baseline, then every method of the course."""
    methods = {BASELINE: noisy_input} | suites.course_methods()
    return {(name,): partial(rows, suite, name, one) for name, one in methods.items()}


for _name, _minutes in {"chest": 5, "kinds": 20, "published": 45}.items():
    STUDIES[f"benchmark_{_name}"] = Study(
        f"benchmark_{_name}",
        suites.SUITES[_name].what,
        notebook="results_comparison",
        key=("method",),
        groups=partial(groups, _name),
        minutes=_minutes,
        sample=[(BASELINE,), ("mean",)],
        spread={"psnr": 0.001, "ssim": 1e-5, "ms_ssim": 1e-5, "mse": 1e-6, "deg": 0.01},
        measured=("seconds", "megabytes"),
        form={"float_format": "%.6g"},
    )

"""What took long and ships as a table: one file for each study, and one command for all.

>>> from helpers import studies
>>> len(studies.table("multiscale")), studies.STUDIES["multiscale"].notebook
(10, 'multiscale_denoisers')
"""

from __future__ import annotations

import pandas as pd

from helpers import paths
from helpers.studies import (
    comparison,
    digit_features,
    distances,
    equal_chance,
    error_bars,
    faint_spots,
    held_out_losses,
    judges,
    live_network,
    losses,
    low_light,
    multiscale,
    no_clean,
    picture_size,
    real_noise,
    realism,
    small_world,
    strengths,
    sure_choice,
    tradeoff,
    two_questions,
    vision,
)
from helpers.studies.base import STUDIES, Study

__all__ = [
    "STUDIES",
    "Study",
    "comparison",
    "digit_features",
    "distances",
    "equal_chance",
    "error_bars",
    "faint_spots",
    "held_out_losses",
    "judges",
    "live_network",
    "losses",
    "low_light",
    "multiscale",
    "no_clean",
    "picture_size",
    "real_noise",
    "realism",
    "small_world",
    "strengths",
    "sure_choice",
    "table",
    "tradeoff",
    "two_questions",
    "vision",
]


def table(name: str) -> pd.DataFrame:
    """The table of a study, as it ships; its first line names the command that made it."""
    return pd.read_csv(paths.results() / f"{name}.csv", comment="#")

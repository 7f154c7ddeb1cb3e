"""The network that a reader trains, on each source of pictures, and what more steps would give.

PSNR by the protocol at σ = 25/255: unclipped float noise, results clipped and rounded to 8 bits.
Seconds are those of training alone; they mean something on an idle machine only.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from helpers.studies.base import STUDIES, Study, scores_on, train_from
from helpers.training.recipes import LIVE, Recipe
from helpers.training.sources import SOURCES

STEPS = LIVE.settings["steps"]
# Half and twice as many are trainings of their own, each with its own schedule.
PLAN = [("bsds500", STEPS // 2), ("bsds500", STEPS), ("bsds500", 2 * STEPS)]
PLAN += [("dead_leaves", STEPS), ("photographs", STEPS)]


def row(recipe: Recipe, data: str, steps: int) -> pd.DataFrame:
    """Train once, and score on pictures never trained on."""
    design = {"name": recipe.network, **recipe.options}
    settings = recipe.settings | {"steps": steps}
    pictures = SOURCES[data].pictures()
    network, history = train_from(0, design, pictures, recipe.noise(), **settings)
    scores = scores_on(("set12", "bsd68"), network, recipe.sigma[0])
    psnr = {name: each["restored psnr"] for name, each in scores.items()}
    seconds = round(history.seconds)
    return pd.DataFrame([{"data": data, "steps": steps, **psnr, "seconds": seconds}])


STUDIES["live_network"] = Study(
    "live_network",
    "the network trained in the notebook: sources of pictures, and steps",
    notebook="residual_denoisers",
    key=("data", "steps"),
    groups=lambda table: {key: partial(row, LIVE, *key) for key in PLAN},
    minutes=6,
    sample=[("photographs", STEPS)],
    # Means over pictures; the notebook, on other processors, was off by less.
    spread=dict.fromkeys(("photographs", "set12", "bsd68"), 0.2),
    measured=("seconds",),
)

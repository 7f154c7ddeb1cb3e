"""The picture, or what must change: a small autoencoder asked either, from several starts.

All learn σ = 25/255 on the photographs inside scikit-image that the course does not test on, with
Muon at one rate, with skips or through the code alone, with batch normalisation or without. PSNR
is that on the centres of the pictures that the course tests on, along the way.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from helpers.noise import Gaussian
from helpers.studies.base import STUDIES, Study, train_from
from helpers.training.sources import held_out_photographs, photographs

DESIGN = {"name": "autoencoder", "widths": (16, 32)}  # a code of 32 numbers for 4×4 pixels
QUESTIONS = {
    "picture, skips": {"skips": True},
    "change, skips": {"skips": True, "residual": True},
    "picture, code only": {},
    "change, code only": {"residual": True},
    "picture, skips, batch norm": {"skips": True, "batch_norm": True},
    "change, skips, batch norm": {"skips": True, "residual": True, "batch_norm": True},
}
STARTS = range(5)
LENGTHS = (100, 800)  # steps: while a reader waits, and eight times as many
LOOKS = 4
# Biases learn as fast as the rest: the same for all, with batch normalisation and without.
SETTINGS = {"lr": 0.008, "adam_lr_ratio": 1.0}


def curve(question: str, start: int, steps: int, options: dict[str, bool]) -> pd.DataFrame:
    """PSNR at each look of one training."""
    held_out = list(held_out_photographs().values())
    how = SETTINGS | {"steps": steps, "every": steps // LOOKS, "validation": held_out}
    _, history = train_from(start, DESIGN | options, photographs(), Gaussian(25 / 255), **how)
    made = {"question": question, "start": start, "steps": steps, "step": history.step}
    return pd.DataFrame(made | {"psnr": history.psnr}).round(3)


STUDIES["two_questions"] = Study(
    "two_questions",
    "a small autoencoder asked for the picture or for what must change, from several starts",
    notebook="residual_denoisers",
    key=("question", "start", "steps"),
    groups=lambda table: {
        (question, start, steps): partial(curve, question, start, steps, options)
        for question, options in QUESTIONS.items()
        for steps in LENGTHS
        for start in STARTS
    },
    minutes=9,
    sample=[("change, skips", 0, LENGTHS[0])],
    spread={"psnr": 0.3},  # of one start on another processor, at its first looks
)

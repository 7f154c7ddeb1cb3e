"""The networks of `losses_noise` on pictures on which nothing was claimed of them before.

Those of the first seed, that ship, on the 51 of BSD68 that `losses.tests` leaves out.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from helpers import datasets, networks
from helpers.benchmark.tasks import BASELINE, noisy_input
from helpers.denoiser import Denoiser
from helpers.studies.base import STUDIES, Key, Make, Study
from helpers.studies.losses import BETWEEN, TASKS, TEACHERS, scores


def others() -> dict[str, np.ndarray]:
    """Those of BSD68 that `losses.tests` leaves out."""
    published = datasets.fetch("bsd68", progress=False).images
    return {f"bsd68 {k:02}": one for k, one in enumerate(published) if k % 4}


def rows(name: str, denoise: Denoiser) -> pd.DataFrame:
    """What a network, or none, makes of them."""
    table = pd.DataFrame(scores(denoise, TASKS["noise"], others())).round(4)
    table.insert(0, "loss", name)
    return table


def groups(table: pd.DataFrame) -> dict[Key, Make]:
    """The input, and each network that learned to remove noise."""
    learned = {name: networks.load(f"losses/noise_{name}") for name in TEACHERS | BETWEEN}
    denoisers = {BASELINE: noisy_input} | learned
    return {(name,): partial(rows, name, denoise) for name, denoise in denoisers.items()}


STUDIES["held_out_losses"] = Study(
    "held_out_losses",
    "the networks of losses_noise on 51 other pictures",
    notebook="ssim_versus_gradient_loss",
    key=("loss",),
    groups=groups,
    minutes=3,
    sample=[(BASELINE,)],
    spread={"psnr": 0.02, "ssim": 0.001, "deg": 0.02, "texture": 0.002, "noise": 0.02}
    | {"whiteness": 0.01},
)

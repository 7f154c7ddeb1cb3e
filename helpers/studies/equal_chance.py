"""Every network the same chance: the rate and the batch that suit it, then one budget for all.

All learn σ = 25/255, gray, on BSDS500 train and test, with AdamW, from one start. Those that were
trained where the processor has no bfloat16 had three tenths of the budget. `chance_probes` has a
tenth of what each had: three rates for each network, then the best of these in a batch half as
large, which takes twice as many steps; where that silences a layer, the next lower rate. What is
best is said by the pictures held out from training, among the probes that silenced no layer. The
recipes of the weights that ship follow it; `equal_chance` says what they became.

Seconds are those of the processor in a training on one thread (`OMP_NUM_THREADS=1`), whatever else
the machine does.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from helpers import networks
from helpers.networks import anatomy, weights
from helpers.networks.base import normalises
from helpers.noise import Gaussian
from helpers.studies.base import STUDIES, Key, Make, Study
from helpers.training.recipes import BUDGET, RECIPES, Recipe, fair
from helpers.training.sources import photographs

# The share of the budget that each had. The networks that are not here: each in its own way.
CONTESTANTS = {"dncnn": 1.0, "rdn": 1.0, "mwcnn": 1.0, "pridnet": 1.0, "vincent": 1.0}
CONTESTANTS |= {"rednet": 0.3, "gondara": 0.3}
# AdamW's, in steps of two; batch normalisation bears, and wants, higher ones.
RATES, NORMALISED = (5e-4, 1e-3, 2e-3), (4e-3, 8e-3, 1.6e-2)
BATCHES = (4, 2)  # of 64×64: more steps teach more than more patches in each
SHARE = 0.1  # of a network's pixels: a probe
TIMED = 50  # steps


def probe(name: str, recipe: Recipe) -> pd.DataFrame:
    """The curve of a short training: PSNR on the pictures held out, and what lives at its end."""
    numbers = recipe.numbers
    begun = time.process_time()
    network, history = recipe.train(None, progress=False)
    seconds = time.process_time() - begun
    made = {
        "network": name,
        "lr": numbers.lr,
        "batch": numbers.batch,
        "megapixels": np.round(np.array(history.step) * numbers.batch * numbers.patch**2 / 1e6, 2),
        "loss": np.round(history.loss, 6),
        "psnr": np.round(history.psnr, 3),
        "seconds": round(seconds),  # of the whole training
        "silent layers": silent_layers(network),
    }
    return pd.DataFrame(made)


def silent_layers(network: networks.Network) -> int:
    """Layers of which no unit lives on ten noisy photographs."""
    eight = photographs()
    noisy = [Gaussian(25 / 255)(x[:128, :128], k) for k, x in enumerate([*eight, *eight[:2]])]
    return int((anatomy.living(network, noisy)["live"] == 0).sum())


def probes(table: pd.DataFrame) -> dict[Key, Make]:
    """Three rates of each network; where these are made, the best of them in smaller batches."""
    plan = {}
    for name, share in CONTESTANTS.items():
        design = RECIPES[name]
        is_normalised = normalises(networks.build(design.network, design.size, **design.options))
        first, second = (
            {
                (name, lr, batch): replace(design, settings=fair(lr, batch, SHARE * share))
                for lr in (NORMALISED if is_normalised else RATES)
            }
            for batch in BATCHES
        )
        plan |= first
        ends = last(table)
        if set(first) <= set(ends.index):
            _, lr, _ = ends[list(first)].idxmax()
            for key in sorted((key for key in second if key[1] <= lr), reverse=True):
                plan[key] = second[key]
                if ends.get(key, 0) > -np.inf:  # not made yet, or all layers live
                    break
    return {key: partial(probe, key[0], recipe) for key, recipe in plan.items()}


def last(table: pd.DataFrame) -> pd.Series:
    """PSNR at the end of each probe, by its key; −∞ where a layer fell silent."""
    if table.empty:
        return pd.Series(dtype=float)
    ends = table.groupby(["network", "lr", "batch"])[["psnr", "silent layers"]].last()
    return ends["psnr"].where(ends["silent layers"] == 0, -np.inf)


def best(name: str) -> tuple[float, int]:
    """The rate and the batch with which a network learned most, of those in the table."""
    ends = last(STUDIES["chance_probes"].read()[0])
    return ends[name].idxmax()


STUDIES["chance_probes"] = Study(
    "chance_probes",
    "rates and batches for each network, at a tenth of its training",
    notebook="residual_denoisers",
    key=("network", "lr", "batch"),
    groups=probes,
    minutes=30,
    sample=[("mwcnn", RATES[1], BATCHES[0])],
    spread={"psnr": 0.1, "loss": 3e-5},  # on another processor: 0.07 dB
    measured=("seconds",),
)


# ---- the weights that ship -------------------------------------------------------------------


def settled() -> list[str]:
    """The contestants whose weights had their share of the budget."""
    made = {name: weights.read_card(weights.find(name))["training"] for name in CONTESTANTS}
    seen = {name: t["steps"] * t["batch"] * t["patch"] ** 2 for name, t in made.items()}
    return [name for name, share in CONTESTANTS.items() if seen[name] >= 0.999 * share * BUDGET]


def account(name: str) -> pd.DataFrame:
    """What a network that ships costs and gives."""
    network, card = weights.read(name)
    numbers, curve = card["training"], card["history"]
    step_pixels = numbers["batch"] * numbers["patch"] ** 2 / 1e6
    made = {
        "network": name,
        "parameters": card["parameters"],
        "multiplications": round(anatomy.multiplications(network)),
        "megapixels": round(numbers["steps"] * step_pixels),
        "seconds a megapixel": round(seconds(name), 2),
        "psnr": curve["psnr"][-1],
        "bsd68": card["scores"]["bsd68"]["25"]["restored psnr"],
        "silent layers": silent_layers(network),
    }
    return pd.DataFrame([made])


def seconds(name: str) -> float:
    """Of training, for a million pixels."""
    design = RECIPES[name]
    recipe = replace(design, settings=design.settings | {"steps": TIMED})
    begun = time.process_time()
    recipe.train(None, progress=False)
    numbers = recipe.numbers
    return (time.process_time() - begun) / (TIMED * numbers.batch * numbers.patch**2 / 1e6)


STUDIES["equal_chance"] = Study(
    "equal_chance",
    "every network after one budget: what it costs, and what it gives",
    notebook="residual_denoisers",
    key=("network",),
    groups=lambda table: {(name,): partial(account, name) for name in settled()},
    minutes=1,
    sample=[("mwcnn",)],
    loads=lambda key: key,
    measured=("seconds a megapixel",),
)

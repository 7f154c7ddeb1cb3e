"""Teach one network a camera's noise in four ways, and test it on scenes it has not seen.

    python -m tools.real_noise_table            # writes data/results/real_noise.csv; resumes
    python -m tools.real_noise_table --fits     # prints the fitted cameras only

Needs PolyU, SIDD and BSDS500 ($COURSE_DATA, or they are downloaded). Scored by the protocol is the
middle of each crop, 256×256. The 15 scenes of PolyU are dealt into two halves, each camera into
both; what learns from PolyU learns from one half and is tested on the other, so that each scene
is tested once, never by who has seen it. SIDD's crops, other cameras, are scored by the networks
of the first half. Notebook 09 reads the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets, filters, metrics, networks
from helpers.images import centre_crop
from helpers.networks import weights
from helpers.noise import Gaussian
from helpers.training.real_noise import OneOf, fit_camera, fit_soft_camera, spread_of, train_colour

RESULTS = weights.folder().parent / "results" / "real_noise.csv"
SEEDS, HALVES = (0, 1, 2), (0, 1)
STEPS, SIDE = 400, 256
FITTED_ON = 96  # pixels a side of each clean photograph
LEVELS = (5, 10, 15, 25, 40)  # of Gaussian noise, in gray levels
SHIPPED = ("dncnn_colour", "dncnn_blind_colour")
Denoiser = Callable[[np.ndarray], np.ndarray]


# ---- pictures --------------------------------------------------------------------------------


@cache
def polyu() -> datasets.Dataset:
    """55 pairs of 15 scenes."""
    return datasets.fetch("polyu", progress=False)


def halves() -> dict[str, int]:
    """Scene to its half: the scenes of each camera in turn."""
    table = polyu().table.drop_duplicates("scene").sort_values(["camera", "scene"])
    return {scene: number % 2 for number, scene in enumerate(table["scene"])}


def of_half(half: int) -> datasets.Dataset:
    """The pairs of a half."""
    return polyu().where(scene=[scene for scene, own in halves().items() if own == half])


@cache
def photographs() -> list[np.ndarray]:
    """Clean ones, of nothing that is tested on."""
    return list(datasets.fetch("bsds500", progress=False).images)


def tests(name: str) -> Iterator[tuple[dict[str, object], np.ndarray, np.ndarray]]:
    """What is scored: where it is from, noisy, clean."""
    found, half_of = datasets.fetch(name, progress=False), halves()
    for number, (noisy, clean) in enumerate(zip(found.images, found.references)):
        about = {"set": name, "scene": found.names[number], "half": -1, "crop": number}
        if name == "polyu":
            scene = found.table["scene"][number]
            about |= {"scene": scene, "half": half_of[scene]}
        if found.names[number] != "pair_010":  # shrunk for a page: no camera's noise any more
            yield about, centre_crop(noisy, SIDE), centre_crop(clean, SIDE)


# ---- noise, fitted without pairs -------------------------------------------------------------


@cache
def fitted(half: int, soft: bool) -> OneOf:
    """A camera for each scene to learn from, from one noisy crop and clean photographs."""
    learned_from = of_half(1 - half)
    firsts = learned_from.table.drop_duplicates("scene").index
    noisy = [learned_from.images[i] for i in firsts]
    if soft:
        spread = spread_of(noisy)
        models = tuple(fit_soft_camera(y, spread) for y in noisy)
    else:
        clean = [centre_crop(picture, FITTED_ON) for picture in photographs()[::67]]
        models = tuple(fit_camera(y, clean) for y in noisy)
    for scene, model in zip(learned_from.table["scene"][firsts], models):
        print(f"half {half}, {scene}: {model!r}", flush=True)
    return OneOf(models)


# ---- the rows --------------------------------------------------------------------------------


def plan() -> Iterator[tuple[str, int, int | None, Callable[[], Denoiser]]]:
    """Method, seed, the half it is tested on (None: both), and how to make it."""
    yield "noisy input", 0, None, lambda: lambda y: y
    for name in SHIPPED:
        yield name, 0, None, partial(networks.load, name)
    for level in LEVELS:
        yield f"gaussian {level:g}", 0, None, partial(on_gaussian, level, 0)
    for seed in SEEDS:
        for half in HALVES:
            yield "fitted soft camera", seed, half, partial(on_fitted, half, True, seed)
            yield "real pairs", seed, half, partial(on_pairs, half, seed)
    for half in HALVES:  # one start only: it finds hardly any noise
        yield "fitted camera", 0, half, partial(on_fitted, half, False, 0)
    yield "bm3d", 0, None, lambda: filters.FILTERS["bm3d"]  # slow, so last


def on_gaussian(level: float, seed: int) -> Denoiser:
    """Trained on clean photographs with white noise."""
    network = train_colour(photographs(), Gaussian(level / 255), seed, STEPS)
    return networks.TrainedDenoiser(network)


def on_fitted(half: int, soft: bool, seed: int) -> Denoiser:
    """Trained on the same photographs with the camera's noise."""
    return networks.TrainedDenoiser(train_colour(photographs(), fitted(half, soft), seed, STEPS))


def on_pairs(half: int, seed: int) -> Denoiser:
    """Trained on what the camera took twice."""
    pairs = of_half(1 - half)
    pairs = list(zip(pairs.images, pairs.references))
    return networks.TrainedDenoiser(train_colour(pairs, None, seed, STEPS))


def best_levels(table: pd.DataFrame) -> dict[int, str]:
    """For each half the strength that does best on the scenes to learn from."""
    known = table[(table["set"] == "polyu") & table["method"].str.startswith("gaussian")]
    known = known[known["seed"] == 0]
    return {
        half: known[known["half"] != half].groupby("method")["psnr"].mean().idxmax()
        for half in HALVES
    }


def rows(method: str, seed: int, half: int | None, make: Callable[[], Denoiser]) -> pd.DataFrame:
    """All pictures that a method is tested on."""
    denoise, found = make(), []
    for name in ("polyu", "sidd"):
        if name == "sidd" and half == HALVES[1]:
            continue
        for about, noisy, clean in tests(name):
            if half is None or about["half"] in (half, -1):
                scores = metrics.score(clean, denoise(noisy), ["psnr", "ssim"])
                found.append({"method": method, "seed": seed, **about, **scores})
    table = pd.DataFrame(found).round({"psnr": 3, "ssim": 4})
    print(method, seed, half, table.groupby("set")["psnr"].mean().round(2).to_dict(), flush=True)
    return table


def known(path: Path) -> pd.DataFrame:
    """What is in the file already."""
    return pd.read_csv(path, comment="#") if path.exists() else pd.DataFrame()


def is_done(table: pd.DataFrame, method: str, seed: int, half: int | None) -> bool:
    """Whether a training is in the table."""
    if table.empty:
        return False
    own = table[(table["method"] == method) & (table["seed"] == seed)]
    return bool(len(own)) and (half is None or (own["half"] == half).any())


def write(table: pd.DataFrame) -> None:
    """The table with its command, whole or not at all."""
    text = f"# python -m tools.real_noise_table\n{table.to_csv(index=False)}"
    weights.write_whole({RESULTS: text.encode()})


def fill(table: pd.DataFrame, steps: Sequence) -> pd.DataFrame:
    """Do what is not in the table, and write it after each."""
    for method, seed, half, make in steps:
        if not is_done(table, method, seed, half):
            table = pd.concat([table, rows(method, seed, half, make)], ignore_index=True)
            write(table)
    return table


def main() -> None:
    """Train what is not in the file, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fits", action="store_true", help="print the fitted cameras only")
    if parser.parse_args().fits:
        for half in HALVES:
            for soft in (False, True):
                fitted(half, soft)
        return
    table = fill(known(RESULTS), plan())
    chosen = {float(name.split()[1]) for name in best_levels(table).values()}
    again = [
        (f"gaussian {level:g}", seed, None, partial(on_gaussian, level, seed))
        for level in sorted(chosen)
        for seed in SEEDS[1:]
    ]
    table = fill(table, again)
    print(best_levels(table))
    print(table.groupby(["set", "method", "seed"], sort=False)[["psnr", "ssim"]].mean())


if __name__ == "__main__":
    main()

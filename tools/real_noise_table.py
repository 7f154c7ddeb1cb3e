"""Teach a network a camera's noise in several ways, and test it on scenes it has not seen.

    python -m tools.real_noise_table            # writes data/results/real_noise.csv; resumes
    python -m tools.real_noise_table --fits     # writes real_noise_fits.csv: the fitted cameras

Needs PolyU, SIDD and BSDS500 ($COURSE_DATA, or they are downloaded). The middle of each crop,
256×256, is scored by the protocol. The 15 scenes of PolyU are dealt into two halves, each camera
into both; all learn from one half and are tested on the other: each scene is tested once, never by
who has seen it. Pairs apart, what is learned from is the clean pictures of a half, with Gaussian
noise or with noise fitted to its noisy pictures; "sharp" are photographs of BSDS500 instead, which
are sharper than a camera's own pixels. SIDD's crops, other cameras, are scored by the networks of
the first half. Notebook 09 reads the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

import numpy as np
import pandas as pd

from helpers import datasets, filters, metrics, networks
from helpers.estimation import fit_camera, fit_soft_camera, spread_of
from helpers.images import centre_crop
from helpers.noise import Gaussian
from helpers.training.patches import Noise
from helpers.training.real_noise import (
    NETWORK,
    PYRAMID,
    OneOf,
    train_colour,
)
from tools import results

RESULTS = results.FOLDER / "real_noise.csv"
FITS = RESULTS.with_name("real_noise_fits.csv")
SEEDS, HALVES = (0, 1), (0, 1)
STEPS, SIDE = 1600, 256
FITTED_ON = 96  # pixels a side of each clean photograph
LEVELS = (5, 10, 15, 25, 40)  # of Gaussian noise, and those told to BM3D, in gray levels
SHIPPED = ("dncnn_colour", "dncnn_blind_colour")
SHARP = "sharp, "
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
    """A camera for each scene to learn from, from one noisy crop and other scenes' clean ones."""
    learned_from = of_half(1 - half)
    firsts = first_scenes(half).index
    noisy = [learned_from.images[i] for i in firsts]
    if soft:
        spread = spread_of(noisy)
        models = tuple(fit_soft_camera(y, spread) for y in noisy)
    else:
        clean = [centre_crop(learned_from.references[i], FITTED_ON) for i in firsts]
        models = tuple(fit_camera(y, clean[:k] + clean[k + 1 :]) for k, y in enumerate(noisy))
    return OneOf(models)


def first_scenes(half: int) -> pd.Series:
    """The scenes learned from, by the number of the crop that noise is fitted to."""
    return of_half(1 - half).table.drop_duplicates("scene")["scene"]


def fits() -> Iterator[dict[str, object]]:
    """Each fitted camera beside the truth: noise of the scene's crops, RMS in gray levels."""
    for half, soft in product(HALVES, (True, False)):
        learned_from = of_half(1 - half)
        for scene, model in zip(first_scenes(half), fitted(half, soft).models):
            own = learned_from.where(scene=[scene])
            pairs = list(zip(own.images, own.references))
            yield {
                "method": "fitted soft camera" if soft else "fitted camera",
                "scene": scene,
                "gain": model.gain,
                "spread": model.spread,
                "true": np.mean([255 * float((y - x).std()) for y, x in pairs]),
                "fitted": np.mean([255 * float((model(x, 0) - x).std()) for _, x in pairs]),
            }


# ---- the rows --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One method to be scored: on one half, or on both where nothing of PolyU was learned."""

    method: str
    make: Callable[[], Denoiser]
    seed: int = 0
    half: int | None = None


def plan() -> Iterator[Row]:
    """All rows but further starts of the best Gaussian."""
    yield Row("noisy input", lambda: lambda y: y)
    for name in SHIPPED:
        yield Row(name, partial(networks.load, name))
    for half in HALVES:
        for level in LEVELS:
            yield on_gaussian(level, half)
    for seed in SEEDS:
        for half in HALVES:
            yield on_fitted(half, True, seed)
            yield on_pairs(half, seed)
    for half in HALVES:
        yield on_fitted(half, False, 0)
        yield on_pairs(half, 0, PYRAMID)
    yield from on_sharp()
    yield Row("bm3d", lambda: filters.FILTERS["bm3d"])  # slow, so last
    for level in LEVELS:  # told a strength, instead of guessing it
        yield Row(f"bm3d {level:g}", partial(told, level))


def clean(half: int) -> list[np.ndarray]:
    """The clean pictures of scenes that this half does not hold."""
    return list(of_half(1 - half).references)


def trained(
    pictures: Sequence, noise: Noise | None, seed: int = 0, network: dict = NETWORK
) -> Denoiser:
    """The network, after its training."""
    return networks.TrainedNetwork(train_colour(pictures, noise, seed, STEPS, network))


def told(level: float) -> Denoiser:
    """BM3D for white noise of one strength, in gray levels."""
    return partial(filters.FILTERS["bm3d"], sigma=level / 255)


def on_gaussian(level: float, half: int, seed: int = 0) -> Row:
    """White noise on clean pictures."""
    make = lambda: trained(clean(half), Gaussian(level / 255), seed)  # noqa: E731
    return Row(f"gaussian {level:g}", make, seed, half)


def on_fitted(half: int, soft: bool, seed: int) -> Row:
    """The camera's noise, fitted, on the same pictures."""
    name = "fitted soft camera" if soft else "fitted camera"
    return Row(name, lambda: trained(clean(half), fitted(half, soft), seed), seed, half)


def on_pairs(half: int, seed: int, network: dict = NETWORK) -> Row:
    """What the camera took twice."""
    name = "real pairs" if network is NETWORK else f"real pairs, {network['name']}"

    def make() -> Denoiser:
        pairs = of_half(1 - half)
        return trained(list(zip(pairs.images, pairs.references)), None, seed, network)

    return Row(name, make, seed, half)


def on_sharp() -> Iterator[Row]:
    """The same noise on photographs that are sharper than the camera's pixels."""
    for level in LEVELS:
        make = lambda level=level: trained(photographs(), Gaussian(level / 255))  # noqa: E731
        yield Row(f"{SHARP}gaussian {level:g}", make)
    for half in HALVES:
        make = lambda half=half: trained(photographs(), fitted(half, True))  # noqa: E731
        yield Row(f"{SHARP}fitted soft camera", make, half=half)


def best_levels(table: pd.DataFrame) -> dict[int, float]:
    """For each half the strength that does best on the scenes learned from."""
    tried = table[table["method"].str.startswith("gaussian") & table["learned"]]
    means = tried.groupby(["half", "method"])["psnr"].mean()
    # A scene's own half is the other one than that tested on.
    return {half: float(means[1 - half].idxmax().split()[1]) for half in HALVES}


def rows(row: Row) -> pd.DataFrame:
    """All pictures that a method is scored on; for Gaussian noise also those it learned from."""
    denoise, found = row.make(), []
    for name in ("polyu", "sidd"):
        for about, noisy, clean in tests(name):
            learned = row.half is not None and about["half"] == 1 - row.half
            skipped = learned and not (row.method.startswith("gaussian") and row.seed == 0)
            if skipped or (name == "sidd" and row.half == HALVES[1]):
                continue
            scores = metrics.score(clean, denoise(noisy), ["psnr", "ssim"])
            about = {"method": row.method, "seed": row.seed, **about, "learned": learned}
            found.append(about | scores)
    table = pd.DataFrame(found).round({"psnr": 3, "ssim": 4})
    means = table.groupby(["set", "learned"])["psnr"].mean().round(2).to_dict()
    print(row.method, row.seed, row.half, means, flush=True)
    return table


def is_done(table: pd.DataFrame, row: Row) -> bool:
    """Whether a row is in the table."""
    if table.empty:
        return False
    own = (table["method"] == row.method) & (table["seed"] == row.seed) & ~table["learned"]
    return bool((own if row.half is None else own & (table["half"] == row.half)).any())


def fill(table: pd.DataFrame, planned: Iterable[Row]) -> pd.DataFrame:
    """Do what is not in the table, and write it after each."""
    for row in planned:
        if not is_done(table, row):
            table = pd.concat([table, rows(row)], ignore_index=True)
            results.keep(RESULTS, table, "real_noise_table")
    return table


def main() -> None:
    """Train what is not in the file, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fits", action="store_true", help="fit the cameras only")
    if parser.parse_args().fits:
        results.keep(FITS, pd.DataFrame(fits()).round(6), "real_noise_table --fits")
        return
    table = fill(results.known(RESULTS), plan())
    best = best_levels(table)
    table = fill(table, (on_gaussian(best[h], h, seed) for h in HALVES for seed in SEEDS[1:]))
    print(best, table[~table["learned"]].groupby(["set", "method"])[["psnr", "ssim"]].mean())


if __name__ == "__main__":
    main()

"""Teach a network a camera's noise in several ways, and test it on scenes it has not seen.

Needs PolyU, SIDD and BSDS500 ($COURSE_DATA, or they are downloaded). The middle of each crop,
256×256, is scored by the protocol. The 15 scenes of PolyU are dealt into two halves, each camera
into both; all learn from one half and are tested on the other: each scene is tested once, never by
a network that has seen it. Pairs apart, what is learned from is the clean pictures of a half, with
Gaussian noise or with noise fitted to its noisy pictures; "sharp" are photographs of BSDS500
instead, which are sharper than a camera's own pixels. SIDD's crops, other cameras, are scored by
the networks of the first half.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np
import pandas as pd

from helpers import datasets, estimation, filters, metrics, networks
from helpers.benchmark.tasks import BASELINE, noisy_input
from helpers.denoiser import Denoiser
from helpers.images import centre_crop
from helpers.networks import Network
from helpers.noise import Gaussian, NoiseModel
from helpers.studies.base import STUDIES, Key, Make, Study, train_from
from helpers.studies.no_clean import whole_chain
from helpers.training.patches import Noise, OneOf, Pair

SEEDS, HALVES = (0, 1), (0, 1)
STEPS = 1600  # four times those of a first round: no way is judged half trained
TESTED_SIZE = 256
# Both as they were when these tables were made.
NETWORK = {"name": "mwcnn", "channels": 3, "widths": (24, 32, 40), "convs": 1}
PYRAMID = {"name": "pridnet", "channels": 3, "widths": (12, 20, 32), "convs": (1, 1)}
PYRAMID |= {"rectified": False, "half_pixels": True}
SETTINGS = {"batch": 4, "patch": 64, "lr": 0.006}  # the rate of MWCNN in `studies.multiscale`
FITTED_ON = 96  # pixels a side of each clean photograph: a fit compares with a dozen of them
# Gray levels of Gaussian noise, and those told to BM3D and DnCNN, which does best at the lowest.
LEVELS = (5, 10, 15, 25, 40)
SHIPPED = ("dncnn_colour", "dncnn_blind_colour")


def train_colour(
    pictures: Sequence[np.ndarray] | Sequence[Pair],
    noise: Noise | None,
    seed: int,
    steps: int = STEPS,
    network: Mapping[str, object] = NETWORK,
) -> Network:
    """One network, from the start that a seed gives; without noise, `pictures` are pairs."""
    return train_from(seed, network, pictures, noise, steps=steps, **SETTINGS)[0]


# ---- pictures --------------------------------------------------------------------------------


@cache
def polyu() -> datasets.Dataset:
    """55 pairs of 15 scenes."""
    return datasets.fetch("polyu", progress=False)


def halves() -> dict[str, int]:
    """Scene to its half: the scenes of each camera in turn."""
    table = polyu().table.drop_duplicates("scene").sort_values(["camera", "scene"])
    return {scene: number % 2 for number, scene in enumerate(table["scene"])}


def learned_from(half: int) -> datasets.Dataset:
    """The pairs that are learned from where a half is tested: those of the other."""
    return polyu().where(scene=[scene for scene, own in halves().items() if own != half])


@cache
def photographs() -> list[np.ndarray]:
    """Clean ones, of nothing that is tested on."""
    return list(datasets.fetch("bsds500", progress=False).images)


def tests() -> Iterator[tuple[dict[str, object], np.ndarray, np.ndarray]]:
    """What is scored: where it is from, noisy, clean. Scenes of SIDD are of no half: -1."""
    half_of = halves()
    for name in ("polyu", "sidd"):
        crops = datasets.fetch(name, progress=False)
        scenes = crops.table["scene"] if name == "polyu" else crops.names
        for number, scene in enumerate(scenes):
            if scene == "pair_010":  # of SIDD, shrunk for a page: no camera's noise any more
                continue
            place = {"set": name, "scene": scene, "half": half_of.get(scene, -1), "crop": number}
            pair = crops.images[number], crops.references[number]
            yield place, *(centre_crop(picture, TESTED_SIZE) for picture in pair)


# ---- noise, fitted without pairs -------------------------------------------------------------


@cache
def fitted(half: int, soft: bool) -> OneOf:
    """A camera for each scene to learn from, from one noisy crop and other scenes' clean ones."""
    pairs = learned_from(half)
    firsts = pairs.table.drop_duplicates("scene").index
    noisy = [pairs.images[i] for i in firsts]
    if soft:
        spread = estimation.spread_of(noisy)
        return OneOf(tuple(estimation.fit_soft_camera(y, spread) for y in noisy))
    clean = [centre_crop(pairs.references[i], FITTED_ON) for i in firsts]
    return OneOf(
        tuple(estimation.fit_camera(y, clean[:k] + clean[k + 1 :]) for k, y in enumerate(noisy))
    )


def fits(method: str, soft: bool) -> pd.DataFrame:
    """Each fitted camera beside the truth: noise of the scene's crops, RMS in gray levels."""
    made = []
    for half in HALVES:
        scenes = learned_from(half).table["scene"].drop_duplicates()
        for scene, model in zip(scenes, fitted(half, soft).models):
            own = learned_from(half).where(scene=[scene])
            pairs = list(zip(own.images, own.references))
            made.append(
                {
                    "method": method,
                    "scene": scene,
                    "gain": model.gain,
                    "spread": model.spread,
                    "true": np.mean([255 * float((y - x).std()) for y, x in pairs]),
                    "fitted": np.mean([255 * float((model(x, 0) - x).std()) for _, x in pairs]),
                }
            )
    return pd.DataFrame(made).round(6)


# ---- the rows --------------------------------------------------------------------------------


def scored(
    method: str, denoise: Denoiser, half: int | None = None, seed: int = 0, learned: bool = False
) -> pd.DataFrame:
    """Each crop of a half, or of both; on request also those that were learned from."""
    made = []
    for place, noisy, clean in tests():
        seen = half is not None and place["half"] == 1 - half
        if (seen and not learned) or (place["set"] == "sidd" and half == HALVES[1]):
            continue
        scores = metrics.score(clean, denoise(noisy), ["psnr", "ssim"])
        made.append({"method": method, "seed": seed, **place, "learned": seen, **scores})
    return pd.DataFrame(made).round({"psnr": 3, "ssim": 4})


def taught(
    method: str,
    seed: int,
    noise: NoiseModel | str,
    sharp: bool = False,
    network: Mapping[str, object] = NETWORK,
) -> pd.DataFrame:
    """A network for each half; for Gaussian noise also scored on what it learned from.

    Noise is put on clean pictures, which are photographs of BSDS500 where they are `sharp`;
    "soft camera" and "camera" are fitted, and of "pairs" it is the camera's own.
    """
    is_gaussian, made = isinstance(noise, Gaussian), []
    of_none = is_gaussian and sharp  # it learns nothing of PolyU, and one network does for both
    for half in [None] if of_none else HALVES:
        clean = photographs() if sharp else list(learned_from(half).references)
        if noise == "pairs":
            lesson = list(zip(learned_from(half).images, clean)), None
        else:
            lesson = clean, noise if is_gaussian else fitted(half, soft=noise == "soft camera")
        denoise = networks.TrainedNetwork(train_colour(*lesson, seed, network=network))
        made.append(scored(method, denoise, half, seed, learned=is_gaussian and seed == 0))
    return pd.concat(made, ignore_index=True)


def groups(table: pd.DataFrame) -> dict[Key, Make]:
    """What needs no training first, BM3D, which is slow, last; then more starts of the best."""
    gaussians = {s: Gaussian(s / 255) for s in LEVELS}
    lessons = {(f"gaussian {s}", 0): {"noise": model} for s, model in gaussians.items()}
    for seed in SEEDS:
        lessons["fitted soft camera", seed] = {"noise": "soft camera"}
        lessons["real pairs", seed] = {"noise": "pairs"}
    lessons["fitted camera", 0] = {"noise": "camera"}
    lessons["real pairs, pridnet", 0] = {"noise": "pairs", "network": PYRAMID}
    for s, model in gaussians.items():
        lessons[f"sharp, gaussian {s}", 0] = {"noise": model, "sharp": True}
    lessons["sharp, fitted soft camera", 0] = {"noise": "soft camera", "sharp": True}
    for s in sorted(set(best_levels(table).values())):
        lessons |= {(f"gaussian {s}", seed): {"noise": gaussians[s]} for seed in SEEDS[1:]}
    bm3d = filters.FILTERS["bm3d"]
    plain = {BASELINE: noisy_input} | {name: networks.load(name) for name in SHIPPED}
    plain["denoise"] = whole_chain
    told = {
        f"{name} {s}": partial(denoise, sigma=s / 255)
        for name, denoise in (("dncnn_colour", plain["dncnn_colour"]), ("bm3d", bm3d))
        for s in LEVELS
    }
    told["bm3d"] = bm3d
    return (
        {(name, 0): partial(scored, name, denoise) for name, denoise in plain.items()}
        | {key: partial(taught, *key, **lesson) for key, lesson in lessons.items()}
        | {(name, 0): partial(scored, name, denoise) for name, denoise in told.items()}
    )


def best_levels(table: pd.DataFrame) -> dict[int, int]:
    """For each half the strength that does best on scenes learned from; none before all ran."""
    if table.empty or not {f"gaussian {s}" for s in LEVELS} <= set(table["method"]):
        return {}
    tried = table[table["method"].str.startswith("gaussian") & table["learned"]]
    means = tried.groupby(["half", "method"])["psnr"].mean()
    # A scene's own half is the other one than that tested on.
    return {half: int(means[1 - half].idxmax().split()[1]) for half in HALVES}


def tuned(table: pd.DataFrame, family: str) -> pd.DataFrame:
    """Rows of one method that is told a strength, or taught one: of several, the best.

    Each half is tested at the strength that does best on the scenes of the other half.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of this study, of PolyU.
    family : str
        The method's name before the strength: "gaussian", "bm3d" or "dncnn_colour".
    """
    rows = table[table["method"].str.startswith(f"{family} ")]
    tried = rows[rows["learned"]] if rows["learned"].any() else rows
    means = tried.groupby(["half", "method"])["psnr"].mean()
    best = rows["half"].map(lambda half: means[1 - half].idxmax())
    return rows[(rows["method"] == best) & ~rows["learned"]]


STUDIES["real_noise"] = Study(
    "real_noise",
    "a camera's noise taught in several ways, on scenes not seen: PolyU and SIDD",
    notebook="no_clean_pictures",
    key=("method", "seed"),
    groups=groups,
    minutes=40,
    sample=[(BASELINE, 0), ("dncnn_colour", 0), ("sharp, gaussian 10", 0)],
    loads=lambda key: ["drunet_colour"] if key[0] == "denoise" else (),
    spread={"psnr": 0.3, "ssim": 0.01},
)
STUDIES["real_noise_fits"] = Study(
    "real_noise_fits",
    "the cameras fitted to PolyU's noisy pictures, beside the truth",
    notebook="no_clean_pictures",
    key=("method",),
    groups=lambda table: {
        (f"fitted {kind}",): partial(fits, f"fitted {kind}", kind == "soft camera")
        for kind in ("soft camera", "camera")
    },
    minutes=10,
    sample=[("fitted soft camera",)],
    spread={"gain": 1e-4, "true": 1e-3, "fitted": 0.05},
)

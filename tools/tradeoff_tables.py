"""What a score chooses, what fools it, and what a denoiser keeps: the long tables of notebook 13.

    python -m tools.tradeoff_tables                # all three, about 25 minutes on one core
    python -m tools.tradeoff_tables attacks        # only data/results/attacks.csv

Eleven photographs that ship, gray, 256×256, three draws of noise each. The four that are left out
have noise or blur of their own, and would make poor references.

``choices``: BM3D, first stage, swept over 100 strengths as in the paper of DE-G (σ = 30/255,
clipped), and the strength that each score likes best.
``attacks``: what twelve scores say of the reference, a restored picture, and six pictures that
must be worse than it.
``frontier``: texture kept and noise left, for four filters and DnCNN at ten strengths each.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from helpers import gradients, images, metrics, networks, noise
from helpers.bm3d import sweep
from helpers.filters import FILTERS
from helpers.losses import DEG, LOSSES
from helpers.training.patches import as_batch
from helpers.training.sources import UNNATURAL
from tools import results

RESULTS = results.FOLDER
PHOTOGRAPHS = [name for name in images.PHOTOGRAPHS if name not in UNNATURAL]
SIDE, DRAWS = 256, 3
Score = Callable[[np.ndarray, np.ndarray], float]  # of reference and image; small is good


def pictures() -> Iterator[tuple[dict, np.ndarray, int]]:
    """What a row is of, the clean picture, and the seed of its noise."""
    for number, name in enumerate(tqdm(PHOTOGRAPHS, desc="photographs")):
        for draw in range(DRAWS):
            about = {"photograph": name, "draw": draw}
            yield about, images.load(name, gray=True, size=SIDE), 100 * number + draw


# ---- what a score chooses -------------------------------------------------------------------

STRENGTHS = np.linspace(0.6, 60, 100)  # gray levels


def published(reference: np.ndarray, image: np.ndarray) -> float:
    """DE-G as its authors have it: Canberra's distance, gray levels cut to whole ones."""
    levels = (255 * np.float64(x) for x in (reference, np.clip(image, 0, 1)))
    return gradients.deg(*levels, distance="canberra", faithful=True)


CHOOSERS: dict[str, Score] = {
    "psnr": lambda x, y: -metrics.psnr(x, metrics.eight_bits(y)),
    "ssim": lambda x, y: -metrics.ssim(x, metrics.eight_bits(y)),
    "deg published": published,
    "deg wasserstein": lambda x, y: gradients.deg(x, metrics.eight_bits(y)),
    "deg jensen_shannon": lambda x, y: gradients.deg(
        x, metrics.eight_bits(y), distance="jensen_shannon"
    ),
}


def choices() -> Iterator[dict]:
    """A row for each picture and score: the strength that it chooses, and what that keeps."""
    for about, clean, seed in pictures():
        noisy = noise.Gaussian(30 / 255)(clean, seed, clip=True)
        restored = sweep(noisy, STRENGTHS / 255)
        for name, score in CHOOSERS.items():
            best = int(np.argmin([score(clean, one) for one in restored]))
            kept = metrics.texture(clean, restored[best])
            found = metrics.score(clean, restored[best], ["psnr", "ssim", "deg"])
            own = {"score": name, "strength": STRENGTHS[best], **found}
            yield about | own | {"texture": kept.texture, "noise": 255 * kept.noise}


# ---- what fools a score ---------------------------------------------------------------------

SIGMAS = (15, 25, 50)  # gray levels


def as_score(loss: Callable) -> Score:
    """A loss of batches as a score of pictures."""
    return lambda x, y: float(loss(as_batch([y]), as_batch([x])))


_ssim, _deg = (as_score(LOSSES[name]()) for name in ("ssim", "deg"))
JUDGES: dict[str, Score] = {
    "deg published": published,
    "deg": _deg,
    **{f"deg, windows of {side}": as_score(DEG("sorted", side)) for side in (64, 16, 4, 2)},
    "gradient_l1": as_score(LOSSES["gradient_l1"]()),
    "ssim": _ssim,
    "ssim + deg / 50": lambda x, y: _ssim(x, y) + _deg(x, y) / 50,
    "l2": as_score(LOSSES["l2"]()),
    "ms_ssim": as_score(LOSSES["ms_ssim"]()),
    "texture": as_score(LOSSES["texture"]()),
}


def attacked(
    clean: np.ndarray, restored: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Pictures that nobody would prefer to the restored one."""
    grain = rng.standard_normal(clean.shape, np.float32) / 255
    blocks = clean.reshape(SIDE // 16, 16, SIDE // 16, 16).swapaxes(1, 2).reshape(-1, 16, 16)
    moved = rng.permutation(blocks).reshape(SIDE // 16, SIDE // 16, 16, 16).swapaxes(1, 2)
    return {
        **{f"noise {s}": restored + s * grain for s in (2, 4, 8)},
        "turned": np.ascontiguousarray(clean[::-1, ::-1]),
        "blocks shuffled": moved.reshape(clean.shape),
        "pixels shuffled": rng.permutation(clean.ravel()).reshape(clean.shape),
    }


def attacks() -> Iterator[dict]:
    """A row for each picture, σ and score: its value for all that it has to put in order."""
    for about, clean, seed in pictures():
        for sigma in SIGMAS:
            noisy = noise.Gaussian(sigma / 255)(clean, seed)
            restored = np.clip(FILTERS["bm3d"](noisy, sigma / 255), 0, 1)
            shown = {"reference": clean, "restored": restored}
            shown |= attacked(clean, restored, np.random.default_rng(seed))
            for name, score in JUDGES.items():
                values = {what: score(clean, image) for what, image in shown.items()}
                yield about | {"sigma": sigma, "score": name} | values


# ---- what a denoiser keeps ------------------------------------------------------------------

FACTORS = np.geomspace(0.5, 2.5, 10)  # what it is told, over the true σ
SIGMA = 25 / 255  # the one that `dncnn` knows


def rescaled_dncnn() -> Callable[[np.ndarray, float], np.ndarray]:
    """DnCNN told another σ, as in notebook 08: a darker picture has less noise."""
    network = networks.load("dncnn")
    return lambda noisy, sigma: network(noisy * (SIGMA / sigma), SIGMA) * (sigma / SIGMA)


def frontier() -> Iterator[dict]:
    """A row for each picture, denoiser and strength."""
    swept = {name: FILTERS[name] for name in ("gaussian", "wavelet", "nlm", "bm3d")}
    swept["dncnn"] = rescaled_dncnn()
    for about, clean, seed in pictures():
        noisy = noise.Gaussian(SIGMA)(clean, seed)
        for name, denoise in swept.items():
            for factor in FACTORS:
                restored = denoise(noisy, factor * SIGMA)
                kept = metrics.texture(clean, restored)
                found = metrics.score(clean, restored, ["psnr", "ssim", "deg"])
                own = {"method": name, "factor": factor, **found}
                yield about | own | {"texture": kept.texture, "noise": 255 * kept.noise}


TABLES = {function.__name__: function for function in (choices, attacks, frontier)}


def main() -> None:
    """Compute the tables asked for; each is written whole, at its end."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tables", nargs="*", choices=[[], *TABLES], default=[])
    for name in parser.parse_args().tables or TABLES:
        table = pd.DataFrame(TABLES[name]())
        results.keep(
            RESULTS / f"{name}.csv", table, f"tradeoff_tables {name}", float_format="%.5g"
        )
        print(f"{name}: {len(table)} rows")


if __name__ == "__main__":
    main()

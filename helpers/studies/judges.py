"""What judges say of ten filters, and what fools them, on photographs where nobody had looked.

The claims were found on the fifteen photographs of the course; here they are counted there, and on
the 200 of BSDS500 (test). All are gray, the middle 192×192 pixels, with white noise of
σ = 25/255. BM3D, which takes longer than the ten together, is left out.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from helpers import images, metrics, noise
from helpers.filters import FILTERS
from helpers.metrics.sure import STEP
from helpers.studies.base import STUDIES, Study
from helpers.studies.distances import SETS
from helpers.studies.sure_choice import asked

SIZE, SIGMA = 192, 25 / 255
TEN = {name: FILTERS[name] for name in FILTERS if name != "bm3d"}
ADDED = (1, 2, 3, 4, 6, 8, 10)  # gray levels of fresh noise
BLIND = ("closeness", "whiteness", "sure")  # judges without the clean picture
PAIR = ("tv", "wavelet", "nlm")  # whose PSNR is kept, to be compared pair by pair


def judged(clean: np.ndarray, noisy: np.ndarray, seed: int) -> pd.DataFrame:
    """What each judge says of each filter, best if highest.

    Parameters
    ----------
    clean, noisy : numpy.ndarray
        (H, W), the noise white, of `SIGMA`, neither clipped nor rounded.
    seed : int
        Of SURE's probe.

    Returns
    -------
    pandas.DataFrame
        A row a filter. ``psnr`` and ``deg`` (the lower the better) know the clean picture;
        ``closeness`` is the PSNR to the noisy one, ``whiteness`` that of what was removed,
        ``sure`` the PSNR that SURE expects, the three without the clean picture.
    """
    made = {}
    for name, denoiser in TEN.items():
        restored, told = asked(denoiser, noisy, SIGMA, seed, strength=1.0, step=STEP)
        made[name] = metrics.score(clean, restored, ["psnr", "deg"]) | {
            "closeness": metrics.score(np.clip(noisy, 0, 1), restored, ["psnr"])["psnr"],
            "whiteness": metrics.residual_whiteness(noisy, restored),
            "sure": -10 * np.log10(max(told, 1e-9)),
        }
    return pd.DataFrame(made).T


def row(clean: np.ndarray, seed: int) -> dict[str, object]:
    """What holds on one photograph.

    Returns
    -------
    dict
        PSNR of `PAIR`. Whether DE-G prefers the clean picture upside down to NLM's answer, and to
        those of all ten; and whether some fresh noise on NLM's answer improves its DE-G. The rank
        correlation of each judge without the clean picture with PSNR, and the PSNR lost where it
        chooses.
    """
    noisy = noise.Gaussian(SIGMA)(clean, seed)
    table = judged(clean, noisy, seed)
    found: dict[str, object] = {f"psnr {name}": table["psnr"][name] for name in PAIR}
    turned = metrics.score(clean, clean[::-1, ::-1], ["deg"])["deg"]
    found["upside down beats nlm"] = turned < table["deg"]["nlm"]
    found["upside down beats all"] = turned < table["deg"].min()
    smooth = TEN["nlm"](noisy, SIGMA)
    grainy = [noise.Gaussian(s / 255)(smooth, 100 + seed) for s in ADDED]
    best = min(metrics.score(clean, one, ["deg"])["deg"] for one in grainy)
    found["fresh noise wins"] = best < table["deg"]["nlm"]
    for judge in BLIND:
        found[f"rank by {judge}"] = table[judge].corr(table["psnr"], "spearman")
        found[f"lost by {judge}"] = table["psnr"].max() - table["psnr"][table[judge].idxmax()]
    return found


def photographs(name: str) -> dict[str, np.ndarray]:
    """Those of a set."""
    return {one: images.centre_crop(clean, SIZE) for one, clean in SETS[name]().items()}


def rows(name: str) -> pd.DataFrame:
    """Every photograph of a set, each in noise of its own."""
    made = [
        {"set": name, "picture": one, **row(clean, seed)}
        for seed, (one, clean) in enumerate(photographs(name).items())
    ]
    return pd.DataFrame(made).round(3)


STUDIES["judges"] = Study(
    "judges",
    "what scores with and without the clean picture say of ten filters, on 200 photographs",
    notebook="measuring_quality",
    key=("set",),
    groups=lambda table: {(name,): partial(rows, name) for name in SETS},
    minutes=5,
    sample=[("course",)],
    spread={f"psnr {name}": 0.02 for name in PAIR}  # ranks and choices turn over on rounding
    | {f"{what} by {judge}": 0.05 for judge in BLIND for what in ("rank", "lost")},
)

"""The comparisons that the course ships: which methods, which pictures, which noise.

Methods are whatever is registered or trained: a new filter or weight is in every suite, and
running a suite again computes its cells alone.

>>> methods = course_methods()
>>> {"bm3d", "dncnn"} <= methods.keys()
True
>>> some = cells("kinds", methods={"mean": methods["mean"]}, images=["texture/brick"])
>>> [(task.noise, task.knows, task.method) for task in some][:2]
[('gaussian 25', 'told', 'noisy input'), ('gaussian 25', 'told', 'mean')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont
from skimage import data
from skimage.util import montage

from helpers import checks, datasets, images, paths
from helpers.benchmark.knowledge import KNOWLEDGE, Tell, nothing
from helpers.benchmark.tasks import BASELINE, Task, noisy_input
from helpers.denoiser import Denoiser
from helpers.filters import FILTERS
from helpers.networks import TrainedNetwork, load, weights
from helpers.noise import Camera, Gaussian, NoiseModel, Poisson, SaltAndPepper, Speckle
from helpers.registry import Registry
from helpers.training.sources import UNNATURAL
from helpers.training.zero_shot import zero_shot

NATURAL = [name for name in images.PHOTOGRAPHS if name not in UNNATURAL]
PICTURE_SIDE = 256  # pixels: MS-SSIM needs 176, and the slowest network takes seconds for 256
METRICS = ("psnr", "ssim", "ms_ssim", "mse", "deg")
GAUSSIAN = {f"gaussian {sigma}": Gaussian(sigma / 255) for sigma in (15, 25, 50)}
OTHERS = {
    "poisson": Poisson(30),
    "speckle": Speckle(0.2),
    "salt and pepper": SaltAndPepper(0.05),
    "camera": Camera(gain=0.01),
}
TEXTURES = ("brick", "grass", "gravel")
TEXT = """What is noise? Each
pixel counts photons,
and the count is never
twice the same. What a
filter takes away must
look like noise: if you
can read it, it was text.
0123456789 (σ = 25/255)
"""


@dataclass(frozen=True)
class Suite:
    """One comparison.

    Attributes
    ----------
    what : str
        In a sentence.
    pictures : callable
        Gives name to clean image, gray; a name is its kind, a slash, and its own.
    noises : mapping
        Name to noise model.
    knows : tuple of str
        Keys of `KNOWLEDGE`: what methods are told.
    asks : callable
        Whether a picture is wanted with a noise and this knowledge, of the three names.
    """

    what: str
    pictures: Callable[[], dict[str, np.ndarray]]
    noises: Mapping[str, NoiseModel]
    knows: tuple[str, ...] = ("told",)
    asks: Callable[[str, str, str], bool] = lambda *cell: True
    at_home: bool = False  # networks of one σ at that σ alone, as papers have one for each


SUITES: Registry[Suite] = Registry("suite")


def results(suite: str) -> Path:
    """Where the table of a suite ships: in the project, or inside the installed package."""
    return paths.results() / f"benchmark_{suite}.csv"


def cells(
    suite: str, methods: Mapping[str, Denoiser], images: Iterable[str] | None = None
) -> list[Task]:
    """The cells of a suite for some methods, or for some of its pictures; the baseline first.

    Raises
    ------
    ValueError
        For an unknown suite or picture, and methods that are no dictionary of denoisers.
    """
    comparison = SUITES[suite]
    if not isinstance(methods, Mapping) or not all(map(callable, methods.values())):
        raise checks.refusal("methods", "a dictionary, name to denoiser", methods)
    methods = {BASELINE: noisy_input, **methods}
    return cells_of(suite, methods, {one: KNOWLEDGE[one] for one in comparison.knows}, images)


def cells_of(
    suite: str,
    methods: Mapping[str, Denoiser],
    columns: Mapping[str, Tell],
    images: Iterable[str] | None = None,
) -> list[Task]:
    """Those of some columns of knowledge, and of no other baseline than is among the methods.

    What a study's rows depend on is what this is handed: a change in how noise is estimated
    leaves rows alone that were told it.
    """
    comparison = SUITES[suite]
    if images is not None:
        images = checks.several(images, "images", "a list of names of pictures")
    pictures = Registry("picture")
    pictures.update(comparison.pictures())
    wanted = {name: pictures[name] for name in (pictures if images is None else images)}
    return [
        Task(
            image,
            kind,
            0,
            method,
            picture,
            model,
            denoise,
            METRICS,
            knows,
            nothing if method == BASELINE else tell,
        )
        for image, picture in wanted.items()
        for kind, model in comparison.noises.items()
        for knows, tell in columns.items()
        if comparison.asks(image, kind, knows)
        for method, denoise in methods.items()
        if stands_in(knows, method, denoise)
        and (not comparison.at_home or is_at_home(kind, denoise))
    ]


def stands_in(knows: str, method: str, denoise: Denoiser) -> bool:
    """Whether a method is compared where methods are told nothing: networks that need no σ.

    A filter that is told nothing estimates σ itself, and so does a network with a noise map:
    "estimated" has them told better. What learns from the picture alone stands nowhere else:
    told or not, it is the same.

    Examples
    --------
    >>> names = ("bm3d", "drunet", "dncnn", "zero_shot")
    >>> methods = [course_methods()[name] for name in names]
    >>> [stands_in("nothing", name, one) for name, one in zip(names, methods)]
    [False, False, True, True]
    >>> [stands_in("told", name, one) for name, one in zip(names, methods)]
    [True, True, True, False]
    """
    if method == BASELINE:
        return True
    if denoise is zero_shot:
        return knows == "nothing"
    if knows != "nothing":
        return True
    return isinstance(denoise, TrainedNetwork) and not denoise.takes_map


def is_at_home(kind: str, denoise: Denoiser) -> bool:
    """Whether a noise, such as "gaussian 25", is what a network of one σ learned from.

    Examples
    --------
    >>> dncnn, blind = (course_methods()[name] for name in ("dncnn", "dncnn_blind"))
    >>> is_at_home("gaussian 25", dncnn), is_at_home("gaussian 50", dncnn)
    (True, False)
    >>> is_at_home("gaussian 50", blind), is_at_home("gaussian 50", FILTERS["bm3d"])
    (True, True)
    """
    card = getattr(denoise, "card", None) or {}
    low, high = card.get("training", {}).get("sigma") or (0, 255)
    return low < high or float(kind.split()[-1]) == low


@cache
def course_methods() -> dict[str, Denoiser]:
    """Filters, weights that restore gray pictures, `zero_shot`; float32 on all machines."""
    methods = dict(FILTERS)
    for name in weights.available():
        card = weights.read_card(paths.weights() / f"{name}{weights.SUFFIX}")
        if card["architecture"]["channels"] == 1 and "sigma" in card.get("training", ()):
            methods[name] = load(name, precision="float32")
    return methods | {"zero_shot": zero_shot}


# ---- what papers publish -------------------------------------------------------------------


def published_pictures() -> dict[str, np.ndarray]:
    """Set12 and BSD68."""
    pictures = {}
    for name in ("set12", "bsd68"):
        test = datasets.fetch(name)
        pictures |= {f"{name}/{own}": image for own, image in zip(test.names, test.images)}
    return pictures


# PSNR on Set12 and BSD68, σ by σ, from DnCNN's repository, and MWCNN's for MWCNN. The papers'
# networks, at the papers' size, one for each σ; our dncnn and mwcnn learned from σ 25 alone.
_PAPERS = {
    "bm3d": {"set12": (32.37, 29.97, 26.72), "bsd68": (31.07, 28.57, 25.62)},
    "dncnn": {"set12": (None, 30.44, None), "bsd68": (None, 29.23, None)},
    "dncnn_blind": {"bsd68": (31.61, 29.16, 26.23)},
    "mwcnn": {"set12": (None, 30.79, None), "bsd68": (None, 29.41, None)},
}
PUBLISHED = {
    (method, name, kind): psnr
    for method, sets in _PAPERS.items()
    for name, row in sets.items()
    for kind, psnr in zip(GAUSSIAN, row)
    if psnr is not None
}

SUITES["published"] = Suite(
    "Set12 and BSD68 at σ 15, 25 and 50: beside the numbers of the papers",
    published_pictures,
    GAUSSIAN,
    at_home=True,
)


# ---- kinds of noise, kinds of picture ------------------------------------------------------


def kinds_of_picture() -> dict[str, np.ndarray]:
    """Photographs, textures, faces, text, phantoms and dead leaves, about 256×256."""
    pictures = {}
    for name in NATURAL:
        kind = "texture" if name in TEXTURES else "photograph"
        pictures[f"{kind}/{name}"] = images.load(name, gray=True, size=PICTURE_SIDE)
    for k in range(2):  # forty-nine small faces side by side, (175, 175)
        faces = np.float32(montage(data.lfw_subset()[49 * k : 49 * (k + 1)], grid_shape=(7, 7)))
        pictures[f"faces/{k}"] = images.as_image(faces)
    pictures["text/page"] = _page()
    pictures |= {f"phantom/{k}": images.xray_phantom(k, PICTURE_SIDE).image for k in range(3)}
    pictures["dead leaves/0"] = images.dead_leaves(0, (PICTURE_SIDE, PICTURE_SIDE))
    return pictures


def _page() -> np.ndarray:
    """Black text on white, (256, 256)."""
    page = Image.new("L", (PICTURE_SIDE, PICTURE_SIDE), 255)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 20)
    ImageDraw.Draw(page).multiline_text((8, 8), TEXT, fill=0, font=font, spacing=7)
    return images.as_image(np.asarray(page))


def _most_of_photographs(image: str, kind: str, knows: str) -> bool:
    """Of other pictures two kinds of noise, told; that keeps it to half an hour on two cores."""
    photograph = image.startswith("photograph/")
    return photograph or (knows == "told" and kind in ("gaussian 25", "poisson"))


SUITES["kinds"] = Suite(
    "seven kinds of noise on photographs, told, estimated, or not; other pictures at two, told",
    kinds_of_picture,
    {**GAUSSIAN, **OTHERS},
    ("told", "estimated", "nothing"),
    _most_of_photographs,
)


# ---- chest radiographs ---------------------------------------------------------------------


def radiographs() -> dict[str, np.ndarray]:
    """The centres of 25 chest radiographs, 256×256, gray."""
    test = datasets.fetch("chest_xray")
    grays = (np.clip(images.to_gray(image), 0, 1) for image in test.images)
    crops = (images.centre_crop(gray, PICTURE_SIDE) for gray in grays)
    return {f"radiograph/{name}": crop for name, crop in zip(test.names, crops)}


SUITES["chest"] = Suite(
    "25 chest radiographs at σ 25",
    radiographs,
    {"gaussian 25": GAUSSIAN["gaussian 25"]},
)

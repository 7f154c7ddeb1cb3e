"""Where clean pictures for training come from, by name, each with its terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter

from helpers import checks, datasets, images
from helpers.picture_files import SUFFIXES, is_picture
from helpers.registry import Registry

TESTED_ON = ("astronaut", "camera", "chelsea")  # kept for testing, in every notebook
UNNATURAL = ("cell", "clock", "hubble_deep_field", "moon")  # noisy, blurred or nearly black
LEAVES, LEAVES_SIZE = 300, 192  # nearly as many pixels as Train400 has


@dataclass(frozen=True)
class Source:
    """Pictures, and what a card has to say about them."""

    description: str
    terms: str
    pictures: Callable[[], list[np.ndarray]] = field(repr=False)

    def split(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Training pictures, and every 20th (or the last one) kept for validation.

        Examples
        --------
        >>> [len(part) for part in Source("numbers", "ours", lambda: list(range(101))).split()]
        [96, 5]
        """
        pictures = self.pictures()
        last = range(max(1, len(pictures) - 1), len(pictures))  # a single one is trained on
        kept = range(19, len(pictures), 20) or last
        return [p for i, p in enumerate(pictures) if i not in kept], [pictures[i] for i in kept]


SOURCES: Registry[Source] = Registry("source of pictures")


def photographs() -> list[np.ndarray]:
    """The photographs inside scikit-image that the course does not test on."""
    left_out = {*TESTED_ON, *UNNATURAL}
    return [images.load(name) for name in images.PHOTOGRAPHS if name not in left_out]


def held_out_photographs(size: int = 256) -> dict[str, np.ndarray]:
    """Those that the course tests on, gray, (size, size), by name."""
    return {name: images.load(name, gray=True, size=size) for name in TESTED_ON}


def dead_leaves() -> list[np.ndarray]:
    """Colour pictures of fallen discs: no photograph at all."""
    return [images.dead_leaves(seed, (LEAVES_SIZE, LEAVES_SIZE, 3)) for seed in range(LEAVES)]


def softened(pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Seven pictures of ten blurred by up to 1.8 pixels, each always the same.

    Most cameras' pictures are not sharp to the pixel as those are that were made smaller; and what
    noise and JPEG "clean" photographs have themselves goes, so that nothing learns to keep it.
    """
    soft = []
    for number, picture in enumerate(pictures):
        rng = np.random.default_rng(number)
        width = rng.uniform(0.3, 1.8) if rng.random() < 0.7 else 0.0  # pixels
        soft.append(gaussian_filter(picture, width, axes=(0, 1)))
    return soft


SOURCES["bsds500"] = Source(
    "BSDS500 train and test without 12003 (Set12's starfish)",
    datasets.SETS["bsds500"].terms,
    lambda: list(datasets.fetch("bsds500").images),
)
SOURCES["bsds500_softened"] = Source(
    "BSDS500 train and test without 12003 (Set12's starfish), most of them blurred",
    datasets.SETS["bsds500"].terms,
    lambda: softened(datasets.fetch("bsds500").images),
)
SOURCES["train400"] = Source(
    "Train400 without test_020 (Set12's starfish)",
    datasets.SETS["train400"].terms,
    lambda: list(datasets.fetch("train400").images),
)
SOURCES["photographs"] = Source(
    "photographs inside scikit-image, without " + ", ".join((*TESTED_ON, *UNNATURAL)),
    "CC0, public domain or no known restriction; see data/README.md",
    photographs,
)
SOURCES["dead_leaves"] = Source(
    f"{LEAVES} drawn pictures of dead leaves, {LEAVES_SIZE}×{LEAVES_SIZE}; no photograph",
    "drawn by this project",
    dead_leaves,
)


def source(name: str) -> Source:
    """A member of `SOURCES`, or a folder of your own pictures.

    Raises
    ------
    ValueError
        For a name that is neither, and a folder without pictures.

    Examples
    --------
    >>> len(source("photographs").pictures())
    8
    """
    folder = checks.path(name, "a source of pictures")
    if name in SOURCES or not folder.is_dir():
        return SOURCES[name]
    files = sorted(file for file in folder.rglob("*") if is_picture(file.relative_to(folder)))
    if not files:
        raise ValueError(f"no picture in {folder}; looked for {', '.join(SUFFIXES)}")
    return Source(
        f"{len(files)} pictures of a folder", "yours", lambda: list(map(images.load, files))
    )

"""From the files of a set to the parts of a `Dataset`: what is an image, what is its reference.

Each function takes ``{path in the set: path on the disk}`` and gives arguments of `Dataset`.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from helpers import images
from helpers.datasets.dataset import Lazy
from helpers.datasets.pins import decoded
from helpers.datasets.sidd import sidd_instances

Files = dict[str, Path]
Parts = dict[str, Any]


def pictures(files: Files) -> Parts:
    """Every file is an image, named by its stem."""
    paths = tuple(files.values())
    return {"names": tuple(path.stem for path in paths), "images": Lazy(paths, images.load)}


def _frame(names: Sequence[str], **columns: Sequence):
    import pandas

    return pandas.DataFrame({"name": names, **columns})


def _pairs(files: Files, noisy: str, clean: str) -> Parts:
    """Noisy and clean pictures whose paths differ in one word; aligned by name, not by order."""
    pairs = {path: path.replace(noisy, clean) for path in files if noisy in path}
    return {
        "images": Lazy([files[path] for path in pairs], images.load),
        "references": Lazy([files[path] for path in pairs.values()], images.load),
        "names": tuple(Path(path).stem.replace(noisy, "").strip("_") for path in pairs),
    }


def bsds500(files: Files) -> Parts:
    """Names and table say which split a picture is of."""
    splits = [Path(path).parts[-2] for path in files]
    parts = pictures(files)
    names = tuple(f"{split}/{name}" for split, name in zip(splits, parts["names"]))
    return {**parts, "names": names, "table": _frame(names, split=splits)}


def polyu(files: Files) -> Parts:
    """One noisy shot and the mean of many, as its reference; the name says how it was taken.

    ``Canon5D2_3-5_160_6400_desk_4``: f/3.5, 1/160 s, ISO 6400. One scene name, two cameras.
    """
    import pandas

    parts, rows = _pairs(files, "_real", "_mean"), []
    for name in parts["names"]:
        camera, aperture, shutter, iso, scene, crop = name.split("_")
        row = {
            "name": name,
            "camera": camera,
            "aperture": float(aperture.replace("-", ".")),
            "shutter_denominator": int(shutter),
            "iso": int(iso),
            "scene": f"{camera.removeprefix('Canon')} {scene}",
            "crop": int(crop),
        }
        rows.append(row)
    return {**parts, "table": pandas.DataFrame(rows)}


def sidd(files: Files) -> Parts:
    """The published pair, six crops, and all scene instances with the levels of their noise.

    Variance = beta1 · x + beta2 for each channel; NaN for the 40 instances of the benchmark.
    """
    import pandas

    parts = _pairs(files, "NOISY", "GT")
    names = tuple(
        "pair_010" if name.startswith("SRGB") else f"crop_{name}" for name in parts["names"]
    )
    folder = "SIDD/files/"
    levels = pandas.read_csv(files[folder + "noise_level_functions.csv"])
    bayer = pandas.read_csv(files[folder + "bayer_patterns.csv"])
    levels = levels.rename(columns={"scene_instance_id": "scene_instance"})
    bayer = bayer.rename(columns={"camera_id": "phone"})
    table = sidd_instances().merge(levels, how="left", on="scene_instance", validate="1:1")
    table = table.merge(bayer, how="left", on="phone", validate="m:1")
    return {**parts, "names": names, "table": table}


def fmd(files: Files) -> Parts:
    """One frame and the mean of 50, as its reference; four frames of each of twelve samples.

    ``TwoPhoton_BPAE_G_3``: cells stained green, by two-photon microscopy. The four have the same
    reference, so they show one field (the column `field` counts them); one frame stands twice.
    """
    parts = _pairs(files, "raw/", "gt/")
    kinds, fields = zip(*(name.rsplit("_", 1) for name in parts["names"]))
    microscopes, samples = zip(*(kind.split("_", 1) for kind in kinds))
    columns = {"type": kinds, "microscope": microscopes, "sample": samples}
    return {**parts, "table": _frame(parts["names"], **columns, field=list(map(int, fields)))}


def dsb2018(files: Files) -> Parts:
    """Fluorescence images; a label map is (H, W) uint16, 0 background, 1…n nuclei."""
    import pandas

    parts = pictures({path: place for path, place in files.items() if "/images/" in path})
    maps = tuple(files[f"DSB2018/labels/{name}.png"] for name in parts["names"])
    index = pandas.read_csv(files["DSB2018/index.csv"]).set_index("id")
    table = index.loc[list(parts["names"])].rename_axis("name").reset_index()
    return {**parts, "labels": Lazy(maps, _label_map), "table": table}


def _label_map(path: Path) -> np.ndarray:
    return decoded(path).astype(np.uint16)  # (H, W)


def chest_xray(files: Files) -> Parts:
    """Labels are "normal", "bacteria", "virus", read from the file names."""
    parts = pictures(files)
    matches = [re.search("bacteria|virus", name) for name in parts["names"]]
    kinds = [match.group() if match else "normal" for match in matches]
    return {**parts, "labels": np.array(kinds), "table": _frame(parts["names"], kind=kinds)}


def pneumonia_mnist(files: Files) -> Parts:
    """Labels are 0 normal, 1 pneumonia; images of one split are read together, at first use."""
    (path,) = files.values()
    with np.load(path, allow_pickle=False) as file:
        labels = {split: file[f"{split}_labels"][:, 0] for split in ("train", "val", "test")}
    keys = [(split, i) for split, those in labels.items() for i in range(len(those))]
    names = tuple(f"{split}/{i}" for split, i in keys)
    return {
        "names": names,
        "images": Lazy(tuple(keys), partial(_small_image, path)),
        "labels": np.concatenate(list(labels.values())),  # (5030,) uint8
        "table": _frame(names, split=[split for split, _ in keys]),
    }


def _small_image(path: Path, key: tuple[str, int]) -> np.ndarray:
    split, i = key
    return images.as_image(_split_of(path, split)[i])  # (28, 28)


@lru_cache(maxsize=3)
def _split_of(path: Path, split: str) -> np.ndarray:
    with np.load(path, allow_pickle=False) as file:
        return file[f"{split}_images"]  # (n, 28, 28) uint8


# Where scenes 1 to 26 begin, as file numbers; file 1 is of scene 13.
_BEGINNINGS = (
    "2 9 18 27 34 43 50 57 64 71 78 87 96 114 121 130 139 148 153 167 174 181 188 193 200 207"
)
# In these the numbers do not run from dark to bright.
_UNORDERED = {2, 3, 5, 11, 12, 13, 15, 16, 17, 18, 19}
_SAME_PLACE = {11: 10, 12: 10}  # three stacks of one monument


def exposure_stacks(files: Files) -> Parts:
    """The table has scene, place (split by it), and whether numbers run from dark to bright."""
    parts = pictures(files)
    beginnings = list(map(int, _BEGINNINGS.split()))
    scenes = [bisect(beginnings, int(name)) or 13 for name in parts["names"]]
    table = _frame(
        parts["names"],
        scene=scenes,
        place=[_SAME_PLACE.get(scene, scene) for scene in scenes],
        ordered=[scene not in _UNORDERED for scene in scenes],
    )
    return {**parts, "table": table}

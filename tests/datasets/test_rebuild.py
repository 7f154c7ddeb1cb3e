"""A set that is made from a clone of its repository."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from helpers import datasets
from helpers.datasets import SETS, ImageSet, Pin, fetch, opening, store
from tests.datasets.toy import kept, png


@pytest.fixture
def clone(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An upstream repository with one image and two nuclei, and the set made of it."""
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    labels = np.zeros((16, 16), dtype=np.uint16)
    labels[2:5, 2:5], labels[8:12, 9:15] = 1, 2
    source = tmp_path / "clone/stage1_train/cell"
    (source / "images").mkdir(parents=True)
    (source / "masks").mkdir()
    rgba = np.dstack([gray, gray, gray, np.full_like(gray, 255)])
    (source / "images/cell.png").write_bytes(png(rgba))
    for number, name in enumerate("ab", 1):
        mask = (labels == number).astype(np.uint8) * 255
        (source / f"masks/{name}.png").write_bytes(png(mask))
    index = b"id,width,height,kind,n_nuclei,mask_fraction,mean_intensity\r\n"
    index += b"cell,16,16,gray,2,0.1289,127.5\r\n"
    files = (
        Pin("DSB2018/index.csv", len(index), hashlib.sha256(index).hexdigest()),
        Pin("DSB2018/images/cell.png", 1, "", store.pixel_digest(gray)),
        Pin("DSB2018/labels/cell.png", 1, "", store.pixel_digest(labels)),
    )
    one = ImageSet("Cells", "CC0", "Nobody", files, open=opening.dsb2018, rebuild="rebuild it")
    monkeypatch.setitem(SETS, "dsb2018", one)
    return tmp_path / "clone"


def test_a_set_is_rebuilt_from_its_repository(clone, cache):
    assert datasets.rebuild_dsb2018(clone) == cache / "DSB2018"
    cells = fetch("dsb2018")
    assert cells.names == ("cell",)
    assert cells.labels[0].dtype == np.uint16
    assert np.unique(cells.labels[0]).tolist() == [0, 1, 2]


def test_other_pixels_are_not_rebuilt(clone, cache):
    (clone / "stage1_train/cell/masks/b.png").unlink()
    with pytest.raises(ValueError, match=r"labels/cell\.png differs"):
        datasets.rebuild_dsb2018(clone)
    assert "DSB2018/labels/cell.png" not in kept(cache)


def test_a_damaged_rebuilt_picture_is_removed(clone, cache):
    datasets.rebuild_dsb2018(clone)
    (cache / "DSB2018/images/cell.png").write_bytes(b"\x89PNG half")
    with pytest.raises(FileNotFoundError, match="rebuild it"):
        fetch("dsb2018")
    assert "DSB2018/images/cell.png" not in kept(cache)

"""An open set: pictures that are read when they are asked for, parts that stay aligned."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from helpers import datasets, images
from helpers.datasets import Lazy, fetch


def test_opening_decodes_nothing(declared, mirror, monkeypatch):
    decoded = []
    monkeypatch.setattr(images, "load", lambda path: decoded.append(path) or np.zeros((2, 2)))
    dataset = fetch("toy")
    assert repr(dataset) == "<toy: 6 images>"
    part = dataset.images[2:]
    assert not decoded
    part[np.int64(-1)]
    assert [path.name for path in decoded] == ["5.png"]


def test_a_dataset_travels_to_another_process(declared, mirror):
    dataset = pickle.loads(pickle.dumps(fetch("toy")))
    assert dataset.images[1].shape == (40, 50)


def test_where_keeps_all_parts_aligned():
    table = pd.DataFrame({"name": list("abcd"), "scene": [1, 2, 1, 3], "iso": [8, 8, 9, 9]})
    numbers = Lazy(range(4), float)
    whole = datasets.Dataset("toy", "", "", tuple("abcd"), numbers, numbers, np.arange(4), table)
    part = whole.where(scene=[1, 3], iso=9)
    assert part.names == ("c", "d")
    assert list(part.images) == list(part.references) == list(part.labels) == [2, 3]
    assert part.table["name"].tolist() == ["c", "d"]
    assert part.table.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "reason"), [({"light": 1}, "no column 'light'"), ({"scene": 9}, "no image of")]
)
def test_where_says_why_nothing_is_left(columns, reason):
    table = pd.DataFrame({"scene": [1]})
    with pytest.raises(ValueError, match=reason):
        datasets.Dataset("toy", "", "", ("a",), Lazy([1], float), table=table).where(**columns)


def test_where_needs_one_row_for_each_image():
    with pytest.raises(ValueError, match="no table with one row for each image"):
        datasets.Dataset("toy", "", "", ("a",), Lazy([1], float)).where(scene=1)

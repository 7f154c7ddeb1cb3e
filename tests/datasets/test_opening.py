"""The real sets, where they are; and nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from helpers import datasets, images
from helpers.datasets import SETS, ImageSet, Pin, fetch, opening
from tests.datasets.toy import psnr, sizes


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_nothing_is_ever_unpickled(cache, monkeypatch, tmp_path):
    array = np.empty(1, dtype=object)
    array[0] = Bomb()
    path = tmp_path / "bomb.npz"
    np.savez(path, train_labels=array)
    data = path.read_bytes()
    assert pickle.dumps(Bomb())[:20] in data or b"pytest" in data
    pin = Pin("bomb.npz", len(data), hashlib.sha256(data).hexdigest())
    one = ImageSet("Bomb", "CC0", "Nobody", (pin,), open=opening.pneumonia_mnist)
    monkeypatch.setitem(SETS, "bomb", one)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        fetch("bomb")


def test_the_source_neither_unpickles_nor_unpacks():
    source = "".join(path.read_text() for path in Path(datasets.__file__).parent.glob("*.py"))
    assert not re.search(r"allow_pickle=True|import pickle|torch\.load|zipfile|tarfile", source)


# ---- the real sets, where they are ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("set12", {(256, 256): 7, (512, 512): 5}),
        ("bsd68", {(321, 481): 53, (481, 321): 15}),
        ("train400", {(180, 180): 400}),
        ("bsds500", {(321, 481, 3): 137 + 134, (481, 321, 3): 63 + 66}),
        ("fmd", {(512, 512): 48}),
        ("dsb2018", {(256, 256): 200}),
        ("exposure_stacks", {(512, 512, 3): 210}),
    ],
)
def test_all_pictures_of_a_set(shared, name, shapes):
    dataset = fetch(name, exclude_leaks=False)
    assert len(dataset) == len(dataset.names) == len(set(dataset.names))
    assert sizes(dataset.images) == shapes


def test_dicm(shared):
    dataset = fetch("dicm")
    assert len(dataset) == 64
    assert "23" not in dataset.names
    assert all(480 <= side <= 960 for shape in sizes(dataset.images) for side in shape[:2])


def test_polyu_pairs_are_aligned(shared):
    polyu = fetch("polyu")
    scores = [psnr(*pair) for pair in zip(polyu.images, polyu.references)]
    assert len(scores) == 55
    assert np.mean(scores) == pytest.approx(36.19, abs=0.01)
    assert (min(scores), max(scores)) == pytest.approx((31.99, 41.00), abs=0.01)
    table = polyu.table
    assert table["scene"].nunique() == 15
    assert table["camera"].value_counts().to_dict() == {
        "Canon5D2": 29,
        "Canon80D": 15,
        "Canon600D": 11,
    }
    desk = polyu.where(scene="5D2 desk")
    assert len(desk) == 4
    row = desk.table.loc[0, ["aperture", "shutter_denominator", "iso"]]
    assert row.tolist() == [5.0, 160, 6400]
    assert table.groupby("scene")["iso"].nunique().eq(1).all()


def test_sidd_crops_pair_and_tables(shared):
    sidd = fetch("sidd")
    scores = {name: psnr(*pair) for name, *pair in zip(sidd.names, sidd.images, sidd.references)}
    expected = dict(enumerate([24.34, 23.58, 27.59, 27.35, 17.96, 18.07]))
    expected = {f"crop_{i}": score for i, score in expected.items()} | {"pair_010": 17.47}
    assert scores == pytest.approx(expected, abs=0.01)
    assert sizes(sidd.references) == {(512, 512, 3): 5, (1024, 1024, 3): 1, (600, 1700, 3): 1}
    medium = sidd.table.query("subset == 'medium'")
    phones = {"IP": 54, "S6": 35, "GP": 33, "N6": 22, "G4": 16}
    assert medium["phone"].value_counts().to_dict() == phones
    assert (len(sidd.table), len(medium)) == (200, 160)
    assert medium.notna().all(axis=None)
    assert (medium["beta2_g"] == 0).sum() == 47


def test_fmd_pairs_are_those_of_the_published_table(shared):
    fmd = fetch("fmd")
    table = fmd.table.assign(psnr=[psnr(*pair) for pair in zip(fmd.images, fmd.references)])
    assert table["psnr"].mean() == pytest.approx(27.2168, abs=1e-4)  # as its authors print it
    assert table["type"].nunique() == 12
    assert table.groupby("type")["field"].apply(list).map([1, 2, 3, 4].__eq__).all()
    by_microscope = table.groupby("microscope")["psnr"].agg(["size", "mean"])
    assert by_microscope["size"].to_dict() == {"Confocal": 20, "TwoPhoton": 16, "WideField": 12}
    means = {"Confocal": 29.13, "TwoPhoton": 26.32, "WideField": 25.23}
    assert by_microscope["mean"].to_dict() == pytest.approx(means, abs=0.01)
    first = fmd.where(field=1)
    assert len(first) == 12
    assert first.names[0] == "Confocal_BPAE_B_1"
    assert first.table["sample"].unique().tolist() == [
        "BPAE_B",
        "BPAE_G",
        "BPAE_R",
        "FISH",
        "MICE",
    ]
    assert psnr(first.images[0], first.references[0]) > 30  # aligned: the pairs share the field


def test_dsb2018_labels_count_the_nuclei(shared):
    cells = fetch("dsb2018")
    assert cells.table["name"].tolist() == list(cells.names)
    counts = [int(labels.max()) for labels in cells.labels]
    assert counts == cells.table["n_nuclei"].tolist()
    assert sum(counts) == 5685
    levels = [round(float(image.mean() * 255), 2) for image in cells.images]
    np.testing.assert_allclose(levels, cells.table["mean_intensity"], atol=0.011)


def test_chest_radiographs_and_their_kinds(shared):
    chest = fetch("chest_xray")
    assert Counter(chest.labels.tolist()) == {"normal": 7, "bacteria": 12, "virus": 6}
    colour = [name for name, image in zip(chest.names, chest.images) if image.ndim == 3]
    assert colour == ["person525_bacteria_2216", "person934_virus_1595"]
    assert len(chest.where(kind="virus").images) == 6


def test_pneumonia_mnist(shared):
    small = fetch("pneumonia_mnist")
    assert len(small) == 3882 + 524 + 624
    table = small.table.assign(label=small.labels)
    counts = table.groupby("split")["label"].agg(["size", "sum"])
    assert counts.loc["train"].tolist() == [3882, 3494]
    assert counts.loc["test"].tolist() == [624, 390]
    with np.load(shared / "ChestXray/pneumoniamnist.npz", allow_pickle=False) as file:
        last = file["test_images"][-1]
    np.testing.assert_array_equal(small.images[-1], images.as_image(last))
    assert sizes(small.where(split="test").images) == {(28, 28): 624}


def test_stacks_know_their_scene_and_order(shared):
    stacks = fetch("exposure_stacks")
    table = stacks.table.assign(level=[image.mean() for image in stacks.images])
    assert table["scene"].nunique() == 26
    assert table["scene"].value_counts().loc[[1, 13, 18, 19, 26]].tolist() == [7, 19, 5, 14, 4]
    assert table["place"].nunique() == 24
    assert stacks.where(scene=13).names == ("1", *map(str, range(96, 114)))
    rises = table.groupby("scene")["level"].apply(lambda levels: levels.is_monotonic_increasing)
    assert rises.to_dict() == table.groupby("scene")["ordered"].first().to_dict()

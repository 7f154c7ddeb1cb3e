"""Which bytes a file must have, and where it may lie."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.datasets import SETS, ImageSet, Pin, fetch, pins
from tests.datasets.toy import toy


@pytest.mark.parametrize(
    "path", ["../out.png", "a/../../out.png", "/etc/out.png", "..\\out.png", "C:/out.png", ""]
)
def test_no_file_leaves_its_folder(path, server, cache, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="leads out of its folder"):
        Pin(path, 1, "").under(tmp_path)
    evil = Pin(path, *toy("").files[0][1:4], url=server.url + "toy/0.png")
    monkeypatch.setitem(SETS, "evil", ImageSet("Evil", "CC0", "Nobody", (evil,)))
    with pytest.raises(ValueError, match="leads out of its folder"):
        fetch("evil")
    assert not server.asked


def test_pins_agree_with_the_published_tables(shared):
    public = pd.read_csv(shared / "PUBLIC_SETS.csv")
    folder = public["set"].where(public["set"] != "PolyU", "PolyU_Canon")
    public = public.set_index(folder + "/" + public["file"])
    manifest = pd.read_csv(shared / "MANIFEST.csv").set_index("path")
    seen = 0
    for pin in (pin for one in SETS.values() for pin in one.files):
        if pin.path in public.index:
            row = public.loc[pin.path]
            assert (pin.url, pin.bytes, pin.sha256) == (row["url"], row["bytes"], row["sha256"])
            seen += 1
        if pin.path in manifest.index:
            row = manifest.loc[pin.path]
            assert (pin.bytes, pin.sha256) == (row["bytes"], row["sha256"])
    assert seen == 12 + 68 + 400 + 400 + 24 + 18 + 110 + 96


def test_every_pin_belongs_to_one_set_and_none_to_bsds500_val():
    used = [pin.path for one in SETS.values() for pin in one.files]
    assert sorted(used) == sorted(pin.path for pin in pins.table())
    assert not [path for path in used if "/val/" in path]

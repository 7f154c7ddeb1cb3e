"""What is declared of each set, and what is left out of training."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from helpers import datasets
from helpers.datasets import SETS, fetch
from tests.datasets.toy import toy

KNOWN = """set12 bsd68 train400 bsds500 kodak24 mcmaster polyu sidd fmd dsb2018 chest_xray
pneumonia_mnist exposure_stacks dicm"""


COUNTS = dict(
    zip(KNOWN.split(), [12, 68, 400, 400, 24, 18, 112, 16, 96, 401, 25, 1, 210, 64], strict=True)
)


def test_all_sets_are_declared():
    assert {name: len(one.files) for name, one in SETS.items()} == COUNTS
    assert datasets.overview()["files"].to_dict() == COUNTS


def test_an_unknown_set_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'bsd86', did you mean 'bsd68'\? Known: set12, bsd68"):
        fetch("bsd86")


@pytest.mark.parametrize("name", COUNTS)
def test_each_file_has_a_hash_and_an_address_at_a_commit(name):
    for pin in SETS[name].files:
        assert re.fullmatch("[0-9a-f]{64}", pin.sha256)
        assert pin.bytes > 0
        assert bool(pin.url) != bool(SETS[name].rebuild)
        if pin.url:
            pattern = r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/\S+"
            assert re.fullmatch(pattern, pin.url)


@pytest.mark.parametrize("name", COUNTS)
def test_terms_begin_with_what_matters(name):
    assert re.match(r"Non-commercial: |Not stated: |CC0 |CC BY(-SA)? 4\.0 |MIT ", SETS[name].terms)
    assert re.search(r"(19|20)\d\d", SETS[name].citation)
    assert SETS[name].leaks.keys() <= {pin.path for pin in SETS[name].files}


def test_leaks_are_left_out_unless_asked_for(cache, server, monkeypatch):
    monkeypatch.setitem(SETS, "toy", toy(server.url, leaks={"toy/3.png": "is in the test"}))
    assert fetch("toy", progress=False).names == tuple("01245")
    assert "toy/3.png" not in server.asked
    assert fetch("toy", progress=False, exclude_leaks=False).names == tuple("012345")


def test_the_starfish_is_left_out_of_training(shared):
    starfish = fetch("set12").images[3]
    bsds500, train400 = fetch("bsds500"), fetch("train400")
    assert len(bsds500) == len(train400) == 399
    assert "train/12003" not in bsds500.names
    assert "test_020" not in train400.names
    whole = fetch("bsds500", exclude_leaks=False)
    photograph = whole.images[whole.names.index("train/12003")]
    photograph = photograph @ np.float32([0.299, 0.587, 0.114])  # the luminance of BT.601
    crop = photograph[7:263, 109:365]
    assert np.corrcoef(crop.ravel(), starfish.ravel())[0, 1] > 0.9999
    assert Counter(bsds500.table["split"]) == {"train": 199, "test": 200}
    assert len(bsds500.where(split="test")) == 200

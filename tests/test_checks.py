"""What an argument may be: one sentence for what it may not, whatever was wrong with it."""

from __future__ import annotations

import decimal
import fractions
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import checks

NO_NUMBERS = {
    "None": None,
    "text": "0.5",
    "bytes": b"x",
    "complex": 1 + 2j,
    "NumPy's complex": np.complex128(0.5),
    "True": True,
    "NumPy's True": np.bool_(True),
    "NaN": math.nan,
    "NumPy's NaN": np.float32("nan"),
    "infinity": math.inf,
    "401 digits": 10**400,
    "5001 digits": 10**5000,
    "list": [1],
    "array": np.ones(2),
    "array of no dimension": np.array(1),
    "tensor": torch.tensor(1),
    "decimal": decimal.Decimal(1),
    "object": object(),
    "ellipsis": ...,
}


@pytest.mark.parametrize("what", NO_NUMBERS)
@pytest.mark.parametrize("check", [checks.whole, checks.number])
def test_what_is_no_number_is_refused_in_one_sentence(check: Callable, what: str) -> None:
    with pytest.raises(
        ValueError, match=r"^steps is a (whole )?number from 0 to 9, not "
    ) as error:
        check(NO_NUMBERS[what], "steps", 0, 9)
    assert len(str(error.value)) < 120
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_any_library_are_taken(value: object) -> None:
    result = checks.whole(value, "steps", 3, 3)
    assert (result, type(result)) == (3, int)


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.float16(3), fractions.Fraction(3)])
def test_numbers_of_any_library_are_taken(value: object) -> None:
    result = checks.number(value, "rate", 3, 3)
    assert (result, type(result)) == (3.0, float)


@pytest.mark.parametrize("value", [3.0, 2.5, fractions.Fraction(3)])
def test_a_number_that_is_whole_by_chance_is_no_whole_one(value: object) -> None:
    with pytest.raises(ValueError, match="steps is a whole number, not"):
        checks.whole(value, "steps")


RANGES = {
    "a number": {},
    "a number from 0 to 1": {"low": 0, "high": 1},
    "a number, 0.5 or more": {"low": 0.5},
    "a number, 1 or less": {"high": 1},
    "a number above 0": {"above": 0},
    "a number below 1": {"below": 1},
    "a number above 0 to below 1": {"above": 0, "below": 1},
    "a number from 0 to below 1": {"low": 0, "below": 1},
    "a number above 0 to 1": {"above": 0, "high": 1},
}


@pytest.mark.parametrize("accepted", RANGES)
def test_the_sentence_says_the_range_and_the_range_is_kept(accepted: str) -> None:
    bounds = RANGES[accepted]
    for value in np.linspace(-1, 2, 13):
        low = bounds.get("low", -9) <= value and bounds.get("above", -9) < value
        high = value <= bounds.get("high", 9) and value < bounds.get("below", 9)
        if low and high:
            assert checks.number(value, "share", **bounds) == value
            continue
        with pytest.raises(ValueError, match=f"^share is {accepted}, not "):
            checks.number(value, "share", **bounds)


@pytest.mark.parametrize("value", [True, False, np.bool_(True)])
def test_a_truth_value_is_one_by_its_type(value: object) -> None:
    assert checks.flag(value, "clip") is bool(value)


@pytest.mark.parametrize("value", ["no", "", None, 0, 1, 0.0, [], np.ones(1, bool)])
def test_what_merely_counts_as_true_or_false_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="clip is True or False, not"):
        checks.flag(value, "clip")


@pytest.mark.parametrize("value", ["large", ["small"], None, 5, {}, np.ones(2), b"small"])
def test_only_the_known_values_are_taken(value: object) -> None:
    assert checks.one_of("small", "size", ("small", "paper")) == "small"
    with pytest.raises(ValueError, match="size is one of small, paper, not"):
        checks.one_of(value, "size", ("small", "paper"))


def test_true_is_not_1_among_known_values() -> None:
    with pytest.raises(ValueError, match="channels is one of 1, 3, not True"):
        checks.one_of(True, "channels", (1, 3))


def test_members_of_any_sequence_are_taken() -> None:
    for value in ([1, 2], (1, 2), iter([1, 2]), np.array([1, 2])):
        assert checks.several(value, "images", "a list") == [1, 2]


@pytest.mark.parametrize("value", [None, 3, "ab", b"ab", {"a": 1}, np.array(3), int])
def test_what_has_no_members_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="images is a list of pictures, not"):
        checks.several(value, "images", "a list of pictures")


def test_what_cannot_be_called_is_refused() -> None:
    assert checks.function(len, "denoise") is len
    with pytest.raises(ValueError, match="denoise is a function, not 5"):
        checks.function(5, "denoise")


# ---- paths ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 5, "", b"x", ["x"], object()])
def test_what_is_no_path_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="file is a name or a path, not"):
        checks.path(value, "file")


@pytest.mark.parametrize("value", ["x" * 300, "x/" + "y" * 5000, "a\0b", "~no_such_user_here/x"])
def test_a_path_that_no_disk_could_have_is_refused_with_the_reason(value: str) -> None:
    with pytest.raises(ValueError, match=r"^file cannot be '[^\n]{1,80}: \S") as error:
        checks.path(value, "file")
    assert len(str(error.value)) < 200


def test_the_home_folder_may_be_written_short(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert checks.path("~/x.png") == tmp_path / "x.png"
    assert checks.path(Path("~/x.png")) == tmp_path / "x.png"


def test_a_path_need_not_exist(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("none", "none/deeper", "file", "file/below a file"):
        assert checks.path(str(tmp_path / name)) == tmp_path / name


def test_a_value_that_cannot_say_itself_is_named_by_its_type() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert checks.shown(Mute()) == "a value of type Mute"

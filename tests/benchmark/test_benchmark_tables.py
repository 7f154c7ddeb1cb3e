"""Tables are written whole or not at all, and ranked over the same pictures."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import benchmark, filters
from helpers.benchmark import tables
from tests.benchmark.conftest import NOISES
from tests.benchmark.methods import broken
from tests.full_disk import full_disk


@pytest.fixture(scope="module")
def table(pictures: dict) -> pd.DataFrame:
    return benchmark.run({"mean": filters.mean, "broken": broken}, pictures, NOISES)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_what_is_written_is_read_back(tmp_path: Path, table: pd.DataFrame, ending: str) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow", reason="optional")
    path = tmp_path / f"new/t{ending}"
    tables.write(table, path, "python -m helpers.benchmark --and so on")
    again = tables.read(path)
    pd.testing.assert_frame_equal(again, table, check_dtype=False, rtol=1e-4, atol=1e-6)
    assert (again["error"] == "").sum() == 8
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_csv_begins_with_its_command(tmp_path: Path, table: pd.DataFrame) -> None:
    tables.write(table, tmp_path / "t.csv", "python -m helpers.benchmark")
    assert (tmp_path / "t.csv").read_text().startswith("# python -m helpers.benchmark\nimage,")


def test_a_full_disk_leaves_the_table_that_was_there(tmp_path: Path, table: pd.DataFrame) -> None:
    path = tmp_path / "t.csv"
    tables.write(table.head(1), path)
    before = path.read_text()
    with full_disk(100), pytest.raises(OSError, match="large"):
        tables.write(table, path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_without_pyarrow_parquet_says_what_to_install(
    tmp_path: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install '.*\[cluster\]'"):
        tables.write(table, tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=r"\.csv, \.parquet, \.md, not to 't\.xls'"):
        tables.write(table, tmp_path / "t.xls")


def test_methods_are_ranked_after_the_noisy_input(table: pd.DataFrame) -> None:
    board = tables.leaderboard(table).splitlines()
    assert board[0] == "| method | weak | blur | seconds |"
    assert [line.split(" | ")[0] for line in board[2:4]] == ["| noisy input", "| mean"]
    weak = table[(table["noise"] == "weak") & (table["method"] == "noisy input")]["psnr"].mean()
    assert f"{weak:.2f}" in board[2]
    assert "| broken | – | – | nan |" in board[-1] or "| broken" in "".join(board[2:])


def test_means_over_other_pictures_are_not_compared() -> None:
    rows = {"image": ["a", "b", "a"], "method": ["noisy input", "noisy input", "few"]}
    table = pd.DataFrame({**rows, "noise": "g", "psnr": [20.0, 22, 30], "seconds": 1.0})
    mean = tables.means(table)
    assert mean.loc["noisy input", "g"] == 21
    assert np.isnan(mean.loc["few", "g"])
    with pytest.raises(ValueError, match="no column 'ssim'; it has image"):
        tables.means(table, "ssim")


def test_means_stand_at_their_own_names() -> None:
    """In the order of appearance, which is neither sorted nor that of the other axis."""
    rows = [
        {"image": image, "noise": kind, "method": method, "psnr": 10 * k + j}
        for image in "ab"
        for j, kind in enumerate(("weak", "blur", "camera"))
        for k, method in enumerate((tables.BASELINE, "zeta", "alpha", "median"))
    ]
    found = tables.means(pd.DataFrame(rows))
    assert list(found.index) == [tables.BASELINE, "zeta", "alpha", "median"]
    assert list(found.columns) == ["weak", "blur", "camera"]
    expected = 10 * np.arange(4)[:, None] + np.arange(3)
    assert (found.to_numpy() == expected).all()

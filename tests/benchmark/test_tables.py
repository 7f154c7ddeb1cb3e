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
    assert board[0] == "| method, told | weak | blur | seconds |"
    assert [line.split(" | ")[0] for line in board[2:4]] == ["| noisy input", "| mean"]
    weak = table[(table["noise"] == "weak") & (table["method"] == "noisy input")]["psnr"]
    assert f"{weak.mean():.2f}** ± {weak.std():.2f} |" in board[2]
    assert "| broken | – | – | nan |" in board[-1] or "| broken" in "".join(board[2:])


def test_means_over_other_pictures_are_not_compared() -> None:
    rows = {"image": ["a", "b", "a"], "method": ["noisy input", "noisy input", "few"]}
    table = pd.DataFrame({**rows, "noise": "g", "psnr": [20.0, 22, 30], "seconds": 1.0})
    mean = tables.means(table)
    assert mean.loc["noisy input", "g"] == 21
    assert np.isnan(mean.loc["few", "g"])
    with pytest.raises(ValueError, match="no column 'ssim'; it has image"):
        tables.means(table, "ssim")


def test_a_method_without_all_columns_is_ranked_last() -> None:
    """It may have been spared the hard ones."""
    rows = [("half", "weak", 29.0), ("good", "weak", 31.0), ("good", "strong", 25.0)]
    table = pd.DataFrame(rows, columns=["method", "noise", "psnr"]).assign(image="a", seconds=1.0)
    board = tables.leaderboard(table)
    assert board.index("| good |") < board.index("| half |")


def knowing(**columns: list) -> pd.DataFrame:
    """Two pictures, two methods beside the noisy input, told and estimated."""
    psnr = {
        ("told", "noisy input"): (20.0, 22.0),
        ("told", "a"): (30.0, 34.0),
        ("told", "b"): (29.0, 34.5),
        ("estimated", "noisy input"): (20.0, 22.0),
        ("estimated", "a"): (29.0, 34.0),
        ("estimated", "b"): (29.5, 34.5),
    }
    rows = [
        {"image": image, "noise": "g", "draw": 0, "knows": knows, "method": method, "psnr": one}
        for (knows, method), both in psnr.items()
        for image, one in zip("xy", both)
    ]
    return pd.DataFrame(rows).assign(seconds=1.0, **columns)


def test_methods_are_compared_among_those_that_are_told_the_same() -> None:
    table = knowing()
    for each in (tables.means, tables.spreads):
        with pytest.raises(ValueError, match="knows is one of told, estimated, which the table"):
            each(table)
        with pytest.raises(ValueError, match="knows is one of told, estimated"):
            each(table, knows="nothing")
    assert tables.means(table, knows="told")["g"].tolist() == [21, 32, 31.75]
    assert tables.means(table, knows="estimated")["g"].tolist() == [21, 31.5, 32]
    told, estimated = tables.leaderboard(table).split("\n\n")
    assert told.splitlines()[0] == "| method, told | g | seconds |"
    assert told.splitlines()[3] == "| a | **32.00** ± 2.83 | 1.000 |"
    assert estimated.splitlines()[0] == "| method, estimated | g | seconds |"
    assert estimated.splitlines()[3] == "| b | **32.00** ± 3.54 | 1.000 |"


def test_a_gain_is_counted_from_the_noisy_input() -> None:
    table = knowing()
    found = tables.gains(table, knows="told")
    assert found["g"].to_dict() == {"a": 11, "b": 10.75}
    with pytest.raises(ValueError, match="knows is one of told, estimated"):
        tables.gains(table)
    with pytest.raises(ValueError, match="no method 'noisy input'; it has a, b"):
        tables.gains(table[table["method"] != tables.BASELINE], knows="told")


def test_a_lead_is_measured_on_the_same_images() -> None:
    table = knowing()
    assert tables.lead(table, "b", "a", rng=0, knows="told") == (-0.25, -1, 0.5)  # two gaps
    drawn = pd.concat([table, table.assign(draw=1, psnr=table["psnr"] + 1)])
    assert tables.lead(drawn, "b", "a", rng=0, knows="told")[0] == -0.25
    partly = table[(table["image"] == "x") | (table["method"] == "a")]
    with pytest.raises(ValueError, match="two or more"):
        tables.lead(partly, "b", "a", rng=0, knows="told")


def test_a_lead_says_what_it_cannot_compare() -> None:
    table = knowing()
    with pytest.raises(ValueError, match="knows is one of told, estimated"):
        tables.lead(table, "a", "b", rng=0)
    with pytest.raises(ValueError, match="no method 'c'; it has a, b, noisy input"):
        tables.lead(table, "a", "c", rng=0, knows="told")
    with pytest.raises(ValueError, match="no column 'ssim'"):
        tables.lead(table, "a", "b", rng=0, metric="ssim", knows="told")
    with pytest.raises(ValueError, match="at one noise, and the table has several: g, h"):
        tables.lead(pd.concat([table, table.assign(noise="h")]), "a", "b", rng=0, knows="told")


def test_nothing_is_bold_where_all_methods_are_the_same() -> None:
    table = knowing()
    table.loc[table["method"] == "b", "psnr"] = table.loc[table["method"] == "a", "psnr"].tolist()
    assert "**" not in tables.leaderboard(table)
    assert tables.leaderboard(table[table["method"] != "b"]).count("**") == 4


def test_the_spread_is_over_pictures_and_not_over_draws() -> None:
    rows = [
        (image, draw, base + draw) for image, base in (("x", 20), ("y", 23)) for draw in (0, 1)
    ]
    table = pd.DataFrame(rows, columns=["image", "draw", "psnr"]).assign(noise="g", method="a")
    assert tables.spreads(table).loc["a", "g"] == pytest.approx(3 / np.sqrt(2))
    assert np.isnan(tables.spreads(table[table["image"] == "x"]).loc["a", "g"])


def test_the_price_of_an_estimate_is_paid_picture_by_picture() -> None:
    found = tables.price(knowing())
    assert found["g"].to_dict() == {"a": -0.5, "b": 0.25}
    table = knowing()
    partly = table[~((table["image"] == "y") & (table["knows"] == "told"))]
    assert tables.price(partly)["g"].to_dict() == {"a": -1.0, "b": 0.5}
    with pytest.raises(ValueError, match="knows is one of told, estimated"):
        tables.price(table, knows="strength")
    with pytest.raises(ValueError, match="no column 'ssim'"):
        tables.price(table, "ssim")


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


NAMES = [
    "cat #1",
    "#1",
    "# x",
    "a,b",
    'say "x"',
    "two\nlines",
    "two\r\nlines",
    "a\rb",
    " before",
    "after ",
    "nan",
    "NA",
    "",
    "None",
    "007",
    "1e5",
    "True",
    "σ = 25/255",
    "a|b",
    "\\",
]


@pytest.mark.parametrize("command", ["", "python -m helpers.benchmark --images '#1.png'"])
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_names_survive_whatever_is_in_them(tmp_path: Path, ending: str, command: str) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow", reason="optional")
    rows = [
        {"image": a, "noise": b, "draw": 0, "method": a + b, "psnr": np.inf, "error": b}
        for a in NAMES
        for b in NAMES
    ]
    table = pd.DataFrame(rows).assign(ssim=np.nan, seconds=0.25)
    tables.write(table, tmp_path / f"t{ending}", command)
    pd.testing.assert_frame_equal(tables.read(tmp_path / f"t{ending}"), table)


def test_a_leaderboard_keeps_its_columns(table: pd.DataFrame) -> None:
    odd = table.replace({"method": {"mean": "a|b"}, "noise": {"weak": "two\nlines"}})
    board = tables.leaderboard(odd).splitlines()
    assert len(board) == 2 + table["method"].nunique()
    assert board[0] == "| method, told | two lines | blur | seconds |"
    assert {line.replace("\\|", "").count("|") for line in board} == {5}


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda folder: tables.read(folder / "t.csv"), r"no table .*t\.csv"),
        (lambda folder: tables.read(None), "path is a name or a path"),
        (lambda folder: tables.write([], folder / "t.csv"), "table is a pandas.DataFrame"),
        (lambda folder: tables.write(pd.DataFrame(), None), "path is a name or a path"),
        (lambda folder: tables.write(pd.DataFrame(), folder / "t.csv", "a\nb"), "one line"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, call, reason: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=reason):
        call(tmp_path)


@pytest.mark.parametrize("content", [b"", b"# only a command", b'a,"b\n1'])
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_another_file_is_refused_by_its_name(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"t{ending}"
    path.write_bytes(content)
    with pytest.raises((ValueError, ModuleNotFoundError), match=r"t\.(csv|parquet) is no table"):
        tables.read(path)

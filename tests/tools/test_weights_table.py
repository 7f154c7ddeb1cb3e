"""Cards in one table, and how far a weight is below its target."""

from __future__ import annotations

import pytest

from helpers.low_light import BRIGHTENERS
from helpers.networks import weights
from tools.measure import weights_table


def card(**scores: float) -> dict:
    return {
        "architecture": {"channels": 1},
        "parameters": 1000,
        "seconds": 60,
        "training": {"steps": 10, "start": None},
        "scores": {"bsd68": {"25": scores}},
    }


@pytest.mark.parametrize(
    ("name", "psnr", "text"),
    [
        ("dncnn", 29.0, "0.15 dB SHORT of 29.15"),
        ("dncnn", 29.2, None),
        ("gondara", 25.0, "0.48 dB SHORT of 25.48"),
        ("gondara", 26.0, None),
    ],
)
def test_a_weight_below_its_target_is_told_so(name: str, psnr: float, text: str | None) -> None:
    scores = {"noisy psnr": 20.48, "restored psnr": psnr, "restored ssim": 0.8}
    line = weights_table.row(name, card(**scores))
    assert "20.48 → " in line
    assert ("SHORT" in line) == (text is not None)
    assert text is None or text in line


def test_every_weight_has_a_row() -> None:
    for name in weights.available():
        assert weights_table.row(name, weights.read(name)[1]).startswith(name)


def test_a_weight_that_removes_no_noise_stands_beside_what_needs_no_learning() -> None:
    line = weights_table.row("zero_dce", weights.read("zero_dce")[1])
    for method in ("dark input", *BRIGHTENERS, "zero_dce"):
        assert f"{method} " in line
    assert "σ" not in line

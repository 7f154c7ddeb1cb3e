"""What a score chooses, what fools it, and what a denoiser keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import images
from helpers.studies import table, tradeoff

BY = {"choices": "score", "attacks": "score", "frontier": "method"}


@pytest.mark.parametrize("name", BY)
def test_the_trade_off_was_measured_on_all_pictures_and_draws(name: str) -> None:
    rows = table(name).groupby([BY[name], "photograph", "draw"]).size().unstack(0)
    cases = len(tradeoff.PHOTOGRAPHS) * tradeoff.DRAWS
    assert len(rows) == cases >= 8 * 3
    assert set(rows.to_numpy().ravel()) == {rows.iloc[0, 0]}  # as many of each


def test_every_case_has_noise_of_its_own() -> None:
    seeds = set(tradeoff.CASES.values())
    assert len(seeds) == len(tradeoff.CASES) == len(tradeoff.PHOTOGRAPHS) * tradeoff.DRAWS


def test_shuffled_blocks_are_the_same_blocks_elsewhere() -> None:
    clean = images.load("camera", gray=True, size=128)
    shuffled = tradeoff.shuffled_blocks(clean, np.random.default_rng(0), size=32)

    def blocks(image: np.ndarray) -> set[bytes]:
        return {image[i : i + 32, j : j + 32].tobytes() for i in range(0, 128, 32)
                for j in range(0, 128, 32)}  # fmt: skip

    assert blocks(shuffled) == blocks(clean)
    assert not np.array_equal(shuffled, clean)


def test_what_attacks_keeps_the_gray_levels_where_it_says_so() -> None:
    clean = images.load("camera", gray=True, size=64)
    spoiled = tradeoff.attacked(clean, clean, np.random.default_rng(0))
    for name in ("turned", "blocks shuffled", "pixels shuffled"):
        assert np.array_equal(np.sort(spoiled[name], axis=None), np.sort(clean, axis=None))
    noise = [float((spoiled[f"noise {s}"] - clean).std() * 255) for s in (2, 4, 8)]
    assert noise == pytest.approx([2, 4, 8], rel=0.05)


def test_a_curve_is_read_at_a_noise_that_it_reaches() -> None:
    curve = pd.DataFrame({"noise": [6.0, 2.0, 4.0], "texture": [0.9, 0.1, 0.3], "psnr": [1, 3, 2]})
    assert tradeoff.at_noise(curve, 5) == pytest.approx(0.6)
    assert tradeoff.at_noise(curve, 3, "psnr") == pytest.approx(2.5)
    assert np.isnan([tradeoff.at_noise(curve, level) for level in (1, 7)]).all()


def test_the_inputs_are_those_of_the_choices() -> None:
    rows, chosen = tradeoff.inputs(), table("choices")
    worst = chosen.groupby(["photograph", "draw"])["psnr"].min()
    before = rows.set_index(["photograph", "draw"])
    assert before.index.sort_values().equals(worst.index)
    assert (before["psnr"] < worst).all()
    assert before["noise"].between(20, 31).all()  # σ is 30, less where much is clipped


def test_texture_is_read_where_each_method_leaves_as_much_noise() -> None:
    curve = {"noise": [8.0, 4.0, 6.0], "texture": [0.8, 0.4, 0.1]}  # then it is all blur
    cases = [pd.DataFrame(curve | {"photograph": "a", "method": "one", "draw": k}) for k in (0, 1)]
    cases[1]["texture"] += 0.1
    cases.append(pd.DataFrame({"noise": [5.0, 4.0], "texture": 0.5, "photograph": "a"}))
    cases[2] = cases[2].assign(method="two", draw=0)
    kept = tradeoff.kept_at(pd.concat(cases, ignore_index=True), 6)
    assert kept.loc["a", "one"] == pytest.approx(0.65)
    assert np.isnan(kept.loc["a", "two"])

"""A vote by eye: unnamed, once, kept; then names and scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helpers import images, noise, widgets

CLEAN = images.load("grass", gray=True, size=48)
NOISY = noise.Gaussian(25 / 255)(CLEAN, 0)
TWO = {"noisy": NOISY, "clean itself": CLEAN}


def test_names_and_scores_wait_for_the_vote() -> None:
    asked = widgets.duel(CLEAN, TWO, rng=0)
    assert asked.text == ""
    asked.buttons[1].click()
    assert "You chose" in asked.text
    for name in TWO:
        assert name in asked.text
    assert all(button.disabled for button in asked.buttons)


def test_a_vote_counts_once() -> None:
    asked = widgets.duel(CLEAN, TWO, rng=0)
    asked.vote(0)
    before = asked.text
    asked.vote(1)
    assert asked.text == before


def test_the_scores_say_what_they_prefer() -> None:
    soft = noise.GaussianBlur(3)(CLEAN, 0)
    asked = widgets.duel(CLEAN, {"noisy": CLEAN + 0.2 * (NOISY - CLEAN), "soft": soft}, rng=0)
    asked.vote(0)
    assert "Preferred by PSNR and SSIM and DE-G: noisy." in asked.text


def test_equal_scores_prefer_neither() -> None:
    asked = widgets.duel(CLEAN, {"one": NOISY, "other": NOISY}, rng=0)
    asked.vote(0)
    assert "Preferred by PSNR and SSIM and DE-G: neither." in asked.text


def test_sides_are_drawn_by_lot() -> None:
    first = {next(iter(widgets.duel(CLEAN, TWO, rng=seed)._scores)) for seed in range(8)}
    assert first == set(TWO)


def test_a_vote_is_kept_and_shown_again(somebody: Path) -> None:
    widgets.duel(CLEAN, TWO, rng=0).vote(0)
    (kept,) = json.loads(somebody.read_text("utf-8"))["votes"].values()
    assert f"You chose “{kept}”" in widgets.duel(CLEAN, TWO, rng=3).text


def test_without_a_reader_the_answer_is_folded() -> None:
    data, _ = widgets.duel(CLEAN, TWO, rng=0)._repr_mimebundle_()
    shown, _, folded = data["text/html"].partition("<details>")
    assert "noisy" not in shown
    assert "noisy" in folded
    assert "application/vnd.jupyter.widget-view+json" not in data


@pytest.mark.parametrize("two", [{}, {"one": CLEAN}, [CLEAN, NOISY], {"a": CLEAN, "b": NOISY[1:]}])
def test_only_two_pictures_of_one_shape(two: object) -> None:
    with pytest.raises(ValueError, match=r"two names|has \(47, 48\)"):
        widgets.duel(CLEAN, two, rng=0)


def test_a_side_is_left_or_right() -> None:
    with pytest.raises(ValueError, match="side"):
        widgets.duel(CLEAN, TWO, rng=0).vote(2)


def test_the_pictures_are_not_resampled() -> None:
    asked = widgets.duel(CLEAN, TWO, rng=0, zoom=3)
    assert asked.children[1].layout.max_width == "none"
    assert np.frombuffer(asked._png[:4], np.uint8)[1] == ord("P")

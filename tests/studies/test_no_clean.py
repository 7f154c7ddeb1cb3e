"""Training without clean pictures: what each case and lesson is made of, and the tables."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images
from helpers.studies import no_clean, table
from helpers.studies.no_clean import CASES, LESSONS, SIGMA

SCENE = images.load("camera", gray=True, size=128)


def noises(case: str, scene: np.ndarray = SCENE) -> tuple[np.ndarray, np.ndarray]:
    """Of two exposures."""
    return tuple(CASES[case](scene, 0, k) - scene for k in (0, 1))


@pytest.mark.parametrize("case", ["white", "photons", "correlated", "skewed", "half shared"])
def test_an_exposure_is_always_the_same_and_its_noise_has_mean_zero(case: str) -> None:
    first, second = noises(case)
    np.testing.assert_array_equal(first, noises(case)[0])
    assert not np.array_equal(first, second)
    assert abs(first.mean()) < 4 * first.std() / SCENE.shape[0] ** 0.9  # neighbours may agree


@pytest.mark.parametrize(
    ("case", "share"), [("white", 0), ("correlated", 0), ("half shared", 0.5)]
)
def test_exposures_share_the_noise_that_they_are_to_share(case: str, share: float) -> None:
    first, second = noises(case)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1] - share) < 0.05
    assert abs(first.std() / SIGMA - 1) < 0.03


def test_neighbours_share_noise_in_one_case_alone() -> None:
    for case, least, most in (("white", -0.05, 0.05), ("correlated", 0.4, 0.8)):
        noise, _ = noises(case)
        assert least < np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] < most


def test_clipping_lifts_the_dark_and_a_shaken_camera_moves_the_second_exposure() -> None:
    black = np.zeros((64, 64), np.float32)
    assert noises("clipped", black)[0].mean() == pytest.approx(50 / 255 * 0.4, rel=0.1)
    still, moved = noises("shaken")
    assert still.std() < 0.11 < 0.14 < moved.std()


def test_every_lesson_has_as_many_noisy_pictures(monkeypatch) -> None:
    monkeypatch.setattr(no_clean, "scenes_to_learn", lambda: [SCENE + k / 100 for k in range(6)])
    case, seen = CASES["white"], {}
    for name in no_clean.FOUR:
        made = LESSONS[name].pictures(case)
        noisy = [one[0] if isinstance(one, tuple) else one for one in made]
        seen[name] = len({one.tobytes() for one in noisy})
    assert set(seen.values()) == {6}
    first, second = LESSONS["noise2noise"].pictures(case)[0]
    assert first.std() != second.std()


def test_sure_is_told_the_rms_of_the_noise(monkeypatch) -> None:
    monkeypatch.setattr(no_clean, "scenes_to_learn", lambda: [SCENE])
    assert LESSONS["sure"].taught_by(CASES["white"]).sigma == pytest.approx(SIGMA, rel=0.02)
    less = LESSONS["sure, told 20 % less"].taught_by(CASES["white"]).sigma
    assert less == pytest.approx(0.8 * SIGMA, rel=0.02)
    assert LESSONS["noise2void"].taught_by(CASES["white"]) == "noise2void"


def test_a_blind_spot_learns_from_one_small_picture(monkeypatch) -> None:
    monkeypatch.setitem(no_clean.ALONE, "steps", 3)
    restored = no_clean.blind_spot(CASES["white"](SCENE[:64, :64], 0, 0))
    assert restored.shape == (64, 64)
    assert restored.dtype == np.float32


def test_the_tables_have_every_group() -> None:
    rows = table("no_clean")
    assert set(rows["image"]) == set(no_clean.photographs())
    keys = rows.groupby(["case", "lesson", "steps", "seed"]).size()
    assert len(keys) == len(no_clean.lessons(rows))
    assert (keys == 8).all()
    rows = table("no_clean_alone")
    counts = rows.groupby(["set", "method"]).size().unstack()
    assert {name: set(counts.loc[name].dropna().index) for name in counts.index} == {
        name: set(no_clean.asked(name)) for name in no_clean.SETS
    }
    assert counts.nunique(axis=1).max() == 1  # each method on the same pictures
    assert set(rows["image"]) >= set(no_clean.FMD)

"""Checks of notebook `real_camera_noise`: SIDD's names and scenes, and a sensor's gain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import datasets, images, noise
from helpers.exercises.checking import exercise, given, number

ILLEGAL = {
    "0052_002_S6_01600_01000_5500": "six parts",
    "0052_002_XY_01600_01000_5500_N": "a phone that is none of the five",
    "0052_002_S6_01600_01000_5500_M": "a brightness that is not L, N or H",
    "52_002_S6_01600_01000_5500_N": "an instance that is not padded to four digits",
    "0052_2_S6_01600_01000_5500_N": "a scene that is not padded to three digits",
    "0052_002_S6_1600_01000_5500_N": "an ISO that is not padded to five digits",
    "0052_002_S6_01600_1000_5500_N": "a shutter that is not padded to five digits",
    "0052_002_S6_01600_01000_550_N": "a temperature that has not four digits",
    "0052_002_S6_01600_010O0_5500_N": "the letter O among the digits",
    "0052_002_S6_01600_01000_5500_N.PNG": "a suffix",
    "SIDD/0052_002_S6_01600_01000_5500_N": "a folder in front",
    "0052_002_S6_01600_01000_5500_N\n": "a line break at the end",
}


@exercise("parse")
def _parse(answer: Callable) -> str | None:
    """From a name to its seven parts; ValueError for what is no name of a scene instance."""
    for row in datasets.sidd_instances().drop(columns="subset").itertuples(index=False):
        parts = given(answer(row.scene_instance))
        if tuple(parts) != tuple(row[1:]):
            return f"{row.scene_instance} has the parts {tuple(row[1:])}, not {parts}"
    for name, fault in ILLEGAL.items():
        try:
            answer(name)
        except ValueError:
            continue
        return f"{name!r} is accepted in spite of {fault}"
    return None


@exercise("split")
def _split(answer: Callable) -> str | None:
    """A mask of the test rows, about a fifth of the scenes, no scene on both sides."""
    table = datasets.sidd_instances().query("subset == 'medium'").reset_index(drop=True)
    tests = set()
    for seed in range(8):
        mask = np.asarray(given(answer(table, seed)))
        if mask.shape != (len(table),) or mask.dtype != bool:
            return f"one True or False for each of the {len(table)} rows is asked for"
        test, train = set(table["scene"][mask]), set(table["scene"][~mask])
        if shared := sorted(test & train):
            return f"scene {shared[0]} is on both sides"
        if len(test) != 2:
            return f"a fifth of the ten scenes are 2, not {len(test)}"
        tests.add(frozenset(test))
    return None if len(tests) > 1 else "every seed gives the same split"


@exercise("gain")
def _gain(answer: Callable) -> str | None:
    """Gain of a raw sensor from two exposures of one scene, whatever its read noise."""
    scene = images.load("camera", gray=True, size=256)
    for gain, sigma in ((0.005, 0.02), (0.02, 0.01), (0.01, 0.05)):
        sensor = noise.PoissonGaussian(gain, sigma)
        estimate = number(answer(sensor(scene, 1), sensor(scene, 2)))
        if abs(estimate / gain - 1) <= 0.1:  # the right answer: 4.4 % at most, in 20 draws
            continue
        slip = "fit a line: variance against brightness, its slope is the gain"
        if abs(estimate / gain / 2 - 1) < 0.1:
            slip = "a difference of two frames has the noise of both, so halve its variance"
        elif abs(estimate / (gain + sigma**2 / scene.mean()) - 1) < 0.03:
            slip = "variance over brightness holds the read noise too; only the slope does not"
        return f"for gain {gain} and read noise {sigma} you find {estimate:.4g}; {slip}"
    return None

"""Checks of notebooks 03 and 04: how much noise there is, and what a real camera does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import binom

from helpers import datasets, gradients, images, noise
from helpers.exercises.checking import exercise, given, number

# ---- 03: noise parameter estimation ---------------------------------------------------------


@exercise("03-canberra")
def _canberra_score(answer: Callable) -> str | None:
    """DE-G by the Canberra distance as it should be: normalised, and 0 for identical pictures."""
    clean = images.load("coins", gray=True, size=128)
    noisy = noise.Gaussian(10 / 255)(clean, rng=0, clip=True)
    itself = number(given(answer(clean, clean)))
    if not abs(itself) < 1e-9:
        return f"two identical pictures score {itself:.4g} instead of 0; leave empty bins out"
    if abs(number(answer(clean, noisy)) - number(answer(noisy, clean))) > 1e-6:
        return "the score changes when the two pictures are swapped"
    for image in (noisy, noisy[:64]):  # of two sizes
        score, right = number(answer(clean, image)), gradients.deg(clean, image, "canberra")
        if not abs(score - right) < 1e-6:
            sizes = "" if image is noisy else " for pictures of two sizes; compare probabilities"
            return f"{score:.4f} instead of {right:.4f}{sizes}"
    return None


@exercise("03-unaligned")
def _amount(answer: Callable) -> str | None:
    """Share of impulses from the shares of black and white: s = a + (1 − a)·c."""
    phantoms = [images.xray_phantom(k, size=128).image for k in range(8)]
    for amount in (0.05, 0.3):
        noisy = noise.SaltAndPepper(amount)(phantoms[0], rng=1)
        estimate = number(given(answer(noisy, phantoms[1:])))
        if abs(estimate - amount) <= 0.02:
            continue
        share = np.mean((noisy == 0) | (noisy == 1))
        if abs(estimate - share) < 0.005:
            return f"{share:.3f} is the share of black and white; some of it is the clean picture"
        return f"for a = {amount} your estimate is {estimate:.3f}"
    return None


@exercise("03-doubt")
def _doubtful(answer: object) -> str | None:
    """The largest count of hits among 20 that honest 90 % intervals reach in 5 % of all cases."""
    count = number(answer)
    if count != int(count) or not 0 <= count <= 20:
        return f"a whole number from 0 to 20 is asked for, not {count:g}"
    here, next_one = binom.cdf([count, count + 1], 20, 0.9)
    if here > 0.05:
        return f"honest intervals cover {count:g} times or fewer in {here:.0%} of all cases"
    if next_one <= 0.05:
        return f"{count:g} is rare enough, but not the largest such count"
    return None


# ---- 04: real camera noise -----------------------------------------------------------------

ILLEGAL = {
    "0052_002_S6_01600_01000_5500": "six parts",
    "0052_002_XY_01600_01000_5500_N": "a phone that is none of the five",
    "0052_002_S6_01600_01000_5500_M": "a brightness that is not L, N or H",
    "52_002_S6_01600_01000_5500_N": "an instance that is not padded to four digits",
    "0052_002_S6_1600_01000_5500_N": "an ISO that is not padded to five digits",
    "0052_002_S6_01600_010O0_5500_N": "the letter O among the digits",
    "0052_002_S6_01600_01000_5500_N.PNG": "a suffix",
    "SIDD/0052_002_S6_01600_01000_5500_N": "a folder in front",
    "0052_002_S6_01600_01000_5500_N\n": "a line break at the end",
}


@exercise("04-parse")
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


@exercise("04-split")
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


@exercise("04-gain")
def _gain_from_two_frames(answer: Callable) -> str | None:
    """Gain of a raw sensor from two exposures of one scene, whatever its read noise."""
    scene = images.load("camera", gray=True, size=256)
    for gain, sigma in ((0.005, 0.02), (0.02, 0.01), (0.01, 0.05)):
        sensor = noise.PoissonGaussian(gain, sigma)
        estimate = number(given(answer(sensor(scene, 1), sensor(scene, 2))))
        if not abs(estimate / gain - 1) <= 0.1:
            slip = _slip_of_gain(estimate / gain, 1 + sigma**2 / (gain * scene.mean()))
            return f"for gain {gain} and read noise {sigma} you find {estimate:.4g}; {slip}"
    return None


def _slip_of_gain(ratio: float, without_intercept: float) -> str:
    """Name the usual slips by the factor between estimate and truth."""
    if abs(ratio / 2 - 1) < 0.1:
        return "a difference of two frames has the noise of both, so halve its variance"
    if abs(ratio / without_intercept - 1) < 0.03:
        return "variance over brightness holds the read noise too; only the slope does not"
    return "fit a line: variance against brightness, its slope is the gain"

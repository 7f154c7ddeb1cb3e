"""Checks of notebook `results_comparison`: the front, who is ahead, what a comparison costs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("front")
def _front(answer: Callable) -> str | None:
    """Methods that no other one beats: none is at least as fast and good, and better in one."""
    rng = np.random.default_rng(0)
    cases = {
        "a faster, better method beats the other": ([1, 2], [30, 29]),
        "slower and better: both stay": ([1, 2], [29, 30]),
        "equally fast, one of them better": ([1, 1], [29, 30]),
        "two that are equal in both do not beat each other": ([1, 1], [30, 30]),
        "forty methods": (rng.uniform(size=40), rng.uniform(size=40)),
    }
    for name, (seconds, quality) in cases.items():
        seconds, quality = np.float64(seconds), np.float64(quality)
        as_good = (seconds <= seconds[:, None]) & (quality >= quality[:, None])  # column as row
        better = (seconds < seconds[:, None]) | (quality > quality[:, None])
        right = ~(as_good & better).any(axis=1)
        mask = np.asarray(given(answer(seconds.copy(), quality.copy())))
        if mask.shape != seconds.shape or mask.dtype != bool:
            return "an array of truth values is asked for, one for each method"
        if (mask != right).any():
            return f"{name}: {mask.sum()} on the front, not {np.sum(right)}, or not the same ones"
    return None


@exercise("ahead")
def _ahead(answer: Callable) -> str | None:
    """Mean difference over pictures, and its standard error."""
    rng = np.random.default_rng(0)
    pictures = rng.normal(28, 4, 25)  # pictures differ much more than methods do
    for name, lead in (("a small lead on every picture", 0.1), ("no lead", 0.0)):
        first, second = pictures + lead + rng.normal(0, 0.05, 25), pictures
        difference = first - second
        right = difference.mean(), difference.std(ddof=1) / 5
        result = given(answer(first.copy(), second.copy()))
        if not (isinstance(result, (tuple, list, np.ndarray)) and len(result) == 2):
            return "two numbers are asked for: the mean difference and its standard error"
        mean, error = map(number, result)
        if not np.isclose(mean, right[0], rtol=1e-6, atol=1e-12):
            return f"{name}: the mean difference is {right[0]:.4f} dB, not {mean:.4f}"
        unpaired = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 25)
        slips = {
            "as if the two had been tried on different pictures: take differences first": unpaired,
            "that is the spread of the differences; their mean is surer": 5 * right[1],
            "25 differences leave 24 degrees of freedom: ddof=1": difference.std() / 5,
        }
        if slip := name_slip(error, right[1], slips, "not so"):
            return f"{name}: standard error {error:.4f} dB; {slip}"
    return None


@exercise("budget")
def _budget(answer: Callable) -> str | None:
    """Hours of a comparison: seconds of each method, overhead of each cell, workers."""
    cases = {
        "one method, one picture, one worker": ([3600.0], 1, 0.0, 1),
        "two methods, two workers": ([1.0, 3.0], 900, 0.0, 2),
        "what each cell costs besides": ([0.1, 0.1], 1000, 0.05, 1),
        "a thousand methods": ([0.5] * 1000, 100_000, 0.02, 64),
    }
    for name, (seconds, pictures, overhead, workers) in cases.items():
        right = pictures * sum(s + overhead for s in seconds) / workers / 3600
        hours = number(answer(np.float64(seconds), pictures, overhead, workers))
        slips = {
            "that is in seconds": 3600 * right,
            "each picture goes through every method": right / len(seconds),
            "workers share the work": right * workers,
            "the overhead comes with every cell": pictures * sum(seconds) / workers / 3600,
        }
        if slip := name_slip(hours, right, slips, "add up all cells"):
            return f"{name}: {hours:.4g} hours instead of {right:.4g}; {slip}"
    return None

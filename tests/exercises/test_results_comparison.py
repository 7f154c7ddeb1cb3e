"""Right and wrong answers to the exercises of notebook `results_comparison`."""

from __future__ import annotations

import numpy as np


def front(seconds: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """Who is beaten by nobody."""
    as_good = (seconds <= seconds[:, None]) & (quality >= quality[:, None])
    better = (seconds < seconds[:, None]) | (quality > quality[:, None])
    return ~(as_good & better).any(axis=1)


def ahead(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    difference = first - second
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


def hours(seconds: np.ndarray, pictures: int, overhead: float, workers: int) -> float:
    return pictures * np.sum(seconds + overhead) / workers / 3600


RIGHT = {
    "front": [lambda: front],
    "ahead": [lambda: ahead],
    "budget": [lambda: hours],
}


WRONG = {
    "front": [
        (lambda: lambda s, q: np.ones(len(s), bool), "a faster, better method"),
        (lambda: lambda s, q: q == q.max(), "both stay"),
        (lambda: lambda s, q: ~((s < s[:, None]) & (q > q[:, None])).any(1), "equally fast"),
        (lambda: lambda s, q: np.flatnonzero(front(s, q)), "truth values"),
    ],
    "ahead": [
        (lambda: lambda a, b: a.mean() - b.mean(), "two numbers"),
        (
            lambda: lambda a, b: (a.mean() - b.mean(), np.hypot(a.std(ddof=1), b.std(ddof=1)) / 5),
            "take differences first",
        ),
        (lambda: lambda a, b: (ahead(a, b)[0], 5 * ahead(a, b)[1]), "spread of the differences"),
        (lambda: lambda a, b: (ahead(a, b)[0], (a - b).std() / 5), "ddof=1"),
        (lambda: lambda a, b: (ahead(b, a)[0], ahead(a, b)[1]), "the mean difference is"),
    ],
    "budget": [
        (lambda: lambda s, p, o, w: 3600 * hours(s, p, o, w), "in seconds"),
        (lambda: lambda s, p, o, w: hours(s, p, o, w) * w, "workers share"),
        (lambda: lambda s, p, o, w: p * s.sum() / w / 3600, "the overhead comes"),
        (lambda: lambda s, p, o, w: hours(s, p, o, w) / len(s), "each picture goes"),
        (lambda: lambda s, p, o, w: 7, "add up all"),
    ],
}

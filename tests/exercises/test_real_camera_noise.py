"""Right and wrong answers to the exercises of notebook `real_camera_noise`."""

from __future__ import annotations

import re

import numpy as np

LEGAL = r"(\d{4})_(\d{3})_(GP|IP|S6|N6|G4)_(\d{5})_(\d{5})_(\d{4})_([LNH])"


def parse_name(name: str, pattern: str = LEGAL, find=re.fullmatch) -> tuple:
    """The seven parts of a scene instance's name; ValueError unless `find` finds the pattern."""
    if (found := find(pattern, name)) is None:
        raise ValueError(name)
    return tuple(int(part) if part.isdigit() else part for part in found.groups())


def choose_scenes(table, seed: int, scenes: int = 2) -> np.ndarray:
    """The rows of so many scenes, drawn at random."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(table["scene"].unique(), scenes, replace=False)
    return table["scene"].isin(chosen).to_numpy()


def slope_of_variance(first: np.ndarray, second: np.ndarray) -> float:
    variance = (first - second) ** 2 / 2
    return float(np.polyfit((first + second).ravel() / 2, variance.ravel(), 1)[0])


RIGHT = {
    "parse": [lambda: parse_name, lambda: lambda name: list(parse_name(name))],
    "split": [lambda: choose_scenes],
    "gain": [lambda: slope_of_variance],
}


WRONG = {
    "parse": [
        (lambda: lambda name: name.split("_"), "has the parts"),
        (lambda: lambda name: parse_name(name, find=re.match), "a suffix"),
        (lambda: lambda name: parse_name(name, find=re.search), "in spite of"),
        (lambda: lambda name: parse_name(name, LEGAL + "$", re.match), "a line break"),
        (lambda: lambda name: parse_name(name, LEGAL.replace("[LNH]", ".")), "L, N or H"),
        (lambda: lambda name: parse_name(name, LEGAL.replace(r"\d{5}", r"\d+")), "five digits"),
        (lambda: lambda name: parse_name(name, LEGAL.replace("GP|", "")), "ValueError"),
    ],
    "split": [
        (lambda: lambda table, seed: np.arange(len(table)) % 5 == 0, "both sides"),
        (lambda: lambda table, seed: choose_scenes(table, seed, 3), "not 3"),
        (lambda: lambda table, seed: np.zeros(len(table), bool), "not 0"),
        (lambda: lambda table, seed: choose_scenes(table, 0), "every seed"),
        (lambda: lambda table, seed: [1, 2], "one True or False"),
    ],
    "gain": [
        (lambda: lambda a, b: 2 * slope_of_variance(a, b), "halve"),
        (lambda: lambda a, b: (a - b).var() / (a + b).mean(), "the slope does not"),
        (lambda: lambda a, b: (a - b).std(), "fit a line"),
        (lambda: lambda a, b: float("nan"), "fit a line"),
    ],
}

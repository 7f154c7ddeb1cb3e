"""Check the rules of the filters on training pictures, as one table.

    python -m tools.measure.tune_filters      # every setting of every filter: 10 minutes
    python -m tools.measure.tune_filters tv wiener        # some filters
    python -m tools.measure.tune_filters --pictures 40  # more of Train400 (20 by default)

For each noise level: what the rule says and scores, the best of a grid around it, and the
difference, which is the price of the rule. Pictures are spread evenly over Train400; Set12 and
BSD68 play no part.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from statistics import fmean

import numpy as np

from helpers import datasets, filters, metrics, noise

GAUSSIAN = [noise.Gaussian(s / 255) for s in (5, 10, 15, 25, 35, 50, 75, 100)]
NOISES = {
    "adaptive_median": [noise.SaltAndPepper(a) for a in (0.05, 0.1, 0.3, 0.5, 0.7)],
    "lee": [noise.Speckle(s) for s in (0.05, 0.1, 0.2, 0.3, 0.5)],
}
FACTORS = (0.5, 0.7, 0.85, 1.2, 1.4, 2)


def candidates(setting: filters.Setting, value: float) -> list[float]:
    """The value of a rule first, then others around it."""
    if setting.step:
        others = [value + setting.step * k for k in (-2, -1, 1, 2, 3)]
    else:
        others = [value * factor for factor in FACTORS]
    return [value, *(x for x in others if setting.valid[0] <= x <= setting.valid[1])]


def psnr(name: str, model: noise.NoiseModel, pictures: Sequence[np.ndarray], **settings) -> float:
    """Mean PSNR by the protocol, of one filter with some of its settings given."""
    scores = []
    for seed, reference in enumerate(pictures):
        noisy, sigma = model(reference, rng=seed), model.rms(reference)
        restored = filters.FILTERS[name](noisy, sigma, **settings)
        scores.append(metrics.score(reference, restored, ["psnr"])["psnr"])
    return fmean(scores)


def rows(name: str, pictures: Sequence[np.ndarray]) -> Iterator[str]:
    """One line for each setting and noise level of a filter."""
    for key, setting in filters.FILTERS[name].settings.items():
        for model in NOISES.get(name, GAUSSIAN):
            value = setting.value(fmean(model.rms(x) for x in pictures))
            scores = {
                x: psnr(name, model, pictures, **{key: x}) for x in candidates(setting, value)
            }
            best = max(scores, key=scores.get)
            yield (
                f"{name:<16}{model!s:<32}{setting.format(value):<28}{scores[value]:6.2f} dB   "
                f"best {setting.format(best):<28}{scores[best]:6.2f} dB  "
                f"{scores[value] - scores[best]:+5.2f}"
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    tunable = [name for name, one in filters.FILTERS.items() if one.settings]
    parser.add_argument("filters", nargs="*", choices=[[], *tunable], default=[])
    parser.add_argument("--pictures", type=int, default=20)
    options = parser.parse_args()
    train = datasets.fetch("train400").images
    pictures = [train[int(k)] for k in np.linspace(0, len(train) - 1, options.pictures)]
    for name in options.filters or tunable:
        for row in rows(name, pictures):
            print(row, flush=True)


if __name__ == "__main__":
    main()

"""What features learned from digits are worth to a classifier, and what repairing them is worth.

Two autoencoders of Vincent start alike. One learns to copy digits, the other to repair digits with
half of their pixels switched off. A linear classifier then reads digits in fonts that it knows and
in fonts that nothing has seen: from pixels, from features at random, from what either learned; and
ruined digits as they are, copied or repaired first. Each start has digits of its own.

>>> drawn = digits.draw(0, 20)
>>> encode = learn(0.5, drawn, seed=0, steps=2).encode
>>> read = reader(encode(flat(drawn.images)).detach(), drawn.labels)
>>> misread(read, encode, drawn).shape
(20,)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from helpers import digits, networks
from helpers.digits import Digits
from helpers.networks import Vincent
from helpers.studies.base import STUDIES, Study

SEEDS = range(10)
COUNT = 5000  # digits to learn from; half as many to be tried on
STEPS = 300
HALF = 0.5  # of the pixels are switched off
NEW_FONTS = 12


def flat(pictures: np.ndarray) -> Tensor:
    """(N, 28, 28) array to (N, 784) tensor."""
    return torch.from_numpy(pictures).flatten(1)


def start(seed: int) -> Vincent:
    """The autoencoder before it has learned anything: its features are random."""
    torch.manual_seed(seed)
    return networks.build("vincent", size="paper", hidden=400)


def learn(share: float, drawn: Digits, seed: int, steps: int = STEPS) -> Vincent:
    """Train it to repair digits with a `share` of their pixels switched off; 0 is to copy."""
    x, network, chance = flat(drawn.images), start(seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(steps):
        whole = x[torch.randint(len(x), (100,), generator=chance)]
        repaired = network.decode(network.encode(networks.mask(whole, share, chance)))
        loss = F.binary_cross_entropy_with_logits(repaired, whole)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def reader(inputs: Tensor, labels: np.ndarray) -> Callable[[Tensor], Tensor]:
    """Softmax regression with a small penalty: a function from (N, D) inputs to N digits."""
    mean, scale = inputs.mean(0), inputs.std(0) + 0.05
    weight = torch.zeros(inputs.shape[1] + 1, 10, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=40, line_search_fn="strong_wolfe")
    right = torch.from_numpy(labels)

    def scores(x: Tensor) -> Tensor:
        return ((x - mean) / scale) @ weight[:-1] + weight[-1]

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(scores(inputs), right) + 1e-4 * weight[:-1].square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return lambda x: scores(x).argmax(1)


def misread(read: Callable, encode: Callable, drawn: Digits) -> np.ndarray:
    """For each digit, whether it is misread from what `encode` makes of its pixels."""
    with torch.no_grad():
        return read(encode(flat(drawn.images))).numpy() != drawn.labels


def ruin(drawn: Digits, seed: int) -> Digits:
    """The same digits with half of their pixels switched off."""
    chance = torch.Generator().manual_seed(seed)
    return drawn._replace(
        images=networks.mask(torch.from_numpy(drawn.images), HALF, chance).numpy()
    )


def rows(seed: int, count: int = COUNT, steps: int = STEPS) -> pd.DataFrame:
    """All classifiers of one start: the share that each misreads, in percent."""
    drawn = digits.draw(3 * seed, count)
    known, new = (
        digits.draw(3 * seed + k, count // 2, fonts=fonts)
        for k, fonts in ((1, "train"), (2, "test"))
    )
    copying, repairing = (learn(share, drawn, seed, steps) for share in (0, HALF))
    as_it_is, made = torch.nn.Identity(), []

    def enter(name: str, read: Callable, encode: Callable, tried: Digits) -> None:
        wrong = 100 * misread(read, encode, tried)
        fonts = {f"font {k}": wrong[tried.fonts == k].mean() for k in range(NEW_FONTS)}
        alike = 100 * misread(read, encode, known).mean() if tried is new else np.nan
        row = {"seed": seed, "read": name, "known fonts": alike, "new fonts": wrong.mean()}
        made.append(row | fonts)

    encoders = {
        "pixels": as_it_is,
        "random features": start(seed).encode,
        "copying": copying.encode,
        "repairing": repairing.encode,
    }
    readers = {}
    for name, encode in encoders.items():
        with torch.no_grad():
            inputs = encode(flat(drawn.images))
        readers[name] = reader(inputs, drawn.labels)
        enter(name, readers[name], encode, new)
    ruined, on_pixels = ruin(new, seed), readers["pixels"]
    on_ruined = reader(flat(ruin(drawn, seed + 1).images), drawn.labels)
    enter("ruined, as they are", on_pixels, as_it_is, ruined)
    enter("ruined, copied first", on_pixels, copying.reconstruct, ruined)
    enter("ruined, repaired first", on_pixels, repairing.reconstruct, ruined)
    enter("ruined, by a reader of such", on_ruined, as_it_is, ruined)
    return pd.DataFrame(made).round(2)


STUDIES["digit_features"] = Study(
    "digit_features",
    "how many digits a classifier misreads from pixels, from features, and repaired first",
    notebook="denoising_autoencoders",
    key=("seed",),
    groups=lambda table: {(seed,): partial(rows, seed) for seed in SEEDS},
    minutes=4,
    sample=[(0,)],
    spread={"known fonts": 1, "new fonts": 1} | {f"font {k}": 3 for k in range(NEW_FONTS)},
)

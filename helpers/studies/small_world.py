"""How near to the mean of all that may be under the noise does a network come that is trained?

The world is a mixture of Gaussians fitted to 8×8 patches of the photographs that ship, so the mean
is known, and so is its error, the least that any denoiser can have. Networks learn it by squared
error from patches that this world draws. What they are above the bound is their mean squared
distance to the mean: of the patches that both are tried on, chance in the noise cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

import numpy as np
import pandas as pd
import torch
from torch import nn

from helpers import images, posterior
from helpers.posterior import Mixture
from helpers.registry import Registry
from helpers.studies.base import STUDIES, Study
from helpers.training.sources import photographs

SIGMA = 25 / 255
GAUSSIANS, PATCHES = 5, 20_000
TRIED, POOL = 20_000, 200_000  # patches: to be tried on, and to learn from
STEPS = (300, 1000, 3000, 10_000)
SEEDS = (0, 1)
BATCH = 256
PARTS = 5

SHAPES: Registry[Callable[[], nn.Module]] = Registry("shape of a network for patches")


class Product(nn.Module):
    """What one layer sees, let through by what two others decide: a filter for each patch."""

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        self.see, self.answer = nn.Linear(64, width), nn.Linear(width, 64)
        self.decide = nn.Sequential(
            nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.Sigmoid()
        )

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """(N, 64) to (N, 64)."""
        return self.answer(self.see(patches) * self.decide(patches))


SHAPES["product"] = Product
SHAPES["layers"] = lambda: nn.Sequential(
    nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 64)
)


@dataclass(frozen=True, eq=False)
class PatchNetwork:
    """A network that has learned one world at one strength of noise; called as a mean is."""

    network: nn.Module
    world: Mixture
    sigma: float

    def __call__(self, noisy: np.ndarray, sigma: float) -> np.ndarray:
        """Restore (..., 8, 8), float64; `sigma` is the one that was learned."""
        if not np.isclose(sigma, self.sigma):
            raise ValueError(f"this network has learned σ = {self.sigma:.4g}, not {sigma:.4g}")
        flat = torch.as_tensor(np.reshape(noisy, (-1, 64)), dtype=torch.float32)
        with torch.no_grad():
            return self.answer(flat).double().numpy().reshape(np.shape(noisy))

    def answer(self, flat: torch.Tensor) -> torch.Tensor:
        """(N, 64) restored: the noisy patch, and σ times what the network adds to it.

        It sees the patch along the axes of this world, each made as strong as the others; else
        brightness would hide all the rest.
        """
        white, axes, mean = self._axes
        return flat + self.sigma * self.network((flat - mean) @ white) @ axes.T

    @property
    def _axes(self) -> tuple[torch.Tensor, ...]:
        return _axes(self.world, self.sigma)


@cache
def _axes(world: Mixture, sigma: float) -> tuple[torch.Tensor, ...]:
    values, axes = np.linalg.eigh(world.noisy(sigma).covariance)
    found = (axes / np.sqrt(values), axes, world.mean.ravel())
    return tuple(torch.as_tensor(one, dtype=torch.float32) for one in found)


@cache
def small_world() -> Mixture:
    """Five Gaussians of 8×8 patches, fitted to those of the photographs that ship."""
    gray = [images.to_gray(one) for one in photographs()]
    return posterior.fit(posterior.cut(gray, PATCHES, rng=0), GAUSSIANS)


def learn(shape: str, seed: int, steps: int, lr: float = 3e-3) -> PatchNetwork:
    """Train a network of `SHAPES` on patches that the small world draws, by squared error.

    Examples
    --------
    >>> mean = learn("product", seed=0, steps=2)
    >>> mean(np.full((3, 8, 8), 0.5), SIGMA).shape
    (3, 8, 8)
    """
    world, chance = small_world(), torch.Generator().manual_seed(seed)
    drawn = world.draw(POOL, rng=seed).reshape(POOL, -1)
    clean = torch.as_tensor(drawn, dtype=torch.float32)
    torch.manual_seed(seed)
    mean = PatchNetwork(SHAPES[shape](), world, SIGMA)
    optimizer = torch.optim.Adam(mean.network.parameters(), lr)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for _ in range(steps):
        batch = clean[torch.randint(POOL, (BATCH,), generator=chance)]
        noisy = batch + SIGMA * torch.randn(batch.shape, generator=chance)
        loss = ((mean.answer(noisy) - batch) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    return mean


def above(mean: Callable, parts: int = 1) -> np.ndarray:
    """How far a denoiser of the small world is above the least error there is, in dB.

    Parameters
    ----------
    mean : callable
        ``mean(noisy, sigma)``.
    parts : int
        Patches are sorted by what noise leaves open of them, and told apart in so many parts.

    Returns
    -------
    numpy.ndarray
        (parts,), from the best known patches to the least known.

    Examples
    --------
    >>> above(small_world().denoise).tolist()
    [0.0]
    """
    world, rng = small_world(), np.random.default_rng(1000)
    clean = world.draw(TRIED, rng)
    noisy = clean + rng.normal(0, SIGMA, clean.shape)
    off = ((mean(noisy, SIGMA) - world.denoise(noisy, SIGMA)) ** 2).mean(axis=(1, 2))
    left = world.uncertainty(noisy, SIGMA).mean(axis=(1, 2))
    order = np.array_split(np.argsort(left, kind="stable"), parts)
    return np.array([10 * np.log10(1 + off[one].mean() / left[one].mean()) for one in order])


def row(shape: str, steps: int, seed: int) -> pd.DataFrame:
    """Train once; dB above the bound for all patches, and for each fifth."""
    mean = learn(shape, seed, steps)
    fifths = {f"fifth {k}": value for k, value in enumerate(above(mean, PARTS), 1)}
    made = {"shape": shape, "steps": steps, "seed": seed, "above": above(mean)[0], **fifths}
    return pd.DataFrame([made]).round(4)


STUDIES["small_world"] = Study(
    "small_world",
    "networks that learn a world of patches, in dB above the least error there is",
    notebook="what_a_denoiser_knows",
    key=("shape", "steps", "seed"),
    groups=lambda table: {
        key: partial(row, *key)
        for key in product(SHAPES, STEPS, SEEDS)
        if key[0] == "product" or key[2] == 0  # plain layers once: they are the longer way
    },
    minutes=5,
    sample=[("product", 300, 0)],
    spread={"above": 0.1, **{f"fifth {k + 1}": 0.2 for k in range(PARTS)}},  # of starts
)

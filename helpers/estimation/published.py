"""The swarm of the published DE-G code, with its mistakes, to be measured against.

Nothing here is recommended. Four things go wrong: all particles start at one point; a particle's
memory of its best place moves along with it, so that the pull towards it is always zero; the
cost draws new noise at every call and the best value ever seen is never looked at again, so that
the luckiest draw wins; and Canberra on raw counts mostly counts the bins of the tails.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=64)
>>> noisy = noise.Gaussian(20/255)(clean, rng=0, clip=True)
>>> result = published_swarm(noisy, clean, "gaussian", particles=5, iterations=5, rng=0)
>>> result.evaluations
25
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from helpers import checks, gradients
from helpers.images import Seed, as_generator, as_image
from helpers.registry import Registry

INERTIA, TO_LEADER = 0.5, 2.0  # the third weight, of a particle's own best, multiplies zero
Renderer = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
RENDERERS: Registry[Renderer] = Registry("published noise")  # gray levels in, gray levels out
BOXES = {"gaussian": (0.0, 30.0, 10.0), "speckle": (0.0, 1.0, 0.5)}  # low, high, start


@RENDERERS.register
def gaussian(levels: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, σ²), σ in gray levels, and clip; not rounded."""
    return np.clip(levels + rng.normal(0, sigma, levels.shape), 0, 255)


@RENDERERS.register
def speckle(levels: np.ndarray, weight: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply, after stretching the picture to its own maximum: weight 0 changes it too."""
    stretched = levels / levels.max()
    return np.clip(255 * (stretched + weight * stretched * rng.normal(size=levels.shape)), 0, 255)


@dataclass(frozen=True)
class PublishedFit:
    """What the published swarm says.

    Attributes
    ----------
    value : float
        σ in gray levels, or the weight of speckle.
    loss : float
        Distance of the leader's last draw; as published, of the luckiest draw of all.
    evaluations : int
        Noisy pictures drawn.
    seconds : float
        Time of the search.
    values, losses : numpy.ndarray
        (iterations, particles) all that was tried.
    """

    value: float
    loss: float
    evaluations: int
    seconds: float
    values: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)


def published_swarm(
    noisy: np.ndarray,
    reference: np.ndarray,
    model: str = "gaussian",
    *,
    particles: int = 100,
    iterations: int = 100,
    anywhere: bool = False,
    renewed: bool = False,
    distance: str = "canberra",
    rng: Seed,
) -> PublishedFit:
    """Estimate one parameter as the published code does: 10,000 noisy pictures, Canberra.

    Parameters
    ----------
    noisy, reference : numpy.ndarray
        (H, W), one shape.
    model : str
        A key of `RENDERERS`: ``"gaussian"`` (σ from 0 to 30, start 10) or ``"speckle"``
        (weight from 0 to 1, start 0.5), the two that were published.
    particles, iterations : int
        100 and 100 as published.
    anywhere : bool
        Let the particles begin all over the range, and not at one point as published: this and
        the next two each mend one mistake, to see which of them makes a search fail.
    renewed : bool
        Compute the leader's cost again in every round, with new noise, so that luck does not last.
    distance : str
        A key of `gradients.DISTANCES`. Canberra is scored as published, with its mistakes.
    rng : int or numpy.random.Generator
        Source of the noise and of the swarm's own moves.

    Returns
    -------
    PublishedFit

    Raises
    ------
    ValueError
        For what are no two gray images of one shape, or an unknown model or distance.

    References
    ----------
    Chin, Chow, Kanesan, Chuah (2022). Sensors 22(2), 639, and its public code.
    """
    render, (low, high, start) = RENDERERS[model], BOXES[model]
    particles = checks.whole(particles, "particles", 1, 10_000)
    iterations = checks.whole(iterations, "iterations", 1, 10_000)
    anywhere, renewed = checks.flag(anywhere, "anywhere"), checks.flag(renewed, "renewed")
    clean, query = (255 * as_image(x, clipped=False).astype(float) for x in (reference, noisy))
    if clean.ndim != 2 or clean.shape != query.shape:
        raise ValueError(f"two gray pictures of one shape, not {query.shape} and {clean.shape}")
    if model == "speckle" and not clean.max() > 0:
        raise ValueError("the reference is black: speckle as published divides by its maximum")
    rng = as_generator(rng)

    faithful = distance == "canberra"
    unit = 1 if faithful else 255  # the published score takes gray levels

    def cost(value: float) -> float:
        drawn = render(clean, value, rng)
        return gradients.deg(drawn / unit, query / unit, distance, faithful)

    begin = time.perf_counter()
    x = np.linspace(low, high, particles) if anywhere else np.full(particles, start)
    v = rng.uniform(-1, 1, particles)  # in units of the parameter, whatever its range
    values, losses = np.empty((2, iterations, particles))
    leader, least = start, np.inf
    for step in range(iterations):
        values[step], losses[step] = x, [cost(value) for value in x]
        if renewed:
            least = cost(leader)
        if losses[step].min() < least:  # as published the luckiest draw ever, never drawn again
            leader, least = x[losses[step].argmin()], losses[step].min()
        v = INERTIA * v + TO_LEADER * rng.random(particles) * (leader - x)
        x = np.clip(x + v, low, high)
    evaluations, seconds = losses.size + renewed * iterations, time.perf_counter() - begin
    return PublishedFit(float(leader), float(least), evaluations, seconds, values, losses)

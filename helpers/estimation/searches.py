"""Searches for the parameters of least cost, from one parameter to several.

Each takes ``cost(values) -> float`` and the parameters with their bounds, and returns the best
values. Positions run from 0 to 1 between a parameter's `low` and `high`, on a logarithmic scale
where the parameter has one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import differential_evolution, minimize, minimize_scalar

from helpers.noise import Parameter
from helpers.registry import Registry

Cost = Callable[[tuple[float, ...]], float]
Search = Callable[[Cost, Sequence[Parameter], Sequence[float]], tuple[float, ...]]
SEARCHES: Registry[Search] = Registry("search")


def _search(search: Search) -> Search:
    """Register a search from which an error of the cost comes out as it is.

    SciPy's differential evolution takes each ValueError for its own and says something else.
    """

    @functools.wraps(search)
    def honest(cost: Cost, *arguments, **options) -> tuple[float, ...]:
        errors: list[Exception] = []

        def watched(values: tuple[float, ...]) -> float:
            try:
                return cost(values)
            except Exception as error:
                errors.append(error)
                raise

        try:
            return search(watched, *arguments, **options)
        except Exception as error:
            if errors and error is not errors[-1]:
                raise errors[-1] from errors[-1].__cause__
            raise

    return SEARCHES.register(honest)


@_search
def scalar(
    cost: Cost, parameters: Sequence[Parameter], start: Sequence[float], grid: int = 13
) -> tuple[float]:
    """One parameter: a coarse grid, then a bounded search between the best one's neighbours.

    A parameter that goes in steps has all of them tried (at most about 100, evenly chosen).
    """
    if len(parameters) != 1:
        raise ValueError(f"the scalar search takes one parameter, not {len(parameters)}")
    (known,) = parameters
    if known.step is not None:
        return (_best_step(cost, known),)
    at = lambda position: cost((known.at(position),))  # noqa: E731
    positions = np.linspace(0, 1, grid)
    best = int(np.argmin([at(position) for position in positions]))
    low, high = positions[max(best - 1, 0)], positions[min(best + 1, grid - 1)]
    found = minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 2e-5})
    return (known.at(float(found.x)),)


def _best_step(cost: Cost, known: Parameter) -> int:
    """The best of all whole values, or of about 100 of them."""
    count = int((known.high - known.low) / known.step) + 1
    values = {known.at(position) for position in np.linspace(0, 1, min(count, 100))}
    return min(sorted(values), key=lambda value: cost((value,)))


@_search
def evolution(
    cost: Cost, parameters: Sequence[Parameter], start: Sequence[float], seed: int = 0
) -> tuple[float, ...]:
    """Several parameters: SciPy's differential evolution, polished by Nelder and Mead."""
    at = lambda positions: cost(values_at(parameters, positions))  # noqa: E731
    bounds = [(0, 1)] * len(parameters)
    found = differential_evolution(
        at,
        bounds,
        popsize=6,
        maxiter=8,
        tol=1e-3,
        polish=False,
        rng=seed,
        init="sobol",
        x0=positions_of(parameters, start),
    )
    options = {"xatol": 1e-4, "fatol": 1e-6, "maxfev": 80 * len(parameters)}
    polished = minimize(at, found.x, method="Nelder-Mead", bounds=bounds, options=options)
    best = polished.x if polished.fun <= found.fun else found.x
    return values_at(parameters, best)


@_search
def swarm(
    cost: Cost,
    parameters: Sequence[Parameter],
    start: Sequence[float],
    particles: int = 20,
    iterations: int = 30,
    seed: int = 0,
) -> tuple[float, ...]:
    """A particle swarm, for teaching: uniform start, personal bests kept as copies.

    Inertia 0.73, both pulls 1.5, speed at most a fifth of the box, walls reflect.

    References
    ----------
    Kennedy, Eberhart (1995). Particle swarm optimization. Proc. ICNN 4, 1942-1948.
    """
    rng = np.random.default_rng(seed)
    at = lambda positions: cost(values_at(parameters, positions))  # noqa: E731
    x = rng.random((particles, len(parameters)))
    v = rng.uniform(-0.2, 0.2, x.shape)
    own, own_cost = x.copy(), np.array([at(row) for row in x])
    for _ in range(iterations):
        leader = own[own_cost.argmin()]
        pull_own, pull_leader = rng.random((2, *x.shape))
        v = 0.73 * v + 1.5 * pull_own * (own - x) + 1.5 * pull_leader * (leader - x)
        v = np.clip(v, -0.2, 0.2)
        x, v = _reflect(x + v, v)
        costs = np.array([at(row) for row in x])
        better = costs < own_cost
        own[better], own_cost[better] = x[better], costs[better]
    return values_at(parameters, own[own_cost.argmin()])


def _reflect(x: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Back into the unit box as from a mirror; the velocity into the wall is lost."""
    outside = (x < 0) | (x > 1)
    return np.where(x < 0, -x, np.where(x > 1, 2 - x, x)), np.where(outside, 0, v)


def values_at(parameters: Sequence[Parameter], positions: Sequence[float]) -> tuple[float, ...]:
    """Parameter values at positions from 0 to 1."""
    return tuple(p.at(float(np.clip(x, 0, 1))) for p, x in zip(parameters, positions))


def positions_of(parameters: Sequence[Parameter], values: Sequence[float]) -> np.ndarray:
    """Positions from 0 to 1 of parameter values."""
    return np.array([p.position(value) for p, value in zip(parameters, values)])

"""Searches for the parameters of least cost, from one parameter to several.

Each takes ``cost(values) -> float`` and the parameters with their bounds, and returns the best
values. Positions run from 0 to 1 between a parameter's `low` and `high`, on a logarithmic scale
where the parameter has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import differential_evolution, minimize, minimize_scalar

from helpers.parameters import Parameter
from helpers.registry import Registry

Cost = Callable[[tuple[float, ...]], float]
Parameters = Sequence[Parameter]
Search = Callable[[Cost, Parameters, Sequence[float]], tuple[float, ...]]
SEARCHES: Registry[Search] = Registry("search")


@SEARCHES.register
def scalar(cost: Cost, parameters: Parameters, start: Sequence[float]) -> tuple[float]:
    """One parameter: 13 positions, then a bounded search between the best one's neighbours.

    A parameter that goes in steps has all of them tried (at most about 100, evenly spaced).
    """
    if len(parameters) != 1:
        raise ValueError(f"the scalar search takes one parameter, not {len(parameters)}")
    (parameter,) = parameters
    at = lambda position: cost((parameter.at(position),))  # noqa: E731
    if parameter.step is not None:
        count = int((parameter.high - parameter.low) / parameter.step) + 1
        values = {parameter.at(position) for position in np.linspace(0, 1, min(count, 100))}
        return (min(sorted(values), key=lambda value: cost((value,))),)
    positions = np.linspace(0, 1, 13)
    best = int(np.argmin([at(position) for position in positions]))
    low, high = positions[max(best - 1, 0)], positions[min(best + 1, len(positions) - 1)]
    result = minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 2e-5})
    return (parameter.at(float(result.x)),)


@SEARCHES.register
def evolution(cost: Cost, parameters: Parameters, start: Sequence[float]) -> tuple[float, ...]:
    """Several parameters: SciPy's differential evolution, polished by Nelder and Mead.

    Few generations, since the polish goes on from wherever in the right valley they end.
    """
    at = lambda positions: cost(values_at(parameters, positions))  # noqa: E731
    bounds = [(0, 1)] * len(parameters)
    settings = {"popsize": 6, "maxiter": 8, "tol": 1e-3, "init": "sobol", "polish": False}
    settings |= {"rng": 0, "x0": positions_of(parameters, start)}
    try:
        result = differential_evolution(at, bounds, **settings)
    except RuntimeError as error:
        if isinstance(error.__cause__, (TypeError, ValueError)):  # of the cost, renamed by SciPy
            raise error.__cause__ from error.__cause__.__cause__
        raise
    options = {"xatol": 1e-4, "fatol": 1e-6, "maxfev": 80 * len(parameters)}
    polished = minimize(at, result.x, method="Nelder-Mead", bounds=bounds, options=options)
    best = polished.x if polished.fun <= result.fun else result.x
    return values_at(parameters, best)


@SEARCHES.register
def swarm(cost: Cost, parameters: Parameters, start: Sequence[float]) -> tuple[float, ...]:
    """20 particles that swarm 30 times, for teaching: uniform start, own bests kept as copies.

    Inertia 0.73, both pulls 1.5, which let a swarm settle (Clerc, Kennedy 2002); speed at most a
    fifth of the box; walls reflect, and take the velocity into them.

    References
    ----------
    Kennedy, Eberhart (1995). Particle swarm optimization. Proc. ICNN 4, 1942-1948.
    """
    rng = np.random.default_rng(0)
    at = lambda positions: cost(values_at(parameters, positions))  # noqa: E731
    x = rng.random((20, len(parameters)))
    v = rng.uniform(-0.2, 0.2, x.shape)
    own, own_cost = x.copy(), np.array([at(row) for row in x])
    for _ in range(30):
        leader = own[own_cost.argmin()]
        pull_own, pull_leader = rng.random((2, *x.shape))
        v = 0.73 * v + 1.5 * pull_own * (own - x) + 1.5 * pull_leader * (leader - x)
        v = np.clip(v, -0.2, 0.2)
        x = x + v
        v = np.where((x < 0) | (x > 1), 0, v)
        x = np.where(x < 0, -x, np.where(x > 1, 2 - x, x))
        costs = np.array([at(row) for row in x])
        better = costs < own_cost
        own[better], own_cost[better] = x[better], costs[better]
    return values_at(parameters, own[own_cost.argmin()])


def values_at(parameters: Parameters, positions: Sequence[float]) -> tuple[float, ...]:
    """Parameter values at positions from 0 to 1."""
    return tuple(p.at(float(np.clip(x, 0, 1))) for p, x in zip(parameters, positions))


def positions_of(parameters: Parameters, values: Sequence[float]) -> np.ndarray:
    """Positions from 0 to 1 of parameter values."""
    return np.array([p.position(value) for p, value in zip(parameters, values)])

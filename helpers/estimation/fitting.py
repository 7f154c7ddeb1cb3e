"""Fit a noise model to a noisy picture, given a clean reference, aligned or not.

The fit looks for the parameters under which the model would make pictures with the same
histograms: of gradients where the reference shows another crop or another scene (DE-G, in bands
of brightness), of noisy values by clean brightness where it shows the same pixels.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=256)
>>> noisy = noise.Gaussian(20/255)(clean, rng=0, clip=True)
>>> found = fit(noisy, clean, "gaussian")
>>> abs(found.model.sigma * 255 - 20) < 0.3
True
"""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.optimize import minimize

from helpers import checks, images
from helpers.estimation.features import Features, is_aligned, is_clipped
from helpers.estimation.pairing import Pairing
from helpers.estimation.searches import SEARCHES, Cost, positions_of, values_at
from helpers.estimation.surfaces import Surfaces
from helpers.noise import MODELS, Chain, Distortion, NoiseModel, Parameter

DRAWS = 3  # simulated pictures per candidate, with the same random numbers for all candidates
RESAMPLES = 24  # simulated data sets for an interval
UNALIGNED_RESAMPLES = 16  # each takes ten times as long
EXPLAINED = 6  # standard deviations of surprise that chance may leave
# Unaligned, another scene never has quite the same surfaces. Both numbers were chosen on halves of
# 256×256 pixels of the course's photographs and of twelve of BSDS500 (test), σ of Gaussian noise
# and speckle: with them the right model explains in 31 of 35 fits (Gaussian), and intervals, which
# know of other tiles but of no other scene, hold in 54 of 57 instead of 49. The price: a wrong
# kind of noise passes more often (with 0.25 it did in 7 of 36 fits, four photographs).
ELSEWHERE = 0.35  # of the mean χ² of chance: the least standard deviation of surprise
WIDER = 1.3  # than the spread of the bootstrap
Weights = list[np.ndarray] | None  # (H, W) of each reference: how much its pixels count


@dataclass(frozen=True)
class Fit:
    """A fitted noise model, and how far to trust it.

    Attributes
    ----------
    model : NoiseModel
        With the parameters found.
    loss : float
        Distance between the histograms of the data and of the model, in gray levels (or by the
        distance asked for); of a blind fit, of points from their curve in standard errors.
    floor : float
        The distance that data made by the model itself would have: `loss` far above it means
        that the model does not explain the picture.
    evaluations : int
        How often the cost was computed.
    seconds : float
        Time of the search alone.
    trace : list
        (values, cost) of each evaluation, in order.
    clipped : bool
        Whether clipping to [0, 1] was detected and simulated.
    aligned : bool
        Whether the reference was used pixel by pixel.
    """

    model: NoiseModel
    loss: float
    floor: float
    evaluations: int
    seconds: float
    trace: list[tuple[tuple[float, ...], float]] = field(repr=False)
    clipped: bool
    aligned: bool
    _problem: Problem = field(repr=False, compare=False)

    @cached_property
    def interval(self) -> dict[str, tuple[float, float]]:
        """90 % interval of each parameter, by bootstrap; computed when first asked.

        Aligned: the model makes new data on the reference, the fit is repeated on them, and the
        spread of what it finds is the uncertainty of what it found. Unaligned: noisy picture and
        references are put together anew from their own tiles, since scenes vary more than noise
        does, bands of brightness get other weights, and the simulation other random numbers.
        Blind fits draw the tiles of the one picture. That the reference may lack a surface of
        the noisy picture, or that texture may pass for noise, no interval can know. Bounds end
        where the parameter's values do. Empty where no interval can be given; `doubt` says why.
        """
        return self._problem.interval(self.model)

    @cached_property
    def doubt(self) -> str | None:
        """Why the values found, or their intervals, are not to be trusted; None if they are."""
        return self._problem.doubt(self.model)

    @cached_property
    def surprise(self) -> float:
        """How many standard deviations the χ² of the data lies above that of the model's own data.

        Below about 6, chance explains the difference (`explains`); far above, the model does not.
        Unaligned, the standard deviation is at least a third of the mean: another scene never has
        quite the same surfaces. Unaligned, it is infinite for a distortion without noise, since
        smoother or rougher surfaces would explain as much.
        """
        return self._problem.surprise(self.model)

    @cached_property
    def information(self) -> float | None:
        """Bayesian information criterion, −2·ln(likelihood) + parameters·ln(pixels).

        To compare models on the same data: smaller is better. None without an aligned reference,
        or for a model without a formula. Schwarz (1978), Annals of Statistics 6(2), 461-464.
        """
        return self._problem.information(self.model)

    @property
    def explains(self) -> bool:
        """Whether the picture looks like one that the model makes."""
        return self.surprise < EXPLAINED


def fit(
    noisy: np.ndarray,
    reference: np.ndarray | Sequence[np.ndarray],
    model: str | type[NoiseModel] | NoiseModel = "gaussian",
    *,
    distance: str | None = None,
    search: str = "auto",
    aligned: bool | None = None,
) -> Fit:
    """Find the parameters of a noise model that explain a noisy picture.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3). Values that end exactly at 0 or 1 are taken as clipped, and
        clipping is then part of the simulation.
    reference : numpy.ndarray or sequence of numpy.ndarray
        The clean picture; or another crop, or several pictures of the same kind.
    model : str, NoiseModel class or instance
        A key of `noise.MODELS`, a class, or a model or `Chain` whose parameters are the start.
    distance : str, optional
        A key of `gradients.DISTANCES`. By default ``"wasserstein"``, but the likelihood
        (``"kl"``), which separates them better, for several parameters of a model with a
        formula on aligned pictures.
    search : str
        A key of `SEARCHES`; "auto" is ``scalar`` for one parameter, else ``evolution``.
    aligned : bool, optional
        False uses gradient histograms alone, even where the pictures are aligned. By default
        detected from the pictures.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        For a constant noisy picture, a reference that *is* the noisy picture, one of another
        channel count, a picture under 8×8, or what is no noise model.
    """
    problem = Problem.of(noisy, reference, model, distance, aligned)
    return problem.solve(search)


# ---- what is to be solved -------------------------------------------------------------------


@dataclass
class Problem:
    """Data, reference and model of one fit."""

    noisy: np.ndarray
    references: list[np.ndarray]
    start: NoiseModel
    distance: str | None
    aligned: bool
    clipped: bool

    @classmethod
    def of(cls, noisy, reference, model, distance, aligned) -> Problem:
        """Check the input and see what it is."""
        noisy = images.as_image(noisy, clipped=False)
        references = as_references(reference)
        start = _as_model(model)
        _check(noisy, references)
        if aligned is not None:
            aligned = checks.flag(aligned, "aligned")
        else:
            aligned = len(references) == 1 and is_aligned(noisy, references[0])
        if aligned and references[0].shape != noisy.shape:
            raise ValueError(
                f"aligned pictures have one shape, not {noisy.shape} and {references[0].shape}"
            )
        return cls(noisy, references, start, distance, aligned, is_clipped(noisy))

    # -- parameters of a model or of a chain

    @cached_property
    def slots(self) -> list[tuple[str, Parameter]]:
        """Name and declaration of each free parameter; in a chain the names get its model's."""
        parts = self.start.models if isinstance(self.start, Chain) else (self.start,)
        several = len(parts) > 1
        return [
            (f"{part.key}.{name}" if several else name, known)
            for part in parts
            for name, known in part.parameters().items()
        ]

    def values(self, model: NoiseModel) -> tuple[float, ...]:
        """Parameter values of a model, in the order of `slots`."""
        parts = model.models if isinstance(model, Chain) else (model,)
        return tuple(getattr(part, name) for part in parts for name in part.parameters())

    def model(self, values: Sequence[float]) -> NoiseModel:
        """The model with these values."""
        left = iter(values)
        parts = self.start.models if isinstance(self.start, Chain) else (self.start,)
        made = [
            dataclasses.replace(part, **{name: next(left) for name in part.parameters()})
            for part in parts
        ]
        return Chain(made) if isinstance(self.start, Chain) else made[0]

    # -- features of data and of candidates

    @cached_property
    def _pairing(self) -> Pairing:
        return Pairing(self.noisy, self.references[0], self.clipped)

    @cached_property
    def _surfaces(self) -> Surfaces:
        return Surfaces(self.noisy, self.references)

    @cached_property
    def observed(self) -> Features:
        """What there is to compare: noisy values by clean ones, or gradients alone."""
        return self._pairing.of(self.noisy) if self.aligned else self._surfaces.observed()

    def expected(
        self, model: NoiseModel, observed: Features, weights: Weights = None, seed: int = 1
    ) -> Features:
        """Features of the model: from its formula where that is enough, else from simulation.

        Unaligned, pixels of the references may have weights, and other random numbers be drawn.
        """
        predicted = self._pairing.predicted(model) if self.aligned else None
        if predicted is not None:
            return predicted
        draws = 1 if isinstance(model, Distortion) or weights is not None else DRAWS
        noisy = self.simulate(model, draws, seed)
        if not self.aligned:
            return self._surfaces.nearest(noisy, observed, weights)
        return _mean([self._pairing.of(image) for image in noisy])

    @cached_property
    def guide(self) -> str:
        """The distance that the search minimises."""
        if self.distance is not None:
            return self.distance
        if len(self.slots) == 1 or not self.aligned:
            return "wasserstein"
        return "kl" if self._pairing.predicted(self.start) is not None else "wasserstein"

    def simulate(self, model: NoiseModel, draws: int, seed: int) -> list[np.ndarray]:
        """Noisy versions of the references; the same seed gives the same random numbers."""
        chosen = self.references * (1 if len(self.references) > 1 else draws)
        return [
            model(reference, rng=np.random.default_rng([seed, k]), clip=self.clipped)
            for k, reference in enumerate(chosen)
        ]

    def cost(
        self,
        model: NoiseModel,
        observed: Features,
        distance: str,
        weights: Weights = None,
        seed: int = 1,
    ) -> float:
        """Distance between observed features and those of a model, see `expected`."""
        return observed.distance(self.expected(model, observed, weights, seed), distance)

    # -- solving

    def solve(self, search: str) -> Fit:
        """Search, and compare the loss with the floor."""
        trace: list[tuple[tuple[float, ...], float]] = []
        begin = time.perf_counter()
        values = self._search(search, trace)
        seconds = time.perf_counter() - begin
        best = self.model(values)
        told = self.distance or "wasserstein"
        loss = self.cost(best, self.observed, told)
        floor = np.mean([self.cost(best, self.redrawn(best, seed), told) for seed in (1, 2)])
        return Fit(
            best, loss, float(floor), len(trace), seconds, trace, self.clipped, self.aligned, self
        )

    def _search(self, search, trace) -> tuple[float, ...]:
        known = [parameter for _, parameter in self.slots]
        if isinstance(search, str) and search == "auto":
            search = "scalar" if len(known) == 1 else "evolution"

        def cost(values: tuple[float, ...]) -> float:
            trace.append((values, self.cost(self.model(values), self.observed, self.guide)))
            return trace[-1][1]

        values = SEARCHES[search](cost, known, self.values(self.start))
        return _sharpened(values, self._surprisal) if self._has_comb() else values

    def _surprisal(self, values: tuple[float, ...]) -> float:
        return self._pairing.surprisal(self.model(values))

    def _has_comb(self) -> bool:
        """Whether one parameter with a formula may have left the lines of counted photons."""
        if self.distance is not None or len(self.slots) > 1 or not self.aligned:
            return False
        return self._pairing.has_comb and self._pairing.predicted(self.start) is not None

    def surprise(self, model: NoiseModel, draws: int = 8) -> float:
        """See `Fit.surprise`."""
        if not self.aligned and isinstance(model, Distortion):
            return np.inf  # other surfaces, smoother or rougher, would explain as much
        expected = self.expected(model, self.observed)
        fair = expected if self.aligned else self.observed  # what chance alone would move
        chance = [self.again(model, s).distance(fair, "chi_squared") for s in range(draws)]
        excess = self.observed.distance(expected, "chi_squared") - np.mean(chance)
        least = 1e-6 if self.aligned else ELSEWHERE * np.mean(chance)
        return float(excess / max(np.std(chance, ddof=1), least))

    def interval(self, model: NoiseModel) -> dict[str, tuple[float, float]]:
        """See `Fit.interval`."""
        if self.aligned:
            return bootstrap(self, model)
        return bootstrap(self, model, UNALIGNED_RESAMPLES, WIDER)

    def doubt(self, model: NoiseModel) -> str | None:
        """See `Fit.doubt`."""
        surprise = self.surprise(model)
        if surprise < EXPLAINED:
            return None
        reason = f"its histograms are {surprise:.0f} standard deviations from those of the model"
        if self.aligned:
            return f"{model.title()} does not explain the picture: {reason}"
        if np.isinf(surprise):
            return f"{model.title()} cannot be told from smoother or rougher surfaces, unaligned"
        return (
            f"{model.title()} on this reference does not explain the picture: {reason}; the noise "
            "is of another kind, or the reference lacks what the picture shows"
        )

    def information(self, model: NoiseModel) -> float | None:
        """See `Fit.information`."""
        surprisal = self._pairing.surprisal(model) if self.aligned else None
        if surprisal is None:
            return None
        return self.noisy.size * 2 * surprisal + len(self.slots) * np.log(self.noisy.size)

    def redrawn(self, model: NoiseModel, seed: int) -> Features:
        """Features of new data from a model, as large as the old."""
        noisy = self.simulate(model, 1, 1000 + seed)
        return self._pairing.of(noisy[0]) if self.aligned else self._surfaces.of(noisy)

    def again(self, model: NoiseModel, seed: int) -> Features:
        """What might have been observed instead: other noise or, unaligned, other scenes."""
        return self.redrawn(model, seed) if self.aligned else self._surfaces.observed(seed)

    def refit(self, model: NoiseModel, seed: int) -> tuple[float, ...]:
        """Parameters found on new data from a model, searched near its own."""
        observed = self.again(model, seed)
        if self.aligned:
            return self._nearby(model, observed)
        observed = self._surfaces.other_weights(observed, seed)
        return self._nearby(model, observed, self._surfaces.other_tiles(seed), 2000 + seed)

    def _nearby(
        self, model: NoiseModel, observed: Features, weights: Weights = None, seed: int = 1
    ) -> tuple[float, ...]:
        """Parameters of least cost, searched from those of a model."""
        known = [parameter for _, parameter in self.slots]
        start = positions_of(known, self.values(model))
        simplex = np.vstack([start, start + 0.02 * np.eye(len(start))])

        def cost(positions: np.ndarray) -> float:
            candidate = self.model(values_at(known, positions))
            return self.cost(candidate, observed, self.guide, weights, seed)

        options = {"initial_simplex": simplex, "xatol": 1e-4, "maxfev": 40 * len(start)}
        found = minimize(cost, start, method="Nelder-Mead", options=options)
        return values_at(known, found.x)


def bootstrap(
    problem: Problem, model: NoiseModel, resamples: int = RESAMPLES, widening: float = 1
) -> dict[str, tuple[float, float]]:
    """90 % interval of each parameter of a problem: the spread of what new data would give.

    Parameters
    ----------
    problem : Problem
        Or another one that has `slots`, `values` and `refit`.
    model : NoiseModel
        What was found.

    Returns
    -------
    dict
        Name to (low, high), within the values that the parameter may have.
    """
    found = np.array([problem.refit(model, seed) for seed in range(resamples)])
    spread = widening * stats.t.ppf(0.95, resamples - 1) * found.std(axis=0, ddof=1)
    return {
        name: (float(max(value - half, known.valid[0])), float(min(value + half, known.valid[1])))
        for (name, known), value, half in zip(problem.slots, problem.values(model), spread)
    }


def _sharpened(values: tuple[float], cost: Cost) -> tuple[float]:
    """The likeliest value near by: where the lines of model and data fall together."""
    for reach, steps in ((0.03, 61), (0.0015, 31), (0.00015, 13)):
        near = [(values[0] * factor,) for factor in np.linspace(1 - reach, 1 + reach, steps)]
        values = min(near, key=cost)
    return values


def _mean(features: list[Features]) -> Features:
    rows = np.mean([f.rows for f in features], axis=0)
    return dataclasses.replace(features[0], rows=rows)


def as_references(given: object) -> list[np.ndarray]:
    """One picture, whatever `images.as_image` takes for one, or several in a sequence."""
    if given is None:
        raise ValueError("a fit needs a reference, a clean picture; `blind_fit` does without")
    if not _holds_pictures(given):
        return [images.as_image(given)]
    return [images.as_image(one) for one in checks.several(given, "reference", "a picture")]


def _holds_pictures(given: object) -> bool:
    """Whether this is a sequence of pictures; a list of rows, or of rows of colours, is one."""
    if hasattr(given, "__array__") or isinstance(given, (str, bytes, Mapping)):
        return False
    if not isinstance(given, Sequence):
        return isinstance(given, Iterable)
    if len(given) == 0 or not isinstance(given, (list, tuple)):
        return True
    try:
        shape = np.shape(given[0])
    except (TypeError, ValueError):  # ragged: let `as_image` say it of this one
        return True
    return len(shape) > 2 or (len(shape) == 2 and (hasattr(given[0], "__array__") or shape[1] > 4))


def _as_model(model: str | type[NoiseModel] | NoiseModel) -> NoiseModel:
    if isinstance(model, str):
        model = MODELS[model]
    made = model() if isinstance(model, type) and not inspect.isabstract(model) else model
    if not isinstance(made, NoiseModel):
        raise checks.refusal("model", "a noise model, its class or its key", model)
    return made


def _check(noisy: np.ndarray, references: list[np.ndarray]) -> None:
    if not references:
        raise ValueError("at least one reference is needed")
    if np.ptp(noisy) == 0:
        raise ValueError("the noisy picture is constant: it says nothing about noise")
    for reference in references:
        if reference.ndim != noisy.ndim:
            raise ValueError(
                f"noisy picture {noisy.shape} and reference {reference.shape} differ in channels"
            )
        if min(*reference.shape[:2], *noisy.shape[:2]) < 8:
            raise ValueError("a fit needs pictures of at least 8×8 pixels")
        if reference.shape == noisy.shape and np.array_equal(reference, noisy):
            raise ValueError("the reference is the noisy picture itself: there is no noise to fit")

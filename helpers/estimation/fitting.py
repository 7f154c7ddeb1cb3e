"""Fit a noise model to a noisy picture, given a clean reference, aligned or not.

The fit looks for the parameters under which the model would make pictures with the same
histograms: of gradients where the reference shows another crop or another scene (DE-G, in bands
of brightness), of noisy values by clean brightness where it shows the same pixels.

>>> from helpers import images, noise
>>> clean = images.load("camera", size=256)
>>> noisy = noise.Gaussian(20/255)(clean, rng=0, clip=True)
>>> fitted = fit(noisy, clean, "gaussian")
>>> abs(fitted.model.sigma * 255 - 20) < 0.3
True
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import minimize

from helpers import checks, images
from helpers.estimation.bootstrap import intervals
from helpers.estimation.features import Features, is_aligned, is_clipped
from helpers.estimation.pairing import Pairing
from helpers.estimation.searches import SEARCHES, positions_of, values_at
from helpers.estimation.surfaces import Surfaces
from helpers.noise import MODELS, Chain, Distortion, NoiseModel
from helpers.parameters import Parameter

DRAWS = 3  # simulated pictures per candidate, with the same random numbers for all candidates
UNALIGNED_RESAMPLES = 16  # for an interval; fewer than aligned, since each takes ten times as long
# Standard deviations of surprise that chance may leave: they are those of eight draws, whose
# t distribution reaches 6 about once in 3,000 fits.
EXPLAINED = 6
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
        With the fitted parameters.
    loss : float
        Distance between the histograms of the data and of the model, in gray levels (or by the
        distance asked for); of a blind fit, of points from their curve in standard errors.
    floor : float
        The distance that data made by the model itself would have: `loss` far above it means
        that the model does not explain the picture.
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
    seconds: float
    trace: list[tuple[tuple[float, ...], float]] = field(repr=False)
    clipped: bool
    aligned: bool
    _problem: Problem = field(repr=False, compare=False)

    @property
    def evaluations(self) -> int:
        """How often the cost was computed."""
        return len(self.trace)

    @cached_property
    def interval(self) -> dict[str, tuple[float, float]]:
        """90 % interval of each parameter, by bootstrap; computed when first asked.

        Aligned: the model makes new data on the reference, the fit is repeated on them, and the
        spread of its results is the uncertainty of this one. Unaligned: noisy picture and
        references are put together anew from their own tiles, since scenes vary more than noise
        does, bands of brightness get other weights, and the simulation other random numbers.
        Blind fits draw the tiles of the one picture. That the reference may lack a surface of
        the noisy picture, or that texture may pass for noise, no interval can know. Bounds end
        where the parameter's values do. Empty where no interval can be given; `doubt` says why.
        """
        return self._problem.interval(self.model)

    @cached_property
    def doubt(self) -> str | None:
        """Why the values, or their intervals, are not to be trusted; None if they are."""
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
    return Problem(noisy, reference, model, distance, aligned).solve(search)


# ---- what is to be solved -------------------------------------------------------------------


class Problem:
    """Data, reference and model of one fit: the input of `fit`, checked."""

    def __init__(self, noisy, reference, model, distance, aligned) -> None:
        self.noisy = noisy = images.as_image(noisy, clipped=False)
        self.references = references = as_references(reference)
        self.start, self.distance, self.clipped = _as_model(model), distance, is_clipped(noisy)
        if np.ptp(noisy) == 0:
            raise ValueError("the noisy picture is constant: it says nothing about noise")
        for one in references:
            if one.ndim != noisy.ndim:
                raise ValueError(
                    f"noisy picture {noisy.shape} and reference {one.shape} differ in channels"
                )
            if min(*one.shape[:2], *noisy.shape[:2]) < 8:
                raise ValueError(
                    f"a fit needs pictures of at least 8×8 pixels, not {noisy.shape[:2]} and "
                    f"{one.shape[:2]}"
                )
            if np.array_equal(one, noisy):
                raise ValueError(
                    "the reference is the noisy picture itself: there is no noise to fit"
                )
        if aligned is not None:
            self.aligned = checks.flag(aligned, "aligned")
        else:
            self.aligned = len(references) == 1 and is_aligned(noisy, references[0])
        if self.aligned and references[0].shape != noisy.shape:
            raise ValueError(
                f"aligned pictures have one shape, not {noisy.shape} and {references[0].shape}"
            )
        if self.aligned:
            self._pairing = Pairing(noisy, references[0], self.clipped)
            self.observed = self._pairing.of([noisy])  # noisy values by clean ones
        else:
            self._surfaces = Surfaces(noisy, references)
            self.observed = self._surfaces.observed()  # gradients alone
        # Are there probabilities to be compared with, pixel by pixel?
        self._has_formula = self.aligned and self._pairing.predicted(self.start) is not None
        self.guide = distance  # what the search minimises
        if distance is None:
            likelihood = len(self.parameters) > 1 and self._has_formula
            self.guide = "kl" if likelihood else "wasserstein"

    # -- parameters of a model or of a chain

    @cached_property
    def parameters(self) -> list[tuple[str, Parameter]]:
        """Name and declaration of each free parameter; in a chain the names get its model's."""
        parts = _parts(self.start)
        return [
            (f"{part.key}.{name}" if len(parts) > 1 else name, parameter)
            for part in parts
            for name, parameter in part.parameters().items()
        ]

    def values(self, model: NoiseModel) -> tuple[float, ...]:
        """Parameter values of a model, in the order of `parameters`."""
        return tuple(getattr(part, name) for part in _parts(model) for name in part.parameters())

    def model(self, values: Sequence[float]) -> NoiseModel:
        """The model with these values."""
        left = iter(values)
        parts = [
            replace(part, **{name: next(left) for name in part.parameters()})
            for part in _parts(self.start)
        ]
        return Chain(parts) if isinstance(self.start, Chain) else parts[0]

    # -- features of data and of candidates

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
        if self.aligned:
            return self._pairing.of(noisy)
        return self._surfaces.nearest(noisy, observed, weights)

    def simulate(self, model: NoiseModel, draws: int, seed: int) -> list[np.ndarray]:
        """Noisy versions of the references; the same seed gives the same random numbers.

        Counted from 1: NumPy draws the same for [seed, 0] as for seed alone, from which the
        picture's own noise may have come.
        """
        references = self.references * (1 if len(self.references) > 1 else draws)
        return [
            model(reference, rng=np.random.default_rng([seed, k]), clip=self.clipped)
            for k, reference in enumerate(references, start=1)
        ]

    def redrawn(self, model: NoiseModel, seed: int) -> Features:
        """Features of new data from a model, as large as the old."""
        noisy = self.simulate(model, 1, 1000 + seed)
        return self._pairing.of(noisy) if self.aligned else self._surfaces.of(noisy)

    def again(self, model: NoiseModel, seed: int) -> Features:
        """What might have been observed instead: other noise or, unaligned, other scenes."""
        return self.redrawn(model, seed) if self.aligned else self._surfaces.observed(seed)

    # -- solving

    def solve(self, search: str) -> Fit:
        """Search, and compare the loss with the floor."""
        parameters = [parameter for _, parameter in self.parameters]
        if isinstance(search, str) and search == "auto":
            search = "scalar" if len(parameters) == 1 else "evolution"
        trace: list[tuple[tuple[float, ...], float]] = []

        def cost(values: tuple[float, ...]) -> float:
            expected = self.expected(self.model(values), self.observed)
            trace.append((values, self.observed.distance(expected, self.guide)))
            return trace[-1][1]

        begin = time.perf_counter()
        values = SEARCHES[search](cost, parameters, self.values(self.start))
        exact = len(parameters) == 1 and self.distance is None and self._has_formula
        if exact and self._pairing.has_comb:
            # The likeliest value near by, where the lines of counted photons fall together: three
            # finer and finer grids, each of them 1.5 steps of the last to either side.
            for width, steps in ((0.03, 61), (0.0015, 31), (0.00015, 13)):
                factors = np.linspace(1 - width, 1 + width, steps)
                near = [(values[0] * factor,) for factor in factors]
                values = min(near, key=lambda one: self._pairing.surprisal(self.model(one)))
        seconds = time.perf_counter() - begin
        best, distance = self.model(values), self.distance or "wasserstein"
        loss, *chance = (
            data.distance(self.expected(best, data), distance)
            for data in (self.observed, self.redrawn(best, 1), self.redrawn(best, 2))
        )
        floor = float(np.mean(chance))
        return Fit(best, loss, floor, seconds, trace, self.clipped, self.aligned, self)

    def refit(self, model: NoiseModel, seed: int) -> tuple[float, ...]:
        """Parameters fitted to new data from a model."""
        observed = self.again(model, seed)
        if self.aligned:
            return self.fit_near(model, observed)
        observed = self._surfaces.other_weights(observed, seed)
        return self.fit_near(model, observed, self._surfaces.other_tiles(seed), 2000 + seed)

    def fit_near(
        self, model: NoiseModel, observed: Features, weights: Weights = None, seed: int = 1
    ) -> tuple[float, ...]:
        """Parameters of least cost, searched from those of a model."""
        parameters = [parameter for _, parameter in self.parameters]
        start = positions_of(parameters, self.values(model))
        simplex = np.vstack([start, start + 0.02 * np.eye(len(start))])

        def cost(positions: np.ndarray) -> float:
            candidate = self.model(values_at(parameters, positions))
            expected = self.expected(candidate, observed, weights, seed)
            return observed.distance(expected, self.guide)

        options = {"initial_simplex": simplex, "xatol": 1e-4, "maxfev": 40 * len(start)}
        result = minimize(cost, start, method="Nelder-Mead", options=options)
        return values_at(parameters, result.x)

    # -- what a `Fit` tells of its model

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
            return intervals(self, model)
        return intervals(self, model, UNALIGNED_RESAMPLES, WIDER)

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
        return self.noisy.size * 2 * surprisal + len(self.parameters) * np.log(self.noisy.size)


def _parts(model: NoiseModel) -> tuple[NoiseModel, ...]:
    return model.models if isinstance(model, Chain) else (model,)


# ---- what may be given ----------------------------------------------------------------------


def as_references(given: object) -> list[np.ndarray]:
    """One picture, whatever `images.as_image` takes for one, or several in a sequence.

    Raises
    ------
    ValueError
        For None, no picture at all, and what `images.as_image` refuses.
    """
    if given is None:
        raise ValueError("a fit needs a reference, a clean picture; `blind_fit` does without")
    if not _holds_pictures(given):
        return [images.as_image(given)]
    references = [images.as_image(one) for one in given]
    if not references:
        raise ValueError("at least one reference is needed")
    return references


def _holds_pictures(given: object) -> bool:
    """Whether this is a sequence of pictures; a list of rows, or of rows of colours, is one."""
    if hasattr(given, "__array__") or isinstance(given, (str, bytes, Mapping)):
        return False
    if not isinstance(given, (list, tuple)) or not given:
        return isinstance(given, Iterable)
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

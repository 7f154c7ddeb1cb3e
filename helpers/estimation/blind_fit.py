"""Noise parameters from one picture, without any reference.

In the flat parts of a picture what varies is noise, and how its variance grows with brightness
tells the parameters: gain·x + σ² for a sensor, x/peak for photons alone, σ²·x² for speckle.
Impulses show as exact black and white where all around is gray.

>>> from helpers import images, noise
>>> noisy = noise.PoissonGaussian(0.02, 0.05)(images.load("camera"), rng=0)
>>> model = blind_fit(noisy).model
>>> abs(model.gain / 0.02 - 1) < 0.1, abs(model.sigma / 0.05 - 1) < 0.2
(True, True)
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

import numpy as np
from scipy.optimize import nnls

from helpers.estimation.bootstrap import intervals
from helpers.estimation.curves import FREEDOM, LEAST, PATCH, Points, Tally, flat_variances
from helpers.estimation.features import is_clipped
from helpers.estimation.fitting import EXPLAINED, Fit
from helpers.estimation.grain import warn_if_correlated
from helpers.estimation.lines import LINES, Line
from helpers.estimation.patches import readable
from helpers.noise import NoiseModel, Poisson, PoissonGaussian, probabilities_between
from helpers.parameters import Parameter

LEVELS = np.arange(256) / 255
SCENES = np.append(LEVELS, np.linspace(1, 3, 129)[1:])  # what over-exposure cuts off is there
# Rounds of weighting and of correcting for clipping. On the course's photographs, four models,
# clipped and not, the last one moves nine of ten fits by less than 0.04 %, the worst by 3.5 %.
ROUNDS = 8
NORMAL = 400  # photons at white, from which on their noise is as good as normal (`chance`)
# Tuned on 24 pictures of BSDS500 train, gray, with noise of 17 strengths, clipped and not; then
# `python -m tools.measure.accuracy coverage` scored them once, on fifty of test:
LEFT = 0.5  # a class counts if clipping leaves it this share of its variance
CAUTION = 3.0  # what was taken off for the scene counts so many times as a standard error
UNSURE = 0.55, 0.005, 0.008  # of what was taken off, all variances, bright against dark ones
CLEAR = 4  # standard errors by which a black level shows
OVEREXPOSED = 0.05  # of the pixels are white; of the course's photographs none has as many


def blind_fit(noisy: np.ndarray, model: str = "poisson_gaussian") -> Fit:
    """Find the parameters of a noise model from the noisy picture alone.

    A weighted straight line through variance against brightness, measured in flat patches, less
    what the scene is seen to add there; where the picture is clipped, the line is bent as
    clipping bends it, by the model's exact probabilities. Photons are counted from a black level
    on that may lie above 0, as microscopes have it. After Foi, Trimeche, Katkovnik, Egiazarian
    (2008), Practical Poissonian-Gaussian noise modeling and fitting, IEEE Trans. Image
    Processing 17(10).

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), at least 64×64. Values that end exactly at 0 or 1 are taken as
        clipped.
    model : str
        A key of `LINES`: "poisson_gaussian", "poisson", "gaussian", "speckle",
        "salt_and_pepper".

    Returns
    -------
    Fit
        `loss` is the root mean square distance of the points from the curve, in their standard
        errors, and `floor` what chance leaves of it; `surprise` says by how many standard
        deviations χ² is above chance. `interval` draws the tiles of the picture anew, and draws
        how far the scene's share may be wrong; it is widened where the points scatter more than
        their errors tell. A parameter that cannot be told from 0 has none, as `doubt` says.
        `python -m tools.measure.accuracy coverage` counts how many hold the truth.
        It does not know of noise whose neighbours go together: of that a part is missing.

    Warns
    -----
    UserWarning
        Where the noise of neighbouring pixels goes together, as a camera's does (`grain`); where
        a picture is over-exposed, and what is left of it does not tell the parameters.

    Raises
    ------
    ValueError
        For an unknown model; for what is no image, a picture under 64×64, constant, or nearly
        all black and white; for gain and σ also where all is of one brightness, and for
        impulses where nothing is gray.
    """
    image = readable(noisy, least=64)
    fit = blind_fits(image, [model])[model]
    if not fit._problem.of_variances:
        return fit
    warn_if_correlated(image)
    white = float(np.mean(image >= 1))
    if white > OVEREXPOSED and fit.doubt:
        warnings.warn(
            f"{white:.0%} of the picture are white, and the rest tells too little: {fit.doubt}; "
            "expose less, or fit with a reference",
            stacklevel=2,
        )
    return fit


def blind_fits(noisy: np.ndarray, models: Sequence[str]) -> dict[str, Fit]:
    """Several models, to compare them: the picture is measured once, and nothing warns.

    Parameters
    ----------
    noisy : numpy.ndarray
        As for `blind_fit`.
    models : sequence of str
        Keys of `LINES`.

    Returns
    -------
    dict
        Name to `Fit`, without those models that the picture cannot tell.

    Raises
    ------
    ValueError
        As `blind_fit`, where none of them can be told.

    Examples
    --------
    >>> from helpers import images, noise
    >>> noisy = noise.Speckle(0.2)(images.load("camera", size=256), rng=0)
    >>> fits = blind_fits(noisy, ["gaussian", "speckle"])
    >>> fits["speckle"].loss < 0.1 * fits["gaussian"].loss
    True
    """
    image, fits, refused = readable(noisy, least=64), {}, None
    tally = cache(lambda measure: measure(image))
    for name in models:
        line = LINES[name]
        begin = time.perf_counter()
        try:
            problem = BlindProblem(
                line, tally(line.measure), is_clipped(image), float(image.min())
            )
        except ValueError as error:
            refused = error
            continue
        fits[name] = problem.solve(begin)
    if not fits and refused:
        raise refused
    return fits


@lru_cache(maxsize=256)
def clipped_moments(model: NoiseModel) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance after clipping and rounding to 8 bits, (S,), of each of `SCENES`."""
    if isinstance(model, Poisson) and model.peak > NORMAL:
        model = PoissonGaussian(1 / model.peak, 0)  # normal where photons are many: quicker
    edges = (LEVELS[:-1] + LEVELS[1:]) / 2
    probabilities = probabilities_between(model, SCENES[:, None], edges)  # (S, 256)
    means = probabilities @ LEVELS
    return means, probabilities @ LEVELS**2 - means**2


def black_level(points: Points) -> tuple[float, float]:
    """Brightness at which no photon was counted, and how many standard errors it is above 0.

    Microscopes add a level to all pixels. There the line of variances, followed down, meets zero.
    """
    curve = np.full(len(points.value), points.value.mean())
    rows = np.stack([points.brightness, np.ones(len(curve))], axis=1)
    for _ in range(ROUNDS):
        weights = (points.count > 0) / _caution(points, curve)
        (slope, start), *_ = np.linalg.lstsq(rows * weights[:, None], points.value * weights)
        curve = rows @ (slope, start)
    if slope <= 0 or start >= 0:
        return 0.0, 0.0
    error = np.sqrt(np.linalg.pinv((rows.T * weights**2) @ rows)[1, 1])
    misfit = np.std((points.value - curve) * weights)
    return float(-start / slope), float(-start / (error * max(misfit, 1)))


def black_of(fit: Fit) -> float:
    """Brightness from which on a blind fit counts photons: 0, or a microscope's black level."""
    problem = fit._problem
    return black_level(problem.tally.points())[0] if problem.has_black_level else 0.0


@dataclass
class BlindProblem:
    """A curve and the line sought for it; what a `Fit` asks for intervals and surprise."""

    line: Line
    tally: Tally
    clipped: bool
    darkest: float  # pixel of the picture

    def __post_init__(self) -> None:
        """Raise where the curve cannot tell the parameters."""
        points = self.tally.points()
        self.errors = np.hypot(self.tally.errors(), UNSURE[0] * points.scene)
        may_have_black_level = self.line.photons and self.darkest > 0
        self.has_black_level = may_have_black_level and black_level(points)[1] > CLEAR
        self.points = self._above_black(points)
        if points.count.sum() < LEAST:
            raise ValueError(
                "too little of the picture is gray: nothing tells impulses from scene"
            )
        if self.of_variances and len(self.parameters) > 1:
            noise = np.average(points.value, weights=points.count) / PATCH**2
            if _spread(self.points) < 2 * noise:  # of means of patches, were the scene all gray
                raise ValueError(
                    "the picture is all of one brightness: what part of its noise grows with "
                    "brightness cannot be told; fit 'gaussian' or 'poisson' alone"
                )

    def _above_black(self, points: Points) -> Points:
        """The same, with brightness counted from the black level, if the picture has one."""
        level = black_level(points)[0] if self.has_black_level else 0.0
        return replace(points, brightness=np.maximum(points.brightness - level, 0))

    @property
    def of_variances(self) -> bool:
        """Whether the curve is one of variances, not of shares of impulses."""
        return self.line.measure is flat_variances

    # -- the regression

    def solve(self, begin: float) -> Fit:
        """The best model; `begin` is when the picture began to be measured (`perf_counter`)."""
        models = list(self.rounds(self.points))
        seconds = time.perf_counter() - begin
        trace = [(self.values(model), self.misfit(model)) for model in models]
        return Fit(
            model=models[-1],
            loss=trace[-1][1],
            floor=self.floor,
            seconds=seconds,
            trace=trace,
            clipped=self.clipped,
            aligned=False,
            _problem=self,
        )

    def rounds(
        self, points: Points, start: NoiseModel | None = None, count: int = ROUNDS
    ) -> Iterator[NoiseModel]:
        """Better and better models: each round weights the points and bends the line anew."""
        if start is not None:
            rows, curve, usable = self._bent(start, points)
        else:
            rows, usable = self.line.shapes(points.brightness), points.count > 0
            curve = np.full(len(points.value), points.value.mean())
        for _ in range(count):
            weights = usable / _caution(points, curve)
            coefficients, _ = nnls(rows * weights[:, None], points.value * weights)
            model = self.line.model(coefficients)
            yield model
            rows, curve, usable = self._bent(model, points)

    def _bent(
        self, model: NoiseModel, points: Points
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shapes as the picture shows them (K, P), the model's curve, and which points to use.

        Clipping bends the line: it moves the mean of a patch, and leaves a part of its variance.
        And patches that read bright are a little less bright, since their mean is noisy as well.
        This is for noise that is there at black already: chance photons that make a patch
        brighter also make it noisier, just as a brighter scene does.
        """
        coefficients = np.asarray(self.line.coefficients(model))
        brightness, left = points.brightness, np.ones(len(points.value))
        if self.of_variances and self.clipped:
            means, variances = clipped_moments(model)
            before = np.interp(brightness, np.maximum.accumulate(means), SCENES)
            full = self.line.shapes(before) @ coefficients
            left = np.interp(before, SCENES, variances) / np.maximum(full, 1e-12)
            whole = self.has_black_level & (brightness < 0.5)  # noise is kept from black
            brightness, left = np.where(whole, brightness, before), np.where(whole, 1, left)
        if self.of_variances:
            read = (self.line.shapes(np.zeros(1)) @ coefficients)[0] / PATCH**2
            mean = np.average(brightness, weights=points.count)
            true_part = 1 - read / max(_spread(points), 1e-12)
            brightness = mean + (brightness - mean) * max(true_part, 0.5)
        rows = self.line.shapes(brightness) * left[:, None]
        usable = (points.count > 0) & (left >= min(LEFT, np.quantile(left, 0.75)))
        return rows, rows @ coefficients, usable

    # -- what Fit asks for

    @cached_property
    def parameters(self) -> list[tuple[str, Parameter]]:
        """Name and declaration of each parameter."""
        return list(self.line.model(np.array([0.01, 0.01])).parameters().items())

    def values(self, model: NoiseModel) -> tuple[float, ...]:
        """Parameter values of a model, in the order of `parameters`."""
        return tuple(getattr(model, name) for name, _ in self.parameters)

    @property
    def _freedom(self) -> int:
        """Points that tell their error, less parameters."""
        return max(np.count_nonzero(np.isfinite(self.errors)) - len(self.parameters), 1)

    @property
    def floor(self) -> float:
        """What chance leaves of the misfit when the line is right."""
        return float(np.sqrt(self._freedom / (self._freedom + len(self.parameters))))

    def misfit(self, model: NoiseModel) -> float:
        """Root mean square distance of the points from the model's curve, in standard errors."""
        _, curve, usable = self._bent(model, self.points)
        distance = ((self.points.value - curve) / self.errors)[usable & np.isfinite(self.errors)]
        return float(np.sqrt(np.mean(distance**2))) if len(distance) else 0.0

    def surprise(self, model: NoiseModel) -> float:
        """Standard deviations by which the χ² of the points lies above what chance leaves."""
        excess = (self.misfit(model) / self.floor) ** 2 - 1  # of χ² over its freedom
        return float(excess * np.sqrt(self._freedom / 2))

    def refit(self, model: NoiseModel, seed: int) -> tuple[float, ...]:
        """Parameters from tiles drawn anew, spread further where the line fits badly.

        What no tile shows is drawn as well: that more or less of the scene was left than was
        taken off, and that all variances, or those of bright parts, are a little wrong.
        """
        rng = np.random.default_rng(seed)
        points = self._above_black(self.tally.points(rng))
        scene, level, tilt = rng.standard_normal(3) * UNSURE
        brighter = points.brightness - np.average(points.brightness, weights=points.count)
        tilt *= 2 if self.clipped else 1  # clipping ties a patch's variance to its mean
        wrong = level + tilt * brighter / max(np.sqrt(_spread(points)), 1e-12)
        moved = points.value * (1 + wrong) + scene * points.scene
        *_, refitted = self.rounds(replace(points, value=moved), model, count=2)
        values, new = np.array(self.values(model)), np.array(self.values(refitted))
        factor = np.average(self.tally.widening, weights=self.points.count)
        return tuple(values + (new - values) * factor * max(self.misfit(model) / self.floor, 1))

    def interval(self, model: NoiseModel) -> dict[str, tuple[float, float]]:
        """See `Fit.interval`; none for what cannot be told from 0, which `doubt` says."""
        every = intervals(self, model)
        return {n: ends for n, ends in every.items() if ends[0] > 0 or not self.of_variances}

    def doubt(self, model: NoiseModel) -> str | None:
        """See `Fit.doubt`."""
        if (surprise := self.surprise(model)) >= EXPLAINED:
            return (
                f"{model.title()} does not explain the picture: its variance over "
                f"brightness is {surprise:.0f} standard deviations from the model's, by other "
                "noise or by texture"
            )
        untold = {name for name, _ in self.parameters} - self.interval(model).keys()
        if untold:
            return (
                f"{' and '.join(sorted(untold))} cannot be told from 0: what the picture shows of "
                "noise, in the brightness it has, would hardly be another without"
            )
        return None

    def information(self, model: NoiseModel) -> None:
        """None: without a reference there is no likelihood."""


def _caution(points: Points, curve: np.ndarray) -> np.ndarray:
    """Standard errors (K,) to weight points by: of chance, and of what the scene may have left."""
    curve = np.maximum(curve, 1e-3 * curve.max() + 1e-12)
    chance = curve * np.sqrt(2 / (FREEDOM * np.maximum(points.count, 1)))
    return np.hypot(chance, CAUTION * points.scene)


def _spread(points: Points) -> float:
    """Variance of the brightness of the points, by their counts."""
    mean = np.average(points.brightness, weights=points.count)
    return float(np.average((points.brightness - mean) ** 2, weights=points.count))
